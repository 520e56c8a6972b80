from torch import nn

from autograder.blocks import (
    FeedForward,
    MultiHeadAttention,
    ResidualConnection,
    feed_forward,
    feed_forward_backward,
    layer_norm,
    layer_norm_backward,
    multi_head_attention,
    multi_head_attention_backward,
)


class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1 = ResidualConnection(d_model, dropout)
        self.residual2 = ResidualConnection(d_model, dropout)
        self.residual3 = ResidualConnection(d_model, dropout)

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        x = self.residual1(x, lambda x: self.self_attention(x, x, x, tgt_mask)[0])
        x = self.residual2(x, lambda x: self.cross_attention(x, memory, memory, memory_mask)[0])
        return self.residual3(x, self.feed_forward)


class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers))

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory, tgt_mask, memory_mask)
        return x


def part(weights, name):
    return {key[len(name) + 1 :]: entry for key, entry in weights.items() if key.startswith(name + ".")}


def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    own, across = part(weights, "self_attention"), part(weights, "cross_attention")
    seen, _ = multi_head_attention(x, x, x, own, num_heads, tgt_mask)
    h = layer_norm(x + seen, **part(weights, "residual1.norm"))
    read, _ = multi_head_attention(h, memory, memory, across, num_heads, memory_mask)
    c = layer_norm(h + read, **part(weights, "residual2.norm"))
    thought = feed_forward(c, part(weights, "feed_forward"))
    return layer_norm(c + thought, **part(weights, "residual3.norm"))


def decoder(x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
    for weights in layers:
        x = decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
    return x


def decoder_layer_backward(grad_output, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    own, across, network = (part(weights, name) for name in ("self_attention", "cross_attention", "feed_forward"))
    norm1, norm2, norm3 = (part(weights, f"residual{number}.norm") for number in (1, 2, 3))
    sum1 = x + multi_head_attention(x, x, x, own, num_heads, tgt_mask)[0]
    h = layer_norm(sum1, **norm1)
    sum2 = h + multi_head_attention(h, memory, memory, across, num_heads, memory_mask)[0]
    c = layer_norm(sum2, **norm2)
    sum3 = c + feed_forward(c, network)
    grads = {}
    grad_sum3, grads["residual3.norm.gamma"], grads["residual3.norm.beta"] = layer_norm_backward(
        grad_output, sum3, norm3["gamma"]
    )
    grad_c, of_network = feed_forward_backward(grad_sum3, c, network)
    grad_c = grad_c + grad_sum3
    grad_sum2, grads["residual2.norm.gamma"], grads["residual2.norm.beta"] = layer_norm_backward(
        grad_c, sum2, norm2["gamma"]
    )
    grad_h, grad_keys, grad_values, of_cross = multi_head_attention_backward(
        grad_sum2, h, memory, memory, across, num_heads, memory_mask
    )
    grad_memory = grad_keys + grad_values
    grad_h = grad_h + grad_sum2
    grad_sum1, grads["residual1.norm.gamma"], grads["residual1.norm.beta"] = layer_norm_backward(
        grad_h, sum1, norm1["gamma"]
    )
    grad_q, grad_k, grad_v, of_own = multi_head_attention_backward(grad_sum1, x, x, x, own, num_heads, tgt_mask)
    grad_x = grad_sum1 + grad_q + grad_k + grad_v
    for name, found in (("feed_forward", of_network), ("cross_attention", of_cross), ("self_attention", of_own)):
        grads.update({f"{name}.{key}": gradient for key, gradient in found.items()})
    return grad_x, grad_memory, grads
