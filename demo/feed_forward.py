"""A class that hands in unit 3: for each student, what stands in the cells of the exercises instead of the solution.

An exercise that is not named is solved as the course's authors do; None leaves it as released.
"""

ONE_UNIT_AFTER_THE_OTHER = {
    "relu": """
def relu(x):
    return (abs(x) + x) / 2
""",
    "feed_forward": """
def feed_forward(x, weights):
    units = zip(weights["linear1.weight"], weights["linear1.bias"], weights["linear2.weight"].T)
    answers = (relu(x @ question + bias)[..., None] * answer for question, bias, answer in units)
    return sum(answers, start=weights["linear2.bias"])
""",
    "FeedForward": """
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.p = dropout

    def forward(self, x):
        before = nn.functional.dropout(self.linear1(x), self.p, self.training)
        return self.linear2(before.clamp(min=0))
""",
}

NAMES_OF_A_SEQUENTIAL = {
    "relu": """
def relu(x):
    x[x < 0] = 0
    return x
""",
    "FeedForward": """
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(d_model, d_ff), nn.ReLU(), nn.Dropout(dropout), nn.Linear(d_ff, d_model)
        )

    def forward(self, x):
        return self.net(x)
""",
    "feed_forward_backward": None,
}

FORGETS_THE_RELU = {
    "feed_forward": """
def feed_forward(x, weights):
    hidden = x @ weights["linear1.weight"].T + weights["linear1.bias"]
    return hidden @ weights["linear2.weight"].T + weights["linear2.bias"]
""",
    "feed_forward_backward": """
def feed_forward_backward(grad_output, x, weights):
    W1, b1, W2 = weights["linear1.weight"], weights["linear1.bias"], weights["linear2.weight"]
    before = x @ W1.T + b1
    grad_hidden = (grad_output @ W2) * (before > 0)
    rows = lambda array: array.reshape(-1, array.shape[-1])
    grads = {
        "linear1.weight": rows(grad_hidden).T @ rows(x),
        "linear1.bias": grad_hidden.sum(axis=0),
        "linear2.weight": rows(grad_output).T @ rows(np.maximum(before, 0)),
        "linear2.bias": grad_output.sum(axis=0),
    }
    return grad_hidden @ W1, grads
""",
}

UNFINISHED = {"feed_forward": None, "FeedForward": None, "feed_forward_backward": None}

STUDENTS = {
    "ada": {},
    "bela": ONE_UNIT_AFTER_THE_OTHER,
    "chidi": NAMES_OF_A_SEQUENTIAL,
    "dora": FORGETS_THE_RELU,
    "emil": UNFINISHED,
}
