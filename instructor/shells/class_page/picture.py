"""The picture of a class as a value: points, misunderstandings, hard cases, what has no name yet, what is shared.

`page.py` shows it. Every name and every text of a student's comes in through `Names`, so that it can be a pseudonym.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from autograder import syllabus
from autograder.verdict import Outcome
from instructor.shells.class_page.graded import UNSEEN, Graded
from instructor.shells.class_page.names import Names
from instructor.shells.class_page.own_code import (
    Definition,
    RightCode,
    choose_samples,
    is_long_enough,
    read_definitions,
    read_right_code,
)

MOST_CASES, MOST_OF_ONE, MOST_FILES = 12, 3, 3
ONLY_ELSEWHERE = "right on the public inputs, but not on others: "
Told = tuple[tuple[str, str], ...]  # a promise, and what is shown instead
LEVELS = ("all", "most", "some", "none", "open")  # of the points: all, at least half, less, nothing; not attempted


@dataclass(frozen=True)
class ExercisePoints:
    """How the class did in one exercise: the mean, and how many students reached which level."""

    name: str
    unit: str
    points: float
    bonus: bool
    mean: float
    levels: dict[str, int]


@dataclass(frozen=True)
class UnitPoints:
    """How the class did in one unit: for each who handed in, the share of the points without the bonus."""

    name: str
    points: float
    shares: tuple[float, ...]
    unreadable: tuple[str, ...]
    exercises: tuple[ExercisePoints, ...]


@dataclass(frozen=True)
class Sample:
    """Code of one student's: the number of its first line, and for each line whether it matters, and the text.

    `nearest` says with whose right code it was compared; empty where none is near.
    """

    student: str
    first: int
    lines: tuple[tuple[bool, str], ...]
    nearest: str

    @property
    def differs(self) -> bool:
        """Whether any line matters."""
        return any(matters for matters, _ in self.lines)


@dataclass(frozen=True)
class Misunderstanding:
    """A mistake by its name and sentence, who made it, in which exercises, and some code that has it."""

    name: str
    sentence: str
    students: tuple[str, ...]
    exercises: tuple[str, ...]
    sample_of: str
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class HardCase:
    """A case that many fail: `failed` of the `tried` who attempted the exercise."""

    exercise: str
    case: str
    promise: str
    hidden: bool
    failed: int
    tried: int


@dataclass(frozen=True)
class Unnamed:
    """Work that fails alike, and no mistake that is known explains it: what it returns instead, case by case.

    `also` are later exercises in which the same students fail alike, which may only follow from this one.
    """

    unit: str
    exercise: str
    also: tuple[str, ...]
    students: tuple[str, ...]
    returns: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class LooksRight:
    """An exercise in which code fails that passes everything a student can see: by student, what hidden cases say."""

    exercise: str
    students: tuple[str, ...]
    promises: tuple[tuple[str, int], ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Shared:
    """An exercise for which several students, or a student and the course, have the same code but for names."""

    exercise: str
    students: tuple[str, ...]
    original: str


@dataclass(frozen=True)
class ClassPicture:
    """All of it; `has_cases` is False where the grades were kept without their cases."""

    students: int
    units: tuple[UnitPoints, ...]
    misunderstandings: tuple[Misunderstanding, ...]
    hard_cases: tuple[HardCase, ...]
    unnamed: tuple[Unnamed, ...]
    looks_right: tuple[LooksRight, ...]
    shared: tuple[Shared, ...]
    has_cases: bool
    anonymous: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it."""
        return asdict(self)


@dataclass
class Gathered:
    """The grades and the code of a class: definitions by student and exercise."""

    graded: Sequence[Graded]
    names: Names
    code: dict[tuple[str, str], Definition] = field(default_factory=dict)
    originals: dict[str, dict[str, Definition]] = field(default_factory=dict)
    right: RightCode = field(default_factory=RightCode)

    def called(self, students: Iterable[str]) -> tuple[str, ...]:
        """What some students are called, in the order of the alphabet: another order would tell who is who."""
        return tuple(sorted(map(self.names.of, dict.fromkeys(students))))

    def samples(self, exercise: str, students: Iterable[str], most: int = 2) -> tuple[Sample, ...]:
        """The code of some of these students for an exercise, as different as it can be."""
        known = {s: self.code[s, exercise] for s in students if (s, exercise) in self.code}
        return tuple(self._make_sample(student, exercise, known[student]) for student in choose_samples(known, most))

    def _make_sample(self, student: str, exercise: str, definition: Definition) -> Sample:
        marked = self.right.mark(exercise, definition)
        lines = enumerate(definition.lines)
        shown = tuple((n in marked.marked, self.names.clean(line)) for n, line in lines)
        return Sample(self.names.of(student), definition.first, shown, marked.nearest)


def gather(graded: Sequence[Graded], course: Path, names: Names) -> Gathered:
    """Read the code of a class, and the course's own code for the same exercises."""
    found = Gathered(graded, names)
    for unit in dict.fromkeys(work.unit for work in graded):
        for exercise, places in read_right_code(course, unit).items():
            found.originals[exercise] = places
            for place, definition in places.items():
                found.right.add(exercise, place, definition)
    for work in graded:
        for exercise, definition in read_definitions(work.path, work.unit).items():
            found.code[work.student, exercise] = definition
            attempt = work.attempts.get(exercise)
            if attempt and attempt.outcome is Outcome.PASSED:
                found.right.add(exercise, names.of(work.student), definition)
    return found


def make_picture(graded: Sequence[Graded], course: Path, names: Names | None = None) -> ClassPicture:
    """The picture of a class from its grades; the code is read from the files that were graded."""
    names = names or Names()
    found = gather(graded, course, names)
    order = list(syllabus.units())
    units = sorted(dict.fromkeys(work.unit for work in graded), key=order.index)
    return ClassPicture(
        students=len({work.student for work in graded}),
        units=tuple(_report_unit(unit, found) for unit in units),
        misunderstandings=_find_misunderstandings(found),
        hard_cases=_find_hard_cases(graded),
        unnamed=_find_unnamed(found),
        looks_right=_find_what_looks_right(found),
        shared=_find_shared(found),
        has_cases=any(a.verdicts is not None for work in graded for a in work.attempts.values()),
        anonymous=type(names) is not Names,
    )


def _report_unit(unit: str, found: Gathered) -> UnitPoints:
    works = [work for work in found.graded if work.unit == unit]
    exercises = [e for e in syllabus.units()[unit].exercises if any(e.name in work.attempts for work in works)]
    bad = [w.student for w in works if any(a.outcome is Outcome.UNREADABLE for a in w.attempts.values())]
    return UnitPoints(
        name=unit,
        points=sum(e.points for e in exercises if not e.bonus),
        shares=tuple(sorted(work.share for work in works)),
        unreadable=found.called(bad),
        exercises=tuple(_report_exercise(e.name, works) for e in exercises),
    )


def _report_exercise(name: str, works: Sequence[Graded]) -> ExercisePoints:
    attempts = [work.attempts[name] for work in works if name in work.attempts]
    levels = dict.fromkeys(LEVELS, 0)
    for attempt in attempts:
        reached = "all" if attempt.share >= 1 else "most" if attempt.share >= 0.5 else "some"
        levels[(reached if attempt.share > 0 else "none") if attempt.was_made else "open"] += 1
    mean = fmean(attempt.score for attempt in attempts)
    exercise = syllabus.exercise(name)
    return ExercisePoints(name, syllabus.unit_of(name).name, exercise.points, exercise.bonus, mean, levels)


def _find_misunderstandings(found: Gathered) -> tuple[Misunderstanding, ...]:
    made: dict[str, dict[str, list[str]]] = {}
    sentences: dict[str, str] = {}
    known = {mistake.name for unit in syllabus.units().values() for mistake in unit.misconceptions}
    for work in found.graded:
        for attempt in work.attempts.values():
            for name, sentence in attempt.mistakes.items():
                sentences.setdefault(name, sentence if name in known else found.names.clean(sentence))
                made.setdefault(name, {}).setdefault(attempt.exercise, []).append(work.student)
    return tuple(
        sorted(
            (_describe_mistake(name, sentences[name], made[name], found) for name in made),
            key=lambda mistake: (-len(mistake.students), mistake.name),
        )
    )


def _describe_mistake(name: str, sentence: str, made: Mapping[str, list[str]], found: Gathered) -> Misunderstanding:
    where = max(made, key=lambda exercise: sum((student, exercise) in found.code for student in made[exercise]))
    students = found.called(student for some in made.values() for student in some)
    return Misunderstanding(name, sentence, students, tuple(made), where, found.samples(where, made[where]))


def _find_hard_cases(graded: Sequence[Graded]) -> tuple[HardCase, ...]:
    """The cases that the largest shares of those who attempted the exercise fail, but few of each exercise."""
    outcomes: dict[tuple[str, str], list[bool]] = {}
    about: dict[tuple[str, str], tuple[str, bool]] = {}
    for work in graded:
        for attempt in work.attempts.values():
            for verdict in attempt.verdicts or () if attempt.was_made else ():
                key = verdict.exercise, verdict.case
                outcomes.setdefault(key, []).append(verdict.passed)
                about[key] = verdict.promise, verdict.hidden
    cases = [HardCase(*key, *about[key], passed.count(False), len(passed)) for key, passed in outcomes.items()]
    ranked = sorted(cases, key=lambda case: (-case.failed / case.tried, -case.failed, case.exercise, case.case))
    shown: dict[str, list[HardCase]] = {}
    for case in ranked:
        shown.setdefault(case.exercise, []).append(case)
    hard = [case for case in ranked if case.failed and case in shown[case.exercise][:MOST_OF_ONE]]
    return tuple(hard[:MOST_CASES])


def _find_unnamed(found: Gathered) -> tuple[Unnamed, ...]:
    groups: dict[tuple[str, str, Told], list[Graded]] = {}
    for work in found.graded:
        for attempt in work.attempts.values():
            failed = [v for v in attempt.unexplained if v.outcome not in UNSEEN]
            if failed:
                told = tuple((v.promise, v.where.removesuffix(f", in {v.at}").rstrip()) for v in failed)
                groups.setdefault((work.unit, attempt.exercise, told), []).append(work)
    order = {name: place for place, name in enumerate(syllabus.exercise_names())}
    alike: dict[tuple[str, ...], list[tuple[str, str, Told]]] = {}
    for key in sorted(groups, key=lambda key: (order[key[1]], key[2])):
        alike.setdefault((key[0], *sorted(work.student for work in groups[key])), []).append(key)
    made = [_describe_group(keys, groups[keys[0]], found) for keys in alike.values()]
    return tuple(sorted(made, key=lambda group: (-len(group.students), order[group.exercise], group.returns)))


def _describe_group(keys: Sequence[tuple[str, str, Told]], works: Sequence[Graded], found: Gathered) -> Unnamed:
    unit, exercise, told = keys[0]
    also = tuple(dict.fromkeys(later for _, later, _ in keys[1:] if later != exercise))
    students = [work.student for work in works]
    returns = tuple((promise, found.names.clean(where)) for promise, where in told)
    files = tuple(found.names.clean(str(work.path)) for work in works[:MOST_FILES])
    return Unnamed(unit, exercise, also, found.called(students), returns, files, found.samples(exercise, students))


def _find_what_looks_right(found: Gathered) -> tuple[LooksRight, ...]:
    """Code that passes whatever a student can check, and fails hidden cases or inputs."""
    failing: dict[str, dict[str, list[str]]] = {}
    for work in found.graded:
        for attempt in work.attempts.values():
            failed = [v for v in attempt.verdicts or () if not v.passed] if attempt.was_made else []
            if failed and all(v.hidden or v.where.startswith(ONLY_ELSEWHERE) for v in failed):
                failing.setdefault(attempt.exercise, {})[work.student] = [v.promise for v in failed]
    made = [_describe_exercise(exercise, failing[exercise], found) for exercise in failing]
    return tuple(sorted(made, key=lambda one: (-len(one.students), one.exercise)))


def _describe_exercise(exercise: str, failing: Mapping[str, list[str]], found: Gathered) -> LooksRight:
    promises = [promise for told in failing.values() for promise in told]
    counted = {promise: promises.count(promise) for promise in dict.fromkeys(promises)}
    ranked = tuple(sorted(counted.items(), key=lambda one: -one[1]))
    return LooksRight(exercise, found.called(failing), ranked, found.samples(exercise, failing, most=1))


def _find_shared(found: Gathered) -> tuple[Shared, ...]:
    """Code that is the same but for names and comments, and too long to be so by accident."""
    alike: dict[tuple[str, str], list[str]] = {}
    for (student, exercise), definition in found.code.items():
        if is_long_enough([definition]):
            alike.setdefault((exercise, definition.digest), []).append(student)
    shared = []
    for (exercise, digest), students in alike.items():
        places = [place for place, own in found.originals.get(exercise, {}).items() if own.digest == digest]
        if places or len(students) > 1:
            shared.append(Shared(exercise, found.called(students), ", ".join(places)))
    return tuple(sorted(shared, key=lambda one: (bool(one.original), -len(one.students), one.exercise)))
