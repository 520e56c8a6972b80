"""Check the shapes of a block's arguments against its signature, and say in the caller's terms which one does not fit.

A shape is written as jaxtyping writes it, such as `Float[Tensor, "batch tokens d_model"]`; a name stands for one size
throughout a call, `*name` for any number of axes. Annotations are read as text: jaxtyping itself is not needed.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")
Shape = tuple[int, ...]
WRITTEN = re.compile(r"""\[[\w.]+, ['"]([^'"]+)['"]\]""")
ATTENDED = {  # the axes of queries and keys that a mask is about, by the names of the mask's and the others' axes
    "mask": (("queries", "keys"), ("tokens", "tokens")),
    "tgt_mask": (("tgt_tokens", "tgt_tokens"),),
    "memory_mask": (("tgt_tokens", "src_tokens"),),
}


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function or a method: it raises ValueError or TypeError before it is called with what does not fit."""
    signature = inspect.signature(function)
    shapes = {
        name: tuple(found[1].split())
        for name, annotation in function.__annotations__.items()
        if name != "return" and (found := WRITTEN.search(str(annotation)))
    }

    @wraps(function)
    def with_checks(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs).arguments
        _Call(function, given).check(shapes)
        return function(*args, **kwargs)

    return with_checks


class _Call:
    """One call: what is given, and the size that each name of an axis has been found to have, with where."""

    def __init__(self, function: Callable[..., Any], given: Mapping[str, Any]) -> None:
        owner = given.get("self")
        self.name = type(owner).__name__ if owner is not None else function.__name__
        self.given = given
        self.sizes: dict[str, tuple[int, str]] = {}
        self.leading: dict[str, tuple[Shape, str]] = {}
        for axis, size in getattr(owner, "sizes", {}).items():
            self.sizes[axis] = size, f"the {axis} with which `{self.name}` was made"

    def check(self, shapes: Mapping[str, tuple[str, ...]]) -> None:
        """Raise for the first argument that does not fit."""
        masks = [name for name in shapes if shapes[name] == ("...",)]
        for name in shapes:
            if name in self.given and name not in masks:
                self._check_array(name, shapes[name])
        for name in masks:
            if self.given.get(name) is not None:
                self._check_mask(name)

    def _check_array(self, name: str, axes: tuple[str, ...]) -> None:
        shape = self._shape_of(name)
        last = axes[1:] if axes[0].startswith("*") else axes
        if len(shape) < len(last) or (len(shape) > len(last) and last is axes):
            raise self._unfit(name, shape, axes, f"{len(last)} axes" + " or more" * (last is not axes))
        start = len(shape) - len(last)
        for axis, size in zip(last, shape[start:], strict=True):
            if axis.isidentifier():
                known, where = self.sizes.setdefault(axis, (size, f"`{name}`"))
                if known != size:
                    raise self._unfit(name, shape, axes, f"{axis} = {known}, as in {where}")
        if last is not axes:
            leading, where = self.leading.setdefault(axes[0], (shape[:start], f"`{name}`"))
            if leading != shape[:start]:
                raise self._unfit(name, shape, axes, f"the leading axes {leading}, as in {where}")

    def _check_mask(self, name: str) -> None:
        axes = next((pair for pair in ATTENDED[name] if all(axis in self.sizes for axis in pair)), None)
        if axes is None:
            return
        shape = self._shape_of(name)
        wanted = tuple(self.sizes[axis][0] for axis in axes)
        if any(size not in (1, want) for size, want in zip(shape[::-1], wanted[::-1], strict=False)):
            raise ValueError(
                f"`{name}` of `{self.name}` has the shape {shape}; its last two axes are {axes[0]} and {axes[1]}, "
                f"{wanted} here, or 1"
            )

    def _shape_of(self, name: str) -> Shape:
        value, what = self.given[name], f"`{name}` of `{self.name}`"
        if isinstance(value, tuple) and value and hasattr(value[0], "shape"):
            raise TypeError(
                f"{what} is a tuple of arrays: attention returns the output and the weights; take the output"
            )
        if callable(value) and not hasattr(value, "shape"):
            raise TypeError(f"{what} is a function or a module: call it, and pass on its result")
        if value is None or isinstance(value, str):
            raise TypeError(f"{what} is {value!r}, and an array is needed")
        shape: Shape = value.shape if hasattr(value, "shape") else np.shape(value)
        return tuple(map(int, shape))

    def _unfit(self, name: str, shape: Shape, axes: tuple[str, ...], needed: str) -> ValueError:
        wanted = ", ".join("…" if axis.startswith("*") else axis for axis in axes)
        return ValueError(f"`{name}` of `{self.name}` has the shape {shape}; it should be ({wanted}), with {needed}")
