"""Tests that students write: what they let through, and whether they refuse right code."""

from collections.abc import Collection, Sequence

from autograder.exercise import Exercise
from autograder.verdict import Finding, Grade, Outcome, Verdict

CAUGHT = "caught: "  # how the promise of a wrong candidate begins; what follows says what is wrong with it
LETS_THROUGH, LET = "lets-through-", "Your test lets through: "


def is_of_a_test(grade: Grade) -> bool:
    """Whether a grade is that of a test which a student wrote."""
    return any(verdict.promise.startswith(CAUGHT) for verdict in grade.verdicts)


def count_shares(exercise: Exercise, cases: Collection[str]) -> int:
    """How many shares its points are divided into: one for each case, or of a test, for each mistake to be caught."""
    return sum(not (exercise.tests and exercise.case_named(case).is_right) for case in cases)


def find_let_through(exercise: Exercise, verdicts: Sequence[Verdict]) -> tuple[Finding, ...]:
    """The findings of a test: each mistake that it lets through costs its share, right code that it refuses costs all.

    Nothing for other exercises, and for a test that is not there or comes to no verdict anywhere.
    """
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if not exercise.tests or len({verdict.outcome for verdict in verdicts} & {Outcome.PASSED, Outcome.WRONG}) == 0:
        return ()
    accused = [verdict for verdict in failed if exercise.case_named(verdict.case).is_right]
    if accused:
        return (_refuses(exercise, accused, failed),)
    return tuple(
        Finding(f"{LETS_THROUGH}{v.case}", f"{LET}{v.promise.removeprefix(CAUGHT)}.", (v.case,), v.points)
        for v in failed
        if v.outcome is Outcome.WRONG
    )


def _refuses(exercise: Exercise, accused: Sequence[Verdict], failed: Sequence[Verdict]) -> Finding:
    first = accused[0]
    if first.outcome is Outcome.WRONG:
        sentence = f"Your test refuses right code, so it earns nothing: {first.promise}."
    else:
        sentence = f"Your test comes to no verdict on right code, so it earns nothing. {first.where}".rstrip()
    return Finding("refuses-right-code", sentence, tuple(verdict.case for verdict in failed), exercise.points)
