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
from autograder.verdict import Grade, Outcome
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
    first = {e.name: [t for t in trials(e, seeds[e.name]) if t[1] == (seeds[e.name] or PUBLIC)] for e in graded}
    for e in graded:  # what is expected is computed here while the worker is still importing
        expected.of_reference(e.name, *first[e.name][0])
    deadline = worker.deadline()
    seen |= _run(submission, graded, first, worker, transcript, deadline)
    grades = {
        e.name: judge(e, seen[e.name], submission, transcript, seeds[e.name], explained=not secret) for e in exercises
    }
    if secret:  # what is wrong is explained with the public inputs, which the student has too
        wrong = [e for e in graded if {v.outcome for v in grades[e.name].verdicts} & {Outcome.WRONG, Outcome.CRASHED}]
        public = {e.name: trials(e, None) for e in wrong}
        for name, more in _run(submission, wrong, public, worker, transcript, deadline).items():
            e = next(e for e in wrong if e.name == name)
            grades[name] = judge(e, _in_time(more) | seen[name], submission, transcript, seeds[name])
    return [grades[e.name] for e in exercises]


def _run(
    submission: Submission,
    exercises: Sequence[Exercise],
    plan: Mapping[str, list[Trial]],
    worker: Worker,
    transcript: Transcript,
    deadline: float,
) -> dict[str, dict[Trial, Observation | Failure]]:
    """Run the planned trials of some exercises; what cells raised is added to the transcript."""
    jobs = [
        Job(f"{e.name} {number}", e.name, expected.probe_of(e.name, *trial))
        for e in exercises
        for number, trial in enumerate(plan[e.name])
    ]
    ran = worker.run(submission.cells, jobs, deadline, modules_of(submission.unit), files_of(submission.unit))
    transcript.cells.update(ran.cells)
    return {e.name: {t: ran.jobs[f"{e.name} {n}"] for n, t in enumerate(plan[e.name])} for e in exercises}


def _in_time(seen: Mapping[Trial, Observation | Failure]) -> dict[Trial, Observation | Failure]:
    """Without the trials for which the submission's time was too short: they were to explain, not to judge."""
    return {t: saw for t, saw in seen.items() if not (isinstance(saw, Failure) and saw.error.get("whole"))}


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
