"""What mistakes cost: each is counted once, however many cases it breaks. See docs/marks.md."""

from collections.abc import Mapping, Sequence

from autograder.exercise import Exercise, Misconception, Trial
from autograder.judging.diagnose import Diagnosis
from autograder.judging.reading import Reading
from autograder.verdict import Finding

LEAST_OF_WHAT_HURTS_TRAINING = 0.2  # of the exercise, however few cases see it


def price(
    exercise: Exercise,
    failed: Sequence[str],
    diagnosis: Diagnosis,
    counted: Mapping[str, str] | None,
    cases: int,
) -> tuple[Finding, ...]:
    """The findings of an exercise with what each costs, the main one first.

    `failed` are the cases that did not pass, of so many `cases`. `counted` says of mistakes, by name, in which earlier
    exercise they were counted; where it is None, every failing case costs its share, whatever its cause.
    """
    share, findings = exercise.points / cases, []
    left = share * len(_cases_of(list(diagnosis.blamed), failed))
    for mistake in diagnosis.mistakes:
        changed = _cases_of(diagnosis.changed[mistake], failed)
        blamed = _cases_of([t for t, m in diagnosis.blamed.items() if m == mistake], failed)
        counted_in = (counted or {}).get(mistake.name, "")
        if counted is None:
            cost = share * len(blamed)
        elif counted_in:
            cost = 0.0
            left -= share * len(blamed)
        else:
            cost = _cost(exercise, mistake, min(share * len(changed), left))
            left = max(left - cost, 0.0)
        findings.append(Finding(mistake.name, mistake.sentence, changed, cost, counted_in))
    return tuple(findings)


def price_readings(readings: Mapping[str, Reading], share: float, points: float) -> tuple[Finding, ...]:
    """What is read from crashes costs each case its share: nothing was compared, so nothing is known to be right.

    Where something was, a reading says how much of the exercise's `points` it may cost.
    """
    by_name: dict[str, list[str]] = {}
    for case, reading in readings.items():
        by_name.setdefault(reading.name, []).append(case)
    first = {name: readings[cases[0]] for name, cases in by_name.items()}
    return tuple(
        Finding(name, first[name].sentence, tuple(cases), min(share * len(cases), points * first[name].most))
        for name, cases in by_name.items()
    )


def _cost(exercise: Exercise, mistake: Misconception, shares: float) -> float:
    cost = min(shares, exercise.points * mistake.weight.value)
    return max(cost, exercise.points * LEAST_OF_WHAT_HURTS_TRAINING) if mistake.hurts_training else cost


def _cases_of(trials: Sequence[Trial], failed: Sequence[str]) -> tuple[str, ...]:
    """The failing cases among those of some trials, in their order."""
    names = {trial.case for trial in trials}
    return tuple(case for case in failed if case in names)
