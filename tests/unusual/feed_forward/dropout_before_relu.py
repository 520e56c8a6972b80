import torch
import torch.nn as nn
import torch.nn.functional as F


class FeedForward(nn.Module):
    """Dropping before the ReLU gives the same numbers: relu(0) = 0, and relu(c x) = c relu(x)."""

    def __init__(self, d_model: int, d_ff: int, dropout: float = 0.1):
        super(FeedForward, self).__init__()
        self.d_model, self.d_ff, self.p = d_model, d_ff, dropout
        self.linear1, self.linear2 = nn.Linear(d_model, d_ff, bias=True), nn.Linear(d_ff, d_model, bias=True)
        nn.init.xavier_uniform_(self.linear1.weight)
        nn.init.zeros_(self.linear1.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear2(F.relu(F.dropout(self.linear1(x), p=self.p, training=self.training)))
