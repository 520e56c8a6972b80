"""Answers computed in this process when they are asked for, and kept as long as the object lives."""

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, islice
from typing import Any

from autograder import syllabus
from autograder.answers import AnyShown, Mistakes
from autograder.answers.views import apply_view, apply_view_like
from autograder.evidence import Failure, FailureKind, Shown
from autograder.execution.responses import parse_error
from autograder.exercise import Exercise, Misconception, Trial, combine
from autograder.protocol.errors import describe_error
from autograder.protocol.probe import Observation, perform
from instructor.answers.common_mistakes import common_to
from instructor.answers.failing import is_known_to_fail, matters_to
from instructor.answers.reach import hides, reaches

PAIRS = {"numpy": 800, "torch": 300}  # sets of two that are tried where no mistake alone explains anything
SLOW, PAIRS_OF_SLOW = ("CachedDecoder", "train", "transformer_backward"), 40  # a trial of these takes up to 0.3 s


class LiveAnswers:
    """Answers of the reference and of the misconceptions, run here. An exception of the reference comes through."""

    def __init__(self) -> None:
        self.reference = lru_cache(maxsize=4096)(self._reference)
        self.unviewed_reference = lru_cache(maxsize=4096)(self._unviewed_reference)
        self.mistake = lru_cache(maxsize=512)(self._mistake)
        self.relevant = lru_cache(maxsize=None)(self._relevant)

    def expect(self, trials: Sequence[Trial]) -> None:
        """Nothing is gained by answering several together."""

    def close(self) -> None:
        """Nothing has been started."""

    def is_known_to_fail(self, trial: Trial, misconception: Misconception) -> bool | None:
        """What is recorded."""
        return is_known_to_fail(trial.exercise, trial.case, misconception.name)

    def mistakes(
        self, trial: Trial, misconceptions: Iterable[Misconception]
    ) -> Iterator[tuple[Misconception, AnyShown]]:
        """What several misconceptions show, one after the other."""
        return ((misconception, self.mistake(trial, misconception)) for misconception in misconceptions)

    def combine(self, exercise: Exercise, mistakes: Mistakes) -> Misconception | None:
        """An implementation with the wrong steps of all."""
        return combine(mistakes)

    def pairs(self, exercise: Exercise, among: Sequence[Misconception]) -> Iterator[Mistakes]:
        """The first PAIRS in which neither leaves nothing of the other; those of common mistakes come first."""
        common = common_to(exercise.name, syllabus.unit_of(exercise.name).name)
        by_rarity: list[list[Mistakes]] = [[], [], []]
        for pair in combinations(among, 2):
            by_rarity[sum(m.name not in common for m in pair)].append(pair)
        pairs = (pair for kind in by_rarity for pair in kind if not (hides(*pair) or hides(*reversed(pair))))
        return islice(pairs, PAIRS_OF_SLOW if exercise.name in SLOW else PAIRS[exercise.library])

    def _reference(self, trial: Trial) -> Observation:
        return apply_view(syllabus.case_of(trial), self.unviewed_reference(trial))

    def _unviewed_reference(self, trial: Trial) -> Observation:
        if (expected := syllabus.case_of(trial).expected) is not None:
            return expected
        return perform(syllabus.probe_of(trial), reference_of(syllabus.exercise(trial.exercise)))

    def _mistake(self, trial: Trial, misconception: Misconception) -> Shown:
        shown = self.unviewed_mistake(trial, misconception)
        if isinstance(shown, Failure):
            return shown
        return apply_view_like(syllabus.case_of(trial), self.unviewed_reference(trial), shown)

    def unviewed_mistake(self, trial: Trial, misconception: Misconception) -> Shown:
        """What a misconception shows, before it is looked at as its case looks."""
        implementation = _implementation(misconception, syllabus.exercise(trial.exercise).library)
        if trial.exercise not in implementation:
            return Failure(FailureKind.MISSING)
        try:
            return perform(syllabus.probe_of(trial), implementation)
        except Exception as error:  # a misconception may fail in any way that a student's code may
            return parse_error(describe_error(error))

    def _relevant(self, exercise: Exercise) -> tuple[Misconception, ...]:
        known = syllabus.unit_of(exercise.name).misconceptions
        return tuple(m for m in known if reaches(m, exercise.name, exercise.library))


def read_relevant(exercise: Exercise) -> tuple[Misconception, ...] | None:
    """The misconceptions that can matter to an exercise, as is recorded; None where one of the unit is new.

    Whether one does is otherwise read from its code, which takes as long as a check.
    """
    unit = syllabus.unit_of(exercise.name)
    names = [e.name for e in unit.exercises]
    matters = [matters_to(exercise.name, m.name, names) for m in unit.misconceptions]
    return None if None in matters else tuple(m for m, does in zip(unit.misconceptions, matters, strict=True) if does)


def reference_of(exercise: Exercise) -> Mapping[str, Any]:
    """The names of the module of the reference that an exercise asks for."""
    unit = syllabus.unit_of(exercise.name)
    return vars(importlib.import_module(f"transformer_ref.in_{exercise.library}.{unit.name}"))


@lru_cache(maxsize=1024)
def _implementation(misconception: Misconception, library: str) -> dict[str, Any]:
    return misconception.namespace(library)
