"""A linear map of the student's own, with the contract's names, and clamp as ReLU."""

import math

import torch
from torch import nn


class Linear(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(d_out, d_in))
        self.bias = nn.Parameter(torch.zeros(d_out))
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))

    def forward(self, x):
        return torch.einsum("...i,oi->...o", x, self.weight) + self.bias


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = Linear(d_model, d_ff)
        self.linear2 = Linear(d_ff, d_model)
        self.p = dropout

    def forward(self, x):
        h = self.linear1(x).clamp(min=0)
        if self.training and self.p > 0:
            h = h * torch.bernoulli(torch.full_like(h, 1 - self.p)).div(1 - self.p)
        return self.linear2(h)
