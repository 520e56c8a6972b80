"""Whether a Python file looks like a student's work, or like a module of tests that may be imported."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from autograder import syllabus
from autograder.intake.code import Code, parse_statements
from autograder.intake.files import LARGEST_TEXT, BadSubmission, is_notebook, is_python, read_text
from autograder.intake.find import list_entries
from autograder.intake.submission import NoExercise, read

OF_TESTS = re.compile(
    r"^[ \t]*((async[ \t]+def|def|class)[ \t]+_*test|test\w*[ \t]*=|(import|from)[ \t]+(pytest|unittest)\b)|TestCase",
    re.IGNORECASE | re.MULTILINE,
)


def is_named_as_tests(path: Path) -> bool:
    """Whether pytest looks for tests in a file of this name."""
    return path.name.startswith("test_") or path.stem.endswith("_test")


def looks_like_work(path: Path) -> bool:
    """Whether a file that somebody asks to be graded is a student's work, also where it is then refused.

    A Python file is, unless its name or its content is that of tests and it defines no exercise.
    """
    if is_notebook(path):
        return True
    if not is_python(path):
        return False
    if is_named_as_tests(path):
        return has_definition_of_exercise(path)
    try:
        read(path)
    except NoExercise:
        return _is_named_as_unit(path) or OF_TESTS.search(_text_of(path) or "") is None
    except BadSubmission:
        text = _text_of(path)
        return text is None or _defines_exercise(text) or OF_TESTS.search(text) is None
    return True


def holds_work(folder: Path) -> bool:
    """Whether there is a student's work in a folder, and no module of tests."""
    files = [Path(entry.path) for entry in list_entries(folder) if not entry.is_dir(follow_symlinks=False)]
    work = [looks_like_work(file) for file in files if is_notebook(file) or _is_tests(file)]
    return bool(work) and all(work)


def _is_tests(file: Path) -> bool:
    return is_python(file) and is_named_as_tests(file)


def has_definition_of_exercise(path: Path) -> bool:
    """Whether a Python file defines a function or a class that is an exercise, or cannot be read as far as that."""
    text = _text_of(path)
    return text is None or not set(_top_definitions(text)).isdisjoint(_exercises())


def _text_of(path: Path) -> str | None:
    """What a file says; where it is a link, the file that is meant; None where it cannot be read, or is too long."""
    try:
        path = path.resolve()
        if path.stat().st_size > LARGEST_TEXT:
            return None
        return read_text(path) if path.read_bytes().strip() else ""
    except (BadSubmission, OSError, RuntimeError):
        return None


def _is_named_as_unit(path: Path) -> bool:
    return any(re.fullmatch(rf"(\d+_)?{unit}", path.stem, re.IGNORECASE) for unit in syllabus.units())


def _defines_exercise(text: str) -> bool:
    code = Code({1: text})
    return any(map(code.defines, _exercises()))


def _exercises() -> set[str]:
    return {exercise.name for unit in syllabus.units().values() for exercise in unit.exercises}


def _top_definitions(text: str) -> Iterator[str]:
    """The functions and classes that are defined when a file is imported."""
    left: list[ast.AST] = [*parse_statements(text)]
    while left:
        statement = left.pop()
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name
        else:
            inside = ast.iter_child_nodes(statement)
            left += [node for node in inside if isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case))]
