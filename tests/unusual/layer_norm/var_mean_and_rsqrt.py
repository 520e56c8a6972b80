from typing import Callable

import torch
from torch import Tensor, nn


class LayerNorm(nn.Module):
    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.register_parameter("beta", nn.Parameter(torch.zeros((d_model,))))
        self.register_parameter("gamma", nn.Parameter(torch.ones((d_model,))))
        self.register_buffer("eps", torch.tensor(eps, dtype=torch.float64), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        scaled = (x - mean) * torch.rsqrt(variance + float(self.eps))
        return torch.addcmul(self.beta, self.gamma, scaled)


class ResidualConnection(nn.Module):
    def __init__(self, d_model: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.drop, self.norm = nn.Dropout(p=dropout), LayerNorm(d_model)

    def forward(self, x: Tensor, sublayer: Callable[[Tensor], Tensor]) -> Tensor:
        update = sublayer(x)
        update = self.drop(update)
        update += x
        return self.norm(update)
