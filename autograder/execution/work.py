"""What a process is asked to do for a submission, and the transcript of what it did."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.evidence import Failure, Shown
from autograder.execution.partner import Partner
from autograder.protocol.probe import Probe


@dataclass(frozen=True)
class Job:
    """One probe to carry out on a submission. Jobs of one `group` fall together when one of them has to be killed.

    Where the probe asks something of the trusted side while it runs, `partner()` makes the one who answers.
    """

    id: str
    group: str
    probe: Probe
    partner: Callable[[], Partner] | None = None


@dataclass(frozen=True)
class Work:
    """What a process is asked: run cells, then carry out jobs.

    The process does not get to know the `later` jobs before it has answered all others. The cells can import `modules`,
    given by name and source, and read `files`, which are in their folder.
    """

    cells: Mapping[int, str]
    jobs: Sequence[Job]
    later: Sequence[Job] = ()
    modules: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass
class Transcript:
    """What the processes of a submission showed for every job, the failures of cells by number, and what was printed
    during jobs; never during those that were told `later`."""

    jobs: dict[str, Shown] = field(default_factory=dict)
    cells: dict[int, Failure] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)
