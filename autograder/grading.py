"""The pipeline: a submission and exercises in, grades out. It prints nothing; the shells show what it returns."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from autograder import syllabus
from autograder.answers import Answers
from autograder.answers.practice import PracticeAnswers
from autograder.evidence import Evidence, Failure
from autograder.execution.executor import Executor
from autograder.execution.limits import Limits
from autograder.exercise import Exercise
from autograder.intake.submission import Submission
from autograder.judging.judge import compare, judge
from autograder.plan import Plan, make_plan
from autograder.protocol.undisturbed import random_numbers_kept
from autograder.verdict import Grade


class RunsPlans(Protocol):
    """Whatever can run a submission's code."""

    def leaves_nothing(self) -> bool:
        """Whether a run leaves nothing behind that the next one could find. Raises GraderFault."""

    def run(self, plan: Plan) -> Evidence:
        """What every trial of a plan shows. Raises GraderFault where nothing can be run."""


def grade(
    submission: Submission,
    exercises: Sequence[Exercise],
    executor: RunsPlans,
    answers: Answers,
    secret: str | None = None,
    files: Mapping[str, bytes] | None = None,
    follow_through: bool = True,
) -> list[Grade]:
    """Grade a submission: with the course secret on hidden cases and hidden inputs too, without it on public ones.

    `files` are what the unit ships beside its notebook, contents by path. Without `follow_through` every failing case
    costs its share, whatever its cause. The same submission, secret and limits give the same grades. Raises GraderFault
    where the grader itself fails.
    """
    return grade_plan(make_plan(submission, exercises, secret, files), executor, answers, follow_through)


def grade_plan(plan: Plan, executor: RunsPlans, answers: Answers, follow_through: bool = True) -> list[Grade]:
    """Grade what a plan says. Raises GraderFault where the grader itself fails.

    What is right on hidden inputs is tried on no others. What is wrong there is tried on the public inputs, too, in a
    process that has never had a hidden one: about these the student may be told everything. Where such a process could
    find what an earlier one has left, all trials are run at once, the public ones first.
    """
    with random_numbers_kept():
        hidden_first = any(plan.seeds.values()) and executor.leaves_nothing()
        evidence = _run(plan.on_hidden_inputs if hidden_first else plan, executor, answers)
        compared = compare(plan.limited_to(evidence), evidence, answers)
        wrong = [name for name, seen in compared.items() if hidden_first and seen.says_more_on_public_inputs]
        public = plan.on_public_inputs(wrong, evidence.cells_that_end_nowhere)
        if public.to_run:
            evidence |= _run(public, executor, answers)
            compared = {name: seen for name, seen in compared.items() if name not in wrong}
        return judge(plan.limited_to(evidence), evidence, answers, follow_through, compared)


def _run(plan: Plan, executor: RunsPlans, answers: Answers) -> Evidence:
    evidence = executor.run(plan)
    answers.expect([trial for trial in plan.to_run if not isinstance(evidence[trial], Failure)])
    return evidence


class Grader:
    """An executor and the answers of one command, to be used as a context: both end with it."""

    def __init__(
        self, limits: Limits | None = None, require_sandbox: bool = False, follow_through: bool = True
    ) -> None:
        self.follow_through = follow_through
        self.executor = Executor(limits=limits, require_sandbox=require_sandbox)
        self.answers: Answers = syllabus.source().answers_beside(self.executor)

    def __enter__(self) -> "Grader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def grade(
        self,
        submission: Submission,
        exercises: Sequence[Exercise],
        secret: str | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> list[Grade]:
        """Grade one submission, as `grading.grade` does; that of unit 0, too, whose answers are no secret."""
        answers = PracticeAnswers() if submission.unit == syllabus.PRACTICE.name else self.answers
        return grade(submission, exercises, self.executor, answers, secret, files, self.follow_through)

    def close(self) -> None:
        """End every process."""
        self.answers.close()
        self.executor.close()
