"""In place wherever nobody else looks, and the transposed product, columns instead of rows."""

import numpy as np
import torch
from torch import nn


def relu(x):
    y = np.array(x)
    np.maximum(y, 0, out=y)
    return y


def feed_forward(x, weights):
    W1, b1, W2, b2 = (weights[f"linear{i}.{k}"] for i in (1, 2) for k in ("weight", "bias"))
    h = np.matmul(W1, x[..., None])
    h += b1[:, None]
    h[h < 0] = 0
    y = np.matmul(W2, h)
    y += b2[:, None]
    return y.squeeze(-1)


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.drop = nn.Dropout(dropout, inplace=True)

    def forward(self, x):
        h = self.linear1(x)
        h = torch.relu_(h)
        return self.linear2(self.drop(h))
