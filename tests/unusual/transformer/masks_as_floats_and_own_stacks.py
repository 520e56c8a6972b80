"""Own stacks of own layers with masks as additive floats, made once per call; sinusoids from a frozen nn.Embedding."""

import torch
from torch import nn


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.scale = d_model**0.5

    def forward(self, ids):
        return nn.functional.embedding(ids, self.embedding.weight * self.scale)


class Positions(nn.Module):
    def __init__(self, d_model, max_len, dropout):
        super().__init__()
        half = torch.arange(0, d_model, 2, dtype=torch.float64) / d_model
        angle = torch.arange(max_len, dtype=torch.float64)[:, None] / 10000**half
        table = torch.stack([angle.sin(), angle.cos()], -1).flatten(1)
        self.rows = nn.Embedding.from_pretrained(table, freeze=True)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        return self.drop(x + self.rows(torch.arange(x.shape[1])).to(x))


class Norm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(d)), nn.Parameter(torch.zeros(d))

    def forward(self, x):
        z = x - x.mean(-1, True)
        return z * (z.square().mean(-1, True) + 1e-5) ** -0.5 * self.gamma + self.beta


class AddNorm(nn.Module):
    def __init__(self, d, p):
        super().__init__()
        self.norm, self.drop = Norm(d), nn.Dropout(p)

    def forward(self, x, y):
        return self.norm(x + self.drop(y))


class Heads(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d, d) for _ in range(4))
        self.h = h

    def forward(self, x, y, wall):
        q, k, v = (
            w(z).unflatten(-1, (self.h, -1)).movedim(2, 1) for w, z in zip((self.w_q, self.w_k, self.w_v), (x, y, y))
        )
        p = (q @ k.mT / q.shape[-1] ** 0.5 + wall).softmax(-1)
        return self.w_o((p @ v).movedim(1, 2).flatten(2))


def network(d, f):
    parts = nn.ModuleDict({"linear1": nn.Linear(d, f), "linear2": nn.Linear(f, d)})
    parts.forward = lambda x: parts["linear2"](parts["linear1"](x).relu())
    return parts


class Layer(nn.Module):
    def __init__(self, d, h, f, p, *attentions):
        super().__init__()
        self.names = attentions
        for n, name in enumerate(attentions, 1):
            self.add_module(name, Heads(d, h))
            self.add_module(f"residual{n}", AddNorm(d, p))
        self.last = f"residual{len(attentions) + 1}"
        self.feed_forward = network(d, f)
        self.add_module(self.last, AddNorm(d, p))

    def forward(self, x, *seen):
        for n, (name, (y, wall)) in enumerate(zip(self.names, seen), 1):
            x = self.get_submodule(f"residual{n}")(x, self.get_submodule(name)(x, x if y is None else y, wall))
        return self.get_submodule(self.last)(x, self.feed_forward(x))


class Stack(nn.Module):
    def __init__(self, n, *args):
        super().__init__()
        self.layers = nn.ModuleList([Layer(*args) for _ in range(n)])

    def forward(self, x, *seen):
        for layer in self.layers:
            x = layer(x, *seen)
        return x


class Transformer(nn.Module):
    def __init__(
        self,
        src_vocab_size,
        tgt_vocab_size,
        d_model=512,
        num_heads=8,
        num_layers=6,
        d_ff=2048,
        dropout=0.1,
        max_len=5000,
        pad_id=0,
    ):
        super().__init__()
        self.src_embedding = TokenEmbedding(src_vocab_size, d_model)
        self.tgt_embedding = TokenEmbedding(tgt_vocab_size, d_model)
        self.positional_encoding = Positions(d_model, max_len, dropout)
        self.encoder = Stack(num_layers, d_model, num_heads, d_ff, dropout, "self_attention")
        self.decoder = Stack(num_layers, d_model, num_heads, d_ff, dropout, "self_attention", "cross_attention")
        self.output = nn.Linear(d_model, tgt_vocab_size)
        self.pad_id = pad_id

    def wall(self, hidden):
        return hidden.to(self.output.weight.dtype) * -1e9

    def encode(self, src):
        hidden = (src == self.pad_id)[:, None, None]
        return self.encoder(self.positional_encoding(self.src_embedding(src)), (None, self.wall(hidden)))

    def decode(self, tgt, memory, src):
        t = torch.arange(tgt.shape[1])
        own = (tgt == self.pad_id)[:, None, None] | (t[None, :] > t[:, None])
        cross = (src == self.pad_id)[:, None, None]
        x = self.positional_encoding(self.tgt_embedding(tgt))
        return self.output(self.decoder(x, (None, self.wall(own)), (memory, self.wall(cross))))

    def forward(self, src, tgt):
        return self.decode(tgt, self.encode(src), src)
