"""Whatever a submission tries, it gains no point, costs nobody else one, learns nothing, and leaves nothing.

Where the worker is no sandbox, run it with `tests/contained.sh`: some attacks end every process that they can reach.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from autograder import syllabus
from autograder.verdict import Grade, Outcome, Verdict
from tests import red_team
from tests.red_team import ATTACKS, SPIES, Attack, Surroundings, attack_of
from tests.sampled import sample, sample_each


@pytest.fixture(scope="module")
def around(tmp_path_factory) -> Iterator[Surroundings]:
    """A warm worker, and everything that an attack could reach."""
    tmp_path_factory.getbasetemp()  # made now, before what is temporary is made in a folder that goes
    with red_team.surroundings() as surroundings:
        if not red_team.may_attack(surroundings.executor, surroundings.bystander):
            pytest.fail("the worker can signal other processes of this machine: use tests/contained.sh")
        yield surroundings


def what_may_come_of_it(path: Path) -> frozenset[str]:
    return attack_of(path).outcomes


TRIED = sample_each(ATTACKS, 10, what_may_come_of_it)


@pytest.mark.parametrize("path", TRIED, ids=lambda path: path.stem)
def test_an_attack_gains_nothing_and_harms_nobody(path, around, record_property):
    attack = attack_of(path)
    outcome, grades, faults = around.attacked_by(attack)
    faults += around.aftermath()
    points = f"{sum(g.score for g in grades):g} / {attack.worth:g}"
    record_property(red_team.HELD, [attack.name, outcome, points, "; ".join(faults)])
    assert faults == []


@pytest.mark.parametrize("path", sample(SPIES, 6), ids=lambda path: path.stem)
def test_a_spy_learns_nothing(path, around, record_property):
    told = red_team.told_by(path, around.executor)
    left = around.aftermath()
    faults = "; ".join(["learned something"] * bool(told) + left)
    record_property(red_team.HELD, [f"spy: {path.stem}", told[:60].replace("\n", " "), "", faults])
    assert told == ""
    assert left == []


# ---- the checks can fail


def passed(name: str) -> Grade:
    e = syllabus.exercise(name)
    verdicts = [
        Verdict(name, c.name, "", Outcome.PASSED, e.points / len(e.cases), "", "", "", "", c.hidden) for c in e.cases
    ]
    return Grade(name, "attention", e.points, e.bonus, tuple(verdicts), None)


def told(name: str, where: str, outcome: Outcome = Outcome.WRONG) -> Grade:
    grade = passed(name)
    return replace(grade, verdicts=tuple(replace(v, outcome=outcome, where=where) for v in grade.verdicts))


FOOLED = {
    "full marks for an attack": ([passed("causal_mask"), passed("softmax")], "softmax got 2 points"),
    "honest work that lost its points": ([told("causal_mask", "")], "honest causal_mask got 0 of 1"),
    "another outcome": ([passed("causal_mask"), told("softmax", "", Outcome.FORBIDDEN)], "forbidden, not wrong"),
    "a hidden input in a message": (
        [passed("causal_mask"), told("softmax", "leaked 0.25")],
        "tells about hidden inputs",
    ),
    "a sequence for the terminal": ([passed("causal_mask"), told("softmax", "\x1b[2J")], "a terminal is sent"),
    "half a character": ([passed("causal_mask"), told("softmax", "\ud800")], "cannot be written"),
}


@pytest.mark.parametrize(("grades", "fault"), FOOLED.values(), ids=list(FOOLED))
def test_a_grader_that_was_fooled_is_found_out(grades, fault):
    attack = attack_of(Path(red_team.SUBMISSIONS / "attacks" / "replaces_numpy_allclose.py"))
    assert faults_in(attack, [passed("causal_mask"), told("softmax", "")]) == []
    assert fault in "; ".join(faults_in(attack, grades))


def faults_in(attack: Attack, grades: list[Grade]) -> list[str]:
    return [*red_team.faults_in_grades(attack, {"softmax"}, grades), *red_team.losses(attack, grades)]


SLOW = """# Is wrong in one exercise, beside honest work, and begins with a pause that is too long for a hurried worker.
# outcome: timed out or wrong
# honest: causal_mask
# %%
import time
import numpy as np
begun = []
def begin():
    if not begun:
        begun.append(time.sleep(5.0))
# %%
def causal_mask(num_tokens):
    begin()
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))
# %%
def softmax(x, axis=-1):
    begin()
    return x
"""


def test_honest_work_that_a_hurried_worker_cuts_off_is_given_time(around, tmp_path, monkeypatch):
    path = tmp_path / "slow.py"
    path.write_text(SLOW)
    graded = Mock(wraps=around.grade_file)
    monkeypatch.setattr(around, "grade_file", graded)
    outcome, _, faults = around.attacked_by(attack_of(path))
    asked = [call.kwargs["limits"] for call in graded.call_args_list]
    assert (outcome, faults, asked) == ("wrong", [], [red_team.HURRIED, red_team.PATIENT])


def test_what_is_left_is_found(around):
    Path("/tmp", red_team.MARK).write_text("")
    os.utime(around.course / "gradebook.db", (1, 1))
    around.bystander.kill()
    around.bystander.wait()
    faults = "; ".join(around.aftermath())
    assert all(part in faults for part in (f"left /tmp/{red_team.MARK}", "gradebook.db", "was killed"))
    assert around.aftermath() == []


def test_a_process_that_is_left_is_found(around):
    around.settle()  # processes of other tests may have ended since
    left = subprocess.Popen(["sleep", "600"])
    faults = around.aftermath(patience=2.0)
    left.kill()
    left.wait()
    assert [fault for fault in faults if "processes are left" in fault] == faults != []
    assert around.aftermath() == []


def test_every_spy_finds_what_it_looks_for_where_nothing_is_protected():
    script = str(red_team.REPOSITORY / "tests" / "contained.sh")
    command = ["sh", script, sys.executable, "-m", "tests.red_team"]
    done = subprocess.run(command, cwd=red_team.REPOSITORY, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert set(told) == {path.stem for path in sample(SPIES, 1)}
    assert [name for name, found in told.items() if not found] == []


def test_every_attack_says_what_it_tries_and_what_may_come_of_it():
    assert len({attack_of(path).path.read_text() for path in ATTACKS}) == len(ATTACKS) >= 70
    assert len(SPIES) >= 20
    known, tried = (Counter(map(what_may_come_of_it, paths)) for paths in (ATTACKS, TRIED))
    assert [kind for kind, number in known.items() if tried[kind] < min(2, number)] == []
    assert [path.name for path in ATTACKS if path.stem.endswith("_test")] == [], "pytest takes it for a test of ours"


def test_the_table_says_what_held_and_what_did_not():
    table = red_team.table_of(
        [["becomes_one", "wrong", "1 / 1", ""], ["becomes_two", "passed", "3 / 1", "got [2]\x1b"]]
    )
    assert [line.split() for line in table.splitlines() if "becomes" in line] == [
        ["becomes", "one", "wrong", "1", "/", "1", "✓"],
        ["becomes", "two", "passed", "3", "/", "1", "✗", "got", "[2]?"],
    ]
    assert "1 of 2 held" in table
