"""A class that hands in unit 7: for each student, what stands in the cells of the exercises instead of the solution.

An exercise that is not named is solved as the course's authors do; None leaves it as released.
"""

ROW_BY_ROW = {
    "TokenEmbedding": """
class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)

    def forward(self, ids):
        return self.embedding(ids) * self.embedding.embedding_dim**0.5
""",
    "Transformer": """
class Transformer(nn.Module):
    def __init__(self, src_vocab_size, tgt_vocab_size, d_model=512, num_heads=8, num_layers=6, d_ff=2048,
                 dropout=0.1, max_len=5000, pad_id=0):
        super().__init__()
        self.pad_id = pad_id
        self.src_embedding = TokenEmbedding(src_vocab_size, d_model)
        self.tgt_embedding = TokenEmbedding(tgt_vocab_size, d_model)
        self.positional_encoding = PositionalEncoding(d_model, max_len, dropout)
        self.encoder = Encoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.decoder = Decoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.output = nn.Linear(d_model, tgt_vocab_size)

    def make_src_mask(self, src):
        return (src != self.pad_id).unsqueeze(1).unsqueeze(2)

    def make_tgt_mask(self, tgt):
        size = tgt.shape[1]
        future = torch.triu(torch.ones(size, size, dtype=torch.bool, device=tgt.device), diagonal=1)
        return self.make_src_mask(tgt) & ~future

    def encode(self, src):
        return self.encoder(self.positional_encoding(self.src_embedding(src)), self.make_src_mask(src))

    def decode(self, tgt, memory, src):
        x = self.positional_encoding(self.tgt_embedding(tgt))
        return self.output(self.decoder(x, memory, self.make_tgt_mask(tgt), self.make_src_mask(src)))

    def forward(self, src, tgt):
        return self.decode(tgt, self.encode(src), src)
""",
    "greedy_decode": """
def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    mode = model.training
    model.eval()
    rows = []
    with torch.no_grad():
        for sentence in src:
            memory, row = model.encode(sentence[None]), [bos_id]
            while len(row) <= max_len and row[-1] != eos_id:
                logits = model.decode(torch.tensor([row], device=src.device), memory, sentence[None])
                row.append(logits[0, -1].argmax().item())
            rows.append(row[1:])
    model.train(mode)
    longest = max(map(len, rows))
    return torch.tensor([row + [pad_id] * (longest - len(row)) for row in rows])
""",
}

BLINDFOLDS_PADDED_QUERIES = {
    "Transformer": ROW_BY_ROW["Transformer"]
    .replace("(src != self.pad_id).unsqueeze(1).unsqueeze(2)", "(src != self.pad_id)[:, None, :, None]")
    .replace("self.make_tgt_mask(tgt), self.make_src_mask(src)", "self.make_tgt_mask(tgt), self.make_src_mask(tgt)"),
}

ENDS_WITH_A_SOFTMAX = {
    "Transformer": ROW_BY_ROW["Transformer"].replace(
        "return self.output(self.decoder(x, memory, self.make_tgt_mask(tgt), self.make_src_mask(src)))",
        "x = self.decoder(x, memory, self.make_tgt_mask(tgt), self.make_src_mask(src))\n"
        "        return torch.softmax(self.output(x), dim=-1)",
    ),
    "greedy_decode": """
def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    model.eval()
    with torch.no_grad():
        memory = model.encode(src)
        tgt = torch.full((len(src), 1), bos_id)
        for _ in range(max_len):
            word = model.decode(tgt, memory, src)[:, -1].argmax(-1)
            tgt = torch.cat([tgt, word[:, None]], dim=1)
            if (word == eos_id).all():
                break
    return tgt[:, 1:]
""",
}

UNFINISHED = {
    "transformer": None,
    "greedy_decode": None,
}

STUDENTS = {
    "ada": {},
    "bela": ROW_BY_ROW,
    "chidi": BLINDFOLDS_PADDED_QUERIES,
    "dora": ENDS_WITH_A_SOFTMAX,
    "emil": UNFINISHED,
}
