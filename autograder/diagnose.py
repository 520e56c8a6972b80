"""Name the mistake: find the misconception that gives what the student's code gives."""

from collections.abc import Mapping

from autograder import bank, expected
from autograder.compare import agree
from autograder.exercise import Case, Exercise, Misconception
from autograder.isolate import Failure
from autograder.worker.probe import Observation

Trial = tuple[str, str]
Seen = Mapping[Trial, Observation | Failure]


def causes(exercise: Exercise, seen: Seen, failing: list[Trial]) -> dict[Trial, Misconception]:
    """For the failing trials (case name, seed), the misconception that explains each, where one does.

    One that gives the same in every trial, failing and passing, explains all. Otherwise a trial is explained by one that
    gives the same arrays there; arrays of random numbers do not agree by accident, but exceptions do.
    """
    if not failing:
        return {}
    ranked = []
    for candidate in bank.unit_of(exercise.name).misconceptions:
        first = _likeness(exercise, candidate, failing[0], seen)
        rest = {trial: _likeness(exercise, candidate, trial, seen) for trial in failing[1:]}
        likeness = {failing[0]: first, **rest}
        if any(value for value in likeness.values()):
            ranked.append((candidate, likeness))
    whole = [(c, ranks) for c, ranks in ranked if all(ranks.values()) and _explains_all(exercise, c, ranks, seen)]
    if whole:
        best = max(whole, key=lambda entry: sum(entry[1].values()))[0]
        return dict.fromkeys(failing, best)
    return {trial: best for trial in failing if (best := _best_for(trial, ranked)) is not None}


def _explains_all(exercise: Exercise, candidate: Misconception, ranks: Mapping[Trial, int], seen: Seen) -> bool:
    """Whether the candidate agrees in the passing trials too; a crash everywhere must be the same crash, word for word."""
    others = [trial for trial in seen if trial not in ranks]
    if not all(_likeness(exercise, candidate, trial, seen) for trial in others):
        return False
    alike = [isinstance(seen[trial], Observation) for trial in seen]
    return any(alike) or max(ranks.values()) == SAME_ERROR


SAME_ARRAYS, SAME_ERROR, SAME_ERROR_TYPE, SOME_ERROR = 3, 3, 2, 1


def _likeness(exercise: Exercise, candidate: Misconception, trial: Trial, seen: Seen) -> int:
    """How much a candidate does what the student's code did in one trial; 0: something else."""
    case = _case(exercise, trial)
    theirs, ours = seen[trial], expected.of_misconception(exercise.name, *trial, candidate.name)
    if isinstance(theirs, Observation) and isinstance(ours, Observation):
        return SAME_ARRAYS if agree(ours, theirs, case.tolerance or exercise.tolerance) else 0
    if isinstance(theirs, Failure) and isinstance(ours, Failure) and theirs.kind == ours.kind == "raised":
        if theirs.error.get("type") != ours.error.get("type"):
            return SOME_ERROR
        return SAME_ERROR if theirs.error.get("message") == ours.error.get("message") else SAME_ERROR_TYPE
    return 0


def _best_for(trial: Trial, ranked: list[tuple[Misconception, dict[Trial, int]]]) -> Misconception | None:
    fitting = [(c, sum(r == SAME_ARRAYS for r in ranks.values())) for c, ranks in ranked if ranks[trial] == SAME_ARRAYS]
    return max(fitting, key=lambda entry: entry[1])[0] if fitting else None


def _case(exercise: Exercise, trial: Trial) -> Case:
    return next(case for case in exercise.cases if case.name == trial[0])
