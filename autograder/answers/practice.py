"""Answers for the exercise of unit 0, computed here: a student has its reference and its mistakes."""

from collections.abc import Iterable, Iterator, Sequence

from autograder import practice, syllabus
from autograder.answers import AnyShown, Mistakes
from autograder.exercise import Exercise, Misconception, Trial
from autograder.protocol.probe import Observation, perform


class PracticeAnswers:
    """What the right answer and the mistakes of unit 0 show."""

    def expect(self, trials: Sequence[Trial]) -> None:
        """Nothing is gained by answering several together."""

    def close(self) -> None:
        """Nothing has been started."""

    def reference(self, trial: Trial) -> Observation:
        """What the right answer shows."""
        return perform(syllabus.probe_of(trial), practice.Steps.namespace("numpy"))

    unviewed_reference = reference

    def mistake(self, trial: Trial, misconception: Misconception) -> AnyShown:
        """What a mistake shows; none of them crashes."""
        return perform(syllabus.probe_of(trial), misconception.namespace("numpy"))

    def mistakes(
        self, trial: Trial, misconceptions: Iterable[Misconception]
    ) -> Iterator[tuple[Misconception, AnyShown]]:
        """The same for several."""
        return ((misconception, self.mistake(trial, misconception)) for misconception in misconceptions)

    def is_known_to_fail(self, trial: Trial, misconception: Misconception) -> bool | None:
        """It has to be tried."""
        return None

    def combine(self, exercise: Exercise, mistakes: Mistakes) -> Misconception | None:
        """One line has room for one mistake."""
        return mistakes[0] if len(mistakes) == 1 else None

    def pairs(self, exercise: Exercise, among: Sequence[Misconception]) -> Iterable[Mistakes]:
        """None."""
        return ()

    def relevant(self, exercise: Exercise) -> Sequence[Misconception]:
        """All of them."""
        return practice.MISTAKES
