"""Pasted copies: definitions that are the same but for names, comments, docstrings, annotations and error messages.

This is for the instructor to look at. It takes no points, and no student is told.
"""

import ast
import builtins
import hashlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from autograder import syllabus
from autograder.intake.code import Code
from autograder.intake.names import Imported, Own

MENDED = ("training_run",)  # the course's own script, so what is right looks alike
SHORTEST = 62  # nodes; the longest on which independent solutions agree has 41, as tests/test_copies.py measures
MOST_NAMES = 3
REFERENCE = "the course's reference"
SOLUTION = "the lesson's solution"
NO_MATTER = ("ctx", "type_comment", "annotation", "returns", "kind", "type_params", "simple", "lineno")
NAMING = ("id", "name", "rest", "asname")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Digests = Mapping[str, str]


def find_digests(code: Code, exercises: Iterable[str], shortest: int = SHORTEST) -> dict[str, str]:
    """The digests of the exercises' definitions, by name: of those that are finished and not too short to be alike."""
    return {name: digest for name, digest, size in digest_definitions(code, exercises) if size >= shortest}


def digest_definitions(code: Code, exercises: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """The name, the digest and the nodes that count, of every exercise that the code defines and finishes."""
    for name in exercises:
        value = code.names.final.get(name) if name not in MENDED else None
        definition = value.statements[-1][1] if isinstance(value, Own) and value.statements else None
        if isinstance(definition, Definition) and not _is_unfinished(definition):
            parts = normalise(definition, code)
            digest = hashlib.sha256("\n".join(parts).encode("utf-8", "backslashreplace")).hexdigest()
            yield name, digest, len(parts) - count_constructor(definition, code)


def find_originals(course: Path, unit: str, shortest: int = SHORTEST) -> dict[str, Digests]:
    """The digests of what the course itself has for a unit's exercises, by where it is: its reference and lessons."""
    exercises = [exercise.name for exercise in syllabus.units()[unit].exercises]
    reference = importlib.util.find_spec("transformer_ref")
    folders = reference.submodule_search_locations or [] if reference else []
    files = [(REFERENCE, path) for folder in folders for path in sorted(Path(folder).glob(f"*/{unit}.py"))]
    files += [(SOLUTION, path) for path in sorted((course / "solutions").glob(f"*_{unit}.py"))]
    found: dict[str, Digests] = {}
    for place, path in files:
        digests = find_digests(Code({1: path.read_text(encoding="utf-8")}), exercises, shortest)
        found[place] = {**found.get(place, {}), **digests}
    return found


def _is_unfinished(definition: Definition) -> bool:
    raised = [node.exc for node in ast.walk(definition) if isinstance(node, ast.Raise) and node.exc]
    return any("NotImplementedError" in ast.dump(error) for error in raised)


def normalise(definition: Definition, code: Code) -> list[str]:
    """A definition's syntax tree, node by node, without what can be changed and leaves the code as it was.

    Own names are numbered in the order in which they appear, imports are written out. Empty where it is nested too
    deeply.
    """
    writer = _Writer(definition, code)
    try:
        writer.write(definition)
    except RecursionError:
        return []
    return writer.parts


def count_constructor(definition: Definition, code: Code) -> int:
    """How many nodes a class's constructor has, which the exercise's contract leaves little choice about."""
    inside = definition.body if isinstance(definition, ast.ClassDef) else []
    made = [node for node in inside if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    return sum(len(normalise(function, code)) for function in made)


class _Writer:
    """Writes a definition down, part by part."""

    def __init__(self, definition: Definition, code: Code) -> None:
        self.parts: list[str] = []
        self.numbers: dict[str, int] = {}
        self.bound = set(_find_bound(definition))
        self.selves = set(_find_selves(definition))
        self.attributes = set(_find_attributes(definition, self.selves))
        self.imports = {n: value.name for n, value in code.names.final.items() if isinstance(value, Imported)}

    def write(self, node: ast.AST) -> None:
        """Write a node and what is in it."""
        if isinstance(node, ast.Attribute) and (dotted := self._resolve(node)):
            self.parts.append(dotted)
        elif isinstance(node, ast.Name):
            self.parts.append(self._rename(node.id))
        elif isinstance(node, ast.AnnAssign):
            self._write_assignment(node)
        elif isinstance(node, (ast.Raise, ast.Assert)):
            error = node.exc if isinstance(node, ast.Raise) else node.test
            self._write_fields(type(node).__name__, [error.func if isinstance(error, ast.Call) else error])
        elif isinstance(node, ast.Constant):
            self.parts.append(repr(node.value))
        elif not _says_nothing(node):
            self._write_fields(type(node).__name__, [self._read(node, field) for field in node._fields])

    def _write_assignment(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._write_fields("Assign", [[node.target], node.value])

    def _write_fields(self, kind: str, values: list[object]) -> None:
        self.parts.append(kind)
        for value in values:
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, ast.AST):
                    self.write(part)
                elif part is not None:
                    self.parts.append(str(part))

    def _read(self, node: ast.AST, field: str) -> object:
        value = getattr(node, field, None)
        if field in NO_MATTER:
            return None
        if isinstance(value, str) and (field in NAMING or (field == "arg" and isinstance(node, ast.arg))):
            return self._rename(value)
        if isinstance(node, ast.Attribute) and field == "attr" and isinstance(node.value, ast.Name):
            is_own = node.value.id in self.selves and node.attr in self.attributes
            return self._number(f".{node.attr}") if is_own else node.attr
        return value

    def _rename(self, name: str) -> str:
        if name in self.bound:
            return self._number(name)
        return self.imports.get(name) or (name if hasattr(builtins, name) else self._number(name))

    def _number(self, name: str) -> str:
        return f"#{self.numbers.setdefault(name, len(self.numbers))}"

    def _resolve(self, node: ast.Attribute) -> str:
        """The dotted name of an import's part; empty where this is something else."""
        rest, base = [], node.value
        while isinstance(base, ast.Attribute):
            rest.append(base.attr)
            base = base.value
        known = isinstance(base, ast.Name) and base.id not in self.bound and self.imports.get(base.id)
        return ".".join([known, *reversed(rest), node.attr]) if known else ""


def _says_nothing(node: ast.AST) -> bool:
    """Whether this is a docstring, `pass`, or the call of a base class's constructor that every module has."""
    if isinstance(node, ast.Pass):
        return True
    if not isinstance(node, ast.Expr):
        return False
    value = node.value
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Call) and _calls_super(value.func))


def _calls_super(called: ast.expr) -> bool:
    is_method = isinstance(called, ast.Attribute) and called.attr == "__init__" and isinstance(called.value, ast.Call)
    return is_method and getattr(called.value.func, "id", "") == "super"  # type: ignore[attr-defined]


def _find_bound(definition: Definition) -> Iterator[str]:
    for node in ast.walk(definition):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name


def _find_selves(definition: Definition) -> Iterator[str]:
    functions = [node for node in getattr(definition, "body", ()) if isinstance(node, ast.FunctionDef)]
    if isinstance(definition, ast.ClassDef):
        yield from (function.args.args[0].arg for function in functions if function.args.args)


def _find_attributes(definition: Definition, selves: set[str]) -> Iterator[str]:
    """The attributes that a class gives itself, and its methods."""
    for node in ast.walk(definition):
        is_own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in selves
        if is_own and isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.FunctionDef) and node is not definition:
            yield node.name


class Copies:
    """What each student of a class handed in, by digests, and what the course has in `course`."""

    def __init__(self, course: Path) -> None:
        self.course = course
        self.originals: dict[str, dict[str, Digests]] = {}
        self.students: dict[tuple[str, str, str], list[str]] = {}

    def add(self, student: str, unit: str, digests: Digests) -> None:
        """Take in what a student handed in."""
        for exercise, digest in digests.items():
            alike = self.students.setdefault((unit, exercise, digest), [])
            alike += [student] if student not in alike else []

    def describe(self, student: str, unit: str, digests: Digests) -> str:
        """What of a student's is the same as something else: "softmax: the course's reference; relu: ada, bob"."""
        if unit not in self.originals:
            self.originals[unit] = find_originals(self.course, unit)
        told = []
        for exercise, digest in digests.items():
            places = [place for place, known in self.originals[unit].items() if known.get(exercise) == digest]
            others = [other for other in self.students.get((unit, exercise, digest), ()) if other != student]
            if places or others:
                told.append(f"{exercise}: {', '.join(places or _shorten(others))}")
        return "; ".join(told)


def _shorten(names: list[str]) -> list[str]:
    rest = len(names) - MOST_NAMES
    return [*names[:MOST_NAMES], f"{rest} more"] if rest > 0 else names
