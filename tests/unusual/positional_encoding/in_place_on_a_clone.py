# %%
import torch
from torch import nn


# %%
def sinusoid(length, width):
    half = torch.linspace(0, 1 - 2 / width, width // 2, dtype=torch.float64)
    grid = torch.arange(length).double()[:, None] * torch.exp(-half * torch.log(torch.tensor(1e4).double()))
    table = torch.zeros(length, width, dtype=torch.float64)
    table[:, ::2], table[:, 1::2] = grid.sin(), grid.cos()
    return table


# %%
class Base(nn.Module):
    table: torch.Tensor

    def positions(self, like):
        if like.shape[-2] > len(self.table):
            raise ValueError(f"{like.shape[-2]} > {len(self.table)}")
        return self.table[: like.shape[-2]]


class PositionalEncoding(Base):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self.register_buffer("table", sinusoid(max_len, d_model).to(torch.float32))
        self.drop = nn.Dropout(dropout, inplace=True)

    def forward(self, x):
        y = x.clone()
        y += self.positions(x)
        return self.drop(y)
