"""Answers that were recorded: what the reference shows on the public inputs, and sketches of what mistakes show."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from autograder import syllabus
from autograder.answers import AnyShown, Mistakes
from autograder.answers.sketch import Sketch, Sketched, draw_sketch
from autograder.evidence import Failure, FailureKind
from autograder.exercise import Exercise, Misconception, Trial
from autograder.protocol.probe import Observation
from autograder.recorded import NotHere, Recorded, put_in
from autograder.recorded.drawn import draw_again


class RecordedAnswers:
    """What was recorded of a course. There is nothing about hidden inputs: for them, KeyError is raised."""

    def __init__(self, course: Recorded) -> None:
        self.course = course
        self.reference = lru_cache(maxsize=1024)(self._reference)
        self._right = lru_cache(maxsize=1024)(self._sketch_reference)

    def expect(self, trials: Sequence[Trial]) -> None:
        """Everything is there."""

    def close(self) -> None:
        """Nothing has been started."""

    def unviewed_reference(self, trial: Trial) -> Observation:
        """What the reference shows before the case's view; of numbers that the view takes in, shapes alone are true."""
        unviewed, viewed = self._case(trial).get("unviewed"), self.reference(trial)
        if unviewed is None:
            return viewed
        shapes = {
            name: np.broadcast_to(np.zeros((), dtype), shape) for name, (shape, dtype) in unviewed["shapes"].items()
        }
        return Observation({**{name: viewed.arrays[name] for name in unviewed["same"]}, **shapes}, unviewed["facts"])

    def mistake(self, trial: Trial, misconception: Misconception) -> AnyShown:
        """A sketch of what a misconception shows, or several together."""
        names = misconception.name.split("+")
        found = self._show_together(trial, names)
        if not found:
            found = [shown for name in names if (shown := self._find_shown(trial, name)) is not None]
        assert len(found) < 2, "combine sees to it"
        return self._make_shown(trial, found[0] if found else None)

    def knows(self, trial: Trial, misconception: Misconception) -> bool:
        """Whether it is recorded what they show together in a case."""
        return self._know_together(trial.exercise, trial.case, misconception.name.split("+"))

    def mistakes(
        self, trial: Trial, misconceptions: Iterable[Misconception]
    ) -> Iterator[tuple[Misconception, AnyShown]]:
        """The same for several."""
        return ((misconception, self.mistake(trial, misconception)) for misconception in misconceptions)

    def is_known_to_fail(self, trial: Trial, misconception: Misconception) -> bool | None:
        """Whether anything is recorded: of a misconception that passes, nothing is."""
        return self._find_shown(trial, misconception.name) is not None

    def combine(self, exercise: Exercise, mistakes: Mistakes) -> Misconception | None:
        """Several together, if of those that meet in a case it is recorded what they show there."""
        names = [m.name for m in mistakes]
        if not all(self._know_together(exercise.name, case.name, names) for case in exercise.cases):
            return None
        return mistakes[0] if len(names) == 1 else Misconception("+".join(names), "", NotHere)

    def _know_together(self, exercise: str, case: str, names: Sequence[str]) -> bool:
        """Whether it is recorded what several show together in a case: two of them may meet there, if as a pair."""
        known = self._details(exercise)["misconceptions"]
        meeting = [name for name in names if case in known.get(name, ())]
        if len(meeting) > 2 or (len(meeting) == 2 and self._find_pair(exercise, meeting) is None):
            return False
        return len(names) <= 2 or sum(case in pair for pair in self._find_pairs(exercise, names)) < 2

    def _show_together(self, trial: Trial, names: Sequence[str]) -> list[int]:
        """The number of what two of them show in a case, where it is something that neither of them shows alone."""
        return [pair[trial.case] for pair in self._find_pairs(trial.exercise, names) if trial.case in pair]

    def _find_pairs(self, exercise: str, names: Sequence[str]) -> list[dict[str, int]]:
        """What every two of them show together, as far as it was recorded."""
        return [pair for two in combinations(names, 2) if (pair := self._find_pair(exercise, two)) is not None]

    def _find_pair(self, exercise: str, names: Sequence[str]) -> dict[str, int] | None:
        """What two show together in the cases in which they meet; None where it was not recorded."""
        pairs = self._details(exercise)["pairs"]
        found: dict[str, int] | None = pairs.get("+".join(names), pairs.get("+".join(reversed(names))))
        return found

    def pairs(self, exercise: Exercise, among: Sequence[Misconception]) -> Iterable[Mistakes]:
        """All that are recorded."""
        return [pair for pair in combinations(among, 2) if self.combine(exercise, pair)]

    def relevant(self, exercise: Exercise) -> Sequence[Misconception]:
        """The misconceptions of which something is recorded, in the order of the bank."""
        unit = syllabus.unit_of(exercise.name)
        known = self._details(exercise.name)["misconceptions"]
        return tuple(m for m in unit.misconceptions if m.name in known)

    def _details(self, exercise: str) -> Any:
        return self.course.details(syllabus.unit_of(exercise).name)[exercise]

    def _case(self, trial: Trial) -> Any:
        if not trial.is_public:
            raise KeyError(f"nothing is recorded of the hidden inputs of {trial.exercise}")
        return self._details(trial.exercise)["cases"][trial.case]

    def _reference(self, trial: Trial) -> Observation:
        case = self._case(trial)
        drawn = draw_again(case["seed"], case["asked"], case["digest"])
        return Observation(put_in(case["reference"]["arrays"], drawn), case["reference"]["facts"])

    def _sketch_reference(self, trial: Trial) -> Sketched:
        right, ungraded = self.reference(trial), self._case(trial).get("ungraded", {})
        arrays = {name: draw_sketch(array, ungraded.get(name)) for name, array in right.arrays.items()}
        return Sketched(arrays, right.facts)

    def _find_shown(self, trial: Trial, name: str) -> int | None:
        found: int | None = self._details(trial.exercise)["misconceptions"].get(name, {}).get(trial.case)
        return found

    def _make_shown(self, trial: Trial, found: int | None) -> AnyShown:
        """What the record says that differs from the reference, put into what the reference shows."""
        right = self._right(trial)
        if found is None:
            return right
        entry = self._details(trial.exercise)["shown"][found]
        if "failure" in entry:
            return _make_failure(entry["failure"])
        facts = {name: fact for name, fact in (right.facts | entry.get("facts", {})).items() if fact is not None}
        arrays: dict[str, Sketch] = dict(right.arrays)
        for name, sketch in entry.get("arrays", {}).items():
            arrays.pop(name, None)
            if sketch is not None:
                arrays[name] = self._make_sketch(trial, sketch, right.arrays.get(name))
        return Sketched(arrays, facts)

    def _make_sketch(self, trial: Trial, entry: Any, right: Sketch | None) -> Sketch:
        """Where nothing else is said, its shape and dtype are the reference's, and all is finite."""
        number, *others = entry if isinstance(entry, list) else [entry]
        projection = float(self._details(trial.exercise)["projections"][number])
        if others:
            shape, dtype, not_finite = others
            return Sketch(tuple(shape), dtype, projection, not_finite)
        assert right is not None
        return Sketch(right.shape, right.dtype, projection)


def _make_failure(fields: dict[str, Any]) -> Failure:
    shapes = tuple((name, tuple(shape)) for name, shape in fields.get("shapes", ()))
    return Failure(**fields | {"kind": FailureKind(fields["kind"]), "shapes": shapes})


class RecordedCourse(Recorded):
    """The source of the course that knows no answers."""

    def answers(self) -> RecordedAnswers:
        """What was recorded."""
        return RecordedAnswers(self)

    def answers_beside(self, executor: object) -> RecordedAnswers:
        """The same: nothing has to be run."""
        return self.answers()
