"""From evidence to grades: compare with the reference, and name the mistakes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograder import syllabus
from autograder.answers import Answers
from autograder.answers.views import apply_view_like
from autograder.evidence import Evidence, Failure, Shown
from autograder.exercise import Exercise, Trial
from autograder.intake.submission import Submission
from autograder.judging.crashes import read_crash
from autograder.judging.defect import Defect
from autograder.judging.diagnose import Diagnosis, diagnose
from autograder.judging.dict_order import read_dict_order
from autograder.judging.entry_order import read_order
from autograder.judging.fixed_rate import read_fixed_rate
from autograder.judging.marks import price, price_readings
from autograder.judging.messages import describe_use, find_defect
from autograder.judging.notes import add_notes
from autograder.judging.reading import Reading
from autograder.judging.replaced import explain_replacement, read_replacement
from autograder.judging.returned import read_result
from autograder.judging.small_numbers import read_small_number
from autograder.judging.written_tests import count_shares, find_let_through
from autograder.plan import Plan
from autograder.protocol.probe import Observation
from autograder.verdict import Grade, Outcome, Verdict

LONGEST_WHERE = 1500
Defects = Mapping[Trial, Defect]


def judge(
    plan: Plan,
    evidence: Evidence,
    answers: Answers,
    follow_through: bool = True,
    before: Mapping[str, "Compared"] | None = None,
) -> list[Grade]:
    """Grade every exercise of a plan. It starts nothing; what it does not know it asks of `answers`.

    A mistake that is named is counted once, as docs/marks.md says. Without `follow_through` every failing case costs
    its share of the exercise. Exercises that were compared `before`, on the same trials, are not compared again.
    """
    known = before or {}
    exercises = [known.get(name) or _compare(name, plan, evidence, answers) for name in plan.trials]
    grades: list[Grade] = []
    for compared in exercises:
        counted = _count_earlier(compared.exercise, grades)
        elsewhere = [t for other in exercises if _are_of_one_wing(other, compared) for t in other.passing]
        shown = {trial: compared.viewed[trial] for trial in (*compared.passing, *compared.failing)}
        diagnosis = diagnose(compared.exercise, shown, compared.failing, answers, list(counted), elsewhere)
        readings = _read(compared, diagnosis, plan, answers)
        grades.append(_grade(compared, diagnosis, readings, plan, counted if follow_through else None))
    return add_notes(grades, plan, evidence)


@dataclass(frozen=True)
class Compared:
    """An exercise compared with the reference: what its trials showed, as the cases look at it, what is wrong in those
    that fail, and what was printed in those on public inputs."""

    exercise: Exercise
    viewed: Mapping[Trial, Shown]
    defects: Mapping[Trial, Defect]
    printed: Mapping[Trial, str] = field(default_factory=dict)
    asks_for_parameters: bool = False

    @property
    def failing(self) -> list[Trial]:
        """The trials that have a cause to be looked for."""
        return [t for t, defect in self.defects.items() if defect.outcome in (Outcome.WRONG, Outcome.CRASHED)]

    @property
    def says_more_on_public_inputs(self) -> bool:
        """Whether a trial is wrong, or fails in another way than by not being written or by taking too long."""
        plain = (Outcome.NOT_ATTEMPTED, Outcome.TIMED_OUT)
        return any(defect.outcome not in plain for defect in self.defects.values())

    @property
    def has_no_parameters(self) -> bool:
        """Whether a module with parameters was asked for and one without any came: no failing trial has run it, and
        whether what it does is right is not known."""
        shown = [self.viewed[trial] for trial in self.failing]
        return self.asks_for_parameters and all(
            isinstance(seen, Observation) and not seen.arrays and not _names_parameters(seen) for seen in shown
        )

    @property
    def passing(self) -> list[Trial]:
        """The trials that are right."""
        return [trial for trial in self.viewed if trial not in self.defects]


def _names_parameters(seen: Observation) -> bool:
    return any(fact.startswith("parameter ") for fact in seen.facts)


def _are_of_one_wing(other: Compared, compared: Compared) -> bool:
    return other is not compared and other.exercise.library == compared.exercise.library


def _count_earlier(exercise: Exercise, grades: Sequence[Grade]) -> dict[str, str]:
    """The mistakes that have cost points in earlier exercises, and where. A bonus pays for nothing but a bonus."""
    earlier = [grade for grade in grades if exercise.bonus or not grade.bonus]
    paid = [(finding.name, grade.exercise) for grade in reversed(earlier) for finding in grade.findings if finding.cost]
    return dict(paid)


def compare(plan: Plan, evidence: Evidence, answers: Answers) -> dict[str, Compared]:
    """Compare what every exercise of a plan showed with the reference, and grade nothing yet."""
    return {name: _compare(name, plan, evidence, answers) for name in plan.trials}


def _compare(name: str, plan: Plan, evidence: Evidence, answers: Answers) -> Compared:
    """Compare what the trials of an exercise showed with the reference."""
    exercise, trials, submission = syllabus.exercise(name), plan.trials[name], plan.submission
    if use := plan.ready_made.get(exercise.name):
        return Compared(
            exercise,
            {},
            _explain_replacement(dict.fromkeys(trials, describe_use(use, submission, name)), exercise, plan),
        )
    viewed = {trial: _view(exercise, trial, evidence[trial], answers) for trial in trials}
    defects = {}
    for trial in trials:
        found = find_defect(exercise, trial, evidence[trial], viewed[trial], submission, evidence, answers)
        if found:
            defects[trial] = found
    shown = [trial for trial in defects if isinstance(viewed[trial], Observation)]
    asks = any(_names_parameters(answers.reference(trial)) for trial in shown)
    return Compared(exercise, viewed, _explain_replacement(defects, exercise, plan), evidence.printed, asks)


def _view(exercise: Exercise, trial: Trial, shown: Shown, answers: Answers) -> Shown:
    if isinstance(shown, Failure):
        return shown
    return apply_view_like(exercise.case_named(trial.case), answers.unviewed_reference(trial), shown)


def _explain_replacement(defects: Defects, exercise: Exercise, plan: Plan) -> Defects:
    """Where a later import has replaced a name of the student's own, or of Python's, say so first."""
    replacements = plan.submission.code.names.find_replacements(exercise.name)
    if not replacements:
        return defects
    was_read = exercise.name in plan.ready_made
    return {
        trial: explain_replacement(defect, replacements, plan.submission, exercise.library, was_read)
        for trial, defect in defects.items()
    }


def _read(compared: Compared, diagnosis: Diagnosis, plan: Plan, answers: Answers) -> dict[str, Reading]:
    """By case, what crashes and results of the wrong kind say where no mistake explains them.

    Only on public inputs: what an error says is the student's, and may be what the inputs were.
    """
    exercise, found = compared.exercise, {}
    explained = {trial.case for trial in diagnosis.blamed}
    replacements = plan.submission.code.names.find_replacements(exercise.name)
    for trial in compared.failing:
        shown = compared.viewed[trial]
        if trial.case in explained or not trial.is_public:
            continue
        reading = read_replacement(compared.defects[trial], replacements, plan.submission)
        reading = reading or read_dict_order(trial, shown, compared.passing, plan.submission)
        reading = reading or read_small_number(trial, compared.viewed, compared.failing, answers)
        reading = reading or read_fixed_rate(trial, compared.viewed, plan.submission)
        reading = reading or _read_shown(trial, exercise, shown, plan.submission, answers)
        if reading:
            found[trial.case] = reading
    return found


def _read_shown(
    trial: Trial, exercise: Exercise, shown: Shown, submission: Submission, answers: Answers
) -> Reading | None:
    if isinstance(shown, Failure):
        return read_crash(shown, exercise, submission)
    expected = answers.reference(trial)
    reading = read_result(exercise, shown, expected, exercise.tolerance_of(trial.case), submission)
    return reading or read_order(trial, shown, expected)


def _grade(
    compared: Compared,
    diagnosis: Diagnosis,
    readings: Mapping[str, Reading],
    plan: Plan,
    counted: Mapping[str, str] | None,
) -> Grade:
    exercise, trials = compared.exercise, plan.trials[compared.exercise.name]
    cases = {trial.case: [t for t in trials if t.case == trial.case] for trial in trials}
    shares = count_shares(exercise, cases)
    points = exercise.points / shares
    verdicts = tuple(
        _give_verdict(exercise, case, points, tried, compared, diagnosis, readings.get(case))
        for case, tried in cases.items()
    )
    failed = [verdict.case for verdict in verdicts if not verdict.passed]
    paid = None if compared.has_no_parameters else counted
    findings = price(exercise, failed, diagnosis, paid, shares) + price_readings(readings, points, exercise.points)
    findings += find_let_through(exercise, verdicts)
    seed = plan.seeds[exercise.name]
    return Grade(exercise.name, plan.submission.unit, exercise.points, exercise.bonus, verdicts, seed, findings)


def _give_verdict(
    exercise: Exercise,
    name: str,
    points: float,
    tried: list[Trial],
    compared: Compared,
    diagnosis: Diagnosis,
    reading: Reading | None,
) -> Verdict:
    defects, case = compared.defects, exercise.case_named(name)
    failing = [trial for trial in tried if trial in defects]
    failed = next((t for t in failing if defects[t].outcome is Outcome.FORBIDDEN), next(iter(failing), None))
    cause = next((diagnosis.blamed[trial] for trial in tried if trial in diagnosis.blamed), reading)
    right = [trial for trial in tried if trial not in failing]
    outcome, where = _tell(defects[failed], failed, right) if failed else (Outcome.PASSED, "")
    is_told = failed is not None and failed.is_public
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
        at=defects[failed].at if failed and is_told else "",
        printed=compared.printed.get(failed, "") if failed and is_told else "",
        picture=defects[failed].picture if failed and is_told else None,
    )


def _tell(defect: Defect, failed: Trial, right: Sequence[Trial]) -> tuple[Outcome, str]:
    """What became of a case that failed, and the text for its trial: for hidden inputs without any value. Its trials
    that are `right` may be the public ones."""
    if failed.is_public:
        return defect.outcome, defect.text
    others = "right on the public inputs, but not on others: " * any(trial.is_public for trial in right)
    return defect.outcome, others + defect.redacted


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
