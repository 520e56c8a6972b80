"""A class that hands in unit 5: for each student, what stands in the cells of the exercises instead of the solution.

An exercise that is not named is solved as the course's authors do; None leaves it as released.
"""

REDUCED = {
    "encoder_layer": """
def encoder_layer(x, weights, num_heads, mask=None):
    own = {k.split(".", 1)[1]: w for k, w in weights.items() if k.startswith("self_attention")}
    ffn = {k.split(".", 1)[1]: w for k, w in weights.items() if k.startswith("feed_forward")}
    steps = [lambda y: multi_head_attention(y, y, y, own, num_heads, mask)[0], lambda y: feed_forward(y, ffn)]
    for i, step in enumerate(steps, start=1):
        x = layer_norm(step(x) + x, gamma=weights[f"residual{i}.norm.gamma"], beta=weights[f"residual{i}.norm.beta"])
    return x
""",
    "encoder": """
from functools import reduce

def encoder(x, layers, num_heads, mask=None):
    return reduce(lambda y, w: encoder_layer(y, w, num_heads, mask), layers, x)
""",
    "EncoderLayer": """
class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads)
        self.feed_forward = FeedForward(d_model, d_ff, 0.0)
        self.residual1 = ResidualConnection(d_model, dropout)
        self.residual2 = ResidualConnection(d_model, dropout)

    def forward(self, x, mask=None):
        r = self.residual1
        x = r.norm(x + r.dropout(self.self_attention(x, x, x, mask)[0]))
        return self.residual2(x, lambda y: self.feed_forward(y))
""",
    "encoder_layer_backward": None,
}

ONE_NORM = {
    "encoder_layer": """
def encoder_layer(x, weights, num_heads, mask=None):
    def part(name):
        return {k.replace(name + ".", ""): w for k, w in weights.items() if k.startswith(name)}

    norm = part("residual1.norm")
    x = layer_norm(x + multi_head_attention(x, x, x, part("self_attention"), num_heads, mask)[0], **norm)
    return layer_norm(x + feed_forward(x, part("feed_forward")), **norm)
""",
    "Encoder": """
class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.layers = nn.ModuleList([EncoderLayer(d_model, num_heads, d_ff, dropout)] * num_layers)

    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
        return x
""",
    "encoder_layer_backward": None,
}

MASK_FORGOTTEN = {
    "EncoderLayer": """
class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1 = ResidualConnection(d_model, dropout)
        self.residual2 = ResidualConnection(d_model, dropout)

    def forward(self, x, mask=None):
        x = self.residual1(x, lambda x: self.self_attention(x, x, x)[0])
        return self.residual2(x, self.feed_forward)
""",
    "Encoder": """
class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.layers = [EncoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers)]

    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
        return x
""",
    "encoder_layer_backward": """
def encoder_layer_backward(grad_output, x, weights, num_heads, mask=None):
    def part(name):
        return {k.removeprefix(name): w for k, w in weights.items() if k.startswith(name)}

    own, ffn, grads = part("self_attention."), part("feed_forward."), {}
    g1, b1, g2 = (weights[f"residual{n}"] for n in ("1.norm.gamma", "1.norm.beta", "2.norm.gamma"))
    s1 = x + multi_head_attention(x, x, x, own, num_heads, mask)[0]
    h = layer_norm(s1, g1, b1)
    d, grads["residual2.norm.gamma"], grads["residual2.norm.beta"] = layer_norm_backward(
        grad_output, h + feed_forward(h, ffn), g2
    )
    dh, of_ffn = feed_forward_backward(d, h, ffn)
    d, grads["residual1.norm.gamma"], grads["residual1.norm.beta"] = layer_norm_backward(d + dh, s1, g1)
    dq, dk, dv, of_own = multi_head_attention_backward(d, x, x, x, own, num_heads, mask)
    grads |= {f"feed_forward.{k}": v for k, v in of_ffn.items()} | {f"self_attention.{k}": v for k, v in of_own.items()}
    return d + dq, grads
""",
}

UNFINISHED = {
    "EncoderLayer": None,
    "Encoder": None,
    "encoder_layer_backward": None,
}

STUDENTS = {
    "ada": {},
    "bela": REDUCED,
    "chidi": ONE_NORM,
    "dora": MASK_FORGOTTEN,
    "jun": UNFINISHED,
}
