import torch
from torch import nn


class Scale(nn.Module):
    """A dropout of one's own."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        keep = torch.rand_like(x) >= self.p
        return torch.where(keep, x / (1 - self.p), torch.zeros_like(x))


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(in_features=d_model, out_features=d_ff)
        self.linear2 = nn.Linear(in_features=d_ff, out_features=d_model)
        self.stages = [self.linear1, nn.ReLU(), self.linear2]
        self.dropout = Scale(dropout)

    def forward(self, x):
        leading = x.shape[:-1]
        h = x.reshape(-1, x.shape[-1])
        for stage in self.stages[:-1]:
            h = stage(h)
        return self.stages[-1](self.dropout(h)).reshape(*leading, -1)
