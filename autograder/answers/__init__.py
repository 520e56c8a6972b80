"""What right code shows, and what the known mistakes show.

Answers are *live* (computed in this process) or come from an *oracle* (a process beside the worker's, where PyTorch is
imported anyway), or are *recorded* (sketches of what the misconceptions show, for those who may not have them).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from autograder.answers.sketch import Sketched
from autograder.evidence import Shown
from autograder.exercise import Exercise, Misconception, Trial
from autograder.protocol.probe import Observation

Mistakes = tuple[Misconception, ...]
AnyShown = Shown | Sketched


class Answers(Protocol):
    """What judging asks. Observations are as the trial's case views them, where it has a view."""

    def expect(self, trials: Sequence[Trial]) -> None:
        """Say which trials the reference will be asked for, so that they can be answered together."""

    def reference(self, trial: Trial) -> Observation:
        """What the reference shows."""

    def unviewed_reference(self, trial: Trial) -> Observation:
        """What the reference shows before the case's view is applied."""

    def mistake(self, trial: Trial, misconception: Misconception) -> AnyShown:
        """What a misconception shows, or how it fails."""

    def mistakes(
        self, trial: Trial, misconceptions: Iterable[Misconception]
    ) -> Iterator[tuple[Misconception, AnyShown]]:
        """The same for several, one after the other and not before it is asked for."""

    def is_known_to_fail(self, trial: Trial, misconception: Misconception) -> bool | None:
        """Whether a misconception gives something else than the reference; None where that has to be tried."""

    def combine(self, exercise: Exercise, mistakes: Mistakes) -> Misconception | None:
        """Several mistakes in one implementation; None where they cannot be combined, or nothing is known of it."""

    def pairs(self, exercise: Exercise, among: Sequence[Misconception]) -> Iterable[Mistakes]:
        """The pairs that are worth a try where no mistake alone explains anything."""

    def close(self) -> None:
        """End what was started for the answers."""

    def relevant(self, exercise: Exercise) -> Sequence[Misconception]:
        """The misconceptions that can matter to an exercise, in the order of the bank."""
