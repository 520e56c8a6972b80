"""The pipeline's three values: they can be sent anywhere between its stages, and judging them starts nothing."""

import pickle
import subprocess

from autograder import syllabus
from autograder.evidence import Evidence
from autograder.execution.in_process import InProcess
from autograder.exercise import PUBLIC, Trial
from autograder.intake.submission import Submission
from autograder.judging.judge import judge
from autograder.plan import Plan, make_plan
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
