"""Write what a student has of the course: `autograder/recorded/outline.json`, and a record for each unit.

    python -m instructor.authoring.record [UNIT ...]

Of the reference its outputs on the public inputs are kept, of a misconception only sketches of its outputs.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from autograder import syllabus
from autograder.answers.sketch import Sketch, draw_sketch
from autograder.evidence import Failure, Shown
from autograder.exercise import PAPER, PUBLIC, Case, Exercise, Misconception, Trial, Weight
from autograder.judging.compare import same_arrays
from autograder.judging.likeness import passes
from autograder.protocol.probe import Observation
from autograder.recorded import FOLDER, OUTLINE
from autograder.recorded.drawn import NotingDraw, digest_of
from autograder.recorded.numbered import Numbering, fold_arrays, fold_marks
from autograder.recorded.pack import KEPT_BITS, Packer, rounded
from autograder.syllabus import Unit
from instructor.answers.fingerprint import FILE, fingerprint, read_fingerprints
from instructor.answers.live import LiveAnswers
from instructor.authoring.calculated import render_numbers
from instructor.authoring.guesses import render_guesses
from instructor.authoring.hints import render_hints
from instructor.authoring.hunt import write_scripts
from instructor.authoring.lessons import find_introduction, find_lessons
from instructor.authoring.record_pairs import choose_pairs

KEPT_BITS_OF_A_SUM, FINEST = 32, 1e-9  # so many where the tolerance is the finest one
COURSE = FOLDER.parent.parent
EXERCISE_FIELDS = ("name", "points", "section", "equation", "tolerance", "library", "bonus")


def write_outline(folder: Path = FOLDER) -> None:
    """Write the names, points and sentences of all units."""
    (folder / OUTLINE).write_text(render_outline(), encoding="utf-8")


def render_outline() -> str:
    """The outline as JSON."""
    outline = {unit.name: outline_unit(unit) for unit in syllabus.units().values()}
    return json.dumps(outline, indent=0, ensure_ascii=False) + "\n"  # without blanks, which a bundle would carry


def write_record(unit: Unit, answers: LiveAnswers, folder: Path = FOLDER) -> None:
    """Write what a unit's reference and misconceptions show on the public inputs."""
    packer = Packer()
    records = {exercise.name: record_exercise(exercise, unit, answers) for exercise in unit.exercises}
    (folder / f"{unit.name}.record").write_bytes(packer.pack(packer.outline(records)))


def write_fingerprint(unit: str, folder: Path = FOLDER) -> None:
    """Write from what code the unit's record was made."""
    known = read_fingerprints(folder) | {unit: fingerprint(unit)}
    (folder / FILE).write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")


def outline_unit(unit: Unit) -> dict[str, Any]:
    """The unit's exercises with their public cases, and its misconceptions' sentences."""
    return {
        "exercises": [
            {name: getattr(exercise, name) for name in EXERCISE_FIELDS}
            | ({"tests": exercise.tests} if exercise.tests else {})
            | ({"paper": exercise.paper} if exercise.paper != PAPER else {})
            | {"cases": [_outline_case(case) for case in public_cases(exercise)]}
            for exercise in unit.exercises
        ],
        "misconceptions": [
            {"name": m.name, "sentence": m.sentence}
            | ({"also": list(m.also)} if m.also else {})
            | ({"weight": m.weight.value} if m.weight is not Weight.MISTAKE else {})
            | ({"hurts_training": True} if m.hurts_training else {})
            for m in unit.misconceptions
        ],
    }


def public_cases(exercise: Exercise) -> list[Case]:
    """The cases that students have."""
    return [case for case in exercise.cases if not case.hidden]


def _outline_case(case: Case) -> dict[str, Any]:
    outline: dict[str, Any] = {"name": case.name, "promise": case.promise}
    if case.tolerance is not None:
        outline["tolerance"] = case.tolerance
    if case.is_right is not None:
        outline["is_right"] = case.is_right
    if case.proves_little:
        outline["proves_little"] = True
    if case.view:
        view = case.view if isinstance(case.view, partial) else partial(case.view)
        module = view.func.__module__.rpartition(".")[2]
        outline["view"] = [f"{module}.{view.func.__name__}", view.keywords]
    return outline


def record_exercise(exercise: Exercise, unit: Unit, answers: LiveAnswers) -> dict[str, Any]:
    """Everything that is recorded of an exercise."""
    record, names = Record(exercise, answers), [case.name for case in public_cases(exercise)]
    relevant = answers.relevant(exercise)
    marks = {m.name: dict(record.failing(m)) for m in relevant}
    pairs = dict(choose_pairs(exercise, unit.name, relevant, answers))
    of_pairs = [dict(record.together(both, [marks[m.name] for m in pair])) for both, pair in pairs.items()]
    numbering = Numbering()
    return {
        "cases": {case.name: _record_case(exercise, case, answers) for case in public_cases(exercise)},
        "misconceptions": [[*marks], fold_marks(list(marks.values()), names, numbering)],
        "pairs": [[m.name for m in pairs], fold_marks(of_pairs, names, numbering)],
        "shown": record.fold_shown(),
        "projections": np.array([float(rounded(np.array(p), bits_of_a_sum(t))) for p, t in record.projections]),
    }


def _record_case(exercise: Exercise, case: Case, answers: LiveAnswers) -> dict[str, Any]:
    trial, seed = Trial(exercise.name, case.name, PUBLIC), f"{PUBLIC}/{exercise.name}/{case.name}"
    draw = NotingDraw(seed)
    actions = case.actions(draw)
    drawn = {_key(array): number for number, array in enumerate(draw.gave) if array.ndim}
    right = answers.reference(trial)
    actions, arrays = _take_out(actions, drawn), _take_out(right.arrays, drawn)
    needed = "$drawn" in repr((actions, arrays))
    bits = bits_for(exercise.tolerance_of(case.name))
    record: dict[str, Any] = {
        "seed": seed,
        "asked": draw.asked if needed else [],
        "digest": digest_of(draw.gave if needed else []),
        "actions": actions,
        "reference": {
            "arrays": {n: rounded(a, bits) if isinstance(a, np.ndarray) else a for n, a in arrays.items()},
            "facts": right.facts,
        },
    }
    if ungraded := case.ungraded():
        record["ungraded"] = ungraded
    unviewed = answers.unviewed_reference(trial)
    if unviewed is not right:
        record["unviewed"] = _record_unviewed(unviewed, right)
    return record


def bits_for(tolerance: float) -> int:
    """How many bits of a number are kept where so much is forgiven."""
    return KEPT_BITS if tolerance < 1e-3 else 20


def bits_of_a_sum(tolerance: float) -> int:
    """How many bits of a projection are kept where so much is forgiven: they are rounded by a small part of that."""
    return max(12, min(KEPT_BITS_OF_A_SUM, KEPT_BITS_OF_A_SUM + 2 - int(np.log2(tolerance / FINEST))))


def _record_unviewed(unviewed: Observation, viewed: Observation) -> dict[str, Any]:
    """What the reference shows before the view: which arrays are the same after it, and of the others their shapes."""
    same = [name for name, array in unviewed.arrays.items() if _key(array) == _key(viewed.arrays.get(name, ()))]
    others = {name: array for name, array in unviewed.arrays.items() if name not in same}
    shapes = {name: [list(array.shape), array.dtype.name] for name, array in others.items()}
    return {"same": same, "shapes": shapes, "facts": unviewed.facts}


def _key(value: Any) -> tuple[str, tuple[int, ...], bytes]:
    array = np.asarray(value)
    return array.dtype.str, array.shape, np.ascontiguousarray(array).tobytes()


def _take_out(value: Any, drawn: Mapping[Any, int]) -> Any:
    """The value with `{"$drawn": number}` for every array that was drawn."""
    if isinstance(value, np.ndarray):
        number = drawn.get(_key(value))
        return value if number is None else {"$drawn": number}
    if isinstance(value, dict):
        return {name: _take_out(entry, drawn) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_take_out(entry, drawn) for entry in value]
    if hasattr(value, "__dataclass_fields__"):
        return type(value)(**{name: _take_out(entry, drawn) for name, entry in vars(value).items()})
    return value


class Record:
    """What the misconceptions of one exercise show: each thing once, and no more than differs from the reference."""

    def __init__(self, exercise: Exercise, answers: LiveAnswers) -> None:
        self.exercise, self.answers = exercise, answers
        self.shown: list[tuple[str, dict[str, Any]]] = []
        self.projections: list[tuple[float, float]] = []  # each with the finest tolerance of a case that has it
        self._known: dict[str, int] = {}
        self._sketches: dict[Sketch, int] = {}

    def failing(self, misconception: Misconception) -> Iterator[tuple[str, int]]:
        """For each public case that it fails, the number of what it shows there."""
        for case in public_cases(self.exercise):
            if entry := self._look(case.name, misconception):
                yield case.name, self._number(case.name, entry)

    def together(self, both: Misconception, alone: Sequence[Mapping[str, int]]) -> Iterator[tuple[str, int]]:
        """The same for two at once, for the cases in which it is not what one of them shows `alone`."""
        for case in public_cases(self.exercise):
            if numbers := [marks[case.name] for marks in alone if case.name in marks]:
                number = self._number(case.name, self._look(case.name, both))
                if numbers != [number]:
                    yield case.name, number

    def _look(self, case: str, misconception: Misconception) -> dict[str, Any]:
        """What it shows in a case that the reference does not; nothing where it passes."""
        trial = Trial(self.exercise.name, case, PUBLIC)
        shown = self.answers.mistake(trial, misconception)
        assert isinstance(shown, Observation | Failure)
        passed = passes(self.exercise, trial, self.answers.reference(trial), shown)
        return {} if passed else self._describe(trial, shown)

    def fold_shown(self) -> list[Any]:
        """Everything that is shown, in the order in which it was first shown."""
        numbering = Numbering()
        for case, entry in self.shown:
            if "arrays" in entry:
                names = list(self.answers.reference(Trial(self.exercise.name, case, PUBLIC)).arrays)
                entry["arrays"] = fold_arrays(entry["arrays"], names, numbering)
        return [[case, entry] for case, entry in self.shown]

    def _number(self, case: str, entry: dict[str, Any]) -> int:
        key = json.dumps([case, entry], sort_keys=True)
        if key not in self._known:
            self._known[key] = len(self.shown)
            self.shown.append((case, entry))
        return self._known[key]

    def _describe(self, trial: Trial, shown: Shown) -> dict[str, Any]:
        if isinstance(shown, Failure):
            return {"failure": _describe_failure(shown)}
        right = self.answers.reference(trial)
        facts: dict[str, Any] = {n: shown.facts.get(n) for n in right.facts if shown.facts.get(n) != right.facts[n]}
        facts |= {name: fact for name, fact in shown.facts.items() if name not in right.facts}
        arrays = dict(self._sketch_wrong(trial, shown, right))
        return {k: v for k, v in (("facts", facts), ("arrays", arrays)) if v}

    def _sketch_wrong(self, trial: Trial, shown: Observation, right: Observation) -> Iterator[tuple[str, Any]]:
        """The arrays that are not those of the reference; None for one that is missing."""
        tolerance = self.exercise.tolerance_of(trial.case)
        ungraded = self.exercise.case_named(trial.case).ungraded()
        for name in dict.fromkeys((*right.arrays, *shown.arrays)):
            theirs, free = shown.arrays.get(name), ungraded.get(name)
            if theirs is None:
                yield name, None
            elif name not in right.arrays or not same_arrays(right.arrays[name], theirs, tolerance, free):
                yield name, self._sketch(draw_sketch(theirs, free), right.arrays.get(name), tolerance)

    def _sketch(self, sketch: Sketch, right: np.ndarray | None, tolerance: float) -> Any:
        number = self._sketches.setdefault(sketch, len(self.projections))
        if number == len(self.projections):
            self.projections.append((sketch.projection, tolerance))
        self.projections[number] = sketch.projection, min(tolerance, self.projections[number][1])
        usual = right is not None and (sketch.shape, sketch.dtype) == (right.shape, right.dtype.name)
        if usual and not sketch.not_finite:
            return number
        return [number, list(sketch.shape), sketch.dtype, sketch.not_finite]


def _describe_failure(failure: Failure) -> dict[str, Any]:
    """What is told of a crash when two are compared: where it happened is nobody's business."""
    fields = {"kind": failure.kind.value, "type": failure.type, "message": failure.message, "name": failure.name}
    return {name: value for name, value in fields.items() if value}


def write_hints(course: Path = COURSE, folder: Path = FOLDER) -> None:
    """Write the hints, the guesses and the numbers of all lessons."""
    for name, text in render_texts(course).items():
        (folder / name).write_text(text, encoding="utf-8")


def render_texts(course: Path = COURSE) -> dict[str, str]:
    """What is recorded of the lessons, by file."""
    lessons = [*find_introduction(course), *find_lessons(course)]
    return {
        "hints.json": render_hints(lessons),
        "guesses.json": render_guesses(lessons),
        "numbers.json": render_numbers(lessons),
    }


def main(names: list[str]) -> None:
    """Record the named units, or all of them."""
    write_outline()
    write_hints()
    write_scripts()
    for unit in syllabus.units().values():
        if not names or unit.name in names:
            print(unit.name, flush=True)
            write_record(unit, LiveAnswers())
            write_fingerprint(unit.name)


if __name__ == "__main__":
    main(sys.argv[1:])
