import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    """The three matrices are stacked for the call, as the fused layer does."""

    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"{num_heads} heads do not divide {d_model} features")
        self.w_q, self.w_k, self.w_v = [nn.Linear(d_model, d_model) for _ in range(3)]
        self.w_o = nn.Linear(d_model, d_model)
        self.layers = [self.w_q, self.w_k, self.w_v]
        self.heads = num_heads
        self.drop = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        tokens = [x.shape[1] for x in (q, k, v)]
        stacked = torch.cat([q, k, v], dim=1)
        weight = torch.cat([layer.weight for layer in (self.w_q, self.w_k, self.w_v)])
        bias = torch.cat([layer.bias for layer in (self.w_q, self.w_k, self.w_v)])
        everything = (stacked @ weight.t() + bias).split(tokens, dim=1)
        q, k, v = (x.chunk(3, dim=-1)[i] for i, x in enumerate(everything))
        q, k, v = (torch.cat(x.unsqueeze(1).chunk(self.heads, dim=-1), dim=1) for x in (q, k, v))
        scores = q.mul(q.shape[-1] ** -0.5).matmul(k.transpose(2, 3))
        if mask is not None:
            scores = torch.where(mask.expand_as(scores), scores, torch.full_like(scores, -1e9))
        attention = scores.softmax(3)
        mixed = self.drop(attention).matmul(v)
        return self.w_o(torch.cat(mixed.unbind(dim=1), dim=-1)), attention
