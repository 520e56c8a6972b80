"""The pure core: a submission and exercises in, grades out. It prints nothing; the shells only show what it says."""

from collections.abc import Mapping, Sequence
from typing import Any

from autograder import expected
from autograder.diagnose import Trial
from autograder.exercise import Exercise
from autograder.isolate import Failure, Job, Transcript, Worker, observed
from autograder.judge import PUBLIC, judge
from autograder.policy import forbidden
from autograder.secret import seed_of
from autograder.submission import Submission
from autograder.verdict import Grade
from autograder.worker.child import observe
from autograder.worker.probe import Probe


def grade(
    submission: Submission, exercises: Sequence[Exercise], worker: Worker, secret: str | None = None
) -> list[Grade]:
    """Grade a submission: with the course secret on hidden cases and hidden inputs too, without it on public ones.

    The same submission, secret and limits give the same grades. Raises GraderFault where the grader itself fails.
    """
    seeds = {e.name: seed_of(secret, e.name) if secret else None for e in exercises}
    plan = {e.name: trials(e, seeds[e.name]) for e in exercises}
    used = {e.name: _ready_made(submission.cells, e) for e in exercises}
    jobs = [
        Job(f"{e.name} {number}", e.name, _probe(e, trial))
        for e in exercises
        for number, trial in enumerate(plan[e.name])
        if not used[e.name]
    ]
    worker.start()
    for e in exercises:
        if not used[e.name]:  # what is expected is computed here while the worker is still importing
            expected.of_reference(e.name, *plan[e.name][0])
    transcript = worker.run(submission.cells, jobs)
    grades = []
    for e in exercises:
        seen = {trial: used[e.name] or transcript.jobs[f"{e.name} {n}"] for n, trial in enumerate(plan[e.name])}
        grades.append(judge(e, seen, submission, transcript, seeds[e.name]))
    return grades


def grade_here(exercise: Exercise, namespace: Mapping[str, Any], cells: Mapping[int, str]) -> Grade:
    """Grade one exercise on its public inputs in this very process, as a student's own notebook does."""
    used = _ready_made(cells, exercise)
    seen = {
        trial: used or observed(observe(_probe(exercise, trial), namespace)) for trial in trials(exercise, seed=None)
    }
    return judge(exercise, seen, Submission("this notebook", "", cells, is_notebook=True), Transcript(), None)


def trials(exercise: Exercise, seed: str | None) -> list[Trial]:
    """What is tried for each case: the public inputs, those drawn from the hidden seed, or both."""
    return [
        (case.name, drawn_from)
        for case in exercise.cases
        for drawn_from in (None if case.hidden else PUBLIC, seed)
        if drawn_from is not None
    ]


def _probe(exercise: Exercise, trial: Trial) -> Probe:
    return exercise.probe(exercise.case_named(trial[0]), trial[1])


def _ready_made(cells: Mapping[int, str], exercise: Exercise) -> Failure | None:
    found = forbidden(cells, exercise.name, exercise.library)
    return Failure("ready-made", {"name": found.name, "cell": found.cell, "line": found.line}) if found else None
