"""What trials showed: an observation, or a failure that is a value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from autograder.exercise import Trial
from autograder.protocol.probe import Observation


class GraderFault(Exception):
    """The grader itself failed; no student is to blame and no grade may be given."""


class FailureKind(Enum):
    """Why a trial or a cell gave no arrays."""

    RAISED = "raised"
    TIMED_OUT = "timed out"
    ALL_TIME_USED = "the whole submission timed out"
    DIED = "died"
    MISSING = "missing"
    READY_MADE = "ready-made"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Failure:
    """A trial or a cell that gave no arrays.

    `type`, `message`, `function` and the place (`cell`, `line`) are of what was raised, `shapes` those of the arrays
    there, by the names of variables; `name` is the ready-made answer
    that was used; `status` is the wait status of the process that died, -1 where nobody knows it.
    """

    kind: FailureKind
    type: str = ""
    message: str = ""
    cell: str = ""
    line: int | None = None
    function: str = ""
    name: str = ""
    status: int = -1
    shapes: tuple[tuple[str, tuple[int, ...]], ...] = ()


Shown = Observation | Failure


@dataclass(frozen=True)
class Evidence(Mapping[Trial, Shown]):
    """What every trial of a plan showed, which cells of the submission failed, by number, and what was printed in the
    trials on public inputs."""

    shown: Mapping[Trial, Shown]
    failed_cells: Mapping[int, Failure] = field(default_factory=dict)
    printed: Mapping[Trial, str] = field(default_factory=dict)

    @property
    def cells_that_end_nowhere(self) -> list[int]:
        """The cells that had to be stopped, or ended their process."""
        stopped = (FailureKind.TIMED_OUT, FailureKind.ALL_TIME_USED, FailureKind.DIED)
        return [number for number, failure in self.failed_cells.items() if failure.kind in stopped]

    def __or__(self, later: "Evidence") -> "Evidence":
        """The evidence of two runs of a submission; how a cell failed is taken from the first in which it did."""
        cells = {**later.failed_cells, **self.failed_cells}
        return Evidence({**self.shown, **later.shown}, cells, {**self.printed, **later.printed})

    def __getitem__(self, trial: Trial) -> Shown:
        return self.shown[trial]

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.shown)

    def __len__(self) -> int:
        return len(self.shown)
