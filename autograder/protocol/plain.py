"""Results that are plain Python data, such as a list of pairs of bytes: written out, so that they can be compared.

A number becomes an array of one float64. Anything else becomes an array of bytes: its entries as Python writes them,
one a line, those of a dict in the order of its values.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.protocol.arguments import Array

SPELT = (str, bytes, int, float, bool, type(None))


def kind_of(value: Any) -> str:
    """What a result is, in a word: "list", "dict", "str", "number", or else its type's name."""
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return "number"
    for kind in (list, tuple, dict, str, bytes):
        if isinstance(value, kind):
            return kind.__name__
    return "None" if value is None else "array" if isinstance(value, np.ndarray) else type(value).__name__


def write_out(value: Any, exact: bool = False) -> Array | None:
    """A result as an array; None where it is no plain data. Where `exact`, a number of NumPy's is not one of Python's.

    Raises RecursionError for a list that holds itself.
    """
    kind = kind_of(value)
    if kind == "number":
        return np.array(value, dtype=np.float64)
    if isinstance(value, Mapping):
        lines = [f"{_spell(key, exact)}: {_spell(value[key], exact)}" for key in sorted(value, key=_order_in(value))]
    elif kind in ("list", "tuple", "array"):
        lines = [_spell(entry, exact) for entry in (value.tolist() if kind == "array" else value)]
    elif kind in ("str", "bytes"):
        lines = [_spell(value, exact)]
    else:
        return None
    return np.frombuffer("\n".join(lines).encode("utf-8", "surrogatepass"), dtype=np.uint8).copy()


def _order_in(mapping: Mapping[Any, Any]) -> Any:
    return lambda key: (str(mapping[key]).rjust(20), repr(key))


def _spell(value: Any, exact: bool) -> str:
    """A value as Python writes it."""
    if isinstance(value, np.generic):
        return f"{type(value).__name__}({value.item()!r})" if exact else _spell(value.item(), exact)
    if isinstance(value, (list, tuple)):
        entries = [_spell(entry, exact) for entry in value]
        if isinstance(value, list):
            return f"[{', '.join(entries)}]"
        return f"({', '.join(entries)}{',' * (len(entries) == 1)})"
    if isinstance(value, np.ndarray):
        return f"array({_spell(value.tolist(), exact)})"
    return repr(value) if type(value) in SPELT else f"<{type(value).__name__}>"
