"""What a statement reads and binds: Python's own symbol table says the same, and no local name is an import's."""

import ast
import symtable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.intake.code import Code
from autograder.intake.ready_made import find_ready_made
from autograder.intake.scopes import read_statement

UNUSUAL = sorted(Path(__file__).parents[1].glob("unusual/*/*.py"))


def names_that_python_sees(source: str, or_may_see: bool = False) -> set[str]:
    """The names of the module that a source reads, as Python's compiler sees them."""
    found, tables = set(), [symtable.symtable(source, "<source>", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        looks_up = table.get_type() in ("module", *["class"] * or_may_see)  # before a class binds it, it looks outside
        found |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (looks_up or s.is_global())}
    return found


def names_that_we_see(source: str) -> set[str]:
    uses = [use for statement in ast.parse(source).body for use in read_statement(statement).uses]
    return {use.name.partition(".")[0] for use in uses if not use.origins}


def bound_by_python(source: str) -> set[str]:
    table = symtable.symtable(source, "<source>", "exec")
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


def bound_by_us(source: str) -> set[str]:
    return {name for statement in ast.parse(source).body for name in read_statement(statement).binds}


@pytest.mark.parametrize("path", UNUSUAL, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_real_code_is_read_as_python_reads_it(path):
    source = path.read_text()
    assert names_that_we_see(source) <= names_that_python_sees(source)
    assert bound_by_us(source) == bound_by_python(source)


# ---- code that is made up: every kind of scope, with few names

NAMES = st.sampled_from("abcd")


def indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def expressions(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return NAMES
    inner = expressions(depth - 1)
    return st.one_of(
        NAMES,
        st.builds("{}.{}".format, NAMES, NAMES),
        st.builds("({} + {})".format, inner, inner),
        st.builds("{}({})".format, NAMES, inner),
        st.builds("(lambda {}={}: {})".format, NAMES, inner, inner),
        st.builds("[{} for {} in {} if {}]".format, inner, NAMES, inner, inner),
        st.builds("{{{0}: {1} for {2} in {3}}}".format, inner, inner, NAMES, inner),
        st.builds("tuple({} for {} in {} for {} in {})".format, inner, NAMES, inner, NAMES, inner),
    )


def blocks(depth: int) -> st.SearchStrategy[str]:
    return st.lists(statements(depth), min_size=1, max_size=3).map("\n".join)


def statements(depth: int) -> st.SearchStrategy[str]:
    value = expressions(2)
    simple = st.one_of(
        st.builds("{} = {}".format, NAMES, value),
        st.builds("({} := {})".format, NAMES, NAMES),
        st.builds("{}, *{} = {}".format, NAMES, NAMES, value),
        st.builds("import m.{} as {}".format, NAMES, NAMES),
        st.builds("from m import {}".format, NAMES),
        value,
    )
    if depth == 0:
        return simple
    body = blocks(depth - 1).map(indent)
    return st.one_of(
        simple,
        st.builds("def {}({}, *{}_, x={}):\n{}".format, NAMES, NAMES, NAMES, value, body),
        st.builds("class {}({}):\n{}".format, NAMES, value, body),
        st.builds("for {} in {}:\n{}".format, NAMES, value, body),
        st.builds("with {} as {}:\n{}".format, value, NAMES, body),
        st.builds("try:\n{}\nexcept {} as {}:\n{}".format, body, value, NAMES, body),
        st.builds("match {}:\n    case [{}, *{}_]:\n{}".format, value, NAMES, NAMES, body.map(indent)),
    )


@settings(max_examples=150, deadline=None)
@given(blocks(2))
def test_made_up_code_is_read_as_python_reads_it(source):
    assert bound_by_us(source) == bound_by_python(source)
    assert names_that_we_see(source) <= names_that_python_sees(source, or_may_see=True)


@settings(max_examples=150, deadline=None)
@given(blocks(2))
def test_within_a_function_no_name_of_the_notebooks_is_missed(source):
    whole = "def target():\n" + indent(source) + "\n"
    missed = names_that_python_sees(whole) - names_that_we_see(whole)
    assert missed == set()


@settings(max_examples=150, deadline=None)
@given(blocks(2))
def test_what_a_function_binds_is_never_an_import_of_the_notebooks(source):
    imports = "".join(f"from torch.nn import LayerNorm as {name}\n" for name in "abcd")
    reads = names_that_python_sees("def target():\n" + indent(source), or_may_see=True)
    found = find_ready_made(Code({1: imports, 2: "def target():\n" + indent(source)}), "target")
    assert (found is not None) <= bool(reads & set("abcd"))


PAST = {
    "a class's variable, which its methods do not see": (
        "from torch.nn import LayerNorm as norm\nclass target:\n    norm = None\n    def run(self, x): return norm(x)"
    ),
    "a binding before the call": (
        "if here:\n    norm = None\n    def target(x): return norm(x)\nfrom torch.nn import LayerNorm as norm"
    ),
    "a class's variable that is bound below": (
        "from torch.nn import LayerNorm as norm\nclass target:\n    made = norm(8)\n    norm = None"
    ),
}


@pytest.mark.parametrize("source", PAST.values(), ids=list(PAST))
def test_a_name_of_the_notebooks_is_seen_past_one_that_is_not_in_its_scope(source):
    assert find_ready_made(Code({1: source}), "target") is not None
