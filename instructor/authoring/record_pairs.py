"""Which pairs of misconceptions are recorded for students: the common ones that meet in a case.

Where two never fail the same case, each case shows one of them as it is alone, and nothing needs to be recorded.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from autograder.answers import Answers, Mistakes
from autograder.exercise import PUBLIC, Exercise, Misconception, Trial, combine
from instructor.answers.common_mistakes import common_to
from instructor.answers.reach import hides


def choose_pairs(
    exercise: Exercise, unit: str, among: Sequence[Misconception], answers: Answers
) -> Iterator[tuple[Misconception, Mistakes]]:
    """The pairs of an exercise, each as one implementation and as the two that it is made of."""
    common = common_to(exercise.name, unit)
    cases = [case.name for case in exercise.cases if not case.hidden]
    for pair in combinations([m for m in among if m.name in common], 2):
        apart = hides(*pair) or hides(*reversed(pair)) or not any(_meet(exercise, c, pair, answers) for c in cases)
        if not apart and (both := combine(pair)):
            yield both, pair


def _meet(exercise: Exercise, case: str, pair: Sequence[Misconception], answers: Answers) -> bool:
    """Whether both fail a case on its public inputs, as far as is known."""
    trial = Trial(exercise.name, case, PUBLIC)
    return all(answers.is_known_to_fail(trial, m) is not False for m in pair)
