"""A class that hands in unit 2: for each student, what stands in the cells of the exercises instead of the solution.

An exercise that is not named is solved as the course's authors do; None leaves it as released.
"""

from collections.abc import Mapping

EINSUM = {
    "softmax": """
def softmax(x, axis=-1):
    top = np.max(x, axis=axis, keepdims=True)
    logs = x - (top + np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)))
    return np.exp(logs)
""",
    "scaled_dot_product_attention": """
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = np.einsum("...qd,...kd->...qk", q * q.shape[-1] ** -0.5, k)
    if mask is not None:
        scores = scores + np.where(mask, 0.0, -1e9)
    weights = softmax(scores)
    return np.einsum("...qk,...kd->...qd", weights, v), weights
""",
    "MultiHeadAttention": """
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"{d_model} features do not go into {num_heads} heads")
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d_model, d_model) for _ in range(4))
        self.h, self.drop = num_heads, nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        q, k, v = (f(x).unflatten(-1, (self.h, -1)) for f, x in ((self.w_q, q), (self.w_k, k), (self.w_v, v)))
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / q.shape[-1] ** 0.5
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e9)
        weights = scores.softmax(-1)
        return self.w_o(torch.einsum("bhqk,bkhd->bqhd", self.drop(weights), v).flatten(2)), weights
""",
}

LOOP_OVER_HEADS = {
    "causal_mask": """
def causal_mask(num_tokens):
    position = np.arange(num_tokens)
    return position[None, :] <= position[:, None]
""",
    "multi_head_attention": """
def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    def linear(x, name):
        return np.matmul(x, weights[name + ".weight"].T) + weights[name + ".bias"]

    outputs, maps = [], []
    d_k = q.shape[-1] // num_heads
    full = None if mask is None else np.broadcast_to(mask, (len(q), num_heads, q.shape[1], k.shape[1]))
    for head in range(num_heads):
        part = slice(head * d_k, (head + 1) * d_k)
        inputs = linear(q, "w_q")[..., part], linear(k, "w_k")[..., part], linear(v, "w_v")[..., part]
        output, weight = scaled_dot_product_attention(*inputs, None if full is None else full[:, head])
        outputs.append(output)
        maps.append(weight)
    return linear(np.concatenate(outputs, axis=-1), "w_o"), np.stack(maps, axis=1)
""",
}

HEADS_IN_THE_BATCH = {
    "ScaledDotProductAttention": """
class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.p = dropout

    def forward(self, q, k, v, mask=None):
        root = q.size(-1) ** 0.25
        scores = torch.matmul(q / root, (k / root).mT)
        if mask is not None:
            scores = torch.where(mask, scores, torch.finfo(scores.dtype).min)
        weights = nn.functional.softmax(scores, dim=-1)
        return nn.functional.dropout(weights, self.p, self.training) @ v, weights
""",
    "MultiHeadAttention": """
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError("num_heads must divide d_model")
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.num_heads = num_heads
        self.attend = ScaledDotProductAttention(dropout)

    def fold(self, x):
        batch, tokens, d_model = x.shape
        x = x.view(batch, tokens, self.num_heads, d_model // self.num_heads)
        return x.permute(0, 2, 1, 3).reshape(batch * self.num_heads, tokens, -1)

    def forward(self, q, k, v, mask=None):
        batch, queries, d_model = q.shape
        if mask is not None:
            mask = mask.expand(batch, self.num_heads, queries, k.shape[1]).flatten(0, 1)
        q, k, v = self.fold(self.w_q(q)), self.fold(self.w_k(k)), self.fold(self.w_v(v))
        out, weights = self.attend(q, k, v, mask)
        out = out.view(batch, self.num_heads, queries, -1).permute(0, 2, 1, 3).reshape(batch, queries, d_model)
        return self.w_o(out), weights.view(batch, self.num_heads, queries, -1)
""",
}

DIVIDES_BY_D_K = {
    "scaled_dot_product_attention": """
def scaled_dot_product_attention(q, k, v, mask=None):
    d_k = q.shape[-1]
    scores = q @ np.swapaxes(k, -1, -2) / d_k
    if mask is not None:
        scores = np.where(mask, scores, -1e9)
    weights = softmax(scores)
    return weights @ v, weights
""",
}

EXPONENTIALS_OVERFLOW = {
    "softmax": """
def softmax(x, axis=-1):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)
""",
}

MERGES_BY_RESHAPE = {
    "MultiHeadAttention": """
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError("d_model must be divisible by num_heads")
        self.num_heads = num_heads
        self.d_k = d_model // num_heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.attention = ScaledDotProductAttention(dropout)

    def forward(self, q, k, v, mask=None):
        batch = q.size(0)
        q = self.w_q(q).view(batch, -1, self.num_heads, self.d_k).transpose(1, 2)
        k = self.w_k(k).view(batch, -1, self.num_heads, self.d_k).transpose(1, 2)
        v = self.w_v(v).view(batch, -1, self.num_heads, self.d_k).transpose(1, 2)
        output, weights = self.attention(q, k, v, mask)
        return self.w_o(output.reshape(batch, -1, self.num_heads * self.d_k)), weights
""",
}

HIDES_WHAT_MAY_BE_SEEN = {
    "ScaledDotProductAttention": """
class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
        if mask is not None:
            scores = scores.masked_fill(mask, -1e9)
        weights = torch.softmax(scores, dim=-1)
        return self.dropout(weights) @ v, weights
""",
}

MASKS_PADDED_QUERIES = {
    "padding_mask": """
def padding_mask(token_ids, pad_id=0):
    return (token_ids != pad_id)[:, None, :, None]
""",
    "causal_mask": """
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool), k=1)
""",
}

NO_BONUS: dict[str, str | None] = {
    "softmax_backward": None,
    "scaled_dot_product_attention_backward": None,
    "multi_head_attention_backward": None,
}

UNFINISHED = {
    "multi_head_attention": None,
    "ScaledDotProductAttention": None,
    "MultiHeadAttention": None,
}

CRASHES = {
    "scaled_dot_product_attention": """
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.T / np.sqrt(d_k)
    weights = softmax(scores)
    return weights @ v, weights
""",
}

NEVER_ENDS = {
    "padding_mask": """
def padding_mask(token_ids, pad_id=0):
    mask, row = np.zeros(token_ids.shape, dtype=bool), 0
    while row < len(token_ids):
        mask[row] = token_ids[row] != pad_id
    return mask[:, None, None, :]
""",
}

STUDENTS: Mapping[str, Mapping[str, str | None]] = {
    "ada": {},
    "bela": EINSUM,
    "chidi": LOOP_OVER_HEADS | NO_BONUS,
    "dora": HEADS_IN_THE_BATCH | NO_BONUS,
    "emil": DIVIDES_BY_D_K | NO_BONUS,
    "fatima": EXPONENTIALS_OVERFLOW | NO_BONUS,
    "goran": MERGES_BY_RESHAPE,
    "hana": HIDES_WHAT_MAY_BE_SEEN | NO_BONUS,
    "ines": MASKS_PADDED_QUERIES | NO_BONUS,
    "jun": UNFINISHED | NO_BONUS,
    "kofi": CRASHES | NO_BONUS,
    "lena": NEVER_ENDS | NO_BONUS,
}
