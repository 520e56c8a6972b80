"""From scratch means from scratch: which code is refused, and which is not."""

from typing import Any
from unittest.mock import Mock

import pytest

from autograder.intake import ready_made
from autograder.intake.code import Code
from autograder.intake.ready_made import ReadyMade, explain_ready_made, find_ready_made
from autograder.intake.scopes import read_statement


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
    "without its constructor": (
        "from torch import nn\nclass MultiHeadAttention:\n    def __init__(self):\n"
        "        self.inner = nn.MultiheadAttention.__new__(nn.MultiheadAttention)"
    ),
    "without its constructor, by object": (
        "from torch import nn\nclass MultiHeadAttention:\n    def __init__(self):\n"
        "        self.inner = object.__new__(nn.LayerNorm)"
    ),
    "by a method that is given another self": (
        "from torch import nn\nclass MultiHeadAttention:\n    def forward(self, x):\n"
        "        return nn.LayerNorm.forward(self, x)"
    ),
    "by the type of one that was made": (
        "from torch import nn\nclass MultiHeadAttention:\n    kind = type(nn.LayerNorm(8))"
    ),
    "a class that is private": (
        "from torch.nn.modules import batchnorm\nclass MultiHeadAttention(batchnorm._BatchNorm): pass"
    ),
    "an operator that is private": (
        "import torch\nclass MultiHeadAttention:\n    def run(self, *a):\n"
        "        return torch._native_multi_head_attention(*a)"
    ),
    "a block of a ready-made layer": (
        "from torch.nn import TransformerEncoderLayer as Layer\nclass MultiHeadAttention:\n"
        "    forward = Layer._sa_block"
    ),
    "a star import of a module without a list of names": (
        "from torch.nn import *\nclass MultiHeadAttention(Module):\n    def __init__(self): self.n = LayerNorm(8)"
    ),
    "a module that a star import brings": (
        "from torch.nn import *\nclass MultiHeadAttention(Module):\n"
        "    def forward(self, x): return functional.layer_norm(x, (8,))"
    ),
    "in a definition that may stay": (
        "from torch import nn\nclass MultiHeadAttention(nn.MultiheadAttention): pass\n"
        "if not nn:\n    class MultiHeadAttention(nn.Module): pass"
    ),
    "in a definition that is wrapped": (
        "from torch import nn\nclass MultiHeadAttention(nn.MultiheadAttention): pass\n"
        "MultiHeadAttention = wrapped(MultiHeadAttention)"
    ),
    "as a base class, before an own class of its name": (
        "from torch.nn import LayerNorm\nclass MultiHeadAttention(LayerNorm): pass\nclass LayerNorm: pass"
    ),
    "an import in a condition": (
        "try:\n    from torch import nn\nexcept ImportError:\n    raise\n"
        "class MultiHeadAttention(nn.MultiheadAttention): pass"
    ),
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
    "very deeply nested": "class MultiHeadAttention:\n    big = " + "1 + " * 700 + "1",
    "an attempt that was written anew": (
        "from torch import nn\nclass MultiHeadAttention(nn.MultiheadAttention): pass\n"
        "class MultiHeadAttention(nn.Module): pass"
    ),
    "a helper that was written anew": (
        "from torch import nn\ndef norm(x): return nn.LayerNorm(8)(x)\ndef norm(x): return x\n"
        "class MultiHeadAttention:\n    def forward(self, x):\n        return norm(x)"
    ),
    "a base class whose name an import takes later": (
        "class Norm: pass\nclass MultiHeadAttention(Norm): pass\nfrom torch.nn import LayerNorm as Norm"
    ),
    "one of several bases of a type that is asked for": (
        "from torch import nn\nKINDS = nn.Linear, nn.LayerNorm\nclass MultiHeadAttention(nn.Module):\n"
        "    def init(self, m): return isinstance(m, KINDS), isinstance(m, nn.Linear | nn.LayerNorm)"
    ),
    "a type that is compared": (
        "from torch import nn\nclass MultiHeadAttention(nn.Module):\n    def init(self, m):\n"
        "        return type(m) is nn.LayerNorm or type(m) in (nn.Linear, nn.LayerNorm) or m.__class__ == nn.LayerNorm"
    ),
    "a type that is matched": (
        "from torch import nn\nclass MultiHeadAttention(nn.Module):\n    def init(self, m):\n"
        "        match m:\n            case nn.LayerNorm() | nn.Linear(): pass"
    ),
    "a type that is a key or is registered": (
        "import functools\nfrom torch import nn\nINIT = {nn.LayerNorm: 1.0, nn.Linear: 0.02}\n"
        "@functools.singledispatch\ndef start(m): pass\n@start.register(nn.LayerNorm)\ndef start_norm(m): pass\n"
        "class MultiHeadAttention(nn.Module):\n    std, begin, norm = INIT, start, start_norm"
    ),
    "an alias in annotations alone": (
        "from typing import Union, cast\nfrom torch import nn\nNorm = Union[nn.LayerNorm, nn.Identity]\n"
        "class MultiHeadAttention(nn.Module):\n    norm: Norm\n    def use(self, m: Norm) -> Norm:\n"
        "        own: Norm = m\n        return cast(nn.LayerNorm, own)"
    ),
    "a star import that has no such name": (
        "from math import *\nfrom torch.nn.init import *\nclass MultiHeadAttention:\n"
        "    parts = LayerNorm, scaled_dot_product_attention, softmax"
    ),
    "a star import whose name an own definition replaces": (
        "from torch.nn import *\nclass LayerNorm(Module): pass\nclass MultiHeadAttention(Module):\n"
        "    def forward(self, x): return LayerNorm(8)(x)"
    ),
    "a star import that replaces an own name": (
        "class LayerNorm: pass\nclass MultiHeadAttention:\n    def forward(self, x): return LayerNorm(8)(x)\n"
        "# then\nfrom torch.nn import *"
    ),
    "the copies that PyTorch makes of a layer": (
        "from torch.nn.modules.transformer import _get_clones\nclass MultiHeadAttention:\n    make = _get_clones"
    ),
    "a name that is deleted": (
        "from torch.nn import LayerNorm\ndel LayerNorm\nclass MultiHeadAttention:\n    def run(self): return LayerNorm"
    ),
}

# What is left after the import is a name of the function's own, in every way in which Python binds one.
LOCAL = {
    "a comprehension": "return [norm(x) for norm in self.norms]",
    "a comprehension in a comprehension": "return [norm(x) for row in self.norms for norm in row]",
    "a condition in a comprehension": "return {norm for norm in self.norms if norm(x)}",
    "a dictionary's comprehension": "return {name: norm(x) for name, norm in self.norms}",
    "a generator": "return sum(norm(x) for norm in self.norms)",
    "a lambda": "return (lambda norm: norm(x))(self.own)",
    "a lambda in a lambda": "return (lambda norm: lambda: norm(x))(self.own)",
    "a keyword argument": "def inner(*, norm): return norm(x)\n        return inner(norm=self.own)",
    "collected arguments": "def inner(*norm, **norms): return norm[0](x)\n        return inner(self.own)",
    "a loop": "for norm in self.norms: x = norm(x)\n        return x",
    "with": "with self.own as norm: return norm(x)",
    "except": "try: pass\n        except ValueError as norm: return norm(x)",
    "a walrus": "return norm(x) if (norm := self.own) else x",
    "a walrus in a comprehension": "[norm := part for part in self.norms]\n        return norm(x)",
    "a closure": "norm = self.own\n        def inner(): return norm(x)\n        return inner()",
    "nonlocal": (
        "norm = None\n        def inner():\n            nonlocal norm\n            norm = self.own\n"
        "        inner()\n        return norm(x)"
    ),
    "a pattern": "match x:\n            case [norm, *_]: return norm(x)",
    "a pattern's rest": "match x:\n            case {'a': 1, **norm}: return norm(x)",
    "a pattern that is named": "match x:\n            case [_] as norm: return norm(x)",
    "an own import": "from own import norm\n        return norm(x)",
    "an inner function": "def norm(x): return x\n        return norm(x)",
    "an inner class": "class norm: pass\n        return norm(x)",
    "a name that is bound below": "if x: norm = self.own\n        return norm(x)",
    "a class's variable": "class Inner:\n            norm = 1\n            made = norm\n        return Inner",
}


@pytest.mark.parametrize("body", LOCAL.values(), ids=list(LOCAL))
def test_a_name_that_a_scope_binds_is_no_import_of_the_notebooks(body):
    source = f"from torch.nn import LayerNorm as norm\nclass Encoder:\n    def forward(self, x):\n        {body}"
    assert find({1: source}, "Encoder") is None
    assert find({1: source + "\n    after = norm"}, "Encoder") is not None


def test_a_helper_that_is_called_like_a_comprehensions_variable_is_the_students():
    cells = {
        1: "import numpy as np\ndef part(x): return x",
        2: "import torch\nnames = [part for part in dir(torch)]",
        3: "def softmax(x, axis=-1):\n    return part(x)",
    }
    assert find(cells, "softmax", "numpy") is None


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
        ("torch._C._nn.scaled_dot_product_attention", "is a ready-made answer: build it yourself"),
        ("torch._C", "is a private part of PyTorch: build the answer from PyTorch's public functions"),
        ("torch.jit.load", "runs a program that is not your Python: build the answer from PyTorch's public functions"),
        ("torch.softmax", "is PyTorch, and this exercise is for NumPy"),
    ],
)
def test_why_a_name_may_not_be_used_is_told(name, sentence):
    assert explain_ready_made(name) == f"{name} {sentence}"


ENGINES = {
    "interpreter of graphs": "import torch\nrun = torch._C._jit_interpret_graph",
    "reader of graphs": "from torch._C import parse_ir as run",
    "private part": "import torch\nC = torch._C\nrun = C.anything",
    "private parts as a module": "import torch._C as inside\nrun = inside.parse_ir",
    "exporter": "from torch.export import export as run",
    "loader of exported programs": "import torch\nrun = torch.export.load('a')",
    "loader of compiled programs": "from torch import jit\nrun = jit.load('a')",
    "compiler of strings": "import torch\nrun = torch.jit.CompilationUnit('def f(): pass').f",
    "importer of packages": "from torch.package import PackageImporter\nrun = PackageImporter('a')",
    "kernel by name": "import torch\nrun = torch.library.get_kernel('aten::sin', 'CPU')",
}


@pytest.mark.parametrize("source", ENGINES.values(), ids=list(ENGINES))
def test_pytorchs_other_engines_are_no_part_of_an_answer(source):
    used = f"{source}\nclass MultiHeadAttention:\n    def forward(self, q):\n        return run(q)"
    assert find({1: used}, "MultiHeadAttention") is not None


COMPILED = (
    *(
        "torch.jit.script(f)",
        "torch.jit.trace(f, q)",
        "torch.compile(f)",
        "torch.jit.freeze(f)",
        "torch.jit.is_scripting()",
    ),
    *(
        "torch.vmap(f)",
        "torch.func.vmap(f)",
        "torch.utils.checkpoint.checkpoint(f, q)",
        "torch.library.custom_op('a', f)",
    ),
)


@pytest.mark.parametrize("use", COMPILED)
def test_what_only_compiles_or_repeats_ones_own_code_is_left_alone(use):
    source = (
        "import torch\nimport torch.utils.checkpoint\nclass MultiHeadAttention:\n    def forward(self, q):\n        "
    )
    source += use
    assert find({1: source}, "MultiHeadAttention") is None


def test_only_the_exercise_that_uses_it_is_refused():
    cells = {1: "from torch import nn\nclass MultiHeadAttention(nn.MultiheadAttention): pass\ndef softmax(x): return x"}
    assert find(cells, "MultiHeadAttention")
    assert find(cells, "softmax") is None


def test_a_numpy_exercise_may_not_be_done_in_pytorch():
    cells = {1: "import torch\ndef softmax(x, axis=-1):\n    return torch.softmax(torch.from_numpy(x), axis).numpy()"}
    assert find(cells, "softmax", "numpy").name == "torch.softmax"
    assert find(cells, "softmax", "torch") is None


def test_python_s_own_name_that_a_star_import_takes_is_no_answer_in_pytorch():
    source = "from torch import *\ndef softmax(x, axis=-1):\n    return [{} for i in range(3)]"
    assert find({1: source.format("i")}, "softmax", "numpy") is None
    assert find({1: source.format("exp(i)")}, "softmax", "numpy").name == "torch.exp"


def test_what_a_star_import_brings_from_elsewhere_is_no_part_of_the_module():
    source = "from torch.nn.functional import *\ndef softmax(x, axis=-1):\n    return {}(x)"
    assert find({1: source.format("math.exp")}, "softmax", "numpy") is None
    assert find({1: source.format("torch.exp")}, "softmax", "numpy").name == "torch.exp"


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
        f"{BLOCKS}class EncoderLayer:\n    made = blocks.EncoderLayer.__new__(blocks.EncoderLayer)",
        "from autograder.student.blocks import EncoderLayer as E\nclass EncoderLayer:\n    made = object.__new__(E)",
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
    read = Mock(wraps=read_statement)
    monkeypatch.setattr(ready_made, "read_statement", read)
    assert find({1: source}, "softmax", "numpy") is None
    assert read.call_count == 2


LOSSES = {
    "as a function": "import torch.nn.functional as F\n{}\n    return F.cross_entropy(logits, labels)",
    "as a function of nn": "from torch import nn\n{}\n    return nn.functional.nll_loss(logits, labels)",
    "as a module": "from torch import nn\n{}\n    return nn.CrossEntropyLoss()(logits, labels)",
    "as an operator of PyTorch's own": "import torch\n{}\n    return torch.ops.aten._nll_loss(logits, labels)",
    "as a divergence": "from torch.nn import KLDivLoss\n{}\n    return KLDivLoss()(logits, labels)",
}


@pytest.mark.parametrize("source", LOSSES.values(), ids=list(LOSSES))
def test_a_ready_made_loss_is_an_answer_in_the_unit_on_training_and_nowhere_else(source):
    for target in ("train_step", "evaluate", "train", "training_run"):
        found = find({1: source.format(f"def {target}(logits, labels):")}, target)
        assert found is not None
        assert "ready-made answer" in explain_ready_made(found.name)
    assert find({1: source.format("def greedy_decode(logits, labels):")}, "greedy_decode") is None


def test_a_log_softmax_is_no_loss():
    source = "import torch.nn.functional as F\ndef evaluate(logits):\n    return F.log_softmax(logits, dim=-1)"
    assert find({1: source}, "evaluate") is None
