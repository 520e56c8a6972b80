"""Responses of a worker, checked: they may be anything that can be sent, whatever the worker was asked."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograder.evidence import Failure, FailureKind, Shown
from autograder.intake.printable import printable
from autograder.protocol.errors import MOST_SHAPES
from autograder.protocol.probe import DTYPES, Observation

NUMBERS = frozenset(map(np.dtype, DTYPES))
LONGEST_TEXT = 400
LONGEST_PRINTED = 2000
MOST_ENTRIES = 2000
MOST_AXES = 8
LARGEST_SIZE = 1 << 31


def is_stage(stage: Any, kind: str, name: str | int) -> bool:
    """Whether a response is about the stage that is due."""
    return type(stage) is list and [type(part) for part in stage] == [str, type(name)] and stage == [kind, name]


def parse_error(error: Mapping[str, Any]) -> Failure:
    """What was raised, from a record as `describe_error` makes it."""
    return Failure(
        FailureKind.RAISED,
        type=_text(error.get("type")),
        message=_text(error.get("message")),
        function=_text(error.get("function")),
        shapes=tuple(_parse_shapes(error.get("shapes"))),
        **_parse_place(error),
    )


def parse_response(response: Mapping[str, Any]) -> Shown:
    """What a job showed: arrays of plain numbers under names, and facts that are strings."""
    if response.get("missing") is True:
        return Failure(FailureKind.MISSING)
    if isinstance(used := response.get("ready_made"), dict):
        return Failure(FailureKind.READY_MADE, name=_text(used.get("name")), **_parse_place(used))
    if isinstance(error := response.get("error"), dict):
        return parse_error(error)
    arrays, facts = response.get("arrays"), response.get("facts")
    if not isinstance(arrays, dict) or not isinstance(facts, dict) or len(facts) + len(arrays) > MOST_ENTRIES:
        return Failure(FailureKind.MALFORMED)
    if not all(isinstance(array, np.ndarray) and array.dtype in NUMBERS for array in arrays.values()):
        return Failure(FailureKind.MALFORMED)
    if not all(isinstance(fact, str) for fact in facts.values()):
        return Failure(FailureKind.MALFORMED)
    return Observation(arrays, {_text(name): _text(fact) for name, fact in facts.items()})


def parse_printed(response: Mapping[str, Any]) -> str:
    """What student code printed during a job, clipped and made harmless."""
    printed = response.get("printed")
    return _harmless(printed[:LONGEST_PRINTED].expandtabs(4), LONGEST_PRINTED) if type(printed) is str else ""


def _parse_shapes(shapes: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names of variables and the shapes of their arrays; what is anything else is left out."""
    for name, sizes in list(shapes.items())[:MOST_SHAPES] if isinstance(shapes, dict) else ():
        if type(name) is str and name.isidentifier() and _is_shape(sizes):
            yield _text(name), tuple(sizes)


def _is_shape(sizes: Any) -> bool:
    return (
        isinstance(sizes, list)
        and len(sizes) <= MOST_AXES
        and all(type(size) is int and 0 <= size < LARGEST_SIZE for size in sizes)
    )


def _parse_place(record: Mapping[str, Any]) -> dict[str, Any]:
    cell, line = record.get("cell"), record.get("line")
    return {"cell": _text(cell), "line": line if type(line) is int else None}


def _text(value: Any) -> str:
    """Text that is harmless wherever it is shown, clipped; a number is written out, and anything else is "None"."""
    if type(value) is str:
        return _harmless(value, LONGEST_TEXT)
    return str(value) if type(value) is int else "None"


def _harmless(text: str, longest: int) -> str:
    return printable(text[:longest], keep="\n", mark="\N{REPLACEMENT CHARACTER}")
