"""The decoder, section 3.1 and the right half of figure 1 of Vaswani et al. (2017), in PyTorch."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from transformer_ref.in_torch.attention import MultiHeadAttention
from transformer_ref.in_torch.feed_forward import FeedForward
from transformer_ref.in_torch.layer_norm import ResidualConnection


class DecoderLayer(nn.Module):
    """h = LN(x + SelfAttention(x)), c = LN(h + CrossAttention(h, memory)), y = LN(c + FFN(c))   (section 3.1)."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1 = ResidualConnection(d_model, dropout)
        self.residual2 = ResidualConnection(d_model, dropout)
        self.residual3 = ResidualConnection(d_model, dropout)

    def forward(
        self,
        x: Float[Tensor, "batch tgt_tokens d_model"],
        memory: Float[Tensor, "batch src_tokens d_model"],
        tgt_mask: Bool[Tensor, "..."] | None = None,
        memory_mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch tgt_tokens d_model"]:
        """`tgt_mask` is for self-attention, `memory_mask` for attention to the memory; True = may attend."""
        h = self.residual1(x, lambda x: self.self_attention(x, x, x, tgt_mask)[0])
        c = self.residual2(h, lambda h: self.cross_attention(h, memory, memory, memory_mask)[0])
        return self.residual3(c, self.feed_forward)


class Decoder(nn.Module):
    """Decoder(x, memory) = Layer_N(… Layer₁(x, memory), memory)   (section 3.1), no norm at the end."""

    def __init__(self, num_layers: int, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers))

    def forward(
        self,
        x: Float[Tensor, "batch tgt_tokens d_model"],
        memory: Float[Tensor, "batch src_tokens d_model"],
        tgt_mask: Bool[Tensor, "..."] | None = None,
        memory_mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch tgt_tokens d_model"]:
        """Every layer sees the same memory and the same masks, True = may attend."""
        for layer in self.layers:
            x = layer(x, memory, tgt_mask, memory_mask)
        return x
