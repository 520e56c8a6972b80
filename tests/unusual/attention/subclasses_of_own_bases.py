import numpy as np
import torch
from torch import nn


class Base(nn.Module):
    FILL = -1e9

    def attend(self, q, k, v, mask, drop):
        logits = q @ k.transpose(-1, -2) / np.sqrt(q.shape[-1])
        if mask is not None:
            logits = logits.masked_fill(~mask, self.FILL)
        a = logits.softmax(-1)
        return drop(a) @ v, a


class ScaledDotProductAttention(Base):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.drop = nn.Dropout(dropout) if dropout else nn.Identity()

    def forward(self, q, k, v, mask=None):
        return self.attend(q, k, v, mask, self.drop)


class Projected(Base):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads:
            raise ValueError("d_model % num_heads != 0")
        self.num_heads = num_heads
        self.drop = nn.Dropout(dropout)
        self.reset(d_model)

    def reset(self, d_model):
        for role in ("q", "k", "v", "o"):
            setattr(self, f"w_{role}", nn.Linear(d_model, d_model, bias=True))


class MultiHeadAttention(Projected):
    def forward(self, *inputs, mask=None):
        inputs, mask = inputs[:3], inputs[3] if len(inputs) > 3 else mask
        roles = [getattr(self, f"w_{role}")(x) for role, x in zip("qkv", inputs)]
        heads = [torch.tensor_split(x, self.num_heads, dim=-1) for x in roles]
        q, k, v = (torch.stack(x, dim=1) for x in heads)
        output, a = self.attend(q, k, v, mask, self.drop)
        return self.w_o(output.swapaxes(1, 2).reshape(*inputs[0].shape)), a
