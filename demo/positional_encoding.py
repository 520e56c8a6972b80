"""A class that hands in unit 1: for each student, what stands in the cells of the exercises instead of the solution.

An exercise that is not named is solved as the course's authors do; None leaves it as released.
"""

EXPONENTIALS = {
    "positional_encoding": """
def positional_encoding(num_positions, d_model):
    position = np.arange(num_positions)[:, np.newaxis]
    div_term = np.exp(np.arange(0, d_model, 2) * -(np.log(10000.0) / d_model))
    pe = np.zeros((num_positions, d_model))
    pe[:, 0::2] = np.sin(position * div_term)
    pe[:, 1::2] = np.cos(position * div_term)
    return pe
""",
    "PositionalEncoding": """
class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        pe = torch.tensor(positional_encoding(max_len, d_model), dtype=torch.float32)
        self.register_buffer("pe", pe.unsqueeze(0))

    def forward(self, x):
        return self.dropout(x + self.pe[:, : x.size(1)])
""",
}

DOUBLES_THE_EXPONENT = {
    "positional_encoding": """
def positional_encoding(num_positions, d_model):
    pe = np.zeros((num_positions, d_model))
    for pos in range(num_positions):
        for i in range(0, d_model, 2):
            pe[pos, i] = np.sin(pos / 10000 ** (2 * i / d_model))
            pe[pos, i + 1] = np.cos(pos / 10000 ** (2 * i / d_model))
    return pe
""",
}

CUTS_AT_THE_BATCH = {
    "PositionalEncoding": """
class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        pe = torch.tensor(positional_encoding(max_len, d_model)).float()
        self.register_buffer("pe", pe.unsqueeze(1))

    def forward(self, x):
        x = x + self.pe[: x.size(0)]
        return self.dropout(x)
""",
}

UNFINISHED = {"PositionalEncoding": None}

STUDENTS = {
    "ada": {},
    "bela": EXPONENTIALS,
    "chidi": DOUBLES_THE_EXPONENT,
    "dora": CUTS_AT_THE_BATCH,
    "emil": UNFINISHED,
}
