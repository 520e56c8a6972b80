"""Arguments are forwarded with stars, a decorator makes the mask whole, __call__ is wrapped, each head has its own call."""

from functools import reduce, wraps

import torch
from torch import nn


def with_whole_mask(attend):
    @wraps(attend)
    def wrapper(self, *args, mask=None, **kwargs):
        q, k, v, *rest = (*args, *(kwargs.pop(name) for name in "qkv"[len(args) :]))
        mask = rest[0] if rest else mask
        shape = torch.broadcast_shapes(q.shape[:-2], k.shape[:-2]) + (q.shape[-2], k.shape[-2])
        seen = torch.ones(shape, dtype=torch.bool, device=q.device)
        return attend(self, q, k, v, seen if mask is None else seen & mask, **kwargs)

    return wrapper


class Called(nn.Module):
    def __call__(self, *args, **kwargs):
        output, weights = super().__call__(*args, **kwargs)
        return output, weights


class ScaledDotProductAttention(Called):
    def __init__(self, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.after = nn.Sequential(nn.Softmax(dim=-1))
        self.dropped = nn.Sequential(nn.Dropout(dropout))

    @with_whole_mask
    def forward(self, q, k, v, seen):
        scores = (q.unsqueeze(-2) * k.unsqueeze(-3)).sum(-1).div(q.size(-1) ** 0.5)
        weights = self.after(scores.where(seen, scores.new_full((), -1e30)))
        return self.dropped(weights).matmul(v), weights


class MultiHeadAttention(Called):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self._make(*args, **kwargs)

    def _make(self, d_model, num_heads, dropout=0.0):
        if d_model // num_heads * num_heads != d_model:
            raise ValueError(f"num_heads={num_heads} does not divide d_model={d_model}")
        self.sizes = [d_model // num_heads] * num_heads
        parts = {f"w_{role}": nn.Linear(d_model, d_model) for role in "qkvo"}
        for item in parts.items():
            self.add_module(*item)
        self.head = ScaledDotProductAttention(dropout=dropout)

    def forward(self, *inputs, mask=None, **named):
        q, k, v, mask = (*inputs, *(named[n] for n in "qkv"[len(inputs) :]), mask)[:4]
        projected = [self.get_submodule(f"w_{role}")(x).split(self.sizes, -1) for role, x in zip("qkv", (q, k, v))]
        seen = torch.tensor(True, device=q.device) if mask is None else mask
        seen = seen.expand(q.size(0), len(self.sizes), q.size(1), k.size(1)).unbind(1)
        done = [self.head(*three, mask=own) for three, own in zip(zip(*projected), seen)]
        weight = self.w_o.weight.split(self.sizes, 1)
        parts = (output @ w.t() for (output, _), w in zip(done, weight))
        return reduce(torch.add, parts, self.w_o.bias), torch.stack([w for _, w in done], 1)
