"""Name the mistake: find the misconception that gives what the student's code gives."""

import re
from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import lru_cache

from autograder import bank
from autograder.answers import Answers
from autograder.evidence import Failure, FailureKind, Shown
from autograder.exercise import Exercise, Misconception, Trial
from autograder.judging.compare import agree
from autograder.protocol import wire
from autograder.protocol.probe import Observation

LOOKED_AT = 2
PARTICULAR = re.compile(r"'[^']*'|\d+")


class Likeness(IntEnum):
    """How much a misconception does in one trial what the student's code did."""

    DIFFERENT = 0
    SOME_ERROR = 1
    SAME_ERROR_TYPE = 2
    SAME = 3


def find_causes(
    exercise: Exercise, shown: Mapping[Trial, Shown], failing: Sequence[Trial], answers: Answers
) -> dict[Trial, Misconception]:
    """For the failing trials, the misconception that explains each, where one does.

    One that does the same in every trial, failing and passing, explains all. Otherwise each of the first few failing
    trials is explained by one that gives the same arrays there: arrays of random numbers do not agree by accident.
    """
    if not failing:
        return {}
    small_first = sorted(shown, key=_size)
    failing = [trial for trial in small_first if trial in failing]
    trials = list(dict.fromkeys((small_first[0], failing[0], *small_first)))  # the first two rule out most candidates
    known = answers.relevant(exercise)
    whole = _find_cause_of_all(exercise, known, shown, trials, answers)
    if whole:
        return dict.fromkeys(failing, whole)
    wrong = [trial for trial in failing if isinstance(shown[trial], Observation)][:LOOKED_AT]
    alike = {
        trial: [m for m, ours in answers.mistakes(trial, known) if _is_same(exercise, trial, shown[trial], ours)]
        for trial in wrong
    }
    best_first = sorted(known, key=lambda m: -sum(m in same for same in alike.values()))
    return {trial: next(m for m in best_first if m in same) for trial, same in alike.items() if same}


def _find_cause_of_all(
    exercise: Exercise,
    known: Sequence[Misconception],
    shown: Mapping[Trial, Shown],
    trials: Sequence[Trial],
    answers: Answers,
) -> Misconception | None:
    """The misconception most like the student's code among those that do the same in every trial.

    Code that crashes must say the same at least once, but for names and sizes: a misspelt name where there is a mask is
    no `if mask:`. Code that does nothing but crash must always say the very same.
    """
    best, most, perfect = None, 0, Likeness.SAME * len(shown)
    only_crashes = not any(isinstance(theirs, Observation) for theirs in shown.values())
    for candidate, first in answers.mistakes(trials[0], known):
        likenesses = [_likeness(exercise, trials[0], shown[trials[0]], first)]
        for trial in trials[1:] if likenesses[0] else ():
            likenesses.append(_likeness(exercise, trial, shown[trial], answers.mistake(trial, candidate)))
            if not likenesses[-1]:
                break
        explains = all(likenesses) and (not only_crashes or set(likenesses) == {Likeness.SAME})
        if explains and sum(likenesses) > most and _complains_alike(candidate, shown, answers):
            best, most = candidate, sum(likenesses)
        if most == perfect:
            break
    return best


def _complains_alike(candidate: Misconception, shown: Mapping[Trial, Shown], answers: Answers) -> bool:
    """Whether nothing crashes, or one crash says what the candidate's says, or both are about a None."""
    pairs = [
        (_words(theirs), _words(answers.mistake(trial, candidate)))
        for trial, theirs in shown.items()
        if isinstance(theirs, Failure)
    ]
    return not pairs or any(a == b or ("NoneType" in a and "NoneType" in b) for a, b in pairs)


def _words(failure: Shown) -> str:
    """An error's type and message, without the names and sizes in it, which are each student's own."""
    if not isinstance(failure, Failure):
        return ""
    message = failure.message
    return f"{failure.type}: {message if 'NoneType' in message else PARTICULAR.sub('…', message)}"


@lru_cache(maxsize=4096)
def _size(trial: Trial) -> int:
    """How much a trial computes with, in bytes."""
    return len(wire.encode(bank.probe_of(trial).actions))


def _likeness(exercise: Exercise, trial: Trial, theirs: Shown, ours: Shown) -> Likeness:
    if isinstance(theirs, Observation):
        return Likeness.SAME if _is_same(exercise, trial, theirs, ours) else Likeness.DIFFERENT
    if isinstance(ours, Observation) or {theirs.kind, ours.kind} != {FailureKind.RAISED}:
        return Likeness.DIFFERENT
    if theirs.type != ours.type:
        return Likeness.SOME_ERROR
    return Likeness.SAME if theirs.message == ours.message else Likeness.SAME_ERROR_TYPE


def _is_same(exercise: Exercise, trial: Trial, theirs: Shown, ours: Shown) -> bool:
    if isinstance(theirs, Failure) or isinstance(ours, Failure):
        return False
    case = exercise.case_named(trial.case)
    ungraded = case.ungraded() if case.ungraded else None
    return agree(ours, theirs, exercise.tolerance_of(case.name), ungraded)
