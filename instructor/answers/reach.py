"""Whether a misconception can matter to an exercise, read from its code: most are about something else."""

from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

from autograder.exercise import Misconception
from instructor import misconceptions


@lru_cache(maxsize=16384)
def reaches(misconception: Misconception, exercise_name: str, library: str) -> bool:
    """Whether the exercise, or a step that it uses, mentions a step that the misconception overrides.

    Where this is False, the misconception does on that exercise what the right steps do.
    """
    implementation = misconception.namespace(library)
    if exercise_name not in implementation:
        return False
    overridden = _find_overridden(misconception.steps)
    seen = {exercise_name}
    todo: list[Any] = [implementation[exercise_name]]
    while todo:
        for function in _find_functions(todo.pop()):
            for name in _find_mentioned(function.__code__) - seen:
                seen.add(name)
                todo += [implementation.get(name), getattr(misconception.steps, name, None)]
                todo.append(function.__globals__.get(name))
    return not seen.isdisjoint(overridden)


@lru_cache(maxsize=65536)
def hides(first: Misconception, second: Misconception) -> bool:
    """Whether nothing of the second is left where both are in one implementation: the first overrides all its steps."""
    own, others = _find_overridden(first.steps), _find_overridden(second.steps)
    if not others or not others <= own:
        return False
    functions = [function for name in own for function in _find_functions(getattr(first.steps, name, None))]
    return not any("super" in _find_mentioned(function.__code__) for function in functions)


def _find_overridden(steps: type) -> set[str]:
    """The steps that stand in a class of steps itself or between it and the right one, the last base."""
    *wrong, _right, _object = steps.__mro__
    return {name for own in wrong for name in vars(own) if not name.startswith("__") or name == "__init__"}


def _find_functions(value: Any) -> Iterator[FunctionType]:
    """The functions among the misconceptions that a value is, or that a class of theirs holds."""
    if not (getattr(value, "__module__", None) or "").startswith(misconceptions.__name__):
        return
    if isinstance(value, type):
        for entry in vars(value).values():
            yield from _find_functions(entry)
    function = getattr(value, "__func__", value)
    if isinstance(function, FunctionType):
        yield function


def _find_mentioned(code: CodeType) -> set[str]:
    """The names of globals, attributes and enclosing variables in a code and in those inside it."""
    inside = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return {*code.co_names, *code.co_freevars}.union(*map(_find_mentioned, inside))
