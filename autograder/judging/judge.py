"""From evidence to grades: compare with the reference, and name the mistakes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder import bank
from autograder.answers import Answers
from autograder.answers.views import apply_view_like
from autograder.evidence import Evidence, Failure, Shown
from autograder.exercise import Exercise, Misconception, Trial
from autograder.judging.diagnose import find_causes
from autograder.judging.messages import Defect, describe_use, find_defect
from autograder.plan import Plan
from autograder.verdict import Grade, Outcome, Verdict

LONGEST_WHERE = 1500
Defects = dict[Trial, Defect]


def judge(plan: Plan, evidence: Evidence, answers: Answers) -> list[Grade]:
    """Grade every exercise of a plan. It starts nothing; what it does not know it asks of `answers`."""
    return [_judge_exercise(bank.exercise(name), plan, evidence, answers) for name in plan.trials]


def _judge_exercise(exercise: Exercise, plan: Plan, evidence: Evidence, answers: Answers) -> Grade:
    trials = plan.trials[exercise.name]
    defects, causes = _find_defects(exercise, plan, evidence, answers)
    cases = {trial.case: [t for t in trials if t.case == trial.case] for trial in trials}
    points = exercise.points / len(cases)
    verdicts = tuple(
        _give_verdict(exercise, case, points, tried, defects, causes.get(case)) for case, tried in cases.items()
    )
    seed = plan.seeds[exercise.name]
    return Grade(exercise.name, plan.submission.unit, exercise.points, exercise.bonus, verdicts, seed)


def _find_defects(
    exercise: Exercise, plan: Plan, evidence: Evidence, answers: Answers
) -> tuple[Defects, dict[str, Misconception]]:
    """What is wrong in the failing trials of an exercise, and the likely cause for each failing case."""
    trials, submission = plan.trials[exercise.name], plan.submission
    if use := plan.ready_made.get(exercise.name):
        return _explain_replacement(dict.fromkeys(trials, describe_use(use, submission)), exercise, plan), {}
    viewed = {trial: _view(exercise, trial, evidence[trial], answers) for trial in trials}
    defects = {}
    for trial in trials:
        found = find_defect(exercise, trial, evidence[trial], viewed[trial], submission, evidence, answers)
        if found:
            defects[trial] = found
    causes = _find_causes_by_case(exercise, viewed, defects, answers)
    return _explain_replacement(defects, exercise, plan), causes


def _view(exercise: Exercise, trial: Trial, shown: Shown, answers: Answers) -> Shown:
    if isinstance(shown, Failure):
        return shown
    return apply_view_like(exercise.case_named(trial.case), answers.unviewed_reference(trial), shown)


def _explain_replacement(defects: Defects, exercise: Exercise, plan: Plan) -> Defects:
    """Where a later import has replaced the student's own name, say so first."""
    replaced = plan.submission.code.replaced_in(exercise.name)
    if replaced is None:
        return defects
    place = f"cell {replaced}" if plan.submission.is_notebook else f"line {replaced}"
    text = f"the import at {place} replaced your own `{exercise.name}`: "
    return {t: replace(d, text=text + d.text, redacted=text + d.redacted) for t, d in defects.items()}


def _find_causes_by_case(
    exercise: Exercise, viewed: Mapping[Trial, Shown], defects: Defects, answers: Answers
) -> dict[str, Misconception]:
    """The likely cause for each failing case, from the public inputs where these fail, otherwise from the hidden."""
    failing = [t for t, defect in defects.items() if defect.outcome in (Outcome.WRONG, Outcome.CRASHED)]
    public = [trial for trial in failing if trial.is_public]
    if not public:
        return {trial.case: cause for trial, cause in find_causes(exercise, viewed, failing, answers).items()}
    causes = find_causes(exercise, {t: shown for t, shown in viewed.items() if t.is_public}, public, answers)
    if len(causes) == len(public) and len({cause.name for cause in causes.values()}) == 1:
        return {trial.case: causes[public[0]] for trial in failing}
    return {trial.case: cause for trial, cause in causes.items()}


def _give_verdict(
    exercise: Exercise, name: str, points: float, tried: list[Trial], defects: Defects, cause: Misconception | None
) -> Verdict:
    case, failed = exercise.case_named(name), next((trial for trial in tried if trial in defects), None)
    where, outcome = "", Outcome.PASSED
    if failed:
        defect, tried_in_public = defects[failed], any(trial.is_public for trial in tried)
        outcome, where = defect.outcome, defect.text if failed.is_public else defect.redacted
        if not failed.is_public and tried_in_public:
            where = f"right on the public inputs, but not on others: {where}"
    return Verdict(
        exercise=exercise.name,
        case=name,
        promise=case.promise,
        outcome=outcome,
        points=points,
        where=where[:LONGEST_WHERE],
        misconception=cause.name if cause else "",
        cause=cause.sentence if cause else "",
        source=exercise.source,
        hidden=case.hidden,
    )


def refuse(exercises: Sequence[Exercise], unit: str, sentence: str) -> list[Grade]:
    """No points for each exercise, because the file cannot be graded; `sentence` says why."""
    return [
        Grade(e.name, unit, e.points, e.bonus, (_refuse_exercise(e.name, e.points, sentence),), seed=None)
        for e in exercises
    ]


def _refuse_exercise(exercise: str, points: float, sentence: str) -> Verdict:
    return Verdict(
        exercise=exercise,
        case="file",
        promise="the file that was handed in can be graded",
        outcome=Outcome.UNREADABLE,
        points=points,
        where=sentence,
        misconception="",
        cause="",
        source="",
        hidden=False,
    )
