import numpy as np
import torch
from torch import nn


def relu(x):
    return np.maximum(x, 0)


def feed_forward(x, weights):
    hidden = relu(x @ weights["linear1.weight"].T + weights["linear1.bias"])
    return hidden @ weights["linear2.weight"].T + weights["linear2.bias"]


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.linear2(self.dropout(torch.relu(self.linear1(x))))
