"""What must not be in a bundle: code of an answer, a line of a solution or a marking scheme, a point for nothing."""

import ast
import secrets
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import jupytext
import nbformat

from autograder.grading import Grader
from autograder.intake.submission import read
from autograder.syllabus import units
from instructor.authoring.lessons import find_lessons, unit_name

BODY = 3  # lines of a function's body that are no coincidence
SHORTEST_LINE = 30  # a shorter line of a solution may be anybody's
KNOWING = ("transformer_ref", "instructor/bank", "instructor/misconceptions", "instructor/answers")


def find_leaks(course: Path, bundle: Path) -> list[str]:
    """What is in the bundle and should not be, in sentences."""
    texts = dict(_read_texts(bundle))
    leaks = [*_find_bodies(course, texts), *_find_solutions(course, texts)]
    leaks += [f"{name} is compiled code" for name in texts if name.endswith((".pyc", ".so"))]
    return leaks or list(_find_points(bundle))


def _read_texts(bundle: Path) -> Iterator[tuple[str, str]]:
    """Every text in the bundle, also inside the wheel, by name."""
    for path in sorted(bundle.rglob("*")):
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                for name in wheel.namelist():
                    yield name, wheel.read(name).decode("utf-8", "replace")
        elif path.suffix == ".ipynb":
            cells = nbformat.read(path, as_version=4).cells
            yield path.name, "\n".join(cell.source for cell in cells)
        elif path.is_file():
            yield path.name, path.read_text(encoding="utf-8")


# ---- code


def find_bodies(source: str) -> Iterator[tuple[str, ...]]:
    """The bodies of all functions in a source, line by line, without docstrings, blanks and indentation."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[ast.get_docstring(node) is not None :]
            yield tuple(line.strip() for statement in body for line in ast.unparse(statement).splitlines())


def _find_bodies(course: Path, texts: dict[str, str]) -> Iterator[str]:
    """Bodies of the reference, the solutions and the misconceptions."""
    known: dict[tuple[str, ...], str] = {}
    for path in (path for folder in KNOWING for path in (course / folder).rglob("*.py")):
        known |= {body: f"{path.relative_to(course)}" for body in find_bodies(path.read_text(encoding="utf-8"))}
    for lesson in find_lessons(course):
        for source in solutions_of(lesson):
            known |= dict.fromkeys(find_bodies(source), lesson.name)
    for name, text in texts.items():
        if name.endswith((".py", ".ipynb")):
            for body in _bodies_of(name, text):
                if len(body) >= BODY and body in known:
                    yield f"{name} has the body of a function of {known[body]}: {body[0]}"


def _bodies_of(name: str, text: str) -> Iterator[tuple[str, ...]]:
    if name.endswith(".py"):
        yield from find_bodies(text)


# ---- lines of solutions and marking schemes


def solutions_of(lesson: Path) -> Iterator[str]:
    """The code of each exercise of a lesson, the solution included."""
    for cell in jupytext.read(lesson, fmt="py:percent").cells:
        if "exercise" in cell.metadata:
            yield cell.source


def telling_lines(lesson: Path) -> set[str]:
    """The lines that only a solution or a marking scheme has, and that are long enough to be nobody else's."""
    telling: set[str] = set()
    given: set[str] = set()
    for cell in jupytext.read(lesson, fmt="py:percent").cells:
        lines = [line.strip() for line in cell.source.splitlines()]
        inside = "question" in cell.metadata
        for line in lines:
            if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
                inside = "BEGIN" in line
            (telling if inside else given).add(line)
    return {line for line in telling - given if len(line) >= SHORTEST_LINE and not line.startswith("{question")}


def _find_solutions(course: Path, texts: dict[str, str]) -> Iterator[str]:
    for lesson in find_lessons(course):
        telling = telling_lines(lesson)
        for name, text in texts.items():
            for line in telling & {line.strip() for line in text.splitlines()}:
                yield f"{name} has a line of the solution of {unit_name(lesson)}: {line}"


# ---- points for nothing


def _find_points(bundle: Path) -> Iterator[str]:
    """Points that an unwritten notebook would earn."""
    secret = secrets.token_hex(16)
    with Grader() as grader:
        for path in sorted((bundle / "work").rglob("*.ipynb")):
            submission = read(path)
            for grade in grader.grade(submission, _exercises(submission.unit), secret):
                if grade.score:
                    yield f"{path.name} earns {grade.score:g} points in {grade.exercise} as it is"


def _exercises(unit: str) -> Sequence:
    return units()[unit].exercises
