"""Recorded answers where there are any, and live ones for the rest: a check in a notebook is quick that way."""

from collections.abc import Callable, Iterable, Iterator

from autograder import syllabus
from autograder.answers import AnyShown
from autograder.answers.recorded import RecordedAnswers
from autograder.exercise import Exercise, Misconception, Trial
from instructor.answers.live import LiveAnswers, read_relevant


class LayeredAnswers(LiveAnswers):
    """Live answers, but for what misconceptions show on the public inputs of the units whose record `is_fresh`."""

    def __init__(self, recorded: RecordedAnswers, is_fresh: Callable[[str], bool]) -> None:
        super().__init__()
        self.recorded, self.is_fresh = recorded, is_fresh
        self.live_mistake, self.mistake = self.mistake, self._layered_mistake  # type: ignore[assignment]

    def is_known_to_fail(self, trial: Trial, misconception: Misconception) -> bool | None:
        """What is recorded for the very inputs, or else for all inputs."""
        if self._is_recorded(trial) and "+" not in misconception.name:
            return self.recorded.is_known_to_fail(trial, misconception)
        return super().is_known_to_fail(trial, misconception)

    def mistakes(
        self, trial: Trial, misconceptions: Iterable[Misconception]
    ) -> Iterator[tuple[Misconception, AnyShown]]:
        """What several misconceptions show, one after the other."""
        return ((misconception, self._layered_mistake(trial, misconception)) for misconception in misconceptions)

    def _layered_mistake(self, trial: Trial, misconception: Misconception) -> AnyShown:
        if self._is_recorded(trial) and self.recorded.knows(trial, misconception):
            return self.recorded.mistake(trial, misconception)
        return self.live_mistake(trial, misconception)

    def _relevant(self, exercise: Exercise) -> tuple[Misconception, ...]:
        recorded = read_relevant(exercise)
        return super()._relevant(exercise) if recorded is None else recorded

    def _is_recorded(self, trial: Trial) -> bool:
        return trial.is_public and self.is_fresh(syllabus.unit_of(trial.exercise).name)
