"""What `from MODULE import *` binds: the names that a module exports, and what each of them stands for.

PyTorch is never imported where a grade is decided, so its exports are recorded in `exports.json`, as
`python -m instructor.authoring.record_exports` writes it.
"""

import importlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

RECORD = Path(__file__).with_name("exports.json")
HERE = (
    *("math", "cmath", "random", "statistics", "operator", "itertools", "functools", "collections", "copy", "typing"),
    *("dataclasses", "numpy", "numpy.linalg", "numpy.random", "numpy.fft", "numpy.ma"),
)  # cheap and harmless to import, and often of another version than where the record was made


@cache
def exported_by(module: str) -> Mapping[str, str]:
    """The names that a star import of `module` binds, with the dotted name of each; none where we do not know it."""
    if module in HERE:
        return read_exports(importlib.import_module(module))
    recorded = _read_record().get(module, {})
    return {name: origin or f"{module}.{name}" for name, origin in recorded.items()}


@cache
def _read_record() -> dict[str, dict[str, str]]:
    record: dict[str, dict[str, str]] = json.loads(RECORD.read_text(encoding="utf-8"))["modules"]
    return record


def read_exports(module: ModuleType) -> dict[str, str]:
    """The exports of a module that is imported: those in its `__all__`, or else its public names."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    return {name: _find_origin(module, name, getattr(module, name, None)) for name in sorted(names)}


def _find_origin(module: ModuleType, name: str, value: Any) -> str:
    """What an exported name stands for: `math` in `torch.nn.functional` is `math`, and no part of PyTorch."""
    if isinstance(value, ModuleType):
        return value.__name__
    home = getattr(value, "__module__", None)
    root = module.__name__.partition(".")[0]
    foreign = isinstance(home, str) and home.partition(".")[0] not in (root, "builtins")
    return f"{home}.{getattr(value, '__name__', name)}" if foreign else f"{module.__name__}.{name}"
