"""Try tests on one candidate, in this process: functions that take it, or pytest with it in the place of their own."""

import functools
import importlib
import importlib.util
import inspect
import os
import random
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import Any

import numpy as np
import pytest

OURS = ("autograder", "instructor", "transformer_ref", "__main__", "__mp_main__")
INSTALLED = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")})
LONGEST_REASON = 200
OPTIONS = (
    *("-x", "-q", "-p", "no:cacheprovider", "-p", "no:autograder"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # plugins are there already from the first time on
)
NO_TESTS = pytest.ExitCode.NO_TESTS_COLLECTED


class CannotRun(Exception):
    """The audit cannot be run; the message says why, in one sentence."""


@dataclass(frozen=True)
class Audited:
    """The tests that are audited.

    Without `module`, `path` is a Python file with functions that take a candidate; `functions` are those to call, or
    all. With it, pytest runs what is at `path`, while the attribute `name` of the module is the candidate. `adapter` is
    a file whose `adapt(candidate)` gives what the tests call.
    """

    path: Path
    functions: tuple[str, ...] = ()
    module: str = ""
    name: str = ""
    adapter: Path | None = None


@dataclass(frozen=True)
class Said:
    """What tests say of a candidate: whether they accept it, and if not, how they refuse it.

    `used` is False where they never touch it, as far as that is known.
    """

    accepted: bool
    reason: str = ""
    used: bool = True


def try_on(tests: Audited, candidate: Any) -> Said:
    """What the tests say of a candidate; they are imported anew. Raises CannotRun where they cannot say anything."""
    _forget(tests)
    _seed()
    if tests.module:
        return _try_with_pytest(tests, candidate)
    functions = find_functions(tests)
    try:
        adapted = _adapt(tests, candidate)
        for function in functions.values():
            function(adapted)
    except (CannotRun, KeyboardInterrupt):
        raise
    except BaseException as error:  # pytest.fail raises no Exception
        if isinstance(error, pytest.skip.Exception):
            return Said(accepted=True)
        return Said(False, _find_line(error, tests.path) + _describe(error))
    return Said(accepted=True)


def find_functions(tests: Audited) -> dict[str, Callable[..., Any]]:
    """The functions that take a candidate, by name. Raises CannotRun where there is none, or one that is named."""
    module = _import_file(tests.path)
    found = {
        name: value
        for name, value in vars(module).items()
        if (name in tests.functions if tests.functions else name.startswith("test")) and _takes_one(value)
    }
    if missing := [name for name in tests.functions if name not in found]:
        raise CannotRun(f"{tests.path} has no function {missing[0]} that takes one argument, the candidate")
    if not found:
        raise CannotRun(
            f"{tests.path} has no function test_...(candidate) that takes one argument; "
            "if pytest runs these tests, say with --module what they import"
        )
    return found


def _takes_one(value: Any) -> bool:
    if not inspect.isfunction(value):
        return False
    parameters = inspect.signature(value).parameters.values()
    return sum(p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters) == 1


def _import_file(path: Path) -> ModuleType:
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise CannotRun(f"{path} is not a Python file")
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        raise CannotRun(f"{path} cannot be imported: {_describe(error)}") from error
    return module


def _adapt(tests: Audited, candidate: Any) -> Any:
    if tests.adapter is None:
        return candidate
    adapt = getattr(_import_file(tests.adapter), "adapt", None)
    if not callable(adapt):
        raise CannotRun(f"{tests.adapter} has no function adapt(candidate)")
    return adapt(candidate)


def _find_line(error: BaseException, path: Path) -> str:
    """Where in a file an error has come from, as in "line 8: "; empty where that is elsewhere."""
    name = os.path.abspath(path)
    lines = [number for frame, number in walk_tb(error.__traceback__) if frame.f_code.co_filename == name]
    return f"line {lines[-1]}: " if lines else ""


def _describe(error: BaseException) -> str:
    return _shorten(f"{type(error).__name__}: {error}").removesuffix(":")


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"


def _forget(tests: Audited) -> None:
    """Let everything that belongs to the tests be imported anew."""
    for name, module in list(sys.modules.items()):
        if _is_theirs(name, module, tests):
            del sys.modules[name]
    importlib.invalidate_caches()


def _is_theirs(name: str, module: ModuleType, tests: Audited) -> bool:
    """Whether a module belongs to the tests: to the package that they test, or neither installed nor ours."""
    top, file = name.partition(".")[0], getattr(module, "__file__", None) or ""
    if tests.module and top == tests.module.partition(".")[0]:
        return True
    return file.endswith(".py") and not file.startswith(INSTALLED) and top not in OURS


def _seed() -> None:
    """Let each candidate meet the same random numbers, of those generators that everybody shares."""
    random.seed(0)
    np.random.seed(0)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)


# ---- with pytest


def _try_with_pytest(tests: Audited, candidate: Any) -> Said:
    plugin = InItsPlace(tests, candidate)
    code = pytest.main([*OPTIONS, *_options_of_plugins(), str(tests.path)], plugins=[plugin])
    if plugin.fault:
        raise CannotRun(plugin.fault)
    if code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
        return Said(code == pytest.ExitCode.OK, plugin.reason, plugin.calls > 0)
    if code == NO_TESTS:
        raise CannotRun(f"pytest finds no test in {tests.path}")
    raise CannotRun(f"pytest itself fails on {tests.path} (exit code {int(code)}): try it without the audit first")


def _options_of_plugins() -> Iterator[str]:
    """What keeps the tests in this process, and spares them to be measured, whatever their settings say."""
    for plugin, option in (("xdist", "-n0"), ("pytest_cov", "--no-cov")):
        if importlib.util.find_spec(plugin) and not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
            yield option


class InItsPlace:
    """A plugin of pytest: a candidate takes the place of what the tests import, before they are collected."""

    def __init__(self, tests: Audited, candidate: Any) -> None:
        self.tests, self.candidate = tests, candidate
        self.calls, self.reason, self.fault = 0, "", ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Put it there. pytest has read its settings and conftest.py, so that imports work as in the tests."""
        try:
            self.replace()
        except CannotRun as error:
            self.fault = str(error)
            pytest.exit(self.fault, pytest.ExitCode.INTERRUPTED)
        except Exception as error:  # the adapter may try the candidate, too
            self.calls, self.reason = self.calls + 1, _describe(error)
            pytest.exit(self.reason, pytest.ExitCode.INTERRUPTED)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep the words of the first error."""
        self._note(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the words of the first failure."""
        self._note(report)

    def _note(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        if report.failed and not self.reason:
            crash = getattr(report.longrepr, "reprcrash", None)
            text = crash.message if crash else report.longrepr
            self.reason = _shorten(f"{report.nodeid.rpartition('/')[2]}: {text}")

    def replace(self) -> None:
        """Put the candidate wherever the original is. Raises CannotRun where there is none."""
        module, name = self.tests.module, self.tests.name
        try:
            original = getattr(importlib.import_module(module), name)
        except AttributeError as error:
            raise CannotRun(f"the module {module} has no {name}: say with --name what the tests import") from error
        except BaseException as error:
            raise CannotRun(f"the module {module} cannot be imported: {_describe(error)}") from error
        if not callable(original):
            raise CannotRun(f"{module}.{name} is neither a function nor a class")
        replacement = _adapt(self.tests, self._counted())
        for place, bound in _find_bound(original, self.tests):
            setattr(place, bound, replacement)

    def _counted(self) -> Any:
        """The candidate, which counts how often it is called or constructed."""
        is_class = isinstance(self.candidate, type)
        function = self.candidate.__init__ if is_class else self.candidate

        @functools.wraps(function)
        def counted(*arguments: Any, **keywords: Any) -> Any:
            self.calls += 1
            return function(*arguments, **keywords)

        if not is_class:
            return counted
        return type(self.candidate.__name__, (self.candidate,), {"__init__": counted})


def _find_bound(original: Any, tests: Audited) -> Iterator[tuple[ModuleType, str]]:
    """Every name in the tests' own modules that stands for an object: a package may hand on what a module defines."""
    for name, module in list(sys.modules.items()):
        if _is_theirs(name, module, tests):
            yield from ((module, bound) for bound, value in list(vars(module).items()) if value is original)
