import torch
from torch import Tensor, nn


def own_softmax(x: Tensor, dim: int = -1) -> Tensor:
    top, _ = x.detach().max(dim, keepdim=True)
    e = (x - top).exp()
    return e.div(e.sum(dim, keepdim=True))


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout: float = 0.0) -> None:
        nn.Module.__init__(self)
        self.p = float(dropout)

    def extra_repr(self):
        return f"p={self.p}"

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: "Tensor | None" = None) -> "tuple[Tensor, Tensor]":
        scores = q.matmul(k.swapdims(-1, -2)).div(q.shape[-1] ** 0.5)
        if mask is not None:
            scores = scores.where(mask, scores.new_tensor(-1e30))
        weights = own_softmax(scores)
        used = weights
        if self.training and self.p > 0:
            keep = torch.rand_like(weights) >= self.p
            used = weights * keep / (1 - self.p)
        return used.matmul(v), weights


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        if (d_model // num_heads) * num_heads != d_model:
            raise ValueError("cannot split d_model into heads")
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.heads = num_heads
        self.inner = ScaledDotProductAttention(dropout)

    def forward(self, q, k, v, mask=None):
        d = q.shape[-1] // self.heads
        Q, K, V = self.w_q(q), self.w_k(k), self.w_v(v)
        if mask is not None:
            mask = mask.broadcast_to(q.shape[0], self.heads, Q.shape[1], K.shape[1])
        outs, atts = [], []
        for i in range(self.heads):
            block = slice(i * d, (i + 1) * d)
            out, att = self.inner(Q[..., block], K[..., block], V[..., block], None if mask is None else mask[:, i])
            outs += [out]
            atts += [att]
        return self.w_o(torch.cat(outs, dim=-1)), torch.stack(atts, dim=1)
