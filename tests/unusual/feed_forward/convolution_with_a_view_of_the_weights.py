"""The paper's other description: two convolutions with kernel size 1, from the linear maps' parameters."""

from torch import nn
from torch.nn import functional as F


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)

    @staticmethod
    def convolve(x, linear):
        return F.conv1d(x, linear.weight.unsqueeze(-1), linear.bias)

    def forward(self, x):
        rows = x.reshape(1, -1, x.shape[-1]).transpose(1, 2)
        hidden = self.dropout(F.threshold(self.convolve(rows, self.linear1), 0.0, 0.0))
        return self.convolve(hidden, self.linear2).transpose(1, 2).reshape(x.shape)
