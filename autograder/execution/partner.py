"""The trusted side of a candidate: arrays of a student's test come in, what the implementation makes of them goes out.

The implementation runs in this process. It is ours; what comes in is checked to be small and plain before it runs.
"""

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.protocol.candidates import MOST_CALLS, BadQuestion, Call, read_back, write_down
from autograder.protocol.wire import Malformed
from autograder.protocol.written_tests import SAY_NOTHING

LONGEST_MESSAGE = 200


class Partner:
    """One candidate in one run of a test."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.calls = function, 0

    def answer(self, question: Any) -> dict[str, Any]:
        """What the candidate returns or raises, and the arguments that it has changed, by number.

        Raises Malformed for what no line of ours would send: more than the limits allow, or no call at all.
        """
        call = self._read(question)
        before = [array.copy() for array in call.arrays()]
        with np.errstate(all="ignore"):
            said = self._say(call)
        pairs = enumerate(zip(before, call.arrays(), strict=False))
        changed = [[n, now] for n, (was, now) in pairs if was.shape == now.shape and was.tobytes() != now.tobytes()]
        return {**said, "changed": changed}

    def _read(self, question: Any) -> Call:
        self.calls += 1
        try:
            if self.calls > MOST_CALLS:
                raise BadQuestion
            arguments, keywords = (read_back(question[part]) for part in ("arguments", "keywords"))
            if type(arguments) is not list or type(keywords) is not dict:
                raise ValueError("no arguments")
            call = Call(_own(arguments), _own(keywords))
            call.require_small()
        except (BadQuestion, ValueError, TypeError, KeyError, RecursionError) as error:
            raise Malformed(str(error)) from error
        return call

    def _say(self, call: Call) -> dict[str, Any]:
        try:
            return {"returns": write_down(self.function(*call.arguments, **call.keywords))}
        except Exception as error:  # a wrong implementation may fail in any way
            return {"raises": [_builtin_name(error), str(error)[:LONGEST_MESSAGE]]}


def _own(value: Any, known: dict[int, Any] | None = None) -> Any:
    """The value with arrays that can be written into; one array in two places stays one."""
    known = {} if known is None else known
    if isinstance(value, np.ndarray):
        if id(value) not in known:
            known[id(value)] = value if value.flags.writeable else value.copy(order="K")
        return known[id(value)]
    if isinstance(value, dict):
        return {key: _own(entry, known) for key, entry in value.items()}
    return type(value)(_own(entry, known) for entry in value) if isinstance(value, (list, tuple)) else value


def _builtin_name(error: Exception) -> str:
    """The name of the first of Python's own exceptions among the classes of an error; of one that would end a test in
    another way than a mistake does, RuntimeError."""
    own = next(c for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c)
    return "RuntimeError" if issubclass(own, SAY_NOTHING) else own.__name__
