"""Whatever a submission tries, it gains no point, costs nobody else one, learns nothing, and leaves nothing.

Where the worker is no sandbox, run it with `tests/contained.sh`: some attacks end every process that they can reach.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from autograder import bank
from autograder.verdict import Grade, Outcome, Verdict
from tests import red_team
from tests.red_team import ATTACKS, SPIES, Surroundings, attack_of, attacked, faults_in_grades

HELD: list[tuple[str, str, str, str]] = []


@pytest.fixture(scope="module")
def around() -> Iterator[Surroundings]:
    """A warm worker with little patience, and everything that an attack could reach."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolate, "START_SECONDS", 20.0)
        with red_team.surroundings() as surroundings:
            if not red_team.may_attack(surroundings.worker, surroundings.bystander):
                pytest.fail("the worker can signal other processes of this machine: use tests/contained.sh")
            yield surroundings


@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.stem)
def test_an_attack_gains_nothing_and_harms_nobody(path, around):
    attack = attack_of(path)
    start = time.monotonic()
    faults, outcomes, points = [], "-", 0.0
    try:
        read, grades = around.grade_file(path)
    except Exception as error:
        faults = [f"the grader failed: {type(error).__name__}: {str(error)[:60]}"]
    else:
        targets = attacked(attack, read)
        faults = faults_in_grades(attack, targets, grades, time.monotonic() - start)
        points = sum(g.score for g in grades)
        found = {g.outcome.value for g in grades if g.exercise in targets and g.outcome is not Outcome.PASSED}
        outcomes = ", ".join(sorted(found)) or "passed"
    faults += around.aftermath()
    HELD.append((attack.name, outcomes, f"{points:g} / {attack.worth:g}", "; ".join(faults)))
    assert faults == []


@pytest.mark.parametrize("path", SPIES, ids=lambda path: path.stem)
def test_a_spy_learns_nothing(path, around):
    told = red_team.told_by(path, around.worker)
    left = around.aftermath()
    HELD.append(
        (f"spy: {path.stem}", told[:60].replace("\n", " "), "", "; ".join(["learned something"] * bool(told) + left))
    )
    assert told == ""
    assert left == []


# ---- the checks can fail


def passed(name: str) -> Grade:
    e = bank.exercise(name)
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
    assert faults_in_grades(attack, {"softmax"}, [passed("causal_mask"), told("softmax", "")], 1.0) == []
    assert fault in "; ".join(faults_in_grades(attack, {"softmax"}, grades, 1.0))


def test_a_grader_that_was_slow_is_found_out():
    attack = attack_of(red_team.SUBMISSIONS / "attacks" / "replaces_numpy_allclose.py")
    assert faults_in_grades(attack, set(), [passed("causal_mask")], 1000.0) == ["took 1000.0 s"]


def test_what_is_left_is_found(around):
    Path("/tmp", red_team.MARK).write_text("")
    os.utime(around.course / "gradebook.db", (1, 1))
    around.bystander.kill()
    around.bystander.wait()
    faults = "; ".join(around.aftermath())
    assert all(part in faults for part in (f"left /tmp/{red_team.MARK}", "gradebook.db", "was killed"))
    assert around.aftermath() == []


def test_a_process_that_is_left_is_found(around):
    left = subprocess.Popen(["sleep", "60"])
    faults = around.aftermath()
    left.wait()
    assert faults == ["1 processes are left"]
    assert around.aftermath() == []


def test_every_spy_finds_what_it_looks_for_where_nothing_is_protected():
    script = str(red_team.REPOSITORY / "tests" / "contained.sh")
    command = ["sh", script, sys.executable, "-m", "tests.red_team"]
    done = subprocess.run(command, cwd=red_team.REPOSITORY, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert set(told) == {path.stem for path in SPIES}
    assert [name for name, found in told.items() if not found] == []


def test_every_attack_says_what_it_tries_and_what_may_come_of_it():
    assert len({attack_of(path).path.read_text() for path in ATTACKS}) == len(ATTACKS) >= 70
    assert len(SPIES) >= 20


def test_the_table_of_attacks(capsys):
    table = Table(box=None, pad_edge=False, header_style="bold", width=110)
    for heading, width in (("attack", 50), ("outcome", 14), ("points", 8), ("held", 32)):
        table.add_column(heading, max_width=width, overflow="fold")
    for name, outcome, points, faults in HELD:
        shown = re.sub(r"[^ -~]", "?", faults)
        table.add_row(name.replace("_", " "), outcome, points, f"[red]✗ {shown}[/]" if faults else "[green]✓[/]")
    failed = sum(bool(row[3]) for row in HELD)
    with capsys.disabled():
        console = Console(width=110)
        console.print("\n", table, f"\n{len(HELD) - failed} of {len(HELD)} held")
