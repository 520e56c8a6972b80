"""A student's own notebook, where the code has run already: probes are carried out in this very process."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from autograder import syllabus
from autograder.evidence import Evidence, Failure, FailureKind, Shown
from autograder.execution.alarm import Alarm
from autograder.execution.responses import parse_printed, parse_response
from autograder.exercise import Trial
from autograder.plan import Plan
from autograder.protocol.errors import CellOf, cell_of_file
from autograder.sandbox.serve import observe
from autograder.sandbox.watch import watched

SECONDS = 10.0  # of processor time for a trial
SECONDS_AFTER = 0.5  # for each trial after one that took too long


class InProcess:
    """Runs plans on the names of a notebook. It is not isolated and trusts the code that it runs.

    `cell_of` gives the number of the cell that was compiled under a file name, or None. A trial that takes more than
    `seconds` of processor time is stopped. To watch every call for ready-made answers more than doubles the time of a
    trial: where this is done `quickly`, only the first trial of each exercise is watched so closely.
    """

    def __init__(
        self,
        namespace: Mapping[str, Any],
        cell_of: CellOf = cell_of_file,
        seconds: float = SECONDS,
        quickly: bool = False,
    ) -> None:
        self.namespace, self.cell_of, self.seconds, self.quickly = namespace, cell_of, seconds, quickly

    def leaves_nothing(self) -> bool:
        """False: all runs are in this process."""
        return False

    def run(self, plan: Plan) -> Evidence:
        """What every trial of a plan shows. Raises KeyboardInterrupt where somebody stops it."""
        shown: dict[Trial, Shown] = {}
        printed: dict[Trial, str] = {}
        for trial in plan.to_run:
            stopped = any(isinstance(s, Failure) and s.kind is FailureKind.TIMED_OUT for s in shown.values())
            closely = not (self.quickly and any(earlier.exercise == trial.exercise for earlier in shown))
            with Alarm(SECONDS_AFTER if stopped else self.seconds) as alarm, _no_warnings_of_ours():
                probe, watch = syllabus.probe_of(trial), partial(watched, calls=closely)
                response = observe(probe, self.namespace, watch, self.cell_of)
            shown[trial] = parse_response(response)
            if alarm.rang:
                shown[trial] = _stopped(shown[trial])
            elif isinstance(seen := shown[trial], Failure) and seen.type == "KeyboardInterrupt":
                raise KeyboardInterrupt
            printed[trial] = parse_printed(response)
        return Evidence(shown, printed=printed)


@contextmanager
def _no_warnings_of_ours() -> Iterator[None]:
    """Warnings that Python takes for ours are of PyTorch's code in C++: their place would tell a student nothing."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"autograder\.")
        yield


def _stopped(shown: Shown) -> Failure:
    """A trial that took too long, with the line that was running."""
    if not isinstance(shown, Failure):
        return Failure(FailureKind.TIMED_OUT)
    return Failure(FailureKind.TIMED_OUT, cell=shown.cell if shown.line else "", line=shown.line)
