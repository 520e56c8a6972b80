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
from functools import cached_property
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOMS = (HERE, HERE.parent / "protocol")
STAND_INS = {
    "autograder": ("check", "hint", "progress"),
    "autograder.figures": (
        *("amounts", "curves", "heatmaps", "magnitudes", "movements", "shares", "signed_maps", "waves"),
        *("COLOURS", "GREY", "HIGHLIGHT", "SHADES", "SIGNED_SHADES", "STYLE", "ZERO"),
    ),
    "autograder.hunt": ("the_hunt",),
    "autograder.properties": (
        *("attention_maps", "batch_independence", "causality", "check_number", "entropy", "hidden_weight"),
        *("influence", "key_permutation_invariance", "numerical_gradient", "padding_invariance"),
        *("permutation_equivariance", "predicted"),
        *("query_permutation_equivariance", "rows_sum_to_one", "shift_and_scale_invariance", "what_moves"),
        *("when_written", "SEED"),
    ),
    "autograder.word_finder": ("WordFinder",),
}


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


def _stand_in(name: str) -> types.ModuleType:
    """A module that a notebook imports and a grade does not need: what is in it does nothing, and nothing else is."""
    module = types.ModuleType(name)
    vars(module).update((inside, Nothing()) for inside in STAND_INS[name])
    return module


class _StandInFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(name, self) if name in STAND_INS else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _stand_in(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _Source(importlib.abc.InspectLoader):
    """A module that is loaded from its source, which is in no file."""

    def __init__(self, name: str, source: str) -> None:
        self.file, self.source = f"<{name}>", source

    @cached_property
    def code(self) -> types.CodeType:
        """What is executed when the module is imported."""
        return compile(self.source, self.file, "exec", dont_inherit=True)

    def get_source(self, fullname: str) -> str:
        return self.source

    def exec_module(self, module: types.ModuleType) -> None:
        module.__file__ = self.file
        linecache.cache[self.file] = (0, None, self.source.splitlines(keepends=True), self.file)
        exec(self.code, vars(module))


class _HandedOut(importlib.abc.MetaPathFinder):
    def __init__(self, modules: dict[str, _Source]) -> None:
        self.modules = modules

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name not in self.modules:
            return None
        is_package = any(other.startswith(f"{name}.") for other in self.modules)
        return importlib.machinery.ModuleSpec(name, self.modules[name], is_package=is_package)


def hand_out(sources: dict[str, str]) -> dict[str, _Source]:
    """Let these modules, by name and source, be imported in this process from now on. Those of the same source share
    their code."""
    by_source = {source: _Source(name, source) for name, source in reversed(sources.items())}
    modules = {name: by_source[source] for name, source in sources.items()}
    sys.meta_path.insert(0, _HandedOut(modules))
    return modules


def bare_package() -> None:
    """Make `autograder` a package that holds the two rooms of a worker and nothing else of ours."""
    package = _stand_in("autograder")
    package.__path__ = []
    sys.modules["autograder"] = package
    for room in ROOMS:
        name = f"autograder.{room.name}"
        spec = importlib.util.spec_from_file_location(
            name, room / "__init__.py", submodule_search_locations=[str(room)]
        )
        assert spec and spec.loader
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        setattr(package, room.name, module)
        spec.loader.exec_module(module)
    sys.modules["autograder.sandbox.imports"] = sys.modules[__name__]
    sys.meta_path.append(_StandInFinder())
