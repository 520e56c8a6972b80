"""The pipeline's three values: they can be sent anywhere between its stages, and judging them starts nothing."""

import pickle
import subprocess

import pytest

from autograder import syllabus
from autograder.evidence import Evidence, Failure, FailureKind
from autograder.execution.in_process import InProcess
from autograder.exercise import PUBLIC, Trial
from autograder.grading import grade_plan
from autograder.intake.submission import Submission
from autograder.judging.judge import judge
from autograder.plan import Plan, make_plan
from autograder.verdict import Outcome
from tests.judged import ANSWERS

OVERFLOWS = """
import numpy as np
def softmax(x, axis=-1):
    e = np.exp(x)
    return e / e.sum(axis, keepdims=True)
"""
SECRET = "a secret of thirty-two characters and more"


def planned(source: str = OVERFLOWS) -> Plan:
    submission = Submission("a notebook", "attention", {1: source}, is_notebook=True)
    return make_plan(submission, [syllabus.exercise("softmax"), syllabus.exercise("causal_mask")], SECRET)


def shown(plan: Plan) -> Evidence:
    namespace: dict = {}
    exec(plan.submission.cells[1], namespace)
    return InProcess(namespace).run(plan)


def test_what_goes_from_stage_to_stage_can_be_pickled_and_gives_the_same_grades():
    plan = planned()
    assert plan.submission.code.defines("softmax")  # its syntax trees are there by now
    evidence = shown(plan)
    grades = judge(plan, evidence, ANSWERS)
    sent_plan, sent_evidence = pickle.loads(pickle.dumps((plan, evidence)))
    assert judge(sent_plan, sent_evidence, ANSWERS) == grades == pickle.loads(pickle.dumps(grades))
    assert [grade.score for grade in grades] == [1.6, 0.0]


def test_judging_starts_no_process(monkeypatch):
    plan = planned()
    evidence = shown(plan)

    def fails(*_, **__):
        raise AssertionError("a process is started")

    monkeypatch.setattr(subprocess, "Popen", fails)
    softmax, _ = judge(plan, evidence, ANSWERS)
    assert {v.misconception for v in softmax.verdicts if not v.passed} == {"softmax-no-max-subtraction"}


def test_public_trials_come_first_and_each_knows_whether_it_is_public():
    to_run = planned().to_run
    assert [trial.is_public for trial in to_run] == sorted((trial.is_public for trial in to_run), reverse=True)
    assert {trial.seed == PUBLIC for trial in to_run if trial.is_public} == {True}
    assert Trial("softmax", "rows", PUBLIC) in to_run


def test_an_exercise_whose_code_uses_a_ready_made_answer_is_not_run():
    plan = planned("import torch\ndef softmax(x, axis=-1):\n    return torch.softmax(x, axis)")
    assert {trial.exercise for trial in plan.to_run} == {"causal_mask"}
    assert plan.ready_made["softmax"].name == "torch.softmax"


RIGHT_MASK = """
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))
"""


class Noting(InProcess):
    """Runs plans as they come, each on a namespace of its own, and notes them."""

    def __init__(self, evidence: Evidence | None = None, is_sealed: bool = True):
        self.plans: list[Plan] = []
        self.evidence = evidence
        self.is_sealed = is_sealed

    def leaves_nothing(self):
        return self.is_sealed

    def run(self, plan):
        self.plans.append(plan)
        return self.evidence if self.evidence and len(self.plans) == 1 else shown(plan)


def test_a_right_exercise_is_tried_on_hidden_inputs_only_and_a_wrong_one_on_public_inputs_as_well():
    executor = Noting()
    softmax, mask = grade_plan(planned(OVERFLOWS + RIGHT_MASK), executor, ANSWERS)
    assert (softmax.score, mask.score) == (1.6, 1.0)
    hidden, public = ({(t.exercise, t.is_public) for t in plan.to_run} for plan in executor.plans)
    assert hidden == {("softmax", False), ("causal_mask", False)}
    assert public == {("softmax", True)}


def test_the_grade_of_a_wrong_exercise_is_that_of_all_its_trials_at_once():
    plan = planned(OVERFLOWS + RIGHT_MASK)
    at_once = judge(plan, shown(plan), ANSWERS)
    assert grade_plan(plan, Noting(), ANSWERS) == at_once
    assert at_once[0].score == 1.6


def test_where_a_run_may_leave_something_behind_all_trials_are_run_at_once():
    executor = Noting(is_sealed=False)
    plan = planned(OVERFLOWS + RIGHT_MASK)
    assert grade_plan(plan, executor, ANSWERS) == judge(plan, shown(plan), ANSWERS)
    assert [p.to_run for p in executor.plans] == [plan.to_run]


def test_work_that_is_not_written_is_not_tried_again():
    executor = Noting()
    stub = "def {}(*_, **__):\n    raise NotImplementedError\n"
    grades = grade_plan(planned(stub.format("softmax") + stub.format("causal_mask")), executor, ANSWERS)
    assert {v.outcome for grade in grades for v in grade.verdicts} == {Outcome.NOT_ATTEMPTED}
    assert len(executor.plans) == 1


def test_on_public_inputs_alone_there_is_one_run():
    executor = Noting()
    submission = Submission("a notebook", "attention", {1: OVERFLOWS}, is_notebook=True)
    (grade,) = grade_plan(make_plan(submission, [syllabus.exercise("softmax")]), executor, ANSWERS)
    assert 0 < grade.score < 2
    assert [{t.is_public for t in plan.to_run} for plan in executor.plans] == [{True}]


@pytest.mark.parametrize("kind, left_out", [(FailureKind.TIMED_OUT, {1}), (FailureKind.RAISED, set())])
def test_a_cell_that_had_to_be_stopped_is_not_run_again(kind, left_out):
    plan = planned()
    executor = Noting(Evidence(shown(plan.on_hidden_inputs), {1: Failure(kind)}))
    grade_plan(plan, executor, ANSWERS)
    first, second = executor.plans
    assert first.cells == plan.submission.cells
    assert first.cells.keys() - second.cells.keys() == left_out


def test_what_works_only_at_first_is_wrong_in_every_case():
    once = """
import numpy as np
calls = []
def softmax(x, axis=-1):
    calls.append(x)
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True) if len(calls) == 1 else e
"""
    softmax, _ = grade_plan(planned(once), Noting(), ANSWERS)
    assert softmax.score == 0
