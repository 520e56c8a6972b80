"""How much a known mistake does in one trial what the student's code did."""

import re
from enum import IntEnum

import numpy as np

from autograder.answers import AnyShown
from autograder.answers.sketch import Sketched
from autograder.evidence import Failure, FailureKind, Shown
from autograder.exercise import Exercise, Trial
from autograder.judging.compare import agree, difference, same_arrays
from autograder.protocol.probe import Observation

PARTICULAR = re.compile(r"'[^']*'|\d+")
OF_A_BLOCK = re.compile(r"`\w+` of `\w+` (has the shape|is )")
ABOUT_SHAPES = re.compile(r"size|shape|broadcast|dimension|do not match|mismatch|not aligned", re.IGNORECASE)


class Likeness(IntEnum):
    """How much a mistake does in one trial what the student's code did."""

    DIFFERENT = 0
    SOME_ERROR = 1
    SAME_ERROR_TYPE = 2
    SAME = 3


def likeness(exercise: Exercise, trial: Trial, theirs: Shown, ours: AnyShown) -> Likeness:
    """Compare what a student's code and a mistake showed."""
    if isinstance(theirs, Observation):
        return Likeness.SAME if is_same(exercise, trial, theirs, ours) else Likeness.DIFFERENT
    if isinstance(ours, Observation | Sketched) or {theirs.kind, ours.kind} != {FailureKind.RAISED}:
        return Likeness.DIFFERENT
    if _are_about_shapes(theirs, ours):
        return Likeness.SAME_ERROR_TYPE
    if theirs.type != ours.type:
        return Likeness.SOME_ERROR
    return Likeness.SAME if theirs.message == ours.message else Likeness.SAME_ERROR_TYPE


def is_same(exercise: Exercise, trial: Trial, theirs: Shown, ours: AnyShown) -> bool:
    """Whether both showed the same arrays and facts, in everything that is graded."""
    if isinstance(theirs, Failure) or isinstance(ours, Failure):
        return False
    case = exercise.case_named(trial.case)
    ungraded = case.ungraded()
    return agree(ours, theirs, exercise.tolerance_of(case.name), ungraded)


def passes(exercise: Exercise, trial: Trial, right: Observation, ours: AnyShown, forgiving: float = 1.0) -> bool:
    """Whether what a mistake shows passes the trial, as student code that shows it would; `forgiving` multiplies the
    tolerance."""
    if isinstance(ours, Failure):
        return False
    assert isinstance(ours, Observation), "of what is recorded it is known whether it passes"
    case = exercise.case_named(trial.case)
    ungraded = case.ungraded()
    return difference(right, ours, forgiving * exercise.tolerance_of(case.name), ungraded) is None


def complain_alike(theirs: Shown, ours: AnyShown) -> bool:
    """Whether two crashes say the same, but for names and sizes, or are both about a None, or about shapes that a block
    refuses: a mistake's own code says that in other words."""
    if _are_about_shapes(theirs, ours):
        return True
    a, b = _words(theirs), _words(ours)
    return bool(a) and (a == b or ("NoneType" in a and "NoneType" in b))


def are_both_about_shapes(theirs: Shown, ours: AnyShown) -> bool:
    """Whether two crashes are about shapes: the same ones meet in a sum, a product or an `einsum`, which each say that
    in other words."""
    return all(isinstance(shown, Failure) and ABOUT_SHAPES.search(shown.message) for shown in (theirs, ours))


def is_explained(exercise: Exercise, trial: Trial, theirs: Shown, ours: AnyShown) -> bool:
    """Whether a mistake, or several in one implementation, do what the student's code did: the same numbers, or a crash
    of the same kind with the same words."""
    if isinstance(theirs, Observation):
        return is_same(exercise, trial, theirs, ours)
    return likeness(exercise, trial, theirs, ours) >= Likeness.SAME_ERROR_TYPE and complain_alike(theirs, ours)


def share_a_wrong_array(exercise: Exercise, trial: Trial, theirs: Shown, ours: AnyShown, right: Observation) -> bool:
    """Whether one array of the two is the same, has numbers in it, and is not the right one.

    A second mistake may have changed the others: attention weights are right or wrong before the values come in.
    """
    if isinstance(theirs, Failure) or isinstance(ours, Failure):
        return False
    case, tolerance = exercise.case_named(trial.case), exercise.tolerance_of(trial.case)
    ungraded = case.ungraded()
    for name, array in theirs.arrays.items():
        free = ungraded.get(name)
        if name not in ours.arrays or name not in right.arrays or not np.isfinite(array).any():
            continue
        if same_arrays(ours.arrays[name], array, tolerance, free) and not same_arrays(
            right.arrays[name], array, tolerance, free
        ):
            return True
    return False


def _are_about_shapes(theirs: Shown, ours: AnyShown) -> bool:
    if not (isinstance(theirs, Failure) and isinstance(ours, Failure)):
        return False
    return bool(OF_A_BLOCK.match(theirs.message) and ABOUT_SHAPES.search(ours.message))


def _words(failure: AnyShown) -> str:
    """An error's type and message, without the names and sizes in it, which are each student's own."""
    if not isinstance(failure, Failure):
        return ""
    message = failure.message
    return f"{failure.type}: {message if 'NoneType' in message else PARTICULAR.sub('…', message)}"
