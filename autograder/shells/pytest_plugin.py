"""`pytest attention.ipynb`: one test for each case; a failed one shows its explanation, not a traceback.

Only what is named on the command line is collected: notebooks (or folders of them), and Python files that look like a
student's work. A file is graded once, in isolation, when its first test runs. pytest imports none of them, nor what
lies beside them: a file that cannot be graded is a test that fails and says why.
"""

from collections.abc import Generator, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The setting that decides what a mistake costs."""
    parser.addini("follow_through", "count each mistake once, as docs/marks.md says", type="bool", default=True)


def pytest_configure(config: pytest.Config) -> None:
    """Where a notebook is named, the worker imports PyTorch already while pytest collects."""
    if any(path.suffix == ".ipynb" for path in _arguments(config)) and not config.option.collectonly:
        _grader(config).executor.start()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, Any, Any]:
    """Where all that is named is work, pytest imports no `conftest.py` that lies beside it."""
    options = early_config.known_args_namespace
    named = [Path(name.split("::")[0]) for name in options.file_or_dir]
    if named and all(_is_work(early_config.invocation_params.dir / path) for path in named):
        options.noconftest = True
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a folder that holds work as a folder; as a package, its `__init__.py` would be imported."""
    if not (path / "__init__.py").exists():
        return None
    below = [argument for argument in _arguments(parent.config) if path.resolve() in argument.parents]
    if any(map(_is_work, below)) or (_asked_for(path, parent.config) and _is_work(path)):
        return pytest.Dir.from_parent(parent, path=path)
    return None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, Sequence[pytest.Collector], Sequence[pytest.Collector]]:
    """Collect a student's work, and let nobody else collect it; other Python files stay modules of tests."""
    others = yield
    named = parent.session.isinitpath(file_path) or file_path.resolve() in _arguments(parent.config)
    if not (named or _asked_for(file_path, parent.config)) or not _looks_like_work(file_path, named):
        return others
    return [SubmittedFile.from_parent(parent, path=file_path)]


def _looks_like_work(path: Path, named: bool) -> bool:
    """Of a folder only notebooks are collected, and what pytest would take for tests and import."""
    if named or path.suffix == ".ipynb":
        return _is_work(path)
    from autograder.intake.looks import is_named_as_tests

    return path.suffix == ".py" and is_named_as_tests(path) and _is_work(path)


@cache
def _is_work(path: Path) -> bool:
    """Whether a file is a student's work; of a folder, whether it holds some, and no tests."""
    if path.suffix not in (".ipynb", ".py") and not path.is_dir():
        return False
    from autograder.intake.looks import holds_work, looks_like_work

    return holds_work(path) if path.is_dir() else looks_like_work(path)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Where only submissions are tested, do without the plugin that imports all of Hypothesis for its summary."""
    manager = session.config.pluginmanager
    only_ours = session.items and all(isinstance(item, (CaseItem, Refusal)) for item in session.items)
    if only_ours and manager.has_plugin("hypothesispytest"):
        manager.unregister(name="hypothesispytest")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the grader's processes, if any were started."""
    grader = config.stash.get(_GRADER, None)
    if grader:
        grader.close()


class Explanation(Exception):
    """A case that did not pass."""


class SubmittedFile(pytest.File):
    """A student's notebook or Python file."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each public case of each exercise of the file's unit; or one that says why there is none."""
        from autograder import syllabus
        from autograder.intake.files import BadSubmission
        from autograder.intake.submission import read_to_check

        try:
            self.submission = read_to_check(self.path)
        except BadSubmission as bad:
            if self.path.suffix == ".ipynb":
                raise self.CollectError(str(bad)) from None
            for name in self._asked_names() or ["accepted"]:
                yield Refusal.from_parent(self, name=name, reason=str(bad))
            return
        exercises = syllabus.unit_named(self.submission.unit).exercises
        names = [exercise.name for exercise in exercises]
        for name in self._asked_names():
            if name not in names:
                raise self.CollectError(syllabus.explain_unknown(name, names))
        for exercise in exercises:
            for case in exercise.cases:
                if not case.hidden:
                    name = f"{exercise.name}[{case.name}]"
                    yield CaseItem.from_parent(self, name=name, exercise=exercise.name, case=case.name)

    def _asked_names(self) -> list[str]:
        """The exercises of this file that the command line names: `attention.ipynb::softmax`."""
        asked = (argument.split("::") for argument in self.config.args if "::" in argument)
        folder = self.config.invocation_params.dir
        return [
            name.partition("[")[0] for path, name, *_ in asked if Path(folder, path).resolve() == self.path.resolve()
        ]

    def verdict(self, exercise: str, case: str) -> tuple[Any, Any]:
        """An exercise's grade, and the verdict on one case. What is asked for is graded together, once."""
        if not hasattr(self, "verdicts"):
            self.verdicts = self._grade()
        return self.verdicts[exercise, case]

    def _grade(self) -> dict[tuple[str, str], tuple[Any, Any]]:
        from autograder import syllabus

        asked = {item.exercise for item in self.session.items if isinstance(item, CaseItem) and item.parent is self}
        exercises = [e for e in syllabus.unit_named(self.submission.unit).exercises if e.name in asked]
        grades = _grader(self.config).grade(self.submission, exercises)
        return {(v.exercise, v.case): (result, v) for result in grades for v in result.verdicts}


class CaseItem(pytest.Item):
    """One case of one exercise."""

    parent: SubmittedFile

    def __init__(self, *, exercise: str, case: str, **options: Any) -> None:
        super().__init__(**options)
        self.exercise, self.case = exercise, case

    def runtest(self) -> None:
        """Raise the explanation, if the case did not pass."""
        from autograder.shells.explanation import explain_case

        grade, verdict = self.parent.verdict(self.exercise, self.case)
        if not verdict.passed:
            title = f"{verdict.outcome.value}: {self.exercise} · {self.case}"
            raise Explanation("\n".join([title, *explain_case(grade, verdict)]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo, style: Any = None) -> Any:
        """The explanation alone; anything else is the grader's fault and keeps its traceback."""
        if isinstance(excinfo.value, Explanation):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where pytest says that the test is."""
        return self.path, None, self.name


class Refusal(pytest.Item):
    """A file that cannot be graded, as a test that fails."""

    def __init__(self, *, reason: str, **options: Any) -> None:
        super().__init__(**options)
        self.reason = reason

    def runtest(self) -> None:
        """Raise the reason."""
        raise Explanation(self.reason)

    def repr_failure(self, excinfo: pytest.ExceptionInfo, style: Any = None) -> Any:
        """The reason alone."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where pytest says that the test is."""
        return self.path, None, self.name


_GRADER = pytest.StashKey[Any]()


def _grader(config: pytest.Config) -> Any:
    from autograder.grading import Grader

    if config.stash.get(_GRADER, None) is None:
        config.stash[_GRADER] = Grader(follow_through=config.getini("follow_through"))
    return config.stash[_GRADER]


def _asked_for(path: Path, config: pytest.Config) -> bool:
    """Whether a path was named, or lies in a folder that was; a link is where it lies."""
    path = path.parent.resolve() / path.name
    return any(path == argument or argument in path.parents for argument in _arguments(config))


def _arguments(config: pytest.Config) -> list[Path]:
    """The files and folders named on the command line; none for a bare `pytest`."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return []
    return [Path(config.invocation_params.dir, argument.split("::")[0]).resolve() for argument in config.args]
