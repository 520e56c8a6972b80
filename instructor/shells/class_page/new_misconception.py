"""A new misconception: a stub where it belongs, and the students' code that showed it as its test."""

import ast
import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import instructor
from autograder import syllabus
from autograder.exercise import Exercise
from autograder.intake.code import bound_names
from autograder.intake.submission import Submission, read
from instructor.answers.failing import FAILS, recorded

ROOT = Path(instructor.__file__).resolve().parent.parent
TESTS = Path("tests", "causes", "groups")
STUB = '''

@misconception()
class {name}({base}):
    """TODO: say what is wrong, in the words of a student's report. Then say what to do."""

    def {signature}:
        return super().{call}  # TODO: the wrong step; override the smallest one in steps.py that is wrong
'''


class CannotAdd(Exception):
    """A misconception that cannot be added; the message says why."""


@dataclass(frozen=True)
class Added:
    """What was written: the file with the stub, the line of its class, and the tests."""

    name: str
    unit: str
    stub: Path
    line: int
    tests: tuple[Path, ...]


def add_misconception(name: str, unit: str, exercise: str, files: Sequence[Path], root: Path = ROOT) -> Added:
    """Write a stub at the end of the topic it belongs to, and a test for each file. Raises CannotAdd, BadSubmission.

    Until somebody fills it in, the stub is right code: it explains nothing, and its tests fail.
    """
    wanted = next((e for e in syllabus.units()[unit].exercises if e.name == exercise), None)
    if wanted is None:
        raise CannotAdd(syllabus.explain_unknown(exercise, [e.name for e in syllabus.units()[unit].exercises]))
    class_name = name_class(name)
    name = name_of_class(class_name)
    if any(known.name == name for one in syllabus.units().values() for known in one.misconceptions):
        raise CannotAdd(f"there is a misconception {name!r} already: choose another name")
    codes = [extract(read(path, unit), exercise) for path in files]
    topic = root / "instructor" / "misconceptions" / unit / f"{find_topic(unit, exercise)}.py"
    before = topic.read_text(encoding="utf-8").rstrip("\n") + "\n"
    if re.search(rf"^class {class_name}\b", before, re.MULTILINE):
        raise CannotAdd(f"{topic.name} has a class {class_name} already: choose another name")
    topic.write_text(before + _make_stub(class_name, before, unit, wanted), encoding="utf-8")
    tests = tuple(_write_test(root, unit, exercise, name, n, code) for n, code in enumerate(codes, 1))
    return Added(name, unit, topic, before.count("\n") + 4, tests)


def name_class(name: str) -> str:
    """The class of a misconception's name: SoftmaxBaseTwo of softmax-base-two. Raises CannotAdd."""
    words = re.split(r"[-_ ]+", name.strip())
    made = "".join(word[:1].upper() + word[1:] for word in words)
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", made) or (
        len(words) > 1 and name_of_class(made) != "-".join(words).lower()
    ):
        raise CannotAdd(f"{name!r} is not a valid name: join words with hyphens, as in scale-by-keys")
    return made


def name_of_class(class_name: str) -> str:
    """The name that `autograder.exercise.misconception` gives a class."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", class_name).lower()


def find_topic(unit: str, exercise: str) -> str:
    """The file in which most misconceptions are that first break this exercise, in the order of the lesson."""
    package = import_module(f"instructor.misconceptions.{unit}")
    order = [e.name for e in syllabus.units()[unit].exercises]
    counts: dict[str, tuple[int, int]] = {}
    for mistake in package.MISCONCEPTIONS:
        topic = mistake.steps.__module__.rpartition(".")[2]
        broken = [name for name in order if FAILS in recorded().get(name, {}).get(mistake.name, {}).values()]
        first, any_place = counts.get(topic, (0, 0))
        counts[topic] = first + (broken[:1] == [exercise]), any_place + (exercise in broken)
    return max(counts, key=lambda topic: counts[topic])


def _make_stub(class_name: str, text: str, unit: str, exercise: Exercise) -> str:
    """A class that overrides the step of the exercise, or where there is none, the one that makes the unit."""
    steps = import_module(f"instructor.misconceptions.{unit}.steps")
    imported = [alias.name for node in ast.parse(text).body if isinstance(node, ast.ImportFrom) for alias in node.names]
    base = next(name for name in imported if hasattr(vars(steps).get(name), "namespace"))
    names = (exercise.name, re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", exercise.name).lower())
    step = next((name for name in names if inspect.isfunction(getattr(getattr(steps, base), name, None))), "__init__")
    given = list(inspect.signature(getattr(getattr(steps, base), step)).parameters.values())
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in given]
    signature = f"{step}({', '.join(map(str, plain))})"
    stars: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    call = f"{step}({', '.join(stars.get(p.kind, '') + p.name for p in given[1:])})"
    return STUB.format(name=class_name, base=base, signature=signature, call=call)


def extract(submission: Submission, exercise: str) -> str:
    """The code of an exercise and what it uses, without comments and docstrings: nothing says whose it was.

    Raises CannotAdd where the submission does not define the exercise.
    """
    needed = {id(statement): statement for _, statement in submission.code.names.walk(exercise)}
    if not needed:
        raise CannotAdd(f"{submission.path} does not define {exercise}")
    used = {node.id for tree in needed.values() for node in ast.walk(tree) if isinstance(node, ast.Name)}
    kept = [
        statement
        for _, statements in sorted(submission.code.statements.items())
        for statement in statements
        if id(statement) in needed or _is_import_of(statement, used)
    ]
    return "\n\n".join(ast.unparse(_WithoutTexts().visit(ast.parse(ast.unparse(one)))) for one in kept) + "\n"


def _is_import_of(statement: ast.stmt, used: set[str]) -> bool:
    return isinstance(statement, (ast.Import, ast.ImportFrom)) and bool(bound_names(statement) & used)


class _WithoutTexts(ast.NodeTransformer):
    """Takes out docstrings and other statements that are only a text."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._keep_body(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._keep_body(node)

    def _keep_body(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node


def _write_test(root: Path, unit: str, exercise: str, name: str, number: int, code: str) -> Path:
    target = root / TESTS / unit / exercise / f"{name}-{number}.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(code, encoding="utf-8")
    return target


def describe_next(added: Added, root: Path = ROOT) -> list[str]:
    """What was written, and what to do next, line by line."""
    stub = added.stub.relative_to(root)
    tests = "tests/test_causes_of_groups.py"
    lines = [f"written: {stub}, line {added.line}", *(f"written: {path.relative_to(root)}" for path in added.tests)]
    lines += [
        "Next:",
        f"1. In {stub}, write the sentence that students read, and the wrong step. Another file may fit better.",
        f"2. .venv/bin/python -m instructor.authoring.record_failing {added.unit}",
        f"3. .venv/bin/python -m pytest -q {tests} tests/test_bank_has_teeth.py -k {added.name}",
        "4. Grade again: the students in the group now get this sentence.",
        f"5. .venv/bin/python -m instructor.authoring.record {added.unit}, and hand out a new bundle.",
    ]
    return lines if added.tests else [line.replace(f"{tests} ", "") for line in lines]
