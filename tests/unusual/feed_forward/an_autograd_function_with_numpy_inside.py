"""A torch.autograd.Function with both passes by hand; the NumPy function asks numpy's own ufunc machinery."""

import numpy as np
import torch
from torch import nn

relu = np.frompyfunc(lambda v: max(0.0, v), 1, 1)
_relu_of_objects = relu


def relu(x):
    return _relu_of_objects(x).astype(x.dtype)


def feed_forward(x, weights):
    inside = np.matmul(weights["linear1.weight"], x[..., None]).squeeze(-1)
    inside = np.add(inside, weights["linear1.bias"])
    np.putmask(inside, inside < 0, 0)
    return np.add(np.inner(inside, weights["linear2.weight"]), weights["linear2.bias"])


class TwoMaps(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w1, b1, w2, b2, keep):
        z = torch.addmm(b1, x, w1.t())
        h = z.clamp_min(0) * keep
        ctx.save_for_backward(x, w1, w2, z > 0, h, keep)
        return torch.addmm(b2, h, w2.t())

    @staticmethod
    def backward(ctx, g):
        x, w1, w2, on, h, keep = ctx.saved_tensors
        gz = (g @ w2) * keep * on
        return gz @ w1, gz.t() @ x, gz.sum(0), g.t() @ h, g.sum(0), None


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.p = dropout

    def forward(self, x):
        rows = x.reshape(-1, x.shape[-1])
        ones = torch.ones(rows.shape[0], self.linear1.out_features, dtype=x.dtype)
        keep = nn.functional.dropout(ones, self.p, self.training)
        y = TwoMaps.apply(rows, *self.linear1.parameters(), *self.linear2.parameters(), keep)
        return y.view(x.shape)
