"""What is tried on a submission: which trials, on which inputs, and what was found before anything ran."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograder import syllabus
from autograder.exercise import Exercise, Trial
from autograder.intake.ready_made import ReadyMade, find_ready_made
from autograder.intake.submission import Submission
from autograder.secret import seed_of


@dataclass(frozen=True)
class Plan:
    """The trials of a submission by exercise, in order; the exercises in `ready_made` are not run.

    `seeds` are those of the hidden inputs, None where only public ones are tried. `files` are what the submission finds
    beside it, contents by path.
    """

    submission: Submission
    trials: Mapping[str, tuple[Trial, ...]]
    seeds: Mapping[str, str | None]
    ready_made: Mapping[str, ReadyMade] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def to_run(self) -> list[Trial]:
        """The trials that the submission's code has to show, the public ones first: what is told of these was said
        before a hidden input was there."""
        wanted = [trial for name, trials in self.trials.items() if name not in self.ready_made for trial in trials]
        return sorted(wanted, key=lambda trial: (not trial.is_public, _turn(trial)))


def _turn(trial: Trial) -> str:
    """When it is a hidden trial's turn: at once, but candidates of a test come in an order that nobody knows, so that a
    test cannot tell by counting which one it gets."""
    if trial.is_public or syllabus.case_of(trial).candidate is None:
        return ""
    return hashlib.sha256(f"{trial.seed}/{trial.case}".encode()).hexdigest()


def make_plan(
    submission: Submission,
    exercises: Sequence[Exercise],
    secret: str | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Plan:
    """Plan the trials of some exercises: with the course secret on hidden cases and inputs too, otherwise public ones.

    Ready-made answers are found by reading, and an exercise that uses one is not run.
    """
    seeds = {exercise.name: seed_of(secret, exercise.name) if secret else None for exercise in exercises}
    found = {e.name: find_ready_made(submission.code, e.name, e.library) for e in exercises}
    return Plan(
        submission,
        trials={exercise.name: exercise.trials(seeds[exercise.name]) for exercise in exercises},
        seeds=seeds,
        ready_made={name: use for name, use in found.items() if use},
        files=files or {},
    )
