# %%
import torch
from torch import nn
import torch.nn.functional as F


# %%
class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5, *, device=None, dtype=None):
        super().__init__()
        kw = {"device": device, "dtype": dtype}
        self.gamma = nn.Parameter(torch.empty(d_model, **kw))
        self.beta = nn.Parameter(torch.empty(d_model, **kw))
        self.eps = eps
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.ones_(self.gamma)
        nn.init.zeros_(self.beta)

    def forward(self, x):
        m = x.mean(-1, keepdim=True)
        v = ((x - m) ** 2).mean(-1, keepdim=True)
        return self.gamma * (x - m) / torch.sqrt(v + self.eps) + self.beta


# %% is it the same as PyTorch's?
x = torch.randn(2, 3, 8)
print((LayerNorm(8)(x) - nn.LayerNorm(8)(x)).abs().max(), (LayerNorm(8)(x) - F.layer_norm(x, (8,))).abs().max())


# %%
class ResidualConnection(nn.Module):
    def __init__(self, d_model, dropout=0.1):
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        self.apply(self._init_weights)

    @staticmethod
    def _init_weights(module):
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
        elif isinstance(module, LayerNorm):
            module.reset_parameters()

    def forward(self, x, sublayer):
        return self.norm(x + self.dropout(sublayer(x)))
