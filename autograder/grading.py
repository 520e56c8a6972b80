"""The pure core: a submission and exercises in, grades out. It prints nothing; the shells only show what it says."""

from collections.abc import Mapping, Sequence
from typing import Any

from autograder import expected
from autograder.diagnose import Trial
from autograder.exercise import Exercise
from autograder.given import modules_of
from autograder.isolate import Job, Transcript, Worker
from autograder.judge import PUBLIC, judge
from autograder.policy import forbidden
from autograder.received import Failure, observed
from autograder.secret import seed_of
from autograder.shipped import files_of
from autograder.submission import Submission
from autograder.verdict import Grade
from autograder.worker.child import observe
from autograder.worker.probe import Observation


def grade(
    submission: Submission, exercises: Sequence[Exercise], worker: Worker, secret: str | None = None
) -> list[Grade]:
    """Grade a submission: with the course secret on hidden cases and hidden inputs too, without it on public ones.

    The same submission, secret and limits give the same grades. Raises GraderFault where the grader itself fails.
    """
    seeds = {e.name: seed_of(secret, e.name) if secret else None for e in exercises}
    seen: dict[str, dict[Trial, Observation | Failure]] = {}
    transcript = Transcript()
    worker.start()
    for e in exercises:
        if used := _ready_made(submission.cells, e):
            seen[e.name] = dict.fromkeys(trials(e, seeds[e.name]), used)
    graded = [e for e in exercises if e.name not in seen]
    tried = [(e.name, *trial, expected.REFERENCE) for e in graded for trial in trials(e, seeds[e.name])]
    expected.ask(worker, tried)
    seen |= _run(submission, graded, seeds, worker, transcript)
    return [judge(e, seen[e.name], submission, transcript, seeds[e.name], worker) for e in exercises]


def _run(
    submission: Submission,
    exercises: Sequence[Exercise],
    seeds: Mapping[str, str | None],
    worker: Worker,
    transcript: Transcript,
) -> dict[str, dict[Trial, Observation | Failure]]:
    """Run every trial, those on public inputs first: what is told of them was said before a hidden input was there."""
    plan = [(e.name, trial) for e in exercises for trial in trials(e, seeds[e.name])]
    jobs = {
        trial: Job(str(number), trial[0], expected.probe_of(trial[0], *trial[1])) for number, trial in enumerate(plan)
    }
    public, hidden = ([job for (_, t), job in jobs.items() if (t[1] == PUBLIC) is wanted] for wanted in (True, False))
    unit = submission.unit
    ran = worker.run(submission.cells, public, hidden, modules=modules_of(unit), files=files_of(unit))
    transcript.cells.update(ran.cells)
    return {e.name: {t: ran.jobs[jobs[name, t].id] for name, t in plan if name == e.name} for e in exercises}


def grade_here(exercise: Exercise, namespace: Mapping[str, Any], cells: Mapping[int, str]) -> Grade:
    """Grade one exercise on its public inputs in this very process, as a student's own notebook does."""
    used = _ready_made(cells, exercise)
    seen = {
        trial: used or observed(observe(expected.probe_of(exercise.name, *trial), namespace))
        for trial in trials(exercise, seed=None)
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


def _ready_made(cells: Mapping[int, str], exercise: Exercise) -> Failure | None:
    found = forbidden(cells, exercise.name, exercise.library)
    return Failure("ready-made", {"name": found.name, "cell": found.cell, "line": found.line}) if found else None
