"""What the cells of a submission bind, read from their syntax trees."""

import ast

import pytest

from autograder.intake.code import Code, bound_names, defines_something, parse_statements

IMPORT, DEFINITION = "from others import double", "def double(x): pass"


@pytest.mark.parametrize(
    ("cells", "number"),
    [
        ({1: DEFINITION}, None),
        ({1: DEFINITION, 2: DEFINITION}, None),
        ({1: IMPORT}, None),
        ({1: IMPORT, 2: IMPORT}, None),
        ({1: IMPORT, 2: DEFINITION}, None),
        ({1: DEFINITION, 2: IMPORT}, 2),
        ({1: DEFINITION, 2: IMPORT, 3: IMPORT}, 3),
        ({1: DEFINITION, 2: IMPORT, 3: DEFINITION}, None),
        ({1: f"{DEFINITION}\n{IMPORT}"}, 1),
        ({2: IMPORT, 1: DEFINITION}, 2),
        ({1: DEFINITION, 2: "try:\n    from others import double\nexcept ImportError:\n    pass"}, 2),
        ({1: DEFINITION, 2: "try:\n    from others import double\nexcept ImportError:\n    double = 1"}, None),
        ({1: DEFINITION, 2: "from others import *"}, None),
    ],
)
def test_an_import_replaces_a_definition_that_comes_before_it(cells, number):
    assert Code(cells).replaced_in("double") == number


@pytest.mark.parametrize(
    ("cells", "replaced"),
    [
        ({1: "def softmax(x): pass", 2: "from torch import *"}, [("softmax", 2, True, True)]),
        ({1: "from torch import *", 2: "def softmax(x): pass"}, []),
        ({1: "def softmax(x): pass", 2: "from torch.nn import *"}, []),
        ({1: "def softmax(x): pass", 2: "from torch import softmax"}, [("softmax", 2, True, False)]),
        (
            {
                1: "def relu(x): pass",
                2: "def softmax(x): return relu(x)",
                3: "from torch import *\ndef softmax(x): relu",
            },
            [("relu", 3, True, True)],
        ),
        ({1: "from torch import *", 2: "def softmax(x): return range(3)"}, [("range", 1, False, True)]),
        ({1: "from torch import range", 2: "def softmax(x): return range(3)"}, []),
        ({1: "from numpy import *", 2: "def softmax(x): return sum(x)"}, [("sum", 1, False, True)]),
        ({1: "from torch import *", 2: "def softmax(x): return [range for range in x]"}, []),
    ],
)
def test_an_import_takes_names_away(cells, replaced):
    found = Code(cells).names.find_replacements("softmax")
    assert [(r.name, r.cell, r.was_own, r.by_star) for r in found] == replaced


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b, c.d as e", {"a", "e"}),
        ("from a.b import c, d as e", {"c", "e"}),
        ("def a(b): c = 1", {"a"}),
        ("async def a(): pass", {"a"}),
        ("class A: b = 1", {"A"}),
        ("a, b = c", {"a", "b"}),
        ("for a in b:\n    c = a", {"a", "c"}),
        ("[a for a in b]", set()),
        ("a = [c for c in b if (d := c)]", {"a", "d"}),
        ("lambda a: (b := a)", set()),
        ("with a as b, c as (d, *e): pass", {"b", "d", "e"}),
        ("try: pass\nexcept A as a: b = 1", {"a", "b"}),
        ("match a:\n    case {'k': b, **c} | [*d] as e: pass", {"b", "c", "d", "e"}),
        ("if a:\n    import b.c\n    def d(): e = 1\n    class F: g = 1", {"b", "d", "F"}),
        ("a: int", set()),
        ("a: int = 1", {"a"}),
        ("a.b = c[0] = 1", set()),
        ("from torch.nn.modules.linear import *", {"Linear", "Identity", "Bilinear", "LazyLinear"}),
        ("from nobody import *", set()),
        ("print(a)", set()),
    ],
)
def test_a_statement_binds_names(source, names):
    assert bound_names(ast.parse(source).body[0]) == names


def test_a_cell_should_define_a_name_that_it_binds_or_that_its_broken_code_announces():
    code = Code({1: DEFINITION, 2: IMPORT, 3: "def double(x:", 4: "class  double(", 5: "def doubles(", 6: "double = 1"})
    assert [number for number in code.cells if code.should_define(number, "double")] == [1, 3, 4, 6]
    assert not code.should_define(1, "other")
    assert code.defines("double")
    assert not Code({1: IMPORT}).defines("double")


@pytest.mark.parametrize("source", ["def (", "'\0'", "(" * 1000, "-" * 100_000 + "1"])
def test_what_is_no_python_has_no_statements(source):
    assert parse_statements(source) == []


def test_a_function_or_a_class_is_something_that_is_defined():
    assert [defines_something(parse_statements(s)) for s in (DEFINITION, "class A: pass", IMPORT, "a = 1", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def multihead_attention(): ...", "multihead_attention"),
        ("class MultiHeadAttention: ...", ""),  # an exercise of its own
        ("multihead_attention = 3", ""),
        ("def attention(): ...", ""),
        ("def multi_head_attention(): ...", ""),
    ],
)
def test_a_definition_of_nearly_the_name_is_found(source, found):
    taken = ("multi_head_attention", "MultiHeadAttention")
    assert Code({1: source}).find_similar("multi_head_attention", taken) == found


@pytest.mark.parametrize(
    ("cells", "is_stub"),
    [
        (["def f(x):\n    raise NotImplementedError()"], True),
        (['def f(x):\n    """Say what."""\n    raise NotImplementedError'], True),
        (["def f(x):\n    y = x\n    raise NotImplementedError()"], False),
        (["def f(x): return 1", "def f(x): raise ValueError"], True),
        (["def f(x): raise ValueError", "def f(x): return 1"], False),
        (["def f(x): raise ValueError", "f = g"], False),
        (["def f(x): raise ValueError", "from a import f"], False),
        (["@g\ndef f(x): raise ValueError"], False),
        (["class f: pass"], False),
        ([], False),
    ],
)
def test_a_stub_is_what_only_raises(cells, is_stub):
    assert Code(dict(enumerate(cells, 1))).is_stub("f") is is_stub
