"""What an exercise, a case, a trial and a misconception are."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from types import ModuleType
from typing import Any, Protocol, TypeVar

from autograder.protocol.arguments import Array
from autograder.protocol.probe import Action, Observation, Probe
from autograder.protocol.written_tests import ACCEPTS, REFUSES, VERDICT
from autograder.random_inputs import Draw

Actions = list[Action]
StepsClass = TypeVar("StepsClass", bound="type[Implementation]")
PUBLIC = "public"  # the seed of the inputs that students have, too
PAPER = "Vaswani et al. (2017)"


@dataclass(frozen=True)
class Case:
    """One thing that a right answer guarantees, and the probe that shows it.

    `promise` is the sentence that a student reads. `actions(draw)` makes the probe's actions from drawn inputs. A
    `hidden` case is run only when a grade is made. `view(observation)` turns outputs that hold random numbers into ones
    that do not, and `ungraded()` names, as boolean arrays, the elements that need only be finite; both run on the
    trusted side. Where many mistakes look the same, a case `proves_little`: no mistake is named for it alone.

    In an exercise that asks for a test, a case tries it on one implementation. `is_right` says whether that one is
    right, so that the test has to accept it, and `candidate()` makes it where it runs on the trusted side.
    """

    name: str
    promise: str
    actions: Callable[[Draw], Actions]
    hidden: bool = False
    tolerance: float | None = None
    view: Callable[[Observation], Observation] | None = None
    ungraded: Callable[[], dict[str, Array]] = dict
    proves_little: bool = False
    is_right: bool | None = None
    candidate: Callable[[], Callable[..., Any]] | None = None

    @property
    def expected(self) -> Observation | None:
        """What a right test shows; None in all other exercises, where the reference has to be asked."""
        if self.is_right is None:
            return None
        return Observation(facts={VERDICT: ACCEPTS if self.is_right else REFUSES})


@dataclass(frozen=True)
class Trial:
    """A case of an exercise, both by name, on the inputs that a seed draws."""

    exercise: str
    case: str
    seed: str

    @property
    def is_public(self) -> bool:
        """Whether students have these inputs, too."""
        return self.seed == PUBLIC


@dataclass(eq=False)
class Exercise:
    """One name that a student defines.

    `points` are shared equally by the cases; those of a `bonus` exercise come on top. `tolerance` t forgives
    |got - expected| ≤ t · (1 + |expected|). `library` is "numpy" or "torch"; where it is not said, a CamelCase name
    is an nn.Module and a snake_case name a NumPy function. Where the exercise asks for a test, `tests` is the exercise
    whose implementations it has to tell apart. `section` and `equation` are those of `paper`; the section may be empty.
    """

    name: str
    points: float
    section: str
    equation: str
    tolerance: float
    library: str = ""
    bonus: bool = False
    tests: str = ""
    paper: str = PAPER
    cases: list[Case] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.library = self.library or ("torch" if self.name[0].isupper() else "numpy")

    @property
    def source(self) -> str:
        """Where a paper says it."""
        return f"{self.paper}{f', section {self.section}' if self.section else ''}: {self.equation}"

    def case(self, promise: str, **options: Any) -> Callable[[Callable[[Draw], Actions]], Callable[[Draw], Actions]]:
        """Decorate the function that draws a case's inputs and says what to do with them; its name names the case."""

        def add(actions: Callable[[Draw], Actions]) -> Callable[[Draw], Actions]:
            self.cases.append(Case(actions.__name__.strip("_").replace("_", "-"), promise, actions, **options))
            return actions

        return add

    def case_named(self, name: str) -> Case:
        """The case of this name."""
        return next(case for case in self.cases if case.name == name)

    def tolerance_of(self, case_name: str) -> float:
        """The case's own tolerance, or else the exercise's."""
        return self.case_named(case_name).tolerance or self.tolerance

    def trials(self, seed: str | None) -> tuple[Trial, ...]:
        """What is tried for each case: the public inputs, those drawn from the hidden seed, or both.

        A test is graded on the candidates of the bank alone, and checked on those around a student's own function.
        """
        if self.tests:
            return tuple(Trial(self.name, c.name, seed or PUBLIC) for c in self.cases if c.hidden is bool(seed))
        return tuple(
            Trial(self.name, case.name, drawn_from)
            for case in self.cases
            for drawn_from in (None if case.hidden else PUBLIC, seed)
            if drawn_from is not None
        )

    def probe(self, case: Case, seed: str) -> Probe:
        """Draw a case's inputs from a seed."""
        return Probe(self.name, self.library, tuple(case.actions(Draw(f"{seed}/{self.name}/{case.name}"))))


@dataclass(frozen=True)
class Mark:
    """A part of a written answer: its points, what earns them, and what to write to a student who lacks it."""

    points: float
    earned_by: str
    if_missing: str


class Question:
    """A written question, marked by a person; it has the points of its marks together.

    `half` describes an answer that earns half of them; `remark` tells the marker what else is right, or not enough.
    """

    def __init__(self, name: str, *marks: Mark, half: str = "", remark: str = "") -> None:
        self.name, self.marks, self.half, self.remark = name, marks, half, remark

    @property
    def points(self) -> float:
        """The points of a full answer."""
        return sum(mark.points for mark in self.marks)

    @property
    def notes(self) -> list[str]:
        """What a marker should know besides the marks, in sentences."""
        half = f"Half the points, for example: {self.half}" if self.half else ""
        return [note for note in (half, self.remark) if note]


class Implementation(Protocol):
    """A unit done in steps."""

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        """The steps under the exercises' names."""


class Weight(Enum):
    """How much of an exercise one mistake may cost at most, as a share of its points; see docs/marks.md."""

    SLIP = 0.2  # a wrong default, a check that is missing
    MISTAKE = 0.5
    NOTHING_LEFT = 1.0  # such as returning the input: nothing of the exercise is done


@dataclass(frozen=True)
class Misconception:
    """A wrong implementation that is worth knowing by name, and the sentence that tells a student about it.

    `steps` is the class of steps of which one is wrong. `also` are names of other mistakes that give the same outputs
    on every input; the sentence speaks of them too. One that `hurts_training` costs a fifth of the exercise at least,
    however few cases see it.
    """

    name: str
    sentence: str
    steps: type[Implementation]
    also: tuple[str, ...] = ()
    weight: Weight = Weight.MISTAKE
    hurts_training: bool = False

    def namespace(self, library: str) -> dict[str, Any]:
        """The implementation under the exercises' names."""
        return self.steps.namespace(library)


@lru_cache(maxsize=4096)
def combine(mistakes: tuple[Misconception, ...]) -> Misconception | None:
    """Several mistakes in one implementation, each with its own wrong steps; None where they cannot be combined.

    Where two override the same step, that of the first is taken, which may call the second's.
    """
    if len(mistakes) == 1:
        return mistakes[0]
    try:
        steps = type("Combined", tuple(m.steps for m in mistakes), {})
    except TypeError:  # one of them is a special case of another
        return None
    return Misconception("+".join(m.name for m in mistakes), "", steps)


def misconception(
    *also: str, weight: Weight = Weight.MISTAKE, hurts_training: bool = False
) -> Callable[[StepsClass], StepsClass]:
    """Decorate a class of steps of which one is wrong; its name is the mistake's, its docstring the sentence."""

    def mark(steps: StepsClass) -> StepsClass:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", steps.__name__).lower()
        sentence = " ".join((steps.__doc__ or "").split())
        own = Misconception(name, sentence, steps, also, weight, hurts_training)
        steps.misconception = own  # type: ignore[attr-defined]
        return steps

    return mark


def misconceptions_in(*topics: ModuleType) -> list[Misconception]:
    """The misconceptions that these modules define, in this order; those that they import belong to other modules."""
    return [
        vars(steps)["misconception"]
        for topic in topics
        for steps in vars(topic).values()
        if isinstance(steps, type) and steps.__module__ == topic.__name__ and "misconception" in vars(steps)
    ]
