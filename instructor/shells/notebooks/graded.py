"""The graded notebook: reports and points stand in its test cells, and what was found in its metadata."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import nbformat

from autograder import __version__, syllabus
from autograder.judging.judge import refuse
from autograder.shells import report
from autograder.shells.explanation import record_of, summarize
from autograder.verdict import Grade
from instructor.shells.class_store import unpack
from instructor.shells.notebooks.restored import REFUSED, is_test

GIVEN_UP = "given_up"
LONGEST_KEPT = 20_000  # characters of a cell
PLAIN_JSON: dict[str, Any] = {"indent": 1, "sort_keys": True, "separators": (",", ": "), "ensure_ascii": False}


@dataclass(frozen=True)
class Graded:
    """The text of a graded notebook, the points of its test cells as nbgrader reads them, those of bonus exercises, and
    the sentence for the student."""

    text: str
    scores: dict[str, float]
    bonus: dict[str, float]
    sentence: str


def find_tests(notebook: Mapping[str, Any]) -> list[str]:
    """The exercises whose test cells a restored notebook has."""
    return [cell["metadata"]["nbgrader"]["grade_id"] for cell in notebook["cells"] if is_test(cell)]


def refuse_all(notebook: Mapping[str, Any], why: str) -> list[Grade]:
    """No points for the exercises of a restored notebook, with a sentence."""
    exercises = list(map(syllabus.exercise, find_tests(notebook)))
    return refuse(exercises, notebook["metadata"]["autograder"]["unit"], why)


def write_grades(notebook: Any, grades: Sequence[Grade], version: str, why: str = "", fault: str = "") -> None:
    """Write grades into a restored notebook. `why` says why it could not be graded; `fault` too, where that is no
    fault of the student's. `version` is that of the checks."""
    tests = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in notebook["cells"] if is_test(cell)}
    for result in grades:
        write_grade(tests[result.exercise], result)
    notebook["metadata"]["autograder"] = {
        "unit": notebook["metadata"]["autograder"]["unit"],
        "version": __version__,
        "checks": "" if fault else version,
        "sentence": why or summarize(grades),
        "seeds": {result.exercise: result.seed for result in grades if result.seed},
        "exercises": {result.exercise: record_of(result) for result in grades},
    } | ({GIVEN_UP: fault} if fault else {})


def write_grade(cell: Any, result: Grade) -> None:
    """The report, and one result that nbgrader reads as the points: a plain float between 0 and the cell's points."""
    score = 0.0 if result.bonus else min(max(float(result.score), 0.0), float(cell["metadata"]["nbgrader"]["points"]))
    shown = {"text/html": report.render_html(result), "text/plain": report.render_plain(result)}
    points = {"text/plain": repr(score)}
    cell["source"] = f'check("{result.exercise}")'
    cell["outputs"] = [
        {"output_type": "display_data", "data": shown, "metadata": {}},
        {"output_type": "execute_result", "data": points, "execution_count": 1, "metadata": {}},
    ]
    cell["execution_count"] = 1


def finish(
    restored: dict[str, Any], packed: bytes, secret: str, version: str, kernel: Mapping[str, Any] | None, fault: str
) -> Graded:
    """The graded notebook of a restored one. `packed` are its grades, where it could be graded. `kernel` is what
    nbgrader knows about the released notebook's."""
    why = fault or restored["metadata"]["autograder"].get(REFUSED, "")
    grades = refuse_all(restored, why) if why else unpack(packed, secret)
    write_grades(restored, grades, version, why, fault)
    if kernel:
        restored["metadata"]["kernelspec"] = kernel
    nbformat.validate(restored, relax_add_props=True)
    told = restored["metadata"]["autograder"]
    bonus = {name: float(record["score"]) for name, record in told["exercises"].items() if record["bonus"]}
    scores = {cell["metadata"]["nbgrader"]["grade_id"]: _points_of(cell) for cell in restored["cells"] if is_test(cell)}
    return Graded(write_text(restored), scores, bonus, told["sentence"])


def _points_of(cell: Mapping[str, Any]) -> float:
    return float(cell["outputs"][-1]["data"]["text/plain"])


def write_text(notebook: Mapping[str, Any]) -> str:
    """A notebook's file as `nbformat` writes it. The text of a cell that many have, a lesson's, is made once."""
    cells = [_write_cell(cell).replace("\n", "\n  ") for cell in notebook["cells"]]
    inside = "\n  " + ",\n  ".join(cells) + "\n " if cells else ""
    metadata = json.dumps(notebook["metadata"], **PLAIN_JSON).replace("\n", "\n ")
    minor = notebook["nbformat_minor"]
    return f'{{\n "cells": [{inside}],\n "metadata": {metadata},\n "nbformat": 4,\n "nbformat_minor": {minor}\n}}\n'


def _write_cell(cell: Mapping[str, Any]) -> str:
    packed = json.dumps(cell, ensure_ascii=False)
    return _spread(packed) if len(packed) < LONGEST_KEPT else _spread.__wrapped__(packed)


@lru_cache(maxsize=256)
def _spread(packed: str) -> str:
    """A cell's JSON as it stands in a file, with its text split into lines."""
    cell = json.loads(packed)
    cell["source"] = cell["source"].splitlines(True)
    for output in cell.get("outputs", ()):
        output["data"] = {kind: text.splitlines(True) for kind, text in output["data"].items()}
    return json.dumps(cell, **PLAIN_JSON)
