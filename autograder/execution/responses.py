"""What comes back from a worker, checked: it may be anything that can be sent, whatever the worker was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.worker.probe import DTYPES, Observation

LONGEST_TEXT = 400
MOST_ENTRIES = 2000


@dataclass(frozen=True)
class Failure:
    """A stage that gave no arrays. `kind`: raised, timed out, died, missing, ready-made, malformed."""

    kind: str
    error: Mapping[str, Any] = field(default_factory=dict)


def is_stage(stage: Any, kind: str, name: Any) -> bool:
    """Whether an event is the one that is due."""
    return type(stage) is list and [type(part) for part in stage] == [str, type(name)] and stage == [kind, name]


def plain_error(error: dict[str, Any]) -> dict[str, Any]:
    """The parts of an error that are text, a number or nothing, as `describe_error` makes them."""
    plain = {key: value for key, value in error.items() if value is None or type(value) in (str, int)}
    return {key: _printable(value) if type(value) is str else value for key, value in plain.items()}


def _printable(text: str) -> str:
    """Text that does nothing but stand there: clipped, without control characters and marks that turn it round."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text[:LONGEST_TEXT])


def observed(event: dict[str, Any]) -> Observation | Failure:
    """Check a job's answer: arrays of plain numbers under names, and facts that are strings."""
    if event.get("missing") is True:
        return Failure("missing")
    if isinstance(event.get("ready_made"), dict):
        used = plain_error(event["ready_made"])
        return Failure("ready-made", used | {"name": str(used.get("name"))})
    if isinstance(event.get("error"), dict):
        return Failure("raised", plain_error(event["error"]))
    arrays, facts = event.get("arrays"), event.get("facts")
    if not isinstance(arrays, dict) or not isinstance(facts, dict):
        return Failure("malformed")
    if not all(isinstance(array, np.ndarray) and array.dtype.name in DTYPES for array in arrays.values()):
        return Failure("malformed")
    if not all(isinstance(fact, str) for fact in facts.values()) or len(facts) + len(arrays) > MOST_ENTRIES:
        return Failure("malformed")
    return Observation(arrays, {_printable(name): _printable(fact) for name, fact in facts.items()})
