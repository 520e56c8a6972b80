"""The hunt: no script is right, each is graded by what it does, and its mistakes can be found."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import torch

from autograder import syllabus
from autograder.exercise import PUBLIC, Misconception, Trial, combine
from autograder.intake.code import Code
from autograder.recorded import FOLDER
from autograder.recorded.pack import unpack
from autograder.student import hunt
from autograder.student.hunt import draw_script, the_hunt
from autograder.verdict import Outcome
from instructor.authoring.hunt import are_fresh, find_triples, write_script
from instructor.authoring.percent import read_cells
from instructor.bundle.leaks import find_bodies, telling_lines
from instructor.copies import find_digests
from instructor.misconceptions.training.hunt import KINDS
from instructor.misconceptions.training.script import run_script
from instructor.misconceptions.training.steps import Training
from tests.judged import ANSWERS, RECORDED, judge_shown
from tests.sampled import sample

LESSON = Path(__file__).resolve().parents[1] / "solutions" / "09_training.py"
RIGHT = Training(torch).text_of_script()
TRIPLES = list(find_triples())
SOME = sample(TRIPLES, 27)
EXERCISE = syllabus.exercise("training_run")
NAMES = [f"student number {number}" for number in range(300)]


def sentences(mistakes: tuple[Misconception, ...]) -> set[str]:
    return {mistake.sentence for mistake in mistakes}


def judged(mistakes: tuple[Misconception, ...], seed: str, answers):
    """The grade of a script with these mistakes in it."""
    together = combine(mistakes)
    assert together
    trials = [Trial(EXERCISE.name, c.name, seed) for c in EXERCISE.cases if not (c.hidden and seed == PUBLIC)]
    return judge_shown(
        EXERCISE, {t: ANSWERS.unviewed_mistake(t, together) for t in trials}, unit="training", answers=answers
    )


# ---- what lies in a student's package


def test_what_is_recorded_are_the_scripts_of_today():
    """`python -m instructor.authoring.record training` records them anew."""
    assert are_fresh()


def test_no_script_is_right_nor_is_a_function_in_it():
    right = set(find_bodies(RIGHT))
    assert len(right) == 2
    scripts = unpack((FOLDER / hunt.FILE).read_bytes())
    assert len(scripts) == len(set(scripts)) == len(TRIPLES) > 100
    assert all(right.isdisjoint(find_bodies(script)) for script in scripts)


def test_no_script_has_a_line_that_only_a_solution_has():
    lines = {line.strip() for triple in TRIPLES for line in write_script(triple).splitlines()}
    assert lines.isdisjoint(telling_lines(LESSON))


def test_a_script_has_one_mistake_of_every_kind():
    for triple in TRIPLES:
        assert [m.steps in kind for m, kind in zip(triple, KINDS, strict=True)] == [True] * 3
    assert {m.name for triple in TRIPLES for m in triple} == {vars(s)["misconception"].name for k in KINDS for s in k}


def test_every_mistake_changes_few_lines():
    for triple in TRIPLES:
        lines = set(write_script(triple).splitlines())
        assert 1 <= len(lines - set(RIGHT.splitlines())) <= 7


# ---- what a name draws


def test_a_name_draws_the_same_script_however_it_is_written(monkeypatch, capsys):
    monkeypatch.setattr(hunt, "_find_missing", lambda namespace: "")
    said = []
    for name in ("Ada Lovelace", "  ada   LOVELACE "):
        the_hunt(name)
        said.append(capsys.readouterr().out.partition("\n")[2])
    assert said[0] == said[1]
    assert draw_script("Ada Lovelace") in said[0]


def test_other_names_draw_other_scripts():
    assert len(set(map(draw_script, NAMES))) > 0.8 * len(TRIPLES)


def test_the_hunt_begins_when_ones_own_loop_is_right(capsys):
    exec('from autograder.hunt import the_hunt\nthe_hunt("Ada")', {"__name__": "__main__"})
    assert "train_step does not pass" in capsys.readouterr().out
    the_hunt("  ")
    assert "Write your name" in capsys.readouterr().out


def test_what_is_printed_can_be_run(monkeypatch, capsys):
    monkeypatch.setattr(hunt, "_find_missing", lambda namespace: "")
    the_hunt("Grace Hopper")
    assert callable(run_script(capsys.readouterr().out))


# ---- what it is graded by


@pytest.mark.parametrize("seed", [PUBLIC, "the secret of a course"], ids=["public", "secret"])
@pytest.mark.parametrize("triple", SOME, ids=lambda triple: "+".join(m.name for m in triple))
def test_a_script_as_it_is_earns_nothing_and_its_three_mistakes_are_named(triple, seed):
    grade = judged(triple, seed, ANSWERS)
    assert {finding.sentence for finding in grade.findings} == sentences(triple)
    assert all(verdict.outcome is Outcome.WRONG for verdict in grade.verdicts)
    assert grade.score == 0


@pytest.mark.parametrize("triple", SOME, ids=lambda triple: "+".join(m.name for m in triple))
def test_a_student_is_told_the_same(triple):
    assert {finding.sentence for finding in judged(triple, PUBLIC, RECORDED).findings} == sentences(triple)


@pytest.mark.parametrize("answers", [ANSWERS, RECORDED], ids=["live", "recorded"])
@pytest.mark.parametrize("triple", SOME[::2], ids=lambda triple: "+".join(m.name for m in triple))
def test_what_is_left_is_named_when_one_mistake_is_mended(triple, answers):
    for mended in triple:
        left = tuple(m for m in triple if m != mended)
        assert {f.sentence for f in judged(left, PUBLIC, answers).findings} == sentences(left)


def test_mended_scripts_are_no_copies():
    assert find_digests(Code({1: RIGHT}), ["training_run"]) == {}


# ---- how it is found


@pytest.fixture(scope="module")
def notebook() -> dict:
    """The solved lesson, as far as the four questions need it."""
    namespace: dict = {"__name__": "__main__"}
    for cell in read_cells(LESSON):
        source = cell.source
        if cell.metadata.get("experiment") == "reverse":
            source = source.partition("\nwith when_written")[0]
        elif cell.cell_type != "code" or "check" in cell.metadata or "experiment" in cell.metadata:
            continue
        exec(compile(source, "<lesson>", "exec", dont_inherit=True), namespace)
    return namespace


def answered(notebook: dict, script: str) -> tuple[list[float], str]:
    """The four numbers of the first three questions, and what the fourth says."""
    cells = read_cells(LESSON)
    source = next(cell.source for cell in cells if cell.metadata.get("experiment") == "four_questions")
    with redirect_stdout(io.StringIO()) as said:
        exec(source.replace("with when_written():", "if True:"), notebook | {"training_run": run_script(script)})
    lines = said.getvalue().splitlines()
    return [float(n) for n in re.findall(r"\d+\.\d{4}", " ".join(lines))], lines[-1].strip()


def test_the_four_questions_find_nothing_in_a_right_script(notebook):
    assert answered(notebook, RIGHT) == ([0.0] * 4, "never")


@pytest.mark.parametrize(
    "steps", sample([steps for kind in KINDS for steps in kind], 4), ids=lambda steps: steps.__name__
)
def test_the_four_questions_find_every_mistake(notebook, steps):
    gaps, apart = answered(notebook, steps(torch).text_of_script())
    assert apart != "never" or max(gaps) > 0.005
