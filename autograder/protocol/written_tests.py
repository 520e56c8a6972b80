"""Try a student's test on one candidate, and note whether the test accepts it or refuses it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograder.protocol.candidates import Ask, BadQuestion, Line
from autograder.protocol.mistakes_around import put_around

VERDICT, ACCEPTS, REFUSES = "your test", "accepts it", "refuses it"
UNFINISHED = (NotImplementedError, NameError, ImportError, SyntaxError)
EXHAUSTED = (MemoryError, OSError)  # no memory is left, no file can be opened
SAY_NOTHING = (*UNFINISHED, *EXHAUSTED)  # of the candidate, where a test raises them
NO_THREAD = "can't start new thread"  # what the RuntimeError says where none is left


def try_around_own(
    test: Callable[..., Any], namespace: Mapping[str, Any], name: str, mistake: str, details: list[Any]
) -> str:
    """What a test says of the student's own function `name` with a mistake around it.

    Without a mistake, whatever error stops the test comes through, and the words of an AssertionError are printed.
    """
    if name not in namespace:
        raise NameError(f"name {name!r} is not defined")
    line = Line(here=put_around(namespace[name], mistake, details))
    return _try(test, line, comes_through=(Exception,) if mistake == "as_it_is" else SAY_NOTHING)


def try_elsewhere(test: Callable[..., Any], ask: Ask | None) -> str:
    """What a test says of a candidate that is reached by `ask`."""
    if ask is None:
        raise RuntimeError("there is no candidate here")
    return _try(test, Line(ask), comes_through=SAY_NOTHING)


def _try(test: Callable[..., Any], line: Line, comes_through: tuple[type[Exception], ...]) -> str:
    """What a test says of what is at the end of a line. Raises BadQuestion for a test that asks too much of it."""
    try:
        with _same_random_numbers():
            said = _ask_test(test, line.candidate, comes_through)
    finally:
        line.close()
    if line.complaint:
        raise BadQuestion(line.complaint)
    return said


def _ask_test(
    test: Callable[..., Any], candidate: Callable[..., Any], comes_through: tuple[type[Exception], ...]
) -> str:
    """Whether a test accepts a candidate. One that is stopped by an error refuses it, as in pytest."""
    try:
        test(candidate)
    except AssertionError as refusal:
        if Exception in comes_through and str(refusal):
            print(f"AssertionError: {refusal}")
        return REFUSES
    except comes_through:
        raise
    except Exception as error:
        if NO_THREAD in str(error):
            raise
        return REFUSES
    return ACCEPTS


@contextmanager
def _same_random_numbers() -> Iterator[None]:
    """Let a generator that is made without a seed give the same numbers every time; `undisturbed` sees to the others.

    NumPy takes what such a generator begins with from the system, through this one function.
    """
    source: Any = np.random.bit_generator
    before = source.randbits
    source.randbits = lambda bits: 0x5EED
    try:
        yield
    finally:
        source.randbits = before
