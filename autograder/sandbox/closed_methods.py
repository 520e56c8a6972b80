"""Close the methods of the ready-made classes, by which one could be used without its constructor.

A method is closed by its code: it refuses under whatever name, in whatever subclass and on whatever object.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from types import CodeType, FunctionType
from typing import Any

ALLOWED = "generate_square_subsequent_mask"  # a function of nn.Transformer that is no part of it
REFUSE = "call what refuses"


def find_methods(classes: Iterable[type]) -> Iterator[tuple[str, FunctionType]]:
    """What ready-made classes do, also what they have from private ones; their constructors are closed elsewhere."""
    from torch import nn

    homes = dict.fromkeys(home for cls in classes for home in cls.__mro__ if home not in nn.Module.__mro__)
    for home in homes:
        for name, value in vars(home).items():
            function = getattr(value, "__func__", value)
            if type(function) is FunctionType and name not in ("__init__", ALLOWED):
                yield f"torch.nn.{home.__name__}.{name}", function


@contextmanager
def closed(methods: Sequence[tuple[str, FunctionType]], refuse: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Within the block these functions refuse, also where they were kept; the value says whether they still do."""
    bodies = [function.__code__ for _, function in methods]
    refusing = [_refusing(name, refuse, code.co_freevars) for (name, _), code in zip(methods, bodies, strict=True)]
    try:
        for (_, function), code in zip(methods, refusing, strict=True):
            function.__code__ = code
        yield lambda: all(function.__code__ is code for (_, function), code in zip(methods, refusing, strict=True))
    finally:
        for (_, function), body in zip(methods, bodies, strict=True):
            function.__code__ = body


@cache
def _refusing(name: str, refuse: Callable[[str], None], free: tuple[str, ...]) -> CodeType:
    """Code for a function that has these free variables: it refuses, under whatever name the function was kept."""
    code = _code_that_refuses(free)
    refuse_this = partial(refuse, name)
    return code.replace(co_consts=tuple(refuse_this if constant == REFUSE else constant for constant in code.co_consts))


@cache
def _code_that_refuses(free: tuple[str, ...]) -> CodeType:
    """Code that calls one of its constants, which is still to be put there."""
    source = f"""
def outside({", ".join(free)}):
    def inside(*_, **__):
        ({"".join(f"{name}, " for name in free)})
        refuse = {REFUSE!r}
        refuse()
    return inside
"""
    namespace: dict[str, Any] = {}
    exec(compile(source, __file__, "exec"), namespace)
    code: CodeType = namespace["outside"](*free).__code__
    return code
