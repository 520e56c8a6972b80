"""Mutated submissions, thousands of them where TEETH is "all".

Each is read or refused in one sentence, and none earns what it should not.
"""

import copy
import json
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import syllabus
from autograder.intake import submission
from autograder.intake.files import BadSubmission
from autograder.shells.report import total_points
from demo.classroom import submission as filled_in
from tests.examples import sample_examples

PROJECT = Path(__file__).resolve().parent.parent
UNIT, FOLDER = "feed_forward", "03_feed_forward"
SOURCE, RELEASE = (
    nbformat.read(PROJECT / part / FOLDER / f"{UNIT}.ipynb", as_version=4) for part in ("solutions", "assignments")
)
RIGHT = json.loads(json.dumps(filled_in(SOURCE, RELEASE, {})))
HALF = json.loads(json.dumps(filled_in(SOURCE, RELEASE, {"feed_forward": None, "FeedForward": "FeedForward = 3"})))
RIGHT_BYTES = json.dumps(RIGHT, indent=1, ensure_ascii=False).encode()
SECRET = "0" * 64

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["code", "markdown", "raw", "grade", UNIT, "attention", "R", "\0", "\ud800", "relu", "check('relu')", "# %%"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(tree, at=()):
    """The path of everything in a tree of lists and dictionaries."""
    found = [at] if at else []
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        found += places(value, (*at, key))
    return found


ALL = places(RIGHT)
SOURCES = [("cells", n, "source") for n, cell in enumerate(RIGHT["cells"]) if cell["cell_type"] == "code"]
TAGS = [place for place in ALL if "metadata" in place]
PLACES = st.sampled_from(SOURCES) | st.sampled_from(TAGS) | st.sampled_from(ALL)
BAD_TEXT = st.sampled_from(["\0", "\ud800", "x = '\udfff'", ["\udc80"], [["x"]], ["x", 1], {"x": "x"}])
ROLES = st.fixed_dictionaries({key: st.booleans() | JUNK for key in ("grade", "solution", "locked", "task")})


def mutate(data, tree, path) -> None:
    """Replace, delete, repeat, wrap or rename what is at a path; a path that is gone by now stays gone."""
    try:
        holder = tree
        for key in path[:-1]:
            holder = holder[key]
        key, value = path[-1], holder[path[-1]]
    except (KeyError, IndexError, TypeError):
        return
    if not isinstance(holder, (list, dict)):
        return
    how = data.draw(st.sampled_from(["replace", "bad text", "delete", "repeat", "wrap", "rename", "swap"]))
    if how == "replace":
        holder[key] = data.draw(JUNK)
    elif how == "bad text":
        holder[key] = copy.deepcopy(data.draw(BAD_TEXT))  # one list in two places could come to hold itself
    elif how == "delete":
        del holder[key]
    elif how == "wrap":
        holder[key] = {0: [value], 1: {"a": value}, 2: [value, value], 3: str(value)}[data.draw(st.integers(0, 3))]
    elif how == "repeat" and isinstance(holder, list):
        holder.insert(data.draw(st.integers(0, len(holder))), copy.deepcopy(value))
    elif how == "swap" and isinstance(holder, list):
        other = data.draw(st.integers(0, len(holder) - 1))
        holder[key], holder[other] = holder[other], holder[key]
    elif isinstance(holder, dict):
        holder[data.draw(st.text(max_size=5))] = holder.pop(key)


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "feed_forward.ipynb"


def read(file: Path, content: bytes):
    """What the file is read as, or None where it is refused, in one sentence."""
    file.write_bytes(content)
    try:
        found = submission.read(file)
        assert found.unit in syllabus.units()
        assert all(isinstance(n, int) and source.encode() is not None for n, source in found.cells.items())
    except BadSubmission as refusal:
        found = None
        sentence = str(refusal)
        assert sentence.startswith(str(file))
        assert len(sentence.splitlines()) == 1
        assert sentence.isprintable()
        assert len(sentence) < len(str(file)) + 300
    return found


def as_bytes(tree) -> bytes:
    return json.dumps(tree).encode()


@sample_examples(300)
@given(data=st.data())
def test_bytes_that_were_cut_changed_or_repeated_are_read_or_refused(file, data):
    content = bytearray(RIGHT_BYTES)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = min(start + data.draw(st.sampled_from([0, 1, 2, 30, 5000])), len(content))
        piece = data.draw(st.binary(max_size=6) | st.sampled_from([b'"', b"[" * 300, b"\0", b"\xff\xfe", b"\\u0000"]))
        content[start:end] = (piece, b"", bytes(content[start:end]) * 2)[data.draw(st.integers(0, 2))]
        read(file, bytes(content))
    read(file, bytes(content[: data.draw(st.integers(0, len(content)))]))


@sample_examples(300)
@given(data=st.data())
def test_a_structure_that_was_changed_anywhere_is_read_or_refused(file, data):
    tree = json.loads(RIGHT_BYTES)
    for _ in range(data.draw(st.integers(1, 5))):
        mutate(data, tree, data.draw(PLACES))
        read(file, as_bytes(tree))


@sample_examples(200)
@given(junk=JUNK, data=st.binary(max_size=200), text=st.text(max_size=200))
def test_what_is_no_notebook_at_all_is_refused(file, junk, data, text):
    for content in (as_bytes(junk), data, text.encode("utf-8", "replace"), as_bytes({"cells": junk})):
        assert read(file, content) is None


def own_code(cell) -> bool:
    return cell["cell_type"] == "code" and not cell["source"].startswith("check(") and not is_experiment(cell)


def is_experiment(cell) -> bool:
    return "experiment" in cell["metadata"].get("autograder", {})


OWN_CODE = ["".join(cell["source"]) for cell in RIGHT["cells"] if own_code(cell)]


def changed_around_the_code(data):
    """A submission in which anything may have changed but the code that a student writes, and its order."""
    tree = json.loads(RIGHT_BYTES)
    kept = [(cell, cell["source"]) for cell in tree["cells"] if own_code(cell)]
    others = [cell for cell in tree["cells"] if not own_code(cell)]
    for _ in range(data.draw(st.integers(1, 6))):
        where = data.draw(st.sampled_from(["roles", "cell", "other", "top", "new"]))
        if where == "roles":
            cell = kept[data.draw(st.integers(0, len(kept) - 1))][0]
            cell["metadata"] = {"nbgrader": data.draw(ROLES), "autograder": data.draw(JUNK)}
        elif where == "cell":
            cell = kept[data.draw(st.integers(0, len(kept) - 1))][0]
            mutate(data, cell, data.draw(st.sampled_from([p for p in places(cell) if p[0] != "source"])))
        elif where == "other" and others:
            other = others[data.draw(st.integers(0, len(others) - 1))]
            mutate(data, other, data.draw(st.sampled_from(places(other) or [("source",)])))
        elif where == "top":
            key = data.draw(st.sampled_from(["nbformat", "nbformat_minor", "metadata", "worksheets", "x"]))
            tree[key] = data.draw(JUNK)
        else:
            tree["cells"].insert(data.draw(st.integers(0, len(tree["cells"]))), data.draw(JUNK))
    for cell, source in kept:
        cell["source"] = source.splitlines(True) if data.draw(st.booleans()) else source
        cell["cell_type"] = "code"
    return tree


@sample_examples(600)
@given(data=st.data())
def test_whatever_changes_around_the_students_code_it_is_read_as_it_was(file, data):
    found = read(file, as_bytes(changed_around_the_code(data)))
    assert found is not None
    assert found.unit == UNIT
    assert [source for source in found.cells.values() if source in OWN_CODE] == OWN_CODE


def points(file: Path, grader, tree) -> float:
    found = read(file, as_bytes(tree))
    if found is None:
        return 0.0
    earned, _, bonus = total_points(grader.grade(found, syllabus.units()[UNIT].exercises, SECRET))
    return earned + bonus


@pytest.fixture(scope="module")
def full_marks(file, grader) -> float:
    full = points(file, grader, RIGHT)
    assert full == sum(e.points for e in syllabus.units()[UNIT].exercises)
    return full


@sample_examples(25)
@given(data=st.data())
def test_whatever_changes_around_right_code_it_gets_full_marks(file, grader, full_marks, data):
    assert points(file, grader, changed_around_the_code(data)) == full_marks


@pytest.fixture(scope="module")
def earned_by_half(file, grader, full_marks) -> float:
    earned = points(file, grader, HALF)
    assert 0 < earned < full_marks
    return earned


@sample_examples(25)
@given(data=st.data())
def test_no_change_of_the_file_earns_more_than_the_code_does(file, grader, earned_by_half, data):
    tree = copy.deepcopy(HALF)
    for _ in range(data.draw(st.integers(1, 8))):
        mutate(data, tree, data.draw(PLACES))
    assert points(file, grader, tree) <= earned_by_half
