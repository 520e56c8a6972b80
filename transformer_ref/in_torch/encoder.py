"""The encoder, section 3.1 and the left half of figure 1 of Vaswani et al. (2017), in PyTorch."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from transformer_ref.in_torch.attention import MultiHeadAttention
from transformer_ref.in_torch.feed_forward import FeedForward
from transformer_ref.in_torch.layer_norm import ResidualConnection


class EncoderLayer(nn.Module):
    """h = LayerNorm(x + SelfAttention(x)), y = LayerNorm(h + FFN(h))   (section 3.1)."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1 = ResidualConnection(d_model, dropout)
        self.residual2 = ResidualConnection(d_model, dropout)

    def forward(
        self, x: Float[Tensor, "batch tokens d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch tokens d_model"]:
        """`mask` broadcasts to (batch, heads, tokens, tokens), True = may attend."""
        h = self.residual1(x, lambda x: self.self_attention(x, x, x, mask)[0])
        return self.residual2(h, self.feed_forward)


class Encoder(nn.Module):
    """Encoder(x) = Layer_N(… Layer₁(x))   (section 3.1), each layer with parameters of its own, no norm at the end."""

    def __init__(self, num_layers: int, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers))

    def forward(
        self, x: Float[Tensor, "batch tokens d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch tokens d_model"]:
        """Every layer sees the same `mask`, True = may attend."""
        for layer in self.layers:
            x = layer(x, mask)
        return x
