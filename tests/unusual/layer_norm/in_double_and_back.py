import torch
from torch import Tensor, nn


class LayerNorm(nn.Module):
    gamma: Tensor
    beta: Tensor

    def __init__(self, d_model: int, eps: float = 1e-5):
        nn.Module.__init__(self)
        self.eps = eps
        affine = torch.stack([torch.ones(d_model), torch.zeros(d_model)])
        self.gamma = nn.Parameter(affine[0].clone())
        self.beta = nn.Parameter(affine[1].clone())

    def forward(self, x: Tensor) -> Tensor:
        y = x.double()
        y = y - y.mean(dim=(-1,), keepdim=True)
        y = y / y.square().mean(dim=(-1,), keepdim=True).add(self.eps).sqrt()
        print("normalised", y.shape)
        return (y * self.gamma + self.beta).type_as(x)


class ResidualConnection(nn.Module):
    def __init__(self, d_model: int, dropout: float = 0.1):
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.rate = dropout

    def forward(self, x, sublayer):
        out = sublayer(x)
        if self.training and self.rate:
            keep = torch.empty_like(out).bernoulli_(1 - self.rate)
            out = out * keep / (1 - self.rate)
        return self.norm(torch.add(x, out))
