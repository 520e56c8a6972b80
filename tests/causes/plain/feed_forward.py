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


def feed_forward_backward(grad_output, x, weights):
    sums = x @ weights["linear1.weight"].T + weights["linear1.bias"]
    grad_sums = (grad_output @ weights["linear2.weight"]) * (sums > 0)

    def rows(array):
        return array.reshape(-1, array.shape[-1])

    def of_bias(gradient):
        return rows(gradient).sum(axis=0)

    return grad_sums @ weights["linear1.weight"], {
        "linear1.weight": rows(grad_sums).T @ rows(x),
        "linear1.bias": of_bias(grad_sums),
        "linear2.weight": rows(grad_output).T @ rows(relu(sums)),
        "linear2.bias": of_bias(grad_output),
    }
