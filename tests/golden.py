"""Grades that must not change while the code around them does: recorded once, compared byte by byte.

    python -m tests.golden [PATTERN]     grade everything whose name holds the pattern, and say what is different
    python -m tests.golden --write       record everything anew

For each grade the file `golden.json` holds what became of it in words, and a digest of everything that it says.
"""

import hashlib
import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import nbformat

from autograder import bank
from autograder.exercise import PUBLIC
from autograder.grading import Grader
from autograder.intake.submission import Submission, from_notebook, read
from autograder.verdict import Grade
from demo.classroom import submission as filled_in
from tests.judged import ANSWERS, judge_shown

PROJECT = Path(__file__).resolve().parent.parent
FILE = Path(__file__).with_name("golden.json")
SECRET = "a secret of thirty-two characters and more"
SEEDS = (PUBLIC, "the secret of a course")


def record_of(grades: Sequence[Grade]) -> list[str]:
    """The grades in words, one line for each exercise, and the digest of all that they say."""
    dumped = json.dumps([grade.as_dict() for grade in grades], sort_keys=True)
    lines = [f"{g.exercise}: {g.score:g} of {g.points:g}, {g.outcome.value}{_names(g)}" for g in grades]
    return [*lines, hashlib.sha256(dumped.encode()).hexdigest()[:16]]


def _names(grade: Grade) -> str:
    names = dict.fromkeys(verdict.misconception for verdict in grade.verdicts if verdict.misconception)
    return f" ({', '.join(names)})" if names else ""


@cache
def submissions() -> dict[str, Submission]:
    """The files of wrong and of unusual code and the demo's class, by name."""
    files = [*(PROJECT / "tests" / "submissions").glob("*.py"), *(PROJECT / "tests" / "unusual").glob("*/*.py")]
    found = {path.relative_to(PROJECT).as_posix(): read(path) for path in sorted(files)}
    for lesson in sorted((PROJECT / "solutions").glob("[0-9][0-9]_*.py")):
        unit = lesson.stem.partition("_")[2]
        source, release = (
            nbformat.read(PROJECT / folder / lesson.stem / f"{unit}.ipynb", as_version=4)
            for folder in ("solutions", "assignments")
        )
        for student, answers in importlib.import_module(f"demo.{unit}").STUDENTS.items():
            notebook = filled_in(source, release, answers)
            found[f"demo/{unit}/{student}"] = from_notebook(notebook, f"{unit}.ipynb", unit)
    return found


def grade_submission(submission: Submission, grader: Grader, mode: str) -> list[str]:
    """The record of a submission: with the mode "public" on public inputs, with "secret" on hidden ones too."""
    exercises = bank.units()[submission.unit].exercises
    return record_of(grader.grade(submission, exercises, {"public": None, "secret": SECRET}[mode]))


def grade_mistakes(unit: bank.Unit, seed: str) -> Iterator[tuple[str, list[str]]]:
    """The record of every misconception of a unit, as if a student had handed it in."""
    for mistake in unit.misconceptions:
        grades = []
        for exercise in unit.exercises:
            trials = [trial for trial in exercise.trials(None if seed == PUBLIC else seed) if trial.seed == seed]
            shown = {trial: ANSWERS.unviewed_mistake(trial, mistake) for trial in trials}
            grades.append(judge_shown(exercise, shown, unit=unit.name))
        yield f"mistake/{unit.name}/{mistake.name}", record_of(grades)


@cache
def recorded() -> dict[str, dict[str, list[str]]]:
    """The file."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def grade_everything(pattern: str) -> dict[str, dict[str, list[str]]]:
    """Every record whose name holds the pattern."""
    found: dict[str, dict[str, list[str]]] = {}
    with Grader() as grader:
        for name, submission in submissions().items():
            if pattern in name:
                found[name] = {mode: grade_submission(submission, grader, mode) for mode in ("public", "secret")}
    for unit in bank.units().values():
        for seed in SEEDS if pattern in f"mistake/{unit.name}/" or pattern.startswith("mistake") else ():
            for name, record in grade_mistakes(unit, seed):
                found.setdefault(name, {})[seed] = record
    return found


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    writes = sys.argv[1:] == ["--write"]
    now = grade_everything("" if writes else "".join(sys.argv[1:]))
    if writes:
        FILE.write_text(json.dumps(now, indent=0, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
        sys.exit()
    before = recorded()
    different = [name for name in now if now[name] != before.get(name)]
    print(*different, f"{len(different)} of {len(now)} are different", sep="\n")
    sys.exit(bool(different))
