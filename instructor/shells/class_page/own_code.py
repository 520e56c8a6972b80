"""The code of a class: what each student wrote for an exercise, and the lines in which it differs from right code."""

import ast
import importlib.util
import io
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

from autograder import syllabus
from autograder.intake.code import Code
from autograder.intake.files import BadSubmission
from autograder.intake.names import Own
from autograder.intake.submission import Submission, read
from instructor.copies import SHORTEST, digest_definitions

TOO_FAR = 0.3  # a likeness below which a comparison line by line says nothing
MOST_COMPARED = 60
FEW_LINES, MOST_MARKED = 4, 0.7  # where more than this share of the lines would be marked, none is
SAYS_NOTHING = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@dataclass(frozen=True)
class Definition:
    """The code of one exercise: its cell, the number that its first line has there, and its text.

    `digest` is the same for code that differs only in names and comments; `size` is its length in nodes.
    """

    cell: int
    first: int
    text: str
    digest: str = ""
    size: int = 0

    @property
    def lines(self) -> list[str]:
        """The lines, as they were written."""
        return self.text.splitlines()


@dataclass(frozen=True)
class Marked:
    """Some code, and the indices of the lines that differ from the nearest right code; `nearest` says whose that is.

    Nothing is marked where no right code is near enough.
    """

    definition: Definition
    marked: frozenset[int] = frozenset()
    nearest: str = ""


def read_definitions(path: Path, unit: str) -> dict[str, Definition]:
    """What a hand-in has for the exercises of its unit, by name; empty where the file is gone or cannot be read."""
    try:
        submission = read(path, unit)
    except (BadSubmission, OSError):
        return {}
    return find_definitions(submission.code, unit)


def find_definitions(code: Code, unit: str) -> dict[str, Definition]:
    """The definition of each exercise of a unit in some code."""
    names = [exercise.name for exercise in syllabus.units()[unit].exercises]
    digests = {name: (digest, size) for name, digest, size in digest_definitions(code, names)}
    found = {}
    for name in names:
        if place := find_statement(code, name):
            cell, statement = place
            first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
            lines = code.cells[cell].splitlines()[first - 1 : statement.end_lineno]
            found[name] = Definition(cell, first, "\n".join(lines), *digests.get(name, ("", 0)))
    return found


def find_statement(code: Code, name: str) -> tuple[int, ast.stmt] | None:
    """The statement that gives an exercise its value, and its cell."""
    value = code.names.final.get(name)
    return value.statements[-1] if isinstance(value, Own) and value.statements else None


def place_of(submission: Submission, definition: Definition, line: int) -> str:
    """Say where a line is, in the words that the student is told."""
    return submission.place(definition.cell, line)


def read_right_code(course: Path, unit: str) -> dict[str, dict[str, Definition]]:
    """By exercise, what the course itself has for it, by where that is."""
    spec = importlib.util.find_spec("transformer_ref")
    folders = spec.submodule_search_locations or [] if spec else []
    files = [("the reference", path) for folder in folders for path in sorted(Path(folder).glob(f"*/{unit}.py"))]
    files += [("the lesson's solution", path) for path in sorted((course / "solutions").glob(f"*_{unit}.py"))]
    found: dict[str, dict[str, Definition]] = {}
    for place, path in files:
        for name, definition in find_definitions(Code({1: path.read_text(encoding="utf-8")}), unit).items():
            found.setdefault(name, {})[place] = definition
    return found


@dataclass
class RightCode:
    """Right code for each exercise: the course's own, and that of the students who solved it."""

    by_exercise: dict[str, dict[str, tuple[str, Definition]]] = field(default_factory=dict)

    def add(self, exercise: str, whose: str, definition: Definition) -> None:
        """Take in one that passes every case."""
        known = self.by_exercise.setdefault(exercise, {})
        if len(known) < MOST_COMPARED:
            known.setdefault(definition.digest or definition.text, (whose, definition))

    def mark(self, exercise: str, definition: Definition) -> Marked:
        """Mark the lines of some code that differ from the nearest right code."""
        known = self.by_exercise.get(exercise, {}).values()
        compared = [(likeness(definition.text, other.text), whose, other) for whose, other in known]
        near, whose, other = max(compared, key=lambda one: one[0], default=(0.0, "", definition))
        if near < TOO_FAR:
            return Marked(definition)
        others = [right.text for _, right in known]
        lines = differing_lines(definition.text, other.text, others)
        if len(lines) > max(FEW_LINES, MOST_MARKED * len(definition.lines)):
            return Marked(definition)
        return Marked(definition, frozenset(lines), whose)


def likeness(one: str, other: str) -> float:
    """How alike two pieces of code are, 0 to 1, by their tokens without comments and own names."""
    a, b = ([token for statement in read_statements(text) for token in statement.tokens] for text in (one, other))
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def differing_lines(text: str, right: str, others: Iterable[str] = ()) -> set[int]:
    """The indices of the lines of `text` that are neither in `right` nor in any of the `others`, which are right, too.

    Where nothing else differs, it counts which name stands where.
    """
    for by_names in (False, True):
        ours, theirs = read_statements(text, by_names), read_statements(right, by_names)
        a, b = ([statement.tokens for statement in side] for side in (ours, theirs))
        differs = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
        found = [ours[n] for kind, start, end, _, _ in differs if kind != "equal" for n in range(start, end)]
        if found:
            known = {statement.tokens for other in others for statement in read_statements(other, by_names)}
            only_here = [statement for statement in found if statement.tokens not in known]
            return {line for statement in only_here or found for line in range(statement.first, statement.last + 1)}
    return set()


@dataclass(frozen=True)
class Statement:
    """The tokens of one statement, or of the head of one that holds others, and the indices of its lines."""

    tokens: tuple[str, ...]
    first: int
    last: int


@lru_cache(maxsize=1024)
def read_statements(text: str, by_names: bool = False) -> tuple[Statement, ...]:
    """The statements of some code, without comments, docstrings and annotations.

    Own names are all alike, or where they are to be told apart, `by_names`, numbered as they come.
    """
    own, silent, numbers = _find_own_names(text), _find_silent(text), dict[str, str]()
    found, tokens, lines = list[Statement](), list[str](), list[int]()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text + "\n").readline):
            if token.type == tokenize.NEWLINE and tokens:
                found.append(Statement(_without_commas(tokens), lines[0], lines[-1]))
            if token.type == tokenize.NEWLINE:
                tokens, lines = [], []
            elif token.type not in SAYS_NOTHING and not any(start <= token.start < end for start, end in silent):
                if token.string in own:
                    numbers.setdefault(token.string, f"_{len(numbers) if by_names else ''}")
                tokens.append(numbers.get(token.string, token.string))
                lines.append(token.start[0] - 1)
    except (tokenize.TokenError, SyntaxError):
        return tuple(Statement(tuple(line.split()), n, n) for n, line in enumerate(text.splitlines()))
    return tuple(found)


def _without_commas(tokens: Sequence[str]) -> tuple[str, ...]:
    """The tokens without commas that only a formatter puts there, and without what introduces an annotation."""
    pairs = zip(tokens, [*tokens[1:], ""], strict=True)
    kept = [token for token, following in pairs if not (token == "," and following in ")]}")]
    return tuple(token for token in kept if token != "->")


def _find_own_names(text: str) -> set[str]:
    """The names that a piece of code assigns; its arguments have names that mean something."""
    return {n.id for n in _walk(text) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _find_silent(text: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """From where to where docstrings and annotations go, with the colon before one; lines count from 1."""
    spans = []
    for node in _walk(text):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            spans.append(((node.lineno, 0), _end(node)))
        elif isinstance(node, ast.arg) and node.annotation:
            spans.append(((node.lineno, node.col_offset + len(node.arg)), _end(node.annotation)))
        elif isinstance(node, ast.AnnAssign):
            spans.append((_end(node.target), _end(node.annotation)))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns:
            spans.append(((node.returns.lineno, node.returns.col_offset), _end(node.returns)))
    return spans


def _end(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "end_lineno", None) or 0, getattr(node, "end_col_offset", None) or 0


def _walk(text: str) -> Iterator[ast.AST]:
    try:
        yield from ast.walk(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return


def lines_to_show(definition: Definition, around: int | None = None, most: int = 5) -> tuple[tuple[int, str], ...]:
    """The lines with their numbers, without docstrings and empty ones; or only `most` before and after one of them."""
    texts = [n for n in _walk(definition.text) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]
    silent = {line for n in texts for line in range(n.lineno, (n.end_lineno or n.lineno) + 1)}
    numbered = [
        (definition.first + n - 1, line)
        for n, line in enumerate(definition.lines, 1)
        if line.strip() and n not in silent
    ]
    if around is None:
        return tuple(numbered)
    place = next((n for n, (number, _) in enumerate(numbered) if number >= around), 0)
    return tuple(numbered[max(place - most, 0) : place + most + 1])


def choose_samples(definitions: Mapping[str, Definition], most: int = 2) -> list[str]:
    """The students whose code is worth showing side by side: the commonest first, then what is least like it."""
    groups: dict[str, list[str]] = {}
    for student, definition in definitions.items():
        groups.setdefault(definition.digest or definition.text, []).append(student)
    ranked = [students[0] for students in sorted(groups.values(), key=len, reverse=True)]
    if len(ranked) <= 1 or most < 2:
        return ranked[:most]
    first = definitions[ranked[0]]
    others = ranked[1:MOST_COMPARED]
    return [ranked[0], min(others, key=lambda student: likeness(first.text, definitions[student].text))]


def is_long_enough(definitions: Iterable[Definition]) -> bool:
    """Whether code is so long that it is no accident if two students have the same."""
    return all(definition.digest and definition.size >= SHORTEST for definition in definitions)
