"""What is tried on a submission: which trials, on which inputs, and what was found before anything ran."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograder import syllabus
from autograder.exercise import Exercise, Trial
from autograder.intake.ready_made import ReadyMade, find_ready_made
from autograder.intake.submission import Submission
from autograder.secret import seed_of


@dataclass(frozen=True)
class Plan:
    """The trials of a submission by exercise, in order; the exercises in `ready_made` are not run.

    `seeds` are those of the hidden inputs, None where only public ones are tried. `files` are what the submission finds
    beside it, contents by path. The `cells_left_out` are not run.
    """

    submission: Submission
    trials: Mapping[str, tuple[Trial, ...]]
    seeds: Mapping[str, str | None]
    ready_made: Mapping[str, ReadyMade] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    cells_left_out: frozenset[int] = frozenset()

    @property
    def cells(self) -> dict[int, str]:
        """The cells to run, by number."""
        return {n: source for n, source in self.submission.cells.items() if n not in self.cells_left_out}

    @property
    def to_run(self) -> list[Trial]:
        """The trials that the submission's code has to show, the public ones first: what is told of these was said
        before a hidden input was there."""
        wanted = [trial for name, trials in self.trials.items() if name not in self.ready_made for trial in trials]
        return sorted(wanted, key=lambda trial: (not trial.is_public, _turn(trial)))

    @property
    def firsts_of_stubs(self) -> dict[Trial, Trial]:
        """For the further trials of functions that only raise: the first one, on public inputs and on hidden ones."""
        firsts: dict[tuple[str, bool], Trial] = {}
        further = {}
        for trial in self.to_run:
            first = firsts.setdefault((trial.exercise, trial.is_public), trial)
            if first is not trial and self.submission.code.is_stub(trial.exercise):
                further[trial] = first
        return further

    @property
    def on_hidden_inputs(self) -> "Plan":
        """This plan without its public trials, but for those of exercises that have no others."""
        hidden = {name: tuple(t for t in trials if not t.is_public) for name, trials in self.trials.items()}
        return replace(self, trials={name: hidden[name] or trials for name, trials in self.trials.items()})

    def on_public_inputs(self, exercises: Collection[str], cells_left_out: Collection[int]) -> "Plan":
        """The public trials of some exercises; these cells of the submission are not run for them.

        The last case comes first: what works for the first few calls only is wrong once for each case.
        """
        public = {name: tuple(t for t in reversed(self.trials[name]) if t.is_public) for name in exercises}
        return replace(self, trials=public, cells_left_out=frozenset(cells_left_out))

    def limited_to(self, tried: Collection[Trial]) -> "Plan":
        """This plan without the trials that were not run, where its exercises could be run."""
        trials = {
            name: trials if name in self.ready_made else tuple(t for t in trials if t in tried)
            for name, trials in self.trials.items()
        }
        return replace(self, trials=trials)


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
