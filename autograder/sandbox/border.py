"""The import border: what `autograder` is in a worker. It holds nothing that knows an answer.

In this process `autograder` has `sandbox`, `protocol`, the modules that a submission is handed, and stand-ins for what
a notebook imports and a grade does not need. `transformer_ref` and the bank cannot be found.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import sys
import types
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOMS = (HERE, HERE.parent / "protocol")
NOT_HERE = ("bank", "misconceptions", "expected", "judge", "grade", "secret", "blocks", "own_work")


class Nothing:
    """What a stand-in gives: it can be called, entered, read and gone through, and does nothing; errors end with it."""

    def __call__(self, *_: object, **__: object) -> "Nothing":  # noqa: D102
        return self

    def __getattr__(self, name: str) -> "Nothing":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __enter__(self) -> "Nothing":
        return self

    def __exit__(self, *_: object) -> bool:
        return True

    def __iter__(self) -> Iterator["Nothing"]:
        return iter(())


class _StandIn(types.ModuleType):
    """A module of ours that a notebook imports and a grade does not need: every name in it does nothing."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") or name in NOT_HERE:
            raise AttributeError(name)
        return Nothing()


class _StandInFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        parent, _, child = name.partition(".")
        if parent == "autograder" and child and "." not in child and child not in NOT_HERE:
            return importlib.machinery.ModuleSpec(name, self)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _Source(importlib.abc.InspectLoader):
    """Load a module from its source, which is in no file."""

    def __init__(self, source: str) -> None:
        self.source = source

    def get_source(self, fullname: str) -> str:
        return self.source

    def exec_module(self, module: types.ModuleType) -> None:
        module.__file__ = f"<{module.__name__}>"
        linecache.cache[module.__file__] = (0, None, self.source.splitlines(keepends=True), module.__file__)
        code = compile(self.source, module.__file__, "exec", dont_inherit=True)
        if "torch" in sys.modules and module.__name__.startswith("autograder."):
            from autograder.sandbox.watch import trust

            trust(code)
        exec(code, vars(module))


class _HandedOut(importlib.abc.MetaPathFinder):
    def __init__(self, sources: dict[str, str]) -> None:
        self.sources = sources

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name not in self.sources:
            return None
        is_package = any(other.startswith(f"{name}.") for other in self.sources)
        return importlib.machinery.ModuleSpec(name, _Source(self.sources[name]), is_package=is_package)


def hand_out(sources: dict[str, str]) -> None:
    """Let these modules, by name and source, be imported in this process from now on."""
    sys.meta_path.insert(0, _HandedOut(sources))


def bare_package() -> None:
    """Make `autograder` a package that holds the two rooms of a worker and nothing else of ours."""
    package = _StandIn("autograder")
    package.__path__ = []
    sys.modules["autograder"] = package
    for room in ROOMS:
        name = f"autograder.{room.name}"
        spec = importlib.util.spec_from_file_location(
            name, room / "__init__.py", submodule_search_locations=[str(room)]
        )
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        setattr(package, room.name, module)
        spec.loader.exec_module(module)
    sys.modules["autograder.sandbox.border"] = sys.modules[__name__]
    sys.meta_path.append(_StandInFinder())
