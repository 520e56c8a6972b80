"""As in MATLAB: indices from 1, columns first, buffers in Fortran order, the table turned at the end."""

import numpy as np
import torch
from torch import nn


def positional_encoding(num_positions, d_model):
    PE = np.zeros((d_model, num_positions), order="F")
    pos = np.linspace(0, num_positions - 1, num_positions)
    for c in range(1, d_model + 1):
        i = np.ceil(c / 2) - 1
        theta = pos / 10000 ** (2 * i / d_model)
        if np.mod(c, 2) == 1:
            PE[c - 1, :] = np.sin(theta)
        else:
            PE[c - 1, :] = np.cos(theta)
    return PE.T


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self.register_buffer("PE", torch.tensor(positional_encoding(max_len, d_model).T, dtype=torch.float32))
        self.p = dropout

    def forward(self, x):
        [B, T, D] = x.size()
        [_, N] = self.PE.size()
        if T > N:
            raise Exception("x has too many tokens")
        Y = torch.zeros(D, T, B, dtype=x.dtype, device=x.device)
        for b in range(1, B + 1):
            Y[:, :, b - 1] = x[b - 1, :, :].t() + self.PE[:, :T].to(x.dtype)
        Y = Y.permute(2, 1, 0)
        if self.training:
            Y = nn.functional.dropout(Y, self.p)
        return Y
