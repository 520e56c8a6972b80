"""Candidates: implementations that a student's test is tried on. They run elsewhere; arrays go there and come back.

What is sent is plain data (`write_down`, `read_back`): arrays, numbers, strings, None, and lists, tuples and dicts of
them. Both sides keep to the same limits, and the trusted side relies on its own check alone.
"""

import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from threading import Lock
from typing import Any

import numpy as np

from autograder.protocol.arguments import Array

DTYPES = {"bool", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8"}
MOST_CALLS = 200  # of one candidate
MOST_AXES, LONGEST_AXIS, LARGEST_ARRAY = 6, 128, 1 << 14
LARGEST_TOGETHER = 1 << 15  # the product of the longest axes of all arguments, place by place from the last
MOST_ARRAYS, LARGEST_NUMBER, LONGEST_TEXT = 600, 1 << 10, 100

Ask = Callable[[dict[str, Any]], dict[str, Any]]


class BadQuestion(Exception):
    """A test that calls its candidate too often, with too much, or with what cannot be handed over."""


@dataclass(frozen=True)
class Call:
    """The arguments of one call of a candidate."""

    arguments: list[Any]
    keywords: dict[str, Any]

    def arrays(self) -> list[Array]:
        """All arrays, also those in lists and dicts, in a fixed order."""
        return list(_arrays_in([self.arguments, self.keywords]))

    def require_small(self) -> None:
        """Raise BadQuestion where anything is larger than the limits allow."""
        arrays = self.arrays()
        if len(arrays) > MOST_ARRAYS:
            raise BadQuestion(f"your test hands the candidate {len(arrays)} arrays; {MOST_ARRAYS} are allowed")
        for array in arrays:
            if array.ndim > MOST_AXES or array.size > LARGEST_ARRAY or max(array.shape, default=0) > LONGEST_AXIS:
                raise BadQuestion(
                    f"your test hands the candidate an array of shape {array.shape}; at most {MOST_AXES} axes, "
                    f"{LONGEST_AXIS} numbers on each and {LARGEST_ARRAY} together are allowed. Small sizes show as much"
                )
        outer = [value for value in (*self.arguments, *self.keywords.values()) if isinstance(value, np.ndarray)]
        places = (max((a.shape[-n] for a in outer if a.ndim >= n), default=1) for n in range(1, MOST_AXES + 1))
        if prod(places) > LARGEST_TOGETHER:
            raise BadQuestion("the arrays that your test hands the candidate are too large together: use small sizes")
        for number in _numbers_in([self.arguments, self.keywords]):
            if abs(number) > LARGEST_NUMBER:
                raise BadQuestion(f"your test hands the candidate a whole number above {LARGEST_NUMBER}")


def _arrays_in(value: Any) -> Iterator[Array]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _arrays_in(entry)


def _numbers_in(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _numbers_in(entry)


def write_down(value: Any, depth: int = 0) -> Any:
    """A value as it is sent. Raises BadQuestion for what cannot be handed over."""
    if depth > 8:
        raise BadQuestion("lists and dicts may not be nested so deeply")
    if isinstance(value, np.ndarray):
        array = np.asarray(value)
        if array.dtype.name not in DTYPES:
            raise BadQuestion(f"an array of dtype {array.dtype} cannot be handed over")
        return array if array.flags.c_contiguous or array.ndim < 2 else {"strided": array}
    if isinstance(value, np.generic):
        return {"scalar": write_down(np.array(value))}
    if isinstance(value, (list, tuple)):
        return {"list" if isinstance(value, list) else "tuple": [write_down(v, depth + 1) for v in value]}
    if isinstance(value, dict):
        if not all(type(key) is str for key in value):
            raise BadQuestion("the keys of a dict that is handed over have to be strings")
        return {"dict": [[key, write_down(entry, depth + 1)] for key, entry in value.items()]}
    if value is None or type(value) in (bool, int, float, str):
        return value
    raise BadQuestion(
        f"{type(value).__name__} cannot be handed over: only arrays, numbers, strings, None, lists, dicts"
    )


def read_back(value: Any) -> Any:
    """The value that was written down. Raises ValueError for what `write_down` does not write."""
    if isinstance(value, np.ndarray):
        return _checked(value)
    if value is None or type(value) in (bool, int, float) or (type(value) is str and len(value) <= LONGEST_TEXT):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("no value")
    ((kind, inside),) = value.items()
    if kind == "strided" and isinstance(inside, np.ndarray) and inside.ndim > 1:
        return np.ascontiguousarray(_checked(inside).swapaxes(-1, -2)).swapaxes(-1, -2)
    if kind == "scalar" and isinstance(inside, np.ndarray) and inside.shape == ():
        return _checked(inside)[()]
    if kind in ("list", "tuple") and isinstance(inside, list):
        entries = [read_back(entry) for entry in inside]
        return entries if kind == "list" else tuple(entries)
    if kind == "dict" and isinstance(inside, list):
        return {_key(pair): read_back(pair[1]) for pair in inside}
    raise ValueError("no value")


def _checked(array: Array) -> Array:
    if array.dtype.name not in DTYPES:
        raise ValueError("an array of another dtype")
    return array


def _key(pair: Any) -> str:
    if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) is not str or len(pair[0]) > LONGEST_TEXT:
        raise ValueError("no key and value")
    return pair[0]


class Line:
    """The line on which a test reaches its candidate, as long as the test runs; `candidate` is what the test gets.

    The implementation is asked by `ask`, or is `here`. `complaint` says what the test asked beyond the limits.
    """

    def __init__(self, ask: Ask | None = None, here: Callable[..., Any] | None = None) -> None:
        self._ask, self._here, self._lock = ask, here, Lock()
        self.calls, self.is_open, self.complaint = 0, True, ""

        def candidate(*arguments: Any, **keywords: Any) -> Any:
            """The implementation that is to be tested."""
            return self._call(Call(list(arguments), keywords))

        self.candidate = candidate

    def close(self) -> None:
        """End it: who calls the candidate later is told so."""
        with self._lock:
            self.is_open = False

    def _call(self, call: Call) -> Any:
        with self._lock:
            if not self.is_open:
                raise RuntimeError("the test of this candidate is over")
            request = self._write(call)
            if self._here is not None:
                return self._here(*call.arguments, **call.keywords)
            assert self._ask is not None
            reply = self._ask(request)
        arrays = call.arrays()
        for number, array in reply["changed"]:
            if arrays[number].flags.writeable:
                np.copyto(arrays[number], array)
        if "raises" in reply:
            kind, message = reply["raises"]
            raise getattr(builtins, kind)(message)
        return read_back(reply["returns"])

    def _write(self, call: Call) -> dict[str, Any]:
        """The question as it is sent. Raises BadQuestion, and keeps the first as the complaint."""
        self.calls += 1
        try:
            if self.calls > MOST_CALLS:
                raise BadQuestion(f"your test calls the candidate more than {MOST_CALLS} times")
            call.require_small()
            return {"arguments": write_down(call.arguments), "keywords": write_down(call.keywords)}
        except BadQuestion as bad:
            self.complaint = self.complaint or str(bad)
            raise
