"""From scratch means from scratch: which code is refused, and which is not."""

from typing import Any
from unittest.mock import Mock

import pytest

from autograder.intake import ready_made
from autograder.intake.code import Code
from autograder.intake.ready_made import ReadyMade, explain_ready_made, find_ready_made


def find(cells: dict[int, str], target: str, library: str = "torch") -> Any:
    return find_ready_made(Code(cells), target, library)


OWN = "class MultiHeadAttention(nn.Module):\n    def __init__(self, d_model, num_heads, dropout=0.0):\n        "

REFUSED = {
    "by its full name": "import torch\nclass MultiHeadAttention(torch.nn.MultiheadAttention): pass",
    "through nn": f"from torch import nn\n{OWN}self.inner = nn.MultiheadAttention(d_model, num_heads)",
    "through an alias": f"import torch.nn as net\n{OWN}self.inner = net.MultiheadAttention(d_model, num_heads)",
    "under another name": f"from torch.nn import MultiheadAttention as M\n{OWN}self.inner = M(d_model, num_heads)",
    "as a subclass": "from torch import nn\nclass MultiHeadAttention(nn.MultiheadAttention): pass",
    "as the base of a base": (
        "from torch import nn\nclass Base(nn.MultiheadAttention): pass\nclass MultiHeadAttention(Base): pass"
    ),
    "in a helper": (
        "import torch.nn.functional as F\ndef helper(q):\n    return F.scaled_dot_product_attention(q, q, q)\n"
        "class MultiHeadAttention:\n    def forward(self, q, k, v):\n        return helper(q)"
    ),
    "in a helper of a helper": (
        "import torch.nn.functional as F\ndef a(q):\n    return F.scaled_dot_product_attention(q, q, q)\n"
        "def b(q):\n    return a(q)\nclass MultiHeadAttention:\n    def forward(self, q):\n        return b(q)"
    ),
    "as a value": "from torch import nn\nKIND = nn.MultiheadAttention\nclass MultiHeadAttention:\n    made = KIND",
    "imported inside": "class MultiHeadAttention:\n    def run(self):\n        from torch.nn import MultiheadAttention",
    "through an alias inside": (
        "class MultiHeadAttention:\n    def run(self, q):\n        import torch.nn.functional as F\n"
        "        return F.scaled_dot_product_attention(q, q, q)"
    ),
    "the operator behind it": (
        "import torch\nclass MultiHeadAttention:\n    def run(self, q):\n"
        "        return torch.ops.aten.scaled_dot_product_attention(q, q, q)"
    ),
    "the built-in behind it": (
        "import torch\nclass MultiHeadAttention:\n    def run(self, q):\n"
        "        return torch._C._nn.scaled_dot_product_attention(q, q, q)"
    ),
    "imported after an own function": (
        "def scaled_dot_product_attention(q): return q\nfrom torch.nn.functional import scaled_dot_product_attention\n"
        "class MultiHeadAttention:\n    def run(self, q):\n        return scaled_dot_product_attention(q)"
    ),
    "as a value that is called by another name": (
        "from torch import nn\nclass MultiHeadAttention:\n    def run(self, q):\n"
        "        return (lambda kind: kind(8, 2))(nn.MultiheadAttention)(q)"
    ),
    "in the second of two helpers": (
        "import torch\ndef c(q): return q\ndef a(q): return c(q)\ndef b(q): return torch.layer_norm(q)\n"
        "class MultiHeadAttention:\n    run = a, b"
    ),
    "in a second definition of a name": (
        "import torch\na = b = 1\nb = torch.layer_norm\nclass MultiHeadAttention:\n    run = a, b"
    ),
    "through an alias inside, before another import": (
        "class MultiHeadAttention:\n    def run(self, q):\n        import torch.nn.functional as F\n"
        "        from math import pi\n        return F.layer_norm(q, pi)"
    ),
    "without an import": "class MultiHeadAttention(torch.nn.MultiheadAttention): pass",
    "imported under its own name after another": (
        "import numpy as torch\nimport torch.nn\nclass MultiHeadAttention(torch.nn.MultiheadAttention): pass"
    ),
    "as an assignment": "from torch import nn\nMultiHeadAttention = nn.MultiheadAttention",
    "from the course's own solution": (
        "from transformer_ref.in_torch.attention import MultiHeadAttention as M\nclass MultiHeadAttention(M): pass"
    ),
}
FINE = {
    "from scratch": "from torch import nn\nclass MultiHeadAttention(nn.Module):\n    parts = nn.Linear, nn.Softmax",
    "the functions that are allowed": (
        "import torch.nn.functional as F\nclass MultiHeadAttention:\n    tools = F.softmax, F.dropout, F.linear, F.relu"
    ),
    "named in a docstring": 'class MultiHeadAttention:\n    """As nn.MultiheadAttention and no more."""',
    "named in a comment": "class MultiHeadAttention:\n    pass  # not nn.MultiheadAttention",
    "used in an experiment": (
        "from torch import nn\nclass MultiHeadAttention(nn.Module): pass\n"
        "def compare():\n    return nn.MultiheadAttention(8, 2)\nprint(compare())"
    ),
    "imported inside another function": (
        "def attend(q): return q\ndef compare():\n    from torch.nn.functional import layer_norm as attend\n"
        "class MultiHeadAttention:\n    def run(self, q):\n        return attend(q)"
    ),
    "an experiment's variable that is called like a variable inside": (
        "from torch import nn\nclass MultiHeadAttention(nn.Module):\n    def forward(self, q):\n        output = q\n"
        "        return output\noutput = nn.MultiheadAttention(8, 2)"
    ),
    "a name of the student's own": "class LayerNorm: pass\nclass MultiHeadAttention:\n    norm = LayerNorm",
    "a name of the student's own, before an import of something else": (
        "class LayerNorm: pass\nfrom torch.nn import Linear\nclass MultiHeadAttention:\n    norm = LayerNorm"
    ),
    "a part of something else": "class MultiHeadAttention:\n    part = parts.torch.nn.LayerNorm",
    "a subclass, asked for": (
        "from torch import nn\nclass MultiHeadAttention(nn.Module):\n    known = issubclass(int, nn.LayerNorm)"
    ),
    "an own function after a star import": (
        "from torch.nn.functional import *\ndef scaled_dot_product_attention(q): return q\n"
        "class MultiHeadAttention:\n    def run(self, q):\n        return scaled_dot_product_attention(q)"
    ),
    "the type of a module, asked for": (
        "from torch import nn\nclass MultiHeadAttention(nn.Module):\n"
        "    def init(self, m: nn.LayerNorm) -> nn.LayerNorm:\n        return isinstance(m, (nn.Linear, nn.LayerNorm))"
    ),
    "the mask that nn.Transformer can make": (
        "from torch import nn\nclass MultiHeadAttention:\n    mask = nn.Transformer.generate_square_subsequent_mask(3)"
    ),
    "a number that is too long to be written out": f"class MultiHeadAttention:\n    big = 0x{'f' * 4000}",
    "a name of very many parts": f"class MultiHeadAttention:\n    big = a{'.a' * 900}",
    "code that is no Python": "class MultiHeadAttention(nn.MultiheadAttention",
}


@pytest.mark.parametrize("source", REFUSED.values(), ids=list(REFUSED))
def test_a_ready_made_answer_is_found(source):
    assert find({3: source}, "MultiHeadAttention") is not None


@pytest.mark.parametrize("source", FINE.values(), ids=list(FINE))
def test_what_is_from_scratch_is_left_alone(source):
    assert find({3: source}, "MultiHeadAttention") is None


def test_the_place_is_told():
    cells = {
        1: "from torch import nn",
        4: "\n\nclass MultiHeadAttention(nn.Module):\n    inner = nn.MultiheadAttention",
    }
    found = find(cells, "MultiHeadAttention")
    assert (found.name, found.cell, found.line) == ("torch.nn.MultiheadAttention", 4, 4)


def test_the_name_is_told_in_full():
    source = "import torch.nn.functional as F\ndef softmax(x):\n    return F.layer_norm(x)"
    assert find({1: source}, "softmax") == ReadyMade("torch.nn.functional.layer_norm", 1, 3)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("solutions.attention", "is the course's own solution: build it yourself"),
        ("autograder.blocks.softmax", "is the course's own solution: build it yourself"),
        ("torch.nn.LayerNorm", "is a ready-made answer: build it yourself"),
        ("torch._refs.softmax", "is a ready-made answer: build it yourself"),
        ("torch.softmax", "is PyTorch, and this exercise is for NumPy"),
    ],
)
def test_why_a_name_may_not_be_used_is_told(name, sentence):
    assert explain_ready_made(name) == f"{name} {sentence}"


def test_only_the_exercise_that_uses_it_is_refused():
    cells = {1: "from torch import nn\nclass MultiHeadAttention(nn.MultiheadAttention): pass\ndef softmax(x): return x"}
    assert find(cells, "MultiHeadAttention")
    assert find(cells, "softmax") is None


def test_a_numpy_exercise_may_not_be_done_in_pytorch():
    cells = {1: "import torch\ndef softmax(x, axis=-1):\n    return torch.softmax(torch.from_numpy(x), axis).numpy()"}
    assert find(cells, "softmax", "numpy").name == "torch.softmax"
    assert find(cells, "softmax", "torch") is None


def test_a_star_import_hides_nothing():
    cells = {1: "from torch.nn.functional import *\ndef attend(q):\n    return scaled_dot_product_attention(q, q, q)"}
    assert find(cells, "attend").name == "torch.nn.functional.scaled_dot_product_attention"
    assert find({1: "from torch.nn.functional import *\ndef attend(q):\n    return softmax(q)"}, "attend") is None


# ---- the known-good modules of `autograder.blocks`


BLOCKS = "from autograder import blocks\nfrom autograder.blocks import MultiHeadAttention as Known\n"


@pytest.mark.parametrize(
    "source",
    [
        f"{BLOCKS}class EncoderLayer(blocks.EncoderLayer): pass",
        "from autograder.blocks import encoder_layer as known\ndef encoder_layer(*a):\n    return known(*a)",
        "import autograder.blocks\nEncoderLayer = autograder.blocks.EncoderLayer",
        f"{BLOCKS}class EncoderLayer(blocks._Layer): pass",
    ],
)
def test_in_its_own_unit_a_block_is_the_answer(source):
    name = "encoder_layer" if "encoder_layer" in source else "EncoderLayer"
    assert find({1: source}, name) is not None


def test_the_blocks_of_earlier_units_may_be_used():
    source = f"{BLOCKS}class EncoderLayer:\n    parts = Known, blocks.FeedForward, blocks.ResidualConnection"
    assert find({1: source}, "EncoderLayer") is None
    source = "from autograder.blocks import layer_norm\ndef encoder_layer(x):\n    return layer_norm(x)"
    assert find({1: source}, "encoder_layer", "numpy") is None


@pytest.mark.parametrize(
    ("cells", "cell", "line"),
    [
        ({1: "x = 1", 2: "from math import pi\nfrom autograder.blocks import EncoderLayer"}, 2, 2),
        ({3: "from autograder.blocks import *", 4: "x = 1"}, 3, 1),
        ({5: "from autograder.own_work import EncoderLayer"}, 5, 1),
        ({7: "x = 1", 6: "import autograder.blocks.EncoderLayer as EncoderLayer"}, 6, 1),
    ],
)
def test_a_block_that_is_imported_under_the_name_of_the_exercise_is_no_answer(cells, cell, line):
    assert find(cells, "EncoderLayer") == ReadyMade("autograder.blocks.EncoderLayer", cell, line)


def test_a_block_that_an_own_definition_replaces_is_no_matter():
    source = "from autograder.blocks import EncoderLayer\nclass EncoderLayer: pass"
    assert find({1: source}, "EncoderLayer") is None
    assert find({1: "class EncoderLayer: pass\nfrom autograder.blocks import EncoderLayer"}, "EncoderLayer") is None


def test_a_statement_that_defines_many_names_is_read_once(monkeypatch):
    names = [f"x{number}" for number in range(300)]
    source = " = ".join([*names, f"[{', '.join(names)}]"]) + "\ndef softmax(x, axis=-1):\n    return x0\n"
    read = Mock(wraps=ready_made._find_references)
    monkeypatch.setattr(ready_made, "_find_references", read)
    assert find({1: source}, "softmax", "numpy") is None
    assert read.call_count == 2
