"""Mistakes that can be put around any right function: what a student's test is tried on where no answer may be.

Each function here takes the right function and gives a wrong one. They know nothing of what the function computes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[..., Any]


def as_it_is(function: Function) -> Function:
    """No mistake at all."""
    return lambda *arguments, **keywords: function(*arguments, **keywords)


def _on_results(change: Callable[[Any], Any], which: int | None) -> Callable[[Function], Function]:
    """A mistake that changes one result of several, or all."""

    def around(function: Function) -> Function:
        def wrong(*arguments: Any, **keywords: Any) -> Any:
            results = function(*arguments, **keywords)
            if not isinstance(results, tuple):
                return change(results)
            return tuple(change(r) if which in (None, n) else r for n, r in enumerate(results))

        return wrong

    return around


def scaled(by: float, which: int | None = None) -> Callable[[Function], Function]:
    """All numbers are a little too large."""
    return _on_results(lambda result: result * by, which)


def shifted(by: float, which: int | None = None) -> Callable[[Function], Function]:
    """A small constant is added."""
    return _on_results(lambda result: result + by, which)


def first_of_batch(which: int | None = None) -> Callable[[Function], Function]:
    """Every sample gets the result of the first one."""
    return _on_results(lambda result: np.repeat(result[:1], len(result), axis=0), which)


def reversed_along(axis: int, which: int | None = None) -> Callable[[Function], Function]:
    """The entries along an axis come in the wrong order."""
    return _on_results(lambda result: np.flip(result, axis), which)


def rounded(digits: int, which: int | None = None) -> Callable[[Function], Function]:
    """Digits are lost."""
    return _on_results(lambda result: np.round(result, digits), which)


def _on_argument(name: str, place: int, change: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """A mistake that changes one argument, given by place or by name, where it is there and not None."""

    def around(function: Function) -> Function:
        def wrong(*arguments: Any, **keywords: Any) -> Any:
            given = list(arguments)
            if len(given) > place and given[place] is not None:
                given[place] = change(given[place])
            elif keywords.get(name) is not None:
                keywords[name] = change(keywords[name])
            return function(*given, **keywords)

        return wrong

    return around


def ignored(name: str, place: int) -> Callable[[Function], Function]:
    """An argument that may be left out is left out always."""
    return _on_argument(name, place, lambda value: None)


def inverted(name: str, place: int) -> Callable[[Function], Function]:
    """True and False change places in a mask."""
    return _on_argument(name, place, lambda value: ~value)


def first_mask(name: str, place: int) -> Callable[[Function], Function]:
    """The mask of the first sample is used for all of a batch."""
    return _on_argument(name, place, lambda value: value[:1] if value.ndim > 2 else value)


def set_to(name: str, place: int, value: float) -> Callable[[Function], Function]:
    """An argument is overridden by a number, or by an array of that number."""
    return _on_argument(name, place, lambda given: np.full_like(given, value) if np.ndim(given) else value)


def exchanged(first: int, second: int) -> Callable[[Function], Function]:
    """Two arguments are taken for one another."""

    def around(function: Function) -> Function:
        def wrong(*arguments: Any, **keywords: Any) -> Any:
            given = list(arguments)
            given[first], given[second] = given[second], given[first]
            return function(*given, **keywords)

        return wrong

    return around


def same_as(taken: int, place: int) -> Callable[[Function], Function]:
    """One argument is used in the place of another."""

    def around(function: Function) -> Function:
        def wrong(*arguments: Any, **keywords: Any) -> Any:
            given = list(arguments)
            given[place] = given[taken]
            return function(*given, **keywords)

        return wrong

    return around


def changes_in_place(place: int) -> Callable[[Function], Function]:
    """The result is right, but the caller's array is another one afterwards."""

    def around(function: Function) -> Function:
        def wrong(*arguments: Any, **keywords: Any) -> Any:
            results = function(*arguments, **keywords)
            arguments[place][...] *= 2
            return results

        return wrong

    return around


def without_weight(name: str, place: int) -> Callable[[Function], Function]:
    """One entry of a dict of weights is taken to be 0."""

    def change(weights: Any) -> Any:
        return {key: np.zeros_like(value) if key.endswith(name) else value for key, value in weights.items()}

    return _on_argument("weights", place, change)


def remembers() -> Callable[[Function], Function]:
    """The first result is given again whenever the arguments have the same shapes."""

    def around(function: Function) -> Function:
        known: dict[Any, Any] = {}

        def wrong(*arguments: Any, **keywords: Any) -> Any:
            key = tuple(np.shape(a) for a in arguments if not isinstance(a, (dict, list)))
            if key not in known:
                known[key] = function(*arguments, **keywords)
            return known[key]

        return wrong

    return around


def overflows(beyond: float) -> Callable[[Function], Function]:
    """Numbers beyond a size give nan."""

    def around(function: Function) -> Function:
        def wrong(*arguments: Any, **keywords: Any) -> Any:
            results = function(*arguments, **keywords)
            if max(np.abs(a).max(initial=0) for a in arguments if isinstance(a, np.ndarray)) <= beyond:
                return results
            return tuple(r * np.nan for r in results) if isinstance(results, tuple) else results * np.nan

        return wrong

    return around


def put_around(function: Function, mistake: str, details: list[Any]) -> Function:
    """The function with a mistake of this module around it."""
    if mistake == "as_it_is":
        return as_it_is(function)
    wrong: Function = KINDS[mistake](*details)(function)
    return wrong


KINDS: dict[str, Callable[..., Callable[[Function], Function]]] = {
    kind.__name__: kind
    for kind in (
        *(scaled, shifted, first_of_batch, reversed_along, rounded, ignored, inverted, first_mask, set_to),
        *(exchanged, same_as, changes_in_place, without_weight, remembers, overflows),
    )
}
