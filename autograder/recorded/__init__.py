"""The course as a student has it: exercises, public cases and what right code shows, recorded; and no answer.

`outline.json` has the names, points and sentences; for each unit a file has the inputs, what the reference shows, and
sketches of what the misconceptions show. `authoring/record.py` writes them.
"""

import json
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from autograder.exercise import Case, Exercise, Misconception, Weight
from autograder.protocol.probe import Action
from autograder.recorded.drawn import draw_again
from autograder.recorded.numbered import Numbering, unfold_arrays, unfold_marks
from autograder.recorded.pack import Parts
from autograder.syllabus import Unit

FOLDER = Path(__file__).parent
OUTLINE = "outline.json"


class NotHere:
    """The steps of a misconception of which nothing but what it shows is recorded."""

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        """Nothing can be run."""
        raise NotImplementedError("what a misconception does is not in a student's copy")


class Recorded:
    """What is recorded of a course."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.details = cache(self._read_details)

    def units(self) -> dict[str, Unit]:
        """All units by name."""
        outline = json.loads((self.folder / OUTLINE).read_text(encoding="utf-8"))
        return {name: self._make_unit(name, unit) for name, unit in outline.items()}

    def _read_details(self, unit: str) -> Parts:
        """By exercise: its cases with inputs and the reference, and what the misconceptions show."""
        return Parts((self.folder / f"{unit}.record").read_bytes(), _unfold)

    def _make_unit(self, name: str, outline: dict[str, Any]) -> Unit:
        return Unit(
            name,
            tuple(self._make_exercise(name, exercise) for exercise in outline["exercises"]),
            tuple(_make_misconception(entry) for entry in outline["misconceptions"]),
        )

    def _make_exercise(self, unit: str, outline: dict[str, Any]) -> Exercise:
        cases = outline.pop("cases")
        exercise = Exercise(**outline)
        exercise.cases = [self._make_case(unit, exercise.name, case) for case in cases]
        return exercise

    def _make_case(self, unit: str, exercise: str, outline: dict[str, Any]) -> Case:
        name, view = outline["name"], outline.pop("view", None)
        return Case(
            **outline,
            actions=lambda _: self._make_actions(unit, exercise, name),
            view=_find_view(*view) if view else None,
            ungraded=lambda: self.details(unit)[exercise]["cases"][name].get("ungraded", {}),
        )

    def _make_actions(self, unit: str, exercise: str, name: str) -> list[Action]:
        """The actions of a case on the public inputs, which are drawn again."""
        case = self.details(unit)[exercise]["cases"][name]
        drawn = draw_again(case["seed"], case["asked"], case["digest"])
        return [put_in(action, drawn) for action in case["actions"]]


def _unfold(record: dict[str, Any]) -> dict[str, Any]:
    """The record of an exercise, with names in place of places."""
    cases, numbering, of_arrays = list(record["cases"]), Numbering(), Numbering()
    for kind in ("misconceptions", "pairs"):
        names, folded = record[kind]
        record[kind] = dict(zip(names, unfold_marks(folded, cases, numbering), strict=True))
    for number, (case, entry) in enumerate(record["shown"]):
        record["shown"][number] = entry
        if "arrays" in entry:
            names = list(record["cases"][case]["reference"]["arrays"])
            entry["arrays"] = unfold_arrays(entry["arrays"], names, of_arrays)
    return record


def put_in(value: Any, drawn: list[Any]) -> Any:
    """The value with what was drawn in its places."""
    if isinstance(value, dict):
        return drawn[value["$drawn"]] if "$drawn" in value else {k: put_in(v, drawn) for k, v in value.items()}
    if isinstance(value, list):
        return [put_in(entry, drawn) for entry in value]
    if hasattr(value, "__dataclass_fields__"):
        return type(value)(**{name: put_in(entry, drawn) for name, entry in vars(value).items()})
    return value


def _find_view(name: str, options: dict[str, Any]) -> Any:
    module, function = name.split(".")
    return partial(getattr(import_module(f"autograder.views.{module}"), function), **options)


def _make_misconception(entry: dict[str, Any]) -> Misconception:
    kinds = {"also": tuple, "weight": Weight}
    return Misconception(steps=NotHere, **{name: kinds.get(name, _as_it_is)(value) for name, value in entry.items()})


def _as_it_is(value: Any) -> Any:
    return value
