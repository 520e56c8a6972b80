"""A notebook on a machine without PyTorch.

`torch` is then a stand-in: it can be imported, and classes can be derived from `nn.Module`, so that every cell that
only defines something runs. A cell that uses more of it says, in one sentence, that PyTorch is missing.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import ContextDecorator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

HARMLESS = ("enable_grad", "inference_mode", "manual_seed", "no_grad", "set_num_threads")


class NeedsPyTorch(ModuleNotFoundError):
    """Something of PyTorch was used where PyTorch is not installed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} needs PyTorch, which is not installed here", name="torch")

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [f"{self}."]


def is_installed(library: str) -> bool:
    """Whether a library can be imported: the real one, not the stand-in."""
    spec = find_spec(library)
    return spec is not None and not isinstance(spec.loader, _StandIns)


def stand_in_for_pytorch() -> bool:
    """Let `torch` be imported where it is not installed. Return whether it is missing."""
    if is_installed("torch"):
        return False
    if not any(isinstance(finder, _StandIns) for finder in sys.meta_path):
        sys.meta_path.append(_StandIns())
    return True


class _Absent(type):
    """A class of PyTorch's that is not there: it can be named, annotated with and derived from, but not called."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(f"{cls.__name__}.{name}")

    def __call__(cls, *_: object, **__: object) -> Any:
        raise NeedsPyTorch(cls.__name__)


def _absent(name: str) -> _Absent:
    return _Absent(name, (), {})


class _Harmless(ContextDecorator):
    """A setting of PyTorch's, which means nothing without it: as a function, a context or a decorator."""

    def __call__(self, *arguments: Any, **_: object) -> Any:
        function: Callable[..., Any] | None = next(filter(callable, arguments), None)
        return function or self

    def __enter__(self) -> "_Harmless":
        return self

    def __exit__(self, *_: object) -> None:
        pass


class StandIn(ModuleType):
    """`torch`, or a module in it, where PyTorch is not installed."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Harmless() if name in HARMLESS else _absent(f"{self.__name__}.{name}")


class _StandIns(MetaPathFinder, Loader):
    """Finds `torch` and whatever is in it. It comes last: PyTorch, once it is installed, is found first."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] == "torch" else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass
