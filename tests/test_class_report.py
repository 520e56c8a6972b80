"""`autograder report`: the mean, who has not attempted an exercise, and the commonest mistakes with their sentences."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from autograder import syllabus
from autograder.__main__ import main
from autograder.shells.explanation import record_of
from autograder.verdict import Finding, Grade, Outcome, Verdict
from instructor.shells.course.class_report import NoResults, Result, make_report, read_results
from instructor.shells.course.report_text import name_some

EXERCISE = syllabus.exercise("softmax")
SENTENCES = {"no-max": "The exponentials overflow.", "axis": "The wrong axis.", "copy": "It writes.", "rare": "Rare."}


def grade(outcome: Outcome, *mistakes: str, cost: float = 1.0, exercise=EXERCISE) -> Grade:
    verdict = Verdict(exercise.name, "case", "promise", outcome, exercise.points, "1 is 2", "", "", "", False)
    findings = tuple(Finding(name, SENTENCES[name], ("case",), cost) for name in mistakes)
    return Grade(exercise.name, "attention", exercise.points, exercise.bonus, (verdict,), "the seed", findings)


CLASS = {
    "ada": grade(Outcome.PASSED),
    "bea": grade(Outcome.NOT_ATTEMPTED),
    "cem": grade(Outcome.WRONG, "no-max"),
    "dan": grade(Outcome.WRONG, "no-max", "axis", cost=0.5),
    "eve": grade(Outcome.WRONG, "axis", "copy", cost=0.5),
    "fay": grade(Outcome.WRONG, "no-max", "rare", cost=0.5),
    "gus": grade(Outcome.UNREADABLE),
}


def results() -> list[Result]:
    return [Result(student, "attention", {"softmax": record_of(g)}) for student, g in CLASS.items()]


def in_course(folder: Path) -> Path:
    for student, given in CLASS.items():
        path = folder / "autograded" / student / "02_attention" / "attention.ipynb"
        path.parent.mkdir(parents=True)
        said = {"unit": "attention", "exercises": {"softmax": record_of(given)}}
        path.write_text(json.dumps({"cells": [], "metadata": {"autograder": said}}), encoding="utf-8")
    return folder


def in_json(folder: Path) -> Path:
    rows: list[dict[str, Any]] = [
        {"student": s, "unit": "attention", "exercises": [g.as_dict()]} for s, g in CLASS.items()
    ]
    rows.append({"student": "nobody", "unit": None, "exercises": []})
    (folder / "grades.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder / "grades.json"


def test_a_report_is_a_value_that_json_can_hold():
    report = make_report(results())
    (unit,) = report.units
    (exercise,) = unit.exercises
    assert unit.students == tuple(CLASS)
    assert unit.unreadable == ("gus",)
    assert exercise.mean == unit.mean == pytest.approx((2 + 0 + 1 + 1 + 1 + 1 + 0) / 7)
    assert (exercise.solved, exercise.not_attempted) == (("ada",), ("bea",))
    assert [(m.name, m.students) for m in exercise.mistakes] == [
        ("no-max", ("cem", "dan", "fay")),
        ("axis", ("dan", "eve")),
        ("copy", ("eve",)),
        ("rare", ("fay",)),
    ]
    assert json.loads(json.dumps(report.as_dict()))["units"][0]["exercises"][0]["mistakes"][0]["sentence"]
    assert "the seed" not in json.dumps(report.as_dict())


def test_a_bonus_is_in_the_mean_and_not_in_what_it_is_out_of():
    bonus = syllabus.exercise("softmax_backward")
    both = {"softmax": record_of(CLASS["ada"]), bonus.name: record_of(grade(Outcome.PASSED, exercise=bonus))}
    (unit,) = make_report([Result("ada", "attention", both)]).units
    assert (unit.mean, unit.points) == (3, 2)


@pytest.mark.parametrize("write", [in_course, in_json])
def test_the_gradebooks_notebooks_and_the_json_of_a_class_give_the_same_report(write, tmp_path):
    assert make_report(read_results(write(tmp_path))) == make_report(results())


@pytest.mark.parametrize("write", [in_course, in_json])
def test_the_table_names_three_mistakes_with_their_sentences(write, tmp_path):
    path = write(tmp_path)
    result = CliRunner().invoke(main, ["report", str(path)])
    assert result.exit_code == 0, result.output
    text = " ".join(result.output.split())
    assert "attention: mean 0.9 / 2, 7 handed in, gus cannot be read" in text
    assert "softmax 0.9 / 2 1 bea" in text
    assert "most frequent in softmax 3× The exponentials overflow. 2× The wrong axis. 1× It writes." in text
    assert "Rare" not in text


def test_what_another_version_graded_or_nobody_did_is_left_out(tmp_path):
    course = in_course(tmp_path)
    for student, text in (("old", '{"metadata": {"autograder": {"unit": "attention"}}}'), ("half", "{"), ("kim", "[]")):
        path = course / "autograded" / student / "02_attention" / "attention.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    assert {r.student for r in read_results(course)} == set(CLASS)


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": 1}', "[]"])
def test_where_there_is_nothing_to_report_a_sentence_says_what_to_do(text, tmp_path):
    (tmp_path / "other.json").write_text(text)
    for path in (tmp_path, tmp_path / "other.json"):
        with pytest.raises(NoResults):
            read_results(path)
        result = CliRunner().invoke(main, ["report", str(path)])
        assert result.exit_code == 2
        assert "autograde" in result.output or "autograder grade --json" in result.output


def test_a_class_of_three_hundred_is_counted_and_not_listed():
    assert name_some(["a", "b"]) == "a, b"
    assert name_some([str(n) for n in range(300)]) == "300: 0, 1, 2, 3, …"
