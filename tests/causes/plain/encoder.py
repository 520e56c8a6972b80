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


class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1 = ResidualConnection(d_model, dropout)
        self.residual2 = ResidualConnection(d_model, dropout)

    def forward(self, x, mask=None):
        x = self.residual1(x, lambda x: self.self_attention(x, x, x, mask)[0])
        return self.residual2(x, self.feed_forward)


class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers))

    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
        return x


def part(weights, name):
    return {key[len(name) + 1 :]: entry for key, entry in weights.items() if key.startswith(name + ".")}


def encoder_layer(x, weights, num_heads, mask=None):
    norm1, norm2 = part(weights, "residual1.norm"), part(weights, "residual2.norm")
    attended = multi_head_attention(x, x, x, part(weights, "self_attention"), num_heads, mask)[0]
    h = layer_norm(x + attended, norm1["gamma"], norm1["beta"])
    thought = feed_forward(h, part(weights, "feed_forward"))
    return layer_norm(h + thought, norm2["gamma"], norm2["beta"])


def encoder(x, layers, num_heads, mask=None):
    for weights in layers:
        x = encoder_layer(x, weights, num_heads, mask)
    return x


def encoder_layer_backward(grad_output, x, weights, num_heads, mask=None):
    attention, network = part(weights, "self_attention"), part(weights, "feed_forward")
    norm1, norm2 = part(weights, "residual1.norm"), part(weights, "residual2.norm")
    sum1 = x + multi_head_attention(x, x, x, attention, num_heads, mask)[0]
    h = layer_norm(sum1, norm1["gamma"], norm1["beta"])
    sum2 = h + feed_forward(h, network)
    grads = {}
    grad_sum2, grads["residual2.norm.gamma"], grads["residual2.norm.beta"] = layer_norm_backward(
        grad_output, sum2, norm2["gamma"]
    )
    grad_h, of_network = feed_forward_backward(grad_sum2, h, network)
    grad_h = grad_h + grad_sum2
    grad_sum1, grads["residual1.norm.gamma"], grads["residual1.norm.beta"] = layer_norm_backward(
        grad_h, sum1, norm1["gamma"]
    )
    grad_q, grad_k, grad_v, of_attention = multi_head_attention_backward(grad_sum1, x, x, x, attention, num_heads, mask)
    grad_x = grad_sum1 + grad_q + grad_k + grad_v
    for name, gradient in of_network.items():
        grads["feed_forward." + name] = gradient
    for name, gradient in of_attention.items():
        grads["self_attention." + name] = gradient
    return grad_x, grads
