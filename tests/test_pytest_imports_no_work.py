"""What looks like a student's work is never imported by pytest, above all not where the grader refuses it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.intake.files import LARGEST_CODE, LARGEST_FILE
from tests.nested_pytest import run_here
from tests.sampled import sample

FILES = sorted((Path(__file__).parent / "submissions" / "imported").glob("*.py"))
LEFT = "imported_by_pytest.txt"
COMMENT = "# This line is here for its length, and says nothing else.\n"


def padded(source: str, size: int = LARGEST_CODE) -> str:
    """A source that is longer than `size`."""
    return source + COMMENT * (size // len(COMMENT) + 1)


def in_package(folder: Path, source: str) -> list[str]:
    """A package in which all that pytest could import is this source."""
    (folder / "package").mkdir()
    for name in ("attention.py", "conftest.py", "__init__.py"):
        (folder / "package" / name).write_text(padded(source))
    return ["package/attention.py"]


def in_folder(folder: Path, source: str) -> list[str]:
    """A folder in which a file has the name of tests, beside what pytest would import with it."""
    in_package(folder, source)
    (folder / "package" / "attention.py").rename(folder / "package" / "attention_test.py")
    return ["package"]


def linked(folder: Path, source: str) -> list[str]:
    """A link to a file that could be graded."""
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "attention.py").write_text(source)
    (folder / "mine.py").symlink_to("elsewhere/attention.py")
    return ["mine.py"]


def written(name: str, *options: str, change: Callable[[str], str] = padded) -> Callable[[Path, str], list[str]]:
    """Write the changed source under a name, and name it on the command line."""

    def prepare(folder: Path, source: str) -> list[str]:
        (folder / name).write_text(change(source))
        return [*options, name]

    return prepare


def as_module(folder: Path, source: str) -> list[str]:
    """A file that is named as one imports it."""
    return ["--pyargs", Path(written("mine.py")(folder, source)[0]).stem]


HOW: dict[str, Callable[[Path, str], list[str]]] = {
    "padded": written("mine.py"),
    "swollen": written("mine.py", change=lambda source: padded(source, LARGEST_FILE)),
    "linked": linked,
    "with_nulls": written("mine.py", change=lambda source: source[:500] + "\0" * 8 + source[500:]),
    "padded_as_tests": written("test_attention.py"),
    "padded_in_a_folder": in_folder,
    "as_it_is": written("mine.py", change=str),
    "as_attention": written("02_attention.py", change=str),
    "padded_with_doctests": written("mine.py", "--doctest-modules"),
    "padded_as_a_module": as_module,
    "padded_in_a_package": in_package,
}


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).resolve().parents[1]), str(folder)])
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def run_on(path: Path, folder: Path, *options: str, run: Callable[..., Any] = run_here) -> Any:
    """What a run on one of the files comes to that is written into a folder as it says."""
    source = path.read_text(encoding="utf-8")
    return run(folder, *options, *HOW[source.splitlines()[1].partition(": ")[2]](folder, source))


def check_refusal(path: Path, tmp_path: Path, result: Any) -> None:
    says = path.read_text(encoding="utf-8").splitlines()[2].partition(": ")[2]
    assert not list(tmp_path.rglob(LEFT))
    assert (says in result.stdout, result.returncode) == (True, 1), result.stdout
    assert "1 failed" in result.stdout
    assert "Traceback" not in result.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_refused_file_is_a_failed_test_that_says_why_and_is_not_imported(path, tmp_path):
    check_refusal(path, tmp_path, run_on(path, tmp_path))


def test_in_a_process_of_its_own_it_is_the_same(tmp_path):
    path = FILES[[path.stem for path in FILES].index("lies_beside_files_of_pytest")]
    check_refusal(path, tmp_path, run_on(path, tmp_path, run=run_pytest))


@pytest.mark.parametrize("path", sample([p for p in FILES if p.stem != "is_no_text"], 3), ids=lambda path: path.stem)
def test_each_would_be_imported_if_pytest_were_left_alone_with_it(path, tmp_path):
    run_on(path, tmp_path, "-p", "no:autograder")
    assert list(tmp_path.rglob(LEFT))


def test_a_folder_of_tests_keeps_its_conftest(tmp_path):
    (tmp_path / "conftest.py").write_text("import pytest\n@pytest.fixture\ndef two():\n    return 2\n")
    (tmp_path / "test_two.py").write_text("def test_two(two):\n    assert two == 2\n")
    for argument in (".", "test_two.py"):
        assert "1 passed" in run_here(tmp_path, argument).stdout
