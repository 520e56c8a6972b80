"""What mistakes cost: made-up diagnoses of a made-up exercise of ten cases and ten points."""

import pytest

from autograder.exercise import Weight
from autograder.judging.diagnose import Diagnosis
from autograder.judging.marks import price, price_readings
from autograder.judging.reading import Reading
from tests.direct.made_up import case, exercise, mistake, public

TEN = exercise(*(case(f"case {n}") for n in range(10)), points=10.0)
NAMES = [case.name for case in TEN.cases]
MISTAKE, OTHER = mistake("Mistake"), mistake("Other")
SLIP = mistake("Slip", weight=Weight.SLIP)
NOTHING = mistake("Nothing", weight=Weight.NOTHING_LEFT)
HURTS = mistake("Hurts", hurts_training=True)


def diagnosis(**changed):
    """A diagnosis from the numbers of the cases that each mistake changes; the first is blamed where two do."""
    known = {m.name: m for m in (MISTAKE, OTHER, SLIP, NOTHING, HURTS)}
    trials = {known[name]: [public(f"case {n}") for n in numbers] for name, numbers in changed.items()}
    blamed = {trial: m for m in reversed(trials) for trial in trials[m]}
    return Diagnosis(tuple(trials), blamed, trials)


def costs(found, counted=None, failed=NAMES):
    return [round(finding.cost, 6) for finding in price(TEN, failed, found, {} if counted is None else counted, 10)]


@pytest.mark.parametrize(
    ("name", "cases", "cost"),
    [
        ("Mistake", 3, 3),
        ("Mistake", 5, 5),
        ("Mistake", 9, 5),
        ("Slip", 1, 1),
        ("Slip", 9, 2),
        ("Nothing", 10, 10),
        ("Nothing", 8, 8),
        ("Hurts", 1, 2),
        ("Hurts", 9, 5),
    ],
)
def test_a_mistake_costs_the_shares_of_its_cases_up_to_its_limit(name, cases, cost):
    assert costs(diagnosis(**{name: range(cases)})) == [cost]


def test_of_two_mistakes_each_costs_its_own_and_together_no_more_than_their_cases():
    assert costs(diagnosis(Mistake=range(9), Slip=range(9))) == [5, 2]
    assert costs(diagnosis(Mistake=range(4), Slip=range(4))) == [4, 0]
    assert costs(diagnosis(Mistake=range(4), Slip=range(5))) == [4, 1]
    assert costs(diagnosis(Mistake=range(10), Other=range(10))) == [5, 5]


def test_what_was_counted_in_an_earlier_exercise_costs_nothing_again_and_what_is_left_counts():
    found = price(TEN, NAMES, diagnosis(Mistake=range(9), Slip=[9]), {"Mistake": "an earlier one"}, 10)
    assert [(f.name, f.cost, f.counted_in) for f in found] == [("Mistake", 0, "an earlier one"), ("Slip", 1, "")]


def test_plain_shares_cost_every_case_once_whatever_its_cause():
    found = price(TEN, NAMES, diagnosis(Mistake=range(9), Slip=range(10)), None, 10)
    assert [(f.name, round(f.cost, 6)) for f in found] == [("Mistake", 9), ("Slip", 1)]


def test_a_finding_has_its_cases_in_the_order_in_which_they_failed():
    (finding,) = price(TEN, ["case 7", "case 2"], diagnosis(Mistake=[2, 7, 3]), {}, 10)
    assert finding.cases == ("case 7", "case 2")
    assert finding.sentence == "You did Mistake."


def test_what_is_read_from_crashes_costs_its_cases_and_the_same_reading_is_one_finding():
    readings = {"case 1": Reading("r", "first"), "case 3": Reading("q", "other"), "case 4": Reading("r", "second")}
    found = price_readings(readings, 1.0, 10.0)
    assert [(f.name, f.sentence, f.cases, f.cost) for f in found] == [
        ("r", "first", ("case 1", "case 4"), 2.0),
        ("q", "other", ("case 3",), 1.0),
    ]
    assert price_readings({}, 1.0, 10.0) == ()


def test_what_is_read_where_something_was_compared_costs_no_more_than_its_limit():
    readings = {name: Reading("r", "first", most=0.5) for name in NAMES[:7]}
    assert [f.cost for f in price_readings(readings, 1.0, 10.0)] == [5.0]
    assert [f.cost for f in price_readings(dict.fromkeys(NAMES[:3], readings["case 0"]), 1.0, 10.0)] == [3.0]
