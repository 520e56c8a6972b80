"""The records of a student's copy: how they are packed, drawn again, numbered and sketched."""

import json
import random
import shutil
import subprocess
import sys
from typing import cast

import numpy as np
import pytest

from autograder import syllabus
from autograder.answers.sketch import draw_sketch
from autograder.exercise import Case, Exercise, Misconception
from autograder.protocol.arguments import Strided
from autograder.protocol.probe import Observation
from autograder.protocol.undisturbed import random_numbers_kept, undisturbed
from autograder.recorded import FOLDER, NotHere
from autograder.recorded.drawn import NotingDraw, OtherNumbers, digest_of, draw_again
from autograder.recorded.numbered import (
    Numbering,
    fold_arrays,
    fold_marks,
    unfold_arrays,
    unfold_marks,
)
from autograder.recorded.pack import Packer, Parts, rounded, unpack
from instructor.answers import failing
from instructor.answers.course import Bank
from instructor.answers.failing import recorded
from instructor.answers.fingerprint import FILE, PROJECT, find_sources, is_fresh, read_fingerprints
from instructor.answers.live import LiveAnswers, read_relevant
from instructor.authoring.record import Record, bits_for


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "bool", "uint8"])
def test_arrays_come_back_as_they_were(dtype):
    arrays = [np.arange(12).reshape(3, 4).astype(dtype), np.ones((), dtype), np.zeros((0, 2), dtype)]
    packer = Packer()
    found = unpack(packer.pack(packer.outline({"a": arrays, "b": [1, "x", None, 2.5, True]})))
    assert found["b"] == [1, "x", None, 2.5, True]
    for array, back in zip(arrays, found["a"], strict=True):
        assert (back.dtype, back.shape) == (array.dtype, array.shape)
        assert (back == array).all()


def test_the_entries_of_a_document_are_made_when_they_are_asked_for_and_once():
    packer, finished = Packer(), iter(["first", "second"])
    parts = Parts(packer.pack(packer.outline({"a": [np.eye(2)], "b": [1]})), lambda part: [*part, next(finished)])
    assert (list(parts), len(parts)) == (["a", "b"], 2)
    assert parts["b"] is parts["b"] and parts["b"] == [1, "first"]
    assert (parts["a"][0] == np.eye(2)).all() and parts["a"][1] == "second"


def test_arguments_that_are_described_come_back():
    packer = Packer()
    back = unpack(packer.pack(packer.outline([Strided(np.eye(3))])))[0]
    assert type(back) is Strided
    assert (back.array == np.eye(3)).all()


@pytest.mark.parametrize("bits", [20, 32, 42])
def test_rounding_keeps_so_many_bits(bits):
    numbers = np.random.default_rng(1).normal(size=1000)
    off = np.abs(rounded(numbers, bits) - numbers) / np.abs(numbers)
    assert off.max() <= 2.0 ** -(bits + 1)
    assert off.max() > 2.0 ** -(bits + 3)


@pytest.mark.parametrize("number", [0.0, 1.0, -2.0, np.inf, -np.inf, np.nan, 1.7e308])
def test_what_is_special_is_kept(number):
    array = np.array([number])
    np.testing.assert_array_equal(
        rounded(array) if abs(number) < 1e300 else rounded(array) > 1e308,
        array if abs(number) < 1e300 else array > 1e308,
    )


def test_what_is_no_float64_is_left_alone():
    for array in (np.arange(3), np.ones(3, np.float32)):
        assert rounded(array) is array


def test_inputs_are_drawn_again():
    draw = NotingDraw("a seed")
    gave = [
        draw.normal(3, 4, scale=2.0),
        draw.generator.uniform(0, 1, 5),
        draw.mask(3, 4),
        draw.linear(("w",), 2, 3)["w.weight"],
        draw.generator.permutation(np.arange(5)),
    ]
    again = draw_again("a seed", draw.asked, digest_of(draw.gave))
    assert any((array == gave[0]).all() for array in again if array.shape == gave[0].shape)
    for array, noted in zip(again, draw.gave, strict=True):
        np.testing.assert_array_equal(array, noted)


def test_other_numbers_are_refused():
    draw = NotingDraw("a seed")
    draw.normal(3)
    with pytest.raises(OtherNumbers, match=r"requirements\.txt"):
        draw_again("another seed", draw.asked, digest_of(draw.gave))


def test_marks_come_back():
    cases = ["a", "b", "c"]
    marks = [{"a": 0, "b": 1}, {}, {"a": 0, "c": 2}, {"b": 3, "c": 2}]
    folded = fold_marks(marks, cases, Numbering())
    assert folded == [[1, 1, 0], [0, 0, 0], [2, 0, 1], [0, 1, 4]]
    assert unfold_marks(folded, cases, Numbering()) == marks


def test_sketched_arrays_come_back():
    arrays = {"y": 0, "z": None, "more": [1, [2, 2], "float32", "abc"], "again": 0}
    folded = fold_arrays(arrays, ["x", "y", "z"], Numbering())
    assert folded == [0, 1, None, ["more", [1, [2, 2], "float32", "abc"]], ["again", 2]]
    assert unfold_arrays(folded, ["x", "y", "z"], Numbering()) == arrays


# ---- sketches

ARRAY = np.random.default_rng(2).normal(size=(3, 5, 7))


def test_a_sketch_is_of_its_array_and_of_what_is_within_the_tolerance():
    sketch = draw_sketch(ARRAY)
    assert sketch.is_of(ARRAY, 1e-9)
    assert sketch.is_of(ARRAY * (1 + 1e-13), 1e-9)


@pytest.mark.parametrize(
    "other",
    [
        ARRAY + 1e-3,
        ARRAY[::-1],
        ARRAY.swapaxes(-1, -2),
        ARRAY.astype(np.float32),
        ARRAY * (np.arange(7) != 3),
        np.where(np.arange(7) == 2, np.nan, ARRAY),
        ARRAY[..., :6],
        -ARRAY,
    ],
)
def test_a_sketch_is_of_no_other_array(other):
    assert not draw_sketch(ARRAY).is_of(other, 1e-9)


@pytest.mark.parametrize("place", [0, 17, 104])
def test_one_number_that_is_off_is_seen(place):
    other = ARRAY.copy()
    other.flat[place] += 1e-6
    assert not draw_sketch(ARRAY).is_of(other, 1e-9)


def test_where_numbers_are_infinite_or_nan_is_part_of_it():
    first, second = ARRAY.copy(), ARRAY.copy()
    first[0, 0, 0], second[0, 0, 0] = np.inf, -np.inf
    assert draw_sketch(first).is_of(first, 1e-9)
    assert not draw_sketch(first).is_of(second, 1e-9)


def test_what_is_not_graded_need_only_be_finite():
    ungraded = np.zeros(ARRAY.shape, bool)
    ungraded[0, 0] = True
    other, endless = ARRAY.copy(), ARRAY.copy()
    other[0, 0], endless[0, 0, 0] = 5.0, np.nan
    sketch = draw_sketch(ARRAY, ungraded)
    assert sketch.is_of(other, 1e-9, ungraded)
    assert not sketch.is_of(endless, 1e-9, ungraded)
    assert not sketch.is_of(ARRAY + 1.0, 1e-9, ungraded)


@pytest.mark.parametrize("array", [np.array([True, False]), np.arange(4), np.zeros((0, 3)), np.float64(2.5)])
def test_integers_truths_and_single_numbers_have_sketches_too(array):
    array = np.asarray(array)
    assert draw_sketch(array).is_of(array, 1e-9)
    if array.size:
        assert not draw_sketch(array).is_of(array + 1 if array.dtype != bool else ~array, 1e-9)


def test_equal_arrays_are_kept_once():
    packer = Packer()
    outline = packer.outline([np.arange(3.0), np.arange(3.0).reshape(3, 1), np.arange(3)])
    assert packer.sizes == {"float64": 3, "int64": 3}
    first, second, whole = unpack(packer.pack(outline))
    assert np.array_equal(first, second.ravel())
    assert whole.dtype == np.int64


@pytest.mark.parametrize("tolerance", [1e-9, 1e-5, 1e-2])
def test_what_rounding_changes_is_far_below_what_is_forgiven(tolerance):
    numbers = np.random.default_rng(1).normal(size=1000)
    assert (np.abs(rounded(numbers, bits_for(tolerance)) - numbers) / (1 + np.abs(numbers))).max() < tolerance / 15


MADE = 2.0  # whatever both show


class Halved:
    """Answers in which one mistake fails the first case alone, the other the second, and both together pass the
    first."""

    def reference(self, trial):
        return Observation({"output": np.full(2, MADE)})

    def mistake(self, trial, misconception):
        off = {"one": {"first": 1.0}, "other": {"second": 1.0}, "one+other": {"first": 0.0, "second": 3.0}}
        return Observation({"output": np.full(2, MADE + off[misconception.name].get(trial.case, 0.0))})


def test_of_two_together_is_kept_what_neither_shows_alone():
    exercise = Exercise("softmax", points=1, section="", equation="", tolerance=1e-9)
    for name in ("first", "second", "third"):
        exercise.cases.append(Case(name, "", lambda draw: []))
    record = Record(exercise, cast("LiveAnswers", Halved()))
    alone = [dict(record.failing(mistake(name))) for name in ("one", "other")]
    assert [marks.keys() for marks in alone] == [{"first"}, {"second"}]
    together = dict(record.together(mistake("one+other"), alone))
    assert together.keys() == {"first", "second"}
    assert record.shown[together["first"]] == ("first", {})


def mistake(name: str) -> Misconception:
    return Misconception(name, "", NotHere)


def test_what_can_matter_is_recorded_and_read_from_the_code_where_a_mistake_is_new(monkeypatch):
    softmax = syllabus.exercise("softmax")
    known = LiveAnswers().relevant(softmax)
    assert read_relevant(softmax) == known
    without = {
        name: {m: marks for m, marks in entry.items() if m != known[0].name} for name, entry in recorded().items()
    }
    monkeypatch.setattr(failing, "recorded", lambda: without)
    assert read_relevant(softmax) is None
    assert Bank().answers().relevant(softmax) == known


def test_a_record_is_stale_where_the_code_has_another_fingerprint(tmp_path):
    shutil.copy(FOLDER / FILE, tmp_path)
    assert is_fresh("attention", tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / FILE).write_text(json.dumps(read_fingerprints(FOLDER) | {"attention": "of other code"}))
    assert not is_fresh("attention", other)
    assert is_fresh("encoder", other)


def test_a_fingerprint_covers_what_the_bank_imports_directly_or_not():
    found = {path.relative_to(PROJECT).as_posix() for path in find_sources("encoder")}
    of_package = {name for name in sys.modules if name.startswith("instructor.misconceptions.encoder.")}
    assert of_package
    assert {f"{name.replace('.', '/')}.py" for name in of_package} <= found
    assert {"instructor/bank/encoder.py", "instructor/misconceptions/encoder/__init__.py"} <= found
    assert "instructor/misconceptions/tokenization/__init__.py" not in found


def test_random_numbers_go_on_after_many_probes_as_if_nothing_had_been():
    def go_on() -> list[float]:
        return [random.random(), np.random.normal(), np.random.random()]

    def within(library: str) -> list[float]:
        with undisturbed(library):
            return go_on()

    random.seed(1)
    np.random.seed(1)
    np.random.normal()  # NumPy has a second one ready now
    states = random.getstate(), np.random.get_state()
    expected = go_on()
    random.setstate(states[0])
    np.random.set_state(states[1])
    with random_numbers_kept():
        one, other = within("numpy"), within("torch")
    assert one == other == within("numpy")
    assert go_on() == expected


def test_a_python_without_lzma_is_told_so_in_one_sentence():
    script = "import sys; sys.modules['lzma'] = None; import autograder.recorded.pack"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.stderr.splitlines()[-1].startswith("ImportError: this Python was built without lzma: install")
