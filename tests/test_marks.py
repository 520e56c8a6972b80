"""docs/marks.md says what mistakes cost; every number in it is made again here."""

import re
from itertools import chain
from pathlib import Path

import pytest

from autograder import syllabus
from autograder.exercise import PUBLIC, Case, Exercise, Misconception, Trial, Weight
from autograder.intake.submission import from_python
from autograder.judging.diagnose import Diagnosis
from autograder.judging.marks import price, price_readings
from autograder.judging.reading import Reading
from tests.direct.made_up import NoSteps

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "marks.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (a |returning |\d cases )(.*?) \| ([\d.]+) \|$", PAGE, re.MULTILINE)
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n(.*?)\n\n", PAGE + "\n\n", re.DOTALL)
CASES = [Case(str(number), "", lambda _: []) for number in range(10)]
EXERCISE = Exercise("double", 5.0, "9", "y = 2x", 1e-3, cases=CASES)


def lost(what: str) -> float:
    """What something costs in the exercise of ten cases."""
    broken = [case.name for case in CASES[: int(re.findall(r"(\d+) case", what)[0])]]
    if "nobody knows" in what:
        return EXERCISE.points / len(CASES) * len(broken)
    if "stop" in what:
        findings = price_readings(
            dict.fromkeys(broken, Reading("name", "")), EXERCISE.points / len(CASES), EXERCISE.points
        )
        return sum(finding.cost for finding in findings)
    weight = {"a slip": Weight.SLIP, "return": Weight.NOTHING_LEFT}.get(what[:6], Weight.MISTAKE)
    mistake = Misconception("name", "", NoSteps, weight=weight, hurts_training="hurts training" in what)
    trials = [Trial("double", name, PUBLIC) for name in broken]
    diagnosis = Diagnosis((mistake,), dict.fromkeys(trials, mistake), {mistake: trials})
    counted = {"name": "another"} if "counted before" in what else {}
    return sum(finding.cost for finding in price(EXERCISE, broken, diagnosis, counted, len(CASES)))


@pytest.mark.parametrize(("what", "points"), [(begin + rest, float(points)) for begin, rest, points in ROWS])
def test_the_table_says_what_is_lost(what, points):
    assert lost(what) == pytest.approx(points)


def test_the_page_has_a_table_and_examples():
    assert len(ROWS) == 9
    assert len(EXAMPLES) == 3


@pytest.mark.slow
@pytest.mark.parametrize(("source", "table"), EXAMPLES)
def test_an_example_earns_what_the_page_says(grader, source, table):
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \|$", table, re.MULTILINE)
    said = {name: (float(points), float(of)) for name, points, of in rows}
    submission = from_python(source, "an example")
    exercises = [e for e in syllabus.units()[submission.unit].exercises if submission.code.defines(e.name)]
    assert {g.exercise: (g.score, g.points) for g in grader.grade(submission, exercises)} == said


def test_the_rules_have_the_numbers_of_the_code():
    words = {"half": Weight.MISTAKE, "fifth": Weight.SLIP, "everything": Weight.NOTHING_LEFT}
    assert [weight.value for weight in words.values()] == [0.5, 0.2, 1.0]
    assert all(word in PAGE for word in chain(words, ["at least a fifth"]))
