import torch
from torch import nn


class Affine(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(size)), nn.Parameter(torch.zeros(size))


class LayerNorm(Affine):
    def __init__(self, d_model, eps=1e-5):
        super().__init__(d_model)
        self.eps = eps

    def forward(self, x):
        rows = x.reshape(-1, x.shape[-1]).t()
        rows = rows - rows.mean(0)
        rows = rows / torch.sqrt((rows * rows).mean(0) + self.eps)
        return (rows.t() * self.gamma + self.beta).reshape(x.shape)


class Dropout(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return torch.where(torch.rand_like(x) < self.p, 0.0, x / (1 - self.p)) if self.training else x


class ResidualConnection(nn.Module):
    def __init__(self, d_model, dropout=0.1):
        super().__init__()
        self.block = Dropout(dropout)
        self.norm = LayerNorm(d_model)

    def forward(self, x, sublayer):
        before = x.clone()
        return self.norm(sum([before, self.block(sublayer(x))]))
