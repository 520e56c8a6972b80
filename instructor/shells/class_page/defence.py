"""The questions of an oral defence: two or three to each student about their own code, with the answers.

Every answer is computed from the student's code, in the worker that grades it; a question without one is not asked.
The course's secret decides which questions are asked, so a second run asks the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import syllabus
from autograder.evidence import Failure
from autograder.execution.blocks_of_unit import blocks_of
from autograder.execution.work import Job, Work
from autograder.grading import Grader
from autograder.intake.files import BadSubmission
from autograder.intake.submission import Submission, read
from autograder.intake.unit_files import read_unit_files
from autograder.protocol.probe import Probe, perform
from autograder.random_inputs import Draw
from autograder.secret import seed_of
from autograder.verdict import Finding, Grade, Outcome
from instructor.answers.live import reference_of
from instructor.shells.class_page.changed_lines import (
    Change,
    apply_change,
    change_lines,
    is_done_in_one_line,
)
from instructor.shells.class_page.graded import Graded
from instructor.shells.class_page.own_code import Definition, find_definitions, lines_to_show
from instructor.shells.class_page.small_inputs import MAKERS

MOST_QUESTIONS, MOST_CHANGES, MOST_EXERCISES, LONGEST_CODE = 3, 24, 4, 30
KEEPS = {  # what a line is there for, by the mistakes that it keeps away
    "softmax-no-max-subtraction": "keeps the exponentials from overflowing",
    "softmax-overflows": "keeps the exponentials from overflowing",
    "softmax-not-normalised": "makes the numbers of a row sum to 1",
    "scale-missing": "keeps the size of the scores from growing with d_k",
    "scale-by-dk": "keeps the size of the scores from growing with d_k",
    "mask-inverted": "hides the keys that a query must not see",
    "ln-no-eps": "keeps a token whose features are all equal from becoming 0/0",
    "ln-no-centering": "makes the mean of each token 0",
    "ln-mean-not-subtracted": "makes the mean of each token 0",
    "causal-leak-one": "decides how far into the future a position sees",
    "loss-overflows": "keeps the exponentials of the loss from overflowing",
}


@dataclass(frozen=True)
class Question:
    """What a student is asked about an exercise: the words, inputs or a changed line, the code, and the answer."""

    exercise: str
    words: str
    answer: str
    given: tuple[str, ...] = ()
    code: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Askable:
    """A hand-in that can be asked about."""

    graded: Graded
    submission: Submission
    definitions: dict[str, Definition]
    files: dict[str, bytes]


def ask(works: Sequence[Graded], course: Path, secret: str, grader: Grader) -> list[Question]:
    """The questions to one student, about different exercises where that can be. Raises GraderFault."""
    readable = list(_read_works(works, course))
    draw = Draw(seed_of(secret, f"defence/{works[0].student}"))
    pairs = [(work, name) for work in readable for name in work.definitions]
    order = [pairs[place] for place in draw.generator.permutation(len(pairs))]
    asked: list[Question] = []
    if value := next(filter(None, (_ask_value(work, name, draw, grader) for work, name in order)), None):
        asked.append(value)
    for work, name in _sort_for_lines(order, asked)[:MOST_EXERCISES]:
        if len(asked) < MOST_QUESTIONS:
            asked += _ask_about_lines(work, name, draw, grader)[: MOST_QUESTIONS - len(asked)]
    return asked


def _read_works(works: Sequence[Graded], course: Path) -> Iterator[Askable]:
    for graded in works:
        try:
            submission = read(graded.path, graded.unit)
        except (BadSubmission, OSError):
            continue
        definitions = find_definitions(submission.code, graded.unit)
        made = {n: d for n, d in definitions.items() if n in graded.attempts and graded.attempts[n].was_made}
        yield Askable(graded, submission, made, read_unit_files(course, graded.unit))


def _sort_for_lines(order: Sequence[tuple[Askable, str]], asked: Sequence[Question]) -> list[tuple[Askable, str]]:
    """The exercises that are right and short enough to be looked at on a page; what was asked about comes last."""
    known = {question.exercise for question in asked}
    right = [
        (work, name)
        for work, name in order
        if work.graded.attempts[name].outcome is Outcome.PASSED
        and len(lines_to_show(work.definitions[name])) <= LONGEST_CODE
    ]
    return sorted(right, key=lambda pair: pair[1] in known)


def _ask_value(work: Askable, name: str, draw: Draw, grader: Grader) -> Question | None:
    """A question about what the student's own function returns; None where it returns nothing that can be read."""
    if name not in MAKERS:
        return None
    made = MAKERS[name](draw)
    probe = Probe(name, syllabus.exercise(name).library, (made.action,))
    asked = Work(work.submission.cells, [Job("0", name, probe)], (), blocks_of(work.graded.unit), work.files)
    shown = grader.executor.carry_out(asked).jobs["0"]
    if isinstance(shown, Failure):
        return None
    try:
        answer, right = made.read(shown), made.read(perform(probe, reference_of(syllabus.exercise(name))))
    except (KeyError, IndexError, TypeError, ValueError):  # it returns something else than it should
        return None
    if answer != right:
        answer += f"\nCorrect code returns {right}."
    return Question(name, made.question, answer, made.given)


def _ask_about_lines(work: Askable, name: str, draw: Draw, grader: Grader) -> list[Question]:
    """Up to two questions about the lines of an exercise: which one it is, and what happens if another is changed."""
    definition = work.definitions[name]
    tried = list(_try_changes(work, name, grader))
    found = _ask_which(work, name, tried)
    which = [_drawn(found, draw)] if found else []
    spent = {question.answer.split("\n")[0] for question in which}
    others = [(c, g) for c, g in tried if not any(f"`{c.before}`" in line for line in spent)]
    if others:
        change, grade = others[int(draw.generator.integers(0, len(others)))]
        which.append(_ask_what_changes(work, name, definition, change, grade))
    return which


def _drawn(questions: Sequence[Question], draw: Draw) -> Question:
    return questions[int(draw.generator.integers(0, len(questions)))]


def _try_changes(work: Askable, name: str, grader: Grader) -> Iterator[tuple[Change, Grade]]:
    """The changes that break the exercise in a way that has one name, as the grader finds on public inputs."""
    definition, exercise = work.definitions[name], syllabus.exercise(name)
    for change in list(change_lines(definition))[:MOST_CHANGES]:
        changed = apply_change(work.submission, definition, change)
        (grade,) = grader.grade(changed, [exercise], files=work.files)
        named = {case for finding in grade.findings for case in finding.cases}
        if len(grade.findings) == 1 and grade.failed and {v.case for v in grade.failed} == named:
            yield change, grade


def _ask_which(work: Askable, name: str, tried: Sequence[tuple[Change, Grade]]) -> list[Question]:
    """Which line does something: asked where exactly one line does, of all that were changed."""
    definition = work.definitions[name]
    if len(list(change_lines(definition))) > MOST_CHANGES:
        return []
    by_purpose: dict[str, list[tuple[Change, Finding]]] = {}
    for change, grade in tried:
        if purpose := KEEPS.get(grade.findings[0].name):
            by_purpose.setdefault(purpose, []).append((change, grade.findings[0]))
    return [
        _make_which(work, name, definition, purpose, *found[0])
        for purpose, found in by_purpose.items()
        if len({change.number for change, _ in found}) == 1 and is_done_in_one_line(definition, found[0][0])
    ]


def _make_which(
    work: Askable, name: str, definition: Definition, purpose: str, change: Change, finding: Finding
) -> Question:
    place = work.submission.place(definition.cell, change.number)
    answer = f"{place[:1].upper()}{place[1:]}: `{change.before}`\nWith `{change.after}` instead: {finding.sentence}"
    words = f"Which line of your `{name}` {purpose}, and how?"
    return Question(name, words, answer, code=lines_to_show(definition))


def _ask_what_changes(work: Askable, name: str, definition: Definition, change: Change, grade: Grade) -> Question:
    place = work.submission.place(definition.cell, change.number)
    words = f"Suppose that one line of your `{name}` is changed ({place}). What goes wrong, and why?"
    cases, first = len(grade.failed), grade.failed[0]
    count = f"{cases} of {len(grade.verdicts)} cases fail" if cases > 1 else f"One of {len(grade.verdicts)} cases fails"
    answer = f"{grade.findings[0].sentence}\n{count}. The first is “{first.promise}”."
    given = (f"before: {change.before}", f"after:  {change.after}")
    return Question(name, words, answer, given, lines_to_show(definition, change.number))
