"""A class that hands in unit 6: for each student, what stands in the cells of the exercises instead of the solution.

An exercise that is not named is solved as the course's authors do; None leaves it as released.
"""

A_LIST_OF_SUBLAYERS = {
    "decoder_layer": """
def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    sublayers = [
        lambda x: multi_head_attention(x, x, x, part(weights, "self_attention"), num_heads, tgt_mask)[0],
        lambda x: multi_head_attention(
            x, memory, memory, part(weights, "cross_attention"), num_heads, memory_mask
        )[0],
        lambda x: feed_forward(x, part(weights, "feed_forward")),
    ]
    for number, sublayer in enumerate(sublayers, 1):
        gamma, beta = weights[f"residual{number}.norm.gamma"], weights[f"residual{number}.norm.beta"]
        x = layer_norm(x + sublayer(x), gamma, beta)
    return x
""",
    "DecoderLayer": """
class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        for number in (1, 2, 3):
            self.add_module(f"residual{number}", ResidualConnection(d_model, dropout))

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        x = self.residual1(x, lambda q: self.self_attention(q, q, q, tgt_mask)[0])
        x = self.residual2(x, lambda q: self.cross_attention(q, memory, memory, memory_mask)[0])
        return self.residual3(x, self.feed_forward)
""",
}

NEVER_READS_THE_SOURCE = {
    "decoder_layer": """
def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    def norm(x, number):
        return layer_norm(x, weights[f"residual{number}.norm.gamma"], weights[f"residual{number}.norm.beta"])

    out, _ = multi_head_attention(x, x, x, part(weights, "self_attention"), num_heads, tgt_mask)
    h = norm(x + out, 1)
    out, _ = multi_head_attention(h, memory, memory, part(weights, "cross_attention"), num_heads, memory_mask)
    c = norm(h + out, 2)
    out = feed_forward(h, part(weights, "feed_forward"))
    return norm(h + out, 3)
""",
    "decoder_layer_backward": None,
}

ONE_MASK_FOR_BOTH = {
    "DecoderLayer": """
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
        x = self.residual2(x, lambda x: self.cross_attention(x, memory, memory, tgt_mask)[0])
        return self.residual3(x, self.feed_forward)
""",
    "decoder_layer_backward": """
def decoder_layer_backward(grad_output, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    own, across, network = (part(weights, n) for n in ("self_attention", "cross_attention", "feed_forward"))
    grads = {}

    def norm_back(number, grad, total):
        name = f"residual{number}.norm"
        grad, grads[f"{name}.gamma"], grads[f"{name}.beta"] = layer_norm_backward(
            grad, total, weights[f"{name}.gamma"]
        )
        return grad

    s1 = x + multi_head_attention(x, x, x, own, num_heads, tgt_mask)[0]
    h = layer_norm(s1, weights["residual1.norm.gamma"], weights["residual1.norm.beta"])
    s2 = h + multi_head_attention(h, memory, memory, across, num_heads, memory_mask)[0]
    c = layer_norm(s2, weights["residual2.norm.gamma"], weights["residual2.norm.beta"])
    g = norm_back(3, grad_output, c + feed_forward(c, network))
    more, new = feed_forward_backward(g, c, network)
    grads.update({f"feed_forward.{k}": v for k, v in new.items()})
    g = norm_back(2, g + more, s2)
    more, grad_memory, grad_values, new = multi_head_attention_backward(
        g, h, memory, memory, across, num_heads, memory_mask
    )
    grad_memory = grad_values
    grads.update({f"cross_attention.{k}": v for k, v in new.items()})
    g = norm_back(1, g + more, s1)
    grad_q, grad_k, grad_v, new = multi_head_attention_backward(g, x, x, x, own, num_heads, tgt_mask)
    grads.update({f"self_attention.{k}": v for k, v in new.items()})
    return g + grad_q + grad_k + grad_v, grad_memory, grads
""",
}

UNFINISHED = {
    "DecoderLayer": None,
    "Decoder": None,
    "decoder_layer_backward": None,
}

STUDENTS = {
    "ada": {},
    "bela": A_LIST_OF_SUBLAYERS,
    "chidi": NEVER_READS_THE_SOURCE,
    "dora": ONE_MASK_FOR_BOTH,
    "emil": UNFINISHED,
}
