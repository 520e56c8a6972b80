"""Name the mistake: find the misconception that gives what the student's code gives."""

import re
from collections.abc import Mapping
from functools import lru_cache

from autograder import bank, expected
from autograder.compare import agree
from autograder.exercise import Exercise, Misconception
from autograder.isolate import Worker
from autograder.received import Failure
from autograder.worker import wire
from autograder.worker.probe import Observation

Trial = tuple[str, str]
Seen = Mapping[Trial, Observation | Failure]

SAME, SAME_ERROR_TYPE, SOME_ERROR, DIFFERENT = 3, 2, 1, 0
LOOKED_AT = 2
PARTICULAR = re.compile(r"'[^']*'|\d+")


def causes(
    exercise: Exercise, seen: Seen, failing: list[Trial], worker: Worker | None = None
) -> dict[Trial, Misconception]:
    """For the failing trials (case name, seed), the misconception that explains each, where one does.

    One that does the same in every trial, failing and passing, explains all. Otherwise each of the first few failing
    trials is explained by one that gives the same arrays there: arrays of random numbers do not agree by accident.
    """
    if not failing:
        return {}
    small_first = sorted(seen, key=lambda trial: _size(exercise.name, *trial))
    failing = [trial for trial in small_first if trial in failing]
    trials = list(dict.fromkeys((small_first[0], failing[0], *small_first)))  # the first two rule out most candidates
    unit = bank.unit_of(exercise.name)
    reached = expected.reached(unit, exercise, worker)
    known = [m for m, matters in zip(unit.misconceptions, reached, strict=True) if matters]
    whole = _explaining_all(exercise, known, seen, trials, worker)
    if whole:
        return dict.fromkeys(failing, whole)
    wrong = [trial for trial in failing if isinstance(seen[trial], Observation)][:LOOKED_AT]
    expected.ask(worker, [(exercise.name, *trial, m.name) for trial in wrong for m in known])
    alike = {trial: {m.name for m in known if _likeness(exercise, m, trial, seen) == SAME} for trial in wrong}
    best = sorted(known, key=lambda m: -sum(m.name in names for names in alike.values()))
    found = {trial: next((m for m in best if m.name in names), None) for trial, names in alike.items()}
    return {trial: m for trial, m in found.items() if m}


def _explaining_all(
    exercise: Exercise, known: list[Misconception], seen: Seen, trials: list[Trial], worker: Worker | None
) -> Misconception | None:
    """The misconception most like the student's code among those that do the same in every trial.

    Code that crashes must say the same at least once, but for names and sizes: a misspelt name where there is a mask is
    no `if mask:`. Code that does nothing but crash must always say the very same.
    """
    best, most, perfect = None, 0, SAME * len(seen)
    only_crashes = not any(isinstance(saw, Observation) for saw in seen.values())
    expected.ask(worker, [(exercise.name, *trials[0], candidate.name) for candidate in known])
    for candidate in known:
        ranks = []
        for trial in trials:
            ranks.append(_likeness(exercise, candidate, trial, seen, worker))
            if not ranks[-1]:
                break
        explains = all(ranks) and (not only_crashes or set(ranks) == {SAME})
        if explains and sum(ranks) > most and _complains_alike(exercise, candidate, seen):
            best, most = candidate, sum(ranks)
        if most == perfect:
            break
    return best


def _complains_alike(exercise: Exercise, candidate: Misconception, seen: Seen) -> bool:
    """Whether nothing crashes, or one crash says what the candidate's says, or both are about a None."""
    crashes = [(saw, expected.of_misconception(exercise.name, *t, candidate.name)) for t, saw in seen.items()]
    pairs = [(_words(saw), _words(ours)) for saw, ours in crashes if isinstance(saw, Failure)]
    return not pairs or any(a == b or ("NoneType" in a and "NoneType" in b) for a, b in pairs)


def _words(failure: Failure) -> str:
    """An error's type and message, without the names and sizes in it, which are each student's own."""
    message = str(failure.error.get("message"))
    return f"{failure.error.get('type')}: {message if 'NoneType' in message else PARTICULAR.sub('…', message)}"


@lru_cache(maxsize=4096)
def _size(exercise_name: str, case_name: str, seed: str) -> int:
    """How much a trial computes with, in bytes."""
    return len(wire.encode(expected.probe_of(exercise_name, case_name, seed).steps))


def _likeness(
    exercise: Exercise, candidate: Misconception, trial: Trial, seen: Seen, worker: Worker | None = None
) -> int:
    """How much a candidate does what the student's code did in one trial."""
    theirs = seen[trial]
    if isinstance(theirs, Failure) and theirs.kind != "raised":
        return DIFFERENT
    expected.ask(worker, [(exercise.name, *trial, candidate.name)])
    ours = expected.of_misconception(exercise.name, *trial, candidate.name)
    if isinstance(theirs, Observation):
        case = exercise.case_named(trial[0])
        ungraded = case.ungraded() if case.ungraded else None
        same = isinstance(ours, Observation) and agree(ours, theirs, exercise.tolerance_of(case.name), ungraded)
        return SAME if same else DIFFERENT
    if isinstance(ours, Observation) or ours.kind != "raised":
        return DIFFERENT
    if theirs.error.get("type") != ours.error.get("type"):
        return SOME_ERROR
    return SAME if theirs.error.get("message") == ours.error.get("message") else SAME_ERROR_TYPE
