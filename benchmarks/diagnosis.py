"""How long a check takes that has to name mistakes: processor seconds, with nothing known from earlier checks.

    python benchmarks/diagnosis.py [NUMBER]    so many single mistakes, and a third as many pairs; 120 by default

A check runs the public cases on an implementation that makes the mistakes, and looks for them among all: as a student's
package does, from what is recorded, and as a notebook in this repository does, which runs what is not recorded. PyTorch
imports its compiler where a process makes its first optimizer, whoever makes it: that is on no check here.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator

import torch

from autograder import syllabus
from autograder.answers import Answers
from autograder.answers.recorded import RecordedCourse
from autograder.exercise import Exercise, Misconception, combine
from autograder.shells.notebook_check import grade_here
from instructor.answers.course import Bank
from instructor.answers.live import LiveAnswers

Drawn = Iterator[tuple[Exercise, Misconception]]


def draw_mistakes(answers: LiveAnswers, together: int) -> Drawn:
    """Misconceptions, so many in one implementation, of every exercise in turn; always the same ones."""
    dice = random.Random(1762)
    exercises = [syllabus.exercise(name) for name in syllabus.exercise_names()]
    while True:
        for exercise in exercises:
            known = list(answers.relevant(exercise))
            if len(known) >= together and (drawn := combine(tuple(dice.sample(known, together)))):
                yield exercise, drawn


SOURCES: dict[str, Callable[[], Answers]] = {
    "student's package": RecordedCourse().answers,
    "repository": Bank().answers,
}


def measure(exercise: Exercise, mistake: Misconception, source: str) -> float:
    """The processor seconds of one check."""
    namespace, answers = mistake.namespace(exercise.library), SOURCES[source]()
    begun = time.process_time()
    grade_here(exercise.name, namespace, {1: ""}, answers)
    return time.process_time() - begun


def main(number: int) -> None:
    """Print a row for single mistakes and one for pairs."""
    torch.set_num_threads(1)
    torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))]).step()
    answers = LiveAnswers()
    for what, together, count in (("single mistakes", 1, number), ("pairs", 2, number // 3)):
        drawn = [one for _, one in zip(range(count), draw_mistakes(answers, together), strict=False)]
        for source in SOURCES:
            report(f"{what}, {source}", [(measure(*one, source), one) for one in drawn])


def report(what: str, found: list[tuple[float, tuple[Exercise, Misconception]]]) -> None:
    """Print a row."""
    seconds = sorted(cost for cost, _ in found)
    slowest, (exercise, mistake) = max(found, key=lambda one: one[0])
    print(
        f"{what}: median {statistics.median(seconds):.2f} s, 95 % below {seconds[int(0.95 * len(found))]:.2f} s, "
        f"slowest {slowest:.2f} s ({exercise.name}: {mistake.name}); {len(found)} checks"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 120)
