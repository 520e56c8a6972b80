"""The position-wise feed-forward network, section 3.3 of Vaswani et al. (2017), in PyTorch."""

from jaxtyping import Float
from torch import Tensor, nn


class FeedForward(nn.Module):
    """FFN(x) = max(0, xW₁ + b₁)W₂ + b₂   (eq. 2), with dropout between the two maps."""

    def __init__(self, d_model: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x: Float[Tensor, "*leading d_model"]) -> Float[Tensor, "*leading d_model"]:
        """Treat every position on its own."""
        return self.linear2(self.dropout(self.relu(self.linear1(x))))
