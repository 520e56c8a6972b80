"""Shapes in signatures are enforced in every test; one warm worker serves the whole session."""

import importlib.util
import sys
from collections.abc import Iterator
from functools import cache

import jaxtyping

jaxtyping.install_import_hook(["transformer_ref", "autograder.student.blocks"], "beartype.beartype")

import pytest  # noqa: E402
import torch  # noqa: E402

# A tool sees the import of the blocks' shapes, a process that runs them does not: here they are put in place.
spec = importlib.util.find_spec("autograder.student.blocks")
assert spec and spec.loader
blocks = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
vars(blocks).update((name, getattr(jaxtyping, name)) for name in ("Bool", "Float", "Int"))
spec.loader.exec_module(blocks)

from autograder import syllabus  # noqa: E402
from autograder.execution.limits import Limits  # noqa: E402
from autograder.grading import Grader  # noqa: E402
from instructor.shells.class_jobs import count_cores  # noqa: E402
from tests.red_team import HELD, table_of  # noqa: E402
from tests.warm import Workers, engines_are_kept, jobs_are_lent  # noqa: E402

torch.set_num_threads(1)  # the arrays are small; threads only wait for one another


SLOW = {  # files that start processes or kernels, train, or go through the whole bank; `make test-fast` leaves them out
    "test_a_student_is_told_the_same.py",
    "test_audit.py",
    "test_bank_has_teeth.py",
    "test_bundle.py",
    "test_bundle_package.py",
    "test_causes_of_groups.py",
    "test_causes_of_real_code.py",
    "test_cells.py",
    "test_class_page.py",
    "test_class_report.py",
    "test_class_run.py",
    "test_class_store.py",
    "test_cluster.py",
    "test_collect.py",
    "test_command_line.py",
    "test_copies.py",
    "test_defence.py",
    "test_engines.py",
    "test_exchange.py",
    "test_experiments_never_stop.py",
    "test_export.py",
    "test_feedback.py",
    "test_fuzz_messages.py",
    "test_fuzz_notebooks.py",
    "test_hunt.py",
    "test_instructor_guide.py",
    "test_ipython.py",
    "test_judge.py",
    "test_lessons.py",
    "test_nbgrader.py",
    "test_nbgrader_bad_files.py",
    "test_not_accepted.py",
    "test_notebook_check.py",
    "test_nothing_outlives_a_submission.py",
    "test_oracle.py",
    "test_own_work.py",
    "test_postgresql.py",
    "test_pytest_imports_no_work.py",
    "test_pytest_plugin.py",
    "test_quoted_commands.py",
    "test_readme.py",
    "test_ready_made.py",
    "test_red_team.py",
    "test_red_team_in_class.py",
    "test_reference_training.py",
    "test_result_files.py",
    "test_sandbox.py",
    "test_train.py",
    "test_unusual_gets_full_marks.py",
    "test_views.py",
    "test_without_pytorch.py",
    "test_work.py",
    "test_worker.py",
    "test_write_the_test.py",
}

EACH_ALONE = {  # files whose tests share nothing; all other files are run by one process each, with what they share
    *("test_a_student_is_told_the_same.py", "test_causes_of_real_code.py", "test_cells.py"),
    *("test_experiments_never_stop.py", "test_lessons.py", "test_unusual_gets_full_marks.py"),
}
LONGEST = (  # these begin first, so that no process is left with one of them when the others are done
    *("test_red_team.py", "test_red_team_in_class.py", "test_class_run.py", "test_nbgrader.py", "test_bundle.py"),
    "test_lessons.py",
    *("test_bank_has_teeth.py", "test_cluster.py", "test_nbgrader_bad_files.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow ones, and put the longest first and those that fill a gap last."""
    items.sort(key=lambda item: rank(item.path.name))
    for item in items:
        if item.path.parent.name == "tests" and item.path.name in SLOW:  # those in tests/direct start nothing
            item.add_marker(pytest.mark.slow)


def rank(file: str) -> int:
    """The place of a file's tests among all, from 0."""
    return LONGEST.index(file) if file in LONGEST else len(LONGEST) + (file in EACH_ALONE)


@pytest.fixture(scope="session")
def warm_workers() -> Iterator[Workers]:
    """The warm processes that are lent in this process."""
    warm = Workers()
    yield warm
    warm.end()


@pytest.fixture(scope="session")
def grader(warm_workers: Workers) -> Iterator[Grader]:
    """A grader whose worker is warm, and whose patience no busy machine exhausts; PyTorch is imported once."""
    with Grader(Limits(case_seconds=12.0, cell_seconds=30.0, total_seconds=600.0)) as warm:
        warm.executor._server = warm_workers.lend(warm.executor.libraries)
        yield warm


@pytest.fixture(scope="module")
def one_worker(warm_workers: Workers) -> Iterator[None]:
    """One warm worker for every grader that this module's tests start in this process."""
    with warm_workers.are_lent():
        yield


@pytest.fixture(scope="module")
def one_engine() -> Iterator[None]:
    """One engine for each gradebook that this module's tests open in this process."""
    with engines_are_kept():
        yield


@pytest.fixture(scope="module")
def one_job() -> Iterator[None]:
    """As few processes as can be for the jobs that this module's tests start."""
    with jobs_are_lent():
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what became of each attack of the red team, where it was run."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind) if r.when == "call"]
    rows = [row for r in reports for name, row in r.user_properties if name == HELD]
    if rows:
        terminalreporter.section("red team")
        terminalreporter.write(table_of(sorted(rows)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """With several processes, tests that share what is costly, or cannot run side by side, go to the same one.

    They begin in the order in which they are collected.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    config.option.loadscopereorder = False
    return Together(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """With `-n auto` there is one process more than there are cores: many tests wait for processes that they start."""
    return count_cores() + 1


def together(nodeid: str) -> str:
    """The name of the group that a test belongs to: its file, or a unit; a test by itself is its own group."""
    path = nodeid.partition("::")[0]
    file = path.rpartition("/")[2]
    if file == "test_red_team_in_class.py":
        return "tests/test_red_team.py"  # both listen at the same ports
    if file in EACH_ALONE:
        return nodeid
    name = nodeid.partition("[")[2].rstrip("]").removeprefix("public-").removeprefix("secret-")
    if file == "test_bank_has_teeth.py" and name:
        return unit_names().get(name) or unit_names().get(name.partition("-")[0], nodeid)
    return path


@cache
def unit_names() -> dict[str, str]:
    """The unit of each misconception, exercise and unit, by name."""
    found: dict[str, str] = {}
    for unit in syllabus.units().values():
        names = [unit.name, *(m.name for m in unit.misconceptions), *(e.name for e in unit.exercises)]
        found |= dict.fromkeys(names, unit.name)
    return found
