"""What grading says: plain data that can be printed, written as JSON, and sent between processes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any


class Outcome(str, Enum):
    """What became of a case, or of an exercise."""

    PASSED = "passed"
    WRONG = "wrong"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    FORBIDDEN = "forbidden"
    NOT_ATTEMPTED = "not attempted"
    UNREADABLE = "unreadable"


Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A matrix of a result: what it should be, what it is, and where the two differ."""

    name: str
    expected: Matrix
    got: Matrix
    differs: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True)
class Verdict:
    """One case of one exercise: what became of it, and the four parts of what the student is told.

    `promise` is what a right answer guarantees; `where` says where and by how much this one differs; `cause` is the
    sentence of the likely cause and `misconception` its short name, also where it was read from an error; both may be
    empty. `source` is the paper's place and equation. `at` is the student's
    own line where an error was raised, with its place, `printed` what was printed, and `picture` the part of a result
    that differs: of public inputs only.
    """

    exercise: str
    case: str
    promise: str
    outcome: Outcome
    points: float
    where: str
    misconception: str
    cause: str
    source: str
    hidden: bool
    at: str = ""
    printed: str = ""
    picture: Picture | None = field(default=None, compare=False)

    @property
    def passed(self) -> bool:
        """Whether the case passed."""
        return self.outcome is Outcome.PASSED


@dataclass(frozen=True)
class Finding:
    """One mistake by its name and sentence: the failing cases that it explains, and the points that it costs.

    `counted_in` is the earlier exercise in which it has cost its points already, or empty.
    """

    name: str
    sentence: str
    cases: tuple[str, ...]
    cost: float
    counted_in: str = ""


@dataclass(frozen=True)
class Grade:
    """One exercise: its verdicts, the mistakes that were named, the main one first, and the seed of its hidden inputs
    (None where only public cases ran).

    The points of a `bonus` exercise come on top of the others. `notes` are what is to be said of the submission as a
    whole, with this exercise, and cost nothing.
    """

    exercise: str
    unit: str
    points: float
    bonus: bool
    verdicts: tuple[Verdict, ...]
    seed: str | None
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The cases that did not pass."""
        return tuple(verdict for verdict in self.verdicts if not verdict.passed)

    @property
    def score(self) -> float:
        """The points earned, to two decimals: what is named costs what it costs, any other failing case its share."""
        named = {case for finding in self.findings for case in finding.cases}
        lost = sum(finding.cost for finding in self.findings)
        lost += sum(verdict.points for verdict in self.failed if verdict.case not in named)
        return round(max(self.points - lost, 0.0), 2) + 0.0

    @property
    def outcome(self) -> Outcome:
        """Passed where all cases are, otherwise what became of the first that is not."""
        return next((v.outcome for v in self.verdicts if v.outcome is not Outcome.PASSED), Outcome.PASSED)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do: everything passed, or it is a bonus that was not attempted."""
        return self.outcome is Outcome.PASSED or (self.bonus and self.outcome is Outcome.NOT_ATTEMPTED)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Grade":
        """What `as_dict` gave, as a grade again; its seed may be left out."""
        said = {name: record[name] for name in ("exercise", "unit", "points", "bonus")}
        verdicts = [Verdict(**{**given, "outcome": Outcome(given["outcome"])}) for given in record["verdicts"]]
        findings = [Finding(**{**given, "cases": tuple(given["cases"])}) for given in record["findings"]]
        return cls(**said, verdicts=tuple(verdicts), seed=record.get("seed"), findings=tuple(findings))

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it."""
        record = asdict(self) | {"score": self.score, "outcome": self.outcome.value}
        for verdict in record["verdicts"]:
            verdict["outcome"] = verdict["outcome"].value
            del verdict["picture"]
        return record
