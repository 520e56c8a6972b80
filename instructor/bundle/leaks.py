"""What must not be in a bundle: code of an answer, a line of a solution or a marking scheme, a hidden case, a point for
nothing."""

import ast
import json
import secrets
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat

from autograder.grading import Grader
from autograder.intake.magics import as_python, parse
from autograder.intake.submission import read
from autograder.recorded.pack import unpack
from autograder.secret import FILE_NAME
from autograder.syllabus import PRACTICE, units
from instructor.authoring.lessons import find_lessons, unit_name
from instructor.authoring.percent import read_cells

BODY = 3  # lines of a function's body that are no coincidence
SHORTEST_LINE = 36  # a shorter line of a solution may be anybody's: `self.norm = LayerNorm(d_model)`
KNOWING = ("transformer_ref", "instructor/bank", "instructor/misconceptions", "instructor/answers")
TEXTUAL = (str, dict, list, tuple)
COMPILED = (".pyc", ".pyo", ".so", ".pyd", ".dll", ".dylib")


def find_leaks(course: Path, bundle: Path) -> list[str]:
    """What is in the bundle and should not be, in sentences."""
    files = dict(_read_files(bundle))
    texts = {name: "\n".join(_texts_of(name, content)) for name, content in files.items()}
    leaks = [f"{name} is compiled code" for name in files if name.endswith(COMPILED)]
    leaks += [*_find_bodies(course, files), *_find_solutions(course, texts), *_find_sentences(course, texts)]
    return leaks or list(_find_points(bundle))


def _read_files(bundle: Path) -> Iterator[tuple[str, bytes]]:
    """Every file in the bundle, also inside the wheel, by name."""
    for path in sorted(bundle.rglob("*")):
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                yield from ((name, wheel.read(name)) for name in wheel.namelist())
        elif path.is_file():
            yield path.relative_to(bundle).as_posix(), path.read_bytes()


def _texts_of(name: str, content: bytes) -> list[str]:
    """The texts that a file holds: a notebook's and a record's are in JSON."""
    if name.endswith(".record"):
        return list(dict.fromkeys(_strings(unpack(content))))
    if name.endswith((".json", ".ipynb")):
        return _strings(json.loads(content))
    return [content.decode("utf-8", "replace")]


def _strings(document: Any) -> list[str]:
    """All strings in a JSON document, keys included; a list of lines, as notebooks have them, is one text."""
    found: list[str] = []
    left = [document]
    while left:
        value = left.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            found += value
            left += reversed(value.values())
        elif isinstance(value, list | tuple) and value:
            if all(isinstance(entry, str) for entry in value):
                found.append("".join(value) if any(entry.endswith("\n") for entry in value) else "\n".join(value))
            else:
                left += (entry for entry in reversed(value) if isinstance(entry, TEXTUAL))
    return found


# ---- code


@lru_cache(maxsize=8192)  # a bundle has its notebooks twice: to work in, and in the wheel
def find_bodies(source: str) -> tuple[tuple[str, ...], ...]:
    """The bodies of all functions in a source, line by line, without docstrings, blanks and indentation."""
    return tuple(_read_bodies(parse(source)))


def _read_bodies(tree: ast.Module | None) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[ast.get_docstring(node) is not None :]
            yield tuple(line.strip() for statement in body for line in ast.unparse(statement).splitlines())


def _sources_in(name: str, content: bytes) -> Iterator[str]:
    """The Python in a file."""
    if name.endswith(".py"):
        yield content.decode("utf-8", "replace")
    elif name.endswith(".ipynb"):
        cells = nbformat.reads(content.decode("utf-8"), as_version=4).cells
        yield from (as_python(cell.source) for cell in cells if cell.cell_type == "code")


def _find_bodies(course: Path, files: dict[str, bytes]) -> Iterator[str]:
    """Bodies of the reference, the solutions and the misconceptions."""
    known: dict[tuple[str, ...], str] = {}
    for path in (path for folder in KNOWING for path in (course / folder).rglob("*.py")):
        known |= {body: f"{path.relative_to(course)}" for body in find_bodies(path.read_text(encoding="utf-8"))}
    for lesson in find_lessons(course):
        for source in solutions_of(lesson):
            known |= dict.fromkeys(find_bodies(source), lesson.name)
    for name, content in files.items():
        for body in (body for source in _sources_in(name, content) for body in find_bodies(source)):
            if len(body) >= BODY and body in known:
                yield f"{name} has the body of a function of {known[body]}: {body[0]}"


# ---- lines of solutions, marking schemes and hidden cases


def solutions_of(lesson: Path) -> Iterator[str]:
    """The code of each exercise of a lesson, the solution included."""
    for cell in read_cells(lesson):
        if "exercise" in cell.metadata:
            yield cell.source


def telling_lines(lesson: Path) -> set[str]:
    """The lines that only a solution has, in code or in words, and that are long enough to be nobody else's."""
    telling: set[str] = set()
    given: set[str] = set()
    for cell in read_cells(lesson):
        lines = [line.strip() for line in cell.source.splitlines()]
        inside = "question" in cell.metadata and not any("BEGIN SOLUTION" in line for line in lines)
        for line in lines:
            if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
                inside = "BEGIN" in line
            (telling if inside else given).add(line)
    return {line for line in telling - given if len(line) >= SHORTEST_LINE and not line.startswith("{question")}


def _find_solutions(course: Path, texts: dict[str, str]) -> Iterator[str]:
    lines = {name: {line.strip() for line in text.splitlines()} for name, text in texts.items()}
    for lesson in find_lessons(course):
        telling = telling_lines(lesson)
        for name, written in lines.items():
            for line in telling & written:
                yield f"{name} has a line of the solution of {unit_name(lesson)}: {line}"


def _find_sentences(course: Path, texts: dict[str, str]) -> Iterator[str]:
    """Sentences of marking schemes and of hidden cases, and the secret from which hidden inputs are drawn."""
    sentences = dict(hidden_sentences())
    if (course / FILE_NAME).is_file():
        sentences[(course / FILE_NAME).read_text(encoding="utf-8").strip()] = "the course's secret"
    for name, text in texts.items():
        flat = " ".join(text.split())
        yield from (f"{name} has {what}: {sentence}" for sentence, what in sentences.items() if sentence in flat)


def hidden_sentences() -> Iterator[tuple[str, str]]:
    """Each sentence that students must not have before they are graded, and what it is."""
    cases = [case for unit in units().values() for exercise in unit.exercises for case in exercise.cases]
    public = {case.promise for case in cases if not case.hidden}
    for unit in units().values():
        for mark in (mark for question in unit.questions for mark in question.marks):
            for sentence in (mark.earned_by, mark.if_missing):
                if len(sentence) >= SHORTEST_LINE:
                    yield " ".join(sentence.split()), f"a line of the marking scheme of {unit.name}"
    for case in cases:
        if case.hidden and case.promise not in public and len(case.promise) >= SHORTEST_LINE:
            yield " ".join(case.promise.split()), "the sentence of a hidden case"


# ---- points for nothing


def _find_points(bundle: Path) -> Iterator[str]:
    """Points that an unwritten notebook would earn."""
    secret = secrets.token_hex(16)
    with Grader() as grader:
        for path in sorted((bundle / "work").rglob("*.ipynb")):
            if path.stem == PRACTICE.name:  # which has no points, and no answer that would be a secret
                continue
            submission = read(path)
            for grade in grader.grade(submission, units()[submission.unit].exercises, secret):
                if grade.score:
                    yield f"{path.name} earns {grade.score:g} points in {grade.exercise} as it is"
