"""Record which cases each misconception fails: `python -m instructor.authoring.record_failing [UNIT...]`."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from typing import Any

import numpy as np

from autograder import syllabus
from autograder.exercise import PUBLIC, Exercise, Misconception, Trial
from autograder.judging.likeness import passes
from instructor.answers.failing import DEPENDS, FAILS, FILE, PASSES
from instructor.answers.live import LiveAnswers

SEEDS = (PUBLIC, "one seed", "another seed")
MORE_SEEDS = tuple(f"seed number {number}" for number in range(45))
FEW_MORE = 9  # of these where masks or tokens are drawn: numbers alone are never right by chance


def seeds_of(exercise: Exercise, case: str) -> tuple[str, ...]:
    """On how many inputs a case is tried: on more where masks or tokens are drawn, most where its results are plain
    data, which can be right by chance."""
    actions = exercise.probe(exercise.case_named(case), PUBLIC).actions
    if any(action.get("plain") for action in actions):
        return SEEDS + MORE_SEEDS
    return SEEDS + MORE_SEEDS[:FEW_MORE] if any(map(_holds_masks_or_tokens, actions)) else SEEDS


def _holds_masks_or_tokens(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biu"
    if is_dataclass(value):  # a form of an array, such as `Strided`
        return _holds_masks_or_tokens(vars(value))
    if isinstance(value, Mapping):
        return any(map(_holds_masks_or_tokens, value.values()))
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return all(type(entry) is int for entry in value) or any(map(_holds_masks_or_tokens, value))


def mark_case(exercise: Exercise, case: str, misconception: Misconception, answers: LiveAnswers) -> str:
    """FAILS or PASSES where it is the same on all inputs that are tried, and by far; DEPENDS where it is not."""
    found: set[bool] = set()
    for trial in (Trial(exercise.name, case, seed) for seed in seeds_of(exercise, case)):
        shown = answers.reference(trial), answers.mistake(trial, misconception)
        found |= {passes(exercise, trial, *shown, forgiving) for forgiving in (0.1, 1.0, 10.0)}
        if len(found) > 1:
            return DEPENDS
    return PASSES if found.pop() else FAILS


def record_exercise(exercise: Exercise, answers: LiveAnswers) -> dict[str, object]:
    """The cases of an exercise, and a mark for each under every misconception that can matter to it."""
    cases = [case.name for case in exercise.cases]
    marks = {
        m.name: "".join(mark_case(exercise, case, m, answers) for case in cases) for m in answers.relevant(exercise)
    }
    return {"cases": cases, "misconceptions": marks}


def record(units: Iterable[str]) -> None:
    """Record some units anew, and keep what is there of the others."""
    known = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    for unit in units:
        answers = LiveAnswers()
        for exercise in syllabus.units()[unit].exercises:
            known[exercise.name] = record_exercise(exercise, answers)
            print(exercise.name, file=sys.stderr)
    in_order = {name: known[name] for name in syllabus.exercise_names() if name in known}
    FILE.write_text(json.dumps(in_order, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    record(sys.argv[1:] or syllabus.units())
