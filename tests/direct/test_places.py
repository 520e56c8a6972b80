"""What a cell is known by, and what stands around a line of it."""

import pytest

from autograder.intake.code import Code
from autograder.intake.places import definitions_around, is_left_over, main_name, should_bind
from autograder.intake.submission import Submission


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def helper(x): pass\ndef softmax(x): pass", "softmax"),
        ("def relu(x): pass\ndef softmax(x): pass", "relu"),
        ("def helper(x): pass\nclass Other: pass", "helper"),
        ("softmax = lambda x: x\ndef helper(x): pass", "softmax"),
        ("from others import softmax\nx = 1", ""),
        ("x = 1", ""),
        ("def softmax(x)\n    return x", "softmax"),
        ("class Other:\n    def f(self): return )", "Other"),
        ("if x:\n    softmax(", ""),
    ],
)
def test_a_cell_is_known_by_its_first_exercise_or_else_by_its_first_definition(source, name):
    assert main_name(Code({1: source}), 1, ["relu", "softmax"]) == name


def words(source: str, is_notebook: bool = True, **others: str) -> str:
    cells = {3: source} | {int(name[1:]): text for name, text in others.items()}
    return Submission("a", "attention", cells, is_notebook).cell_words(3)


def test_a_cell_is_called_by_what_it_defines_or_by_its_first_line():
    assert words("import numpy as np\ndef softmax(x): pass") == "your cell of `softmax`"
    assert words("\n  \n# mine\nimport numpy as np") == "your cell that begins with `# mine`"
    assert words("x = '" + "y" * 99 + "'") == f"your cell that begins with `x = '{'y' * 55}`"
    assert words("\x1b = 1") == "your cell that begins with `? = 1`"


def test_a_file_is_called_your_file_and_where_it_has_parts_by_the_line():
    assert words("x = 1", is_notebook=False) == "your file"
    assert words("x = 1", is_notebook=False, _1="y = 1") == "the part of your file that begins at line 3"


NESTED = """\
class A:
    def f(self):
        try:
            pass
        except ValueError:
            with x:
                def g(): return [
                    1,
                ]
x = 1
match x:
    case 1:
        @decorated
        def h():
            y = lambda: 2
"""


@pytest.mark.parametrize(
    ("line", "names"),
    [(1, "A"), (4, "A f"), (6, "A f"), (8, "A f g"), (10, ""), (12, ""), (13, "h"), (15, "h"), (99, "")],
)
def test_a_line_is_found_in_its_functions_and_classes(line, names):
    assert [definition.name for definition in definitions_around(Code({1: NESTED}), 1, line)] == names.split()


def test_where_there_is_no_such_cell_nothing_is_around():
    assert definitions_around(Code({1: NESTED}), 2, 1) == []


def test_a_raise_in_a_class_or_at_the_top_is_not_left_over():
    assert not is_left_over(Code({1: "x = 1\nraise E"}), 1, 2)
    assert not is_left_over(Code({1: "class A:\n    x = 1\n    raise E"}), 1, 3)
    assert is_left_over(Code({1: "async def f():\n    x = 1\n    raise E"}), 1, 3)


def test_a_cell_binds_what_it_imports_and_assigns_at_its_top():
    code = Code({1: "import numpy as np\nx = 1\ndef f():\n    y = 1"})
    assert [name for name in ("np", "numpy", "x", "f", "y") if should_bind(code, 1, name)] == ["np", "x", "f"]
