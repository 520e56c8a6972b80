"""The store of a class's grades: what a key depends on, what comes back, and the jobs that fill it."""

import os
import shutil
import signal
import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import syllabus
from autograder.execution.limits import Limits
from autograder.intake.submission import Submission, from_python
from autograder.secret import course_secret, seed_of
from autograder.shells import report
from autograder.verdict import Outcome
from instructor.answers import failing, fingerprint
from instructor.shells import class_jobs
from instructor.shells.class_jobs import Died, Gate, JobProcess, Jobs
from instructor.shells.class_store import FILE_NAME, Checks, Store, pack, unpack
from tests import light_job

PROJECT = Path(__file__).resolve().parent.parent
WRONG = "import numpy as np\ndef softmax(x, axis=-1):\n    print('so')\n    return np.exp(x) / np.exp(x).sum(-1)\n"
MASKS = "import numpy as np\ndef causal_mask(n):\n    return np.tril(np.ones((n, n), dtype=bool), 1)\n"


def cells(*sources: str, first: int = 1, step: int = 1) -> Submission:
    numbered = {first + step * place: source for place, source in enumerate(sources)}
    return Submission("attention.ipynb", "attention", numbered, is_notebook=True)


@pytest.fixture
def checks(tmp_path: Path) -> Checks:
    return Checks(tmp_path, "attention")


def test_grades_come_back_with_all_that_pages_show(grader, checks):
    names = ["softmax", "causal_mask", "padding_mask"]
    given = checks.grade(grader, cells(WRONG, MASKS), names)
    packed = pack(given)
    back = unpack(packed, checks.secret)
    assert back == given
    assert [report.render_html(grade) for grade in back] == [report.render_html(grade) for grade in given]
    assert any(verdict.picture for grade in given for verdict in grade.verdicts)
    assert any(verdict.printed for grade in given for verdict in grade.verdicts)
    assert [verdict.picture for g in back for verdict in g.verdicts] == [v.picture for g in given for v in g.verdicts]
    assert {grade.outcome for grade in back} >= {Outcome.WRONG, Outcome.NOT_ATTEMPTED}


def test_notes_and_odd_characters_come_back(grader, checks):
    (grade,) = checks.grade(grader, cells(MASKS), ["causal_mask"])
    odd = replace(grade, notes=("a note",), verdicts=(replace(grade.verdicts[0], printed="\ud800\0é"),))
    assert unpack(pack([odd]), checks.secret) == [odd]


def test_no_seed_is_in_the_store(grader, checks):
    (grade,) = checks.grade(grader, cells(MASKS), ["causal_mask"])
    store = Store(checks.course)
    store.put("key", "attention", pack([grade]))
    store.close()
    assert grade.seed == seed_of(checks.secret, "causal_mask")
    for path in checks.course.glob(f"{FILE_NAME}*"):
        assert grade.seed.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    assert grade.seed.encode() not in pack([grade]) and '"seed": null' in _plain(pack([grade]))


def _plain(packed: bytes) -> str:
    import zlib

    return zlib.decompress(packed).decode()


def test_a_key_depends_on_what_was_written_and_on_nothing_else_of_a_file(checks):
    key = checks.key_of(cells("a = 1", "b = 2"), ["softmax"])
    assert key == checks.key_of(cells("a = 1", "b = 2", first=7, step=3), ["softmax"])
    assert key == checks.key_of(cells("", "a = 1", " \n", "b = 2"), ["softmax"])
    others = [cells("b = 2", "a = 1"), cells("a = 1\nb = 2"), cells("a = 1", "b = 2 "), cells("a = 1")]
    assert key not in [checks.key_of(other, ["softmax"]) for other in others]
    assert key != checks.key_of(cells("a = 1", "b = 2"), ["softmax", "causal_mask"])
    assert key != checks.key_of(replace(cells("a = 1", "b = 2"), is_notebook=False), ["softmax"])


def test_empty_cells_and_numbers_change_no_grade(grader, checks):
    names = ["softmax", "causal_mask", "multi_head_attention"]
    sources = ("import numpy as np\n1 / 0", WRONG, "x = softmax(np.ones(3)", MASKS)
    spread = [part for source in sources for part in ("\n", source, "  ")]
    first = checks.grade(grader, cells(*sources), names)
    assert pack(first) == pack(checks.grade(grader, cells(*spread, first=5, step=2), names))


@pytest.mark.parametrize(
    "change",
    [{"follow_through": False}, {"require_sandbox": True}, {"limits": Limits(case_seconds=1.0)}, {"unit": "encoder"}],
)
def test_a_key_depends_on_every_setting_that_changes_grades(checks, change):
    same = cells("a = 1")
    assert replace(checks).key_of(same, []) == checks.key_of(same, [])
    assert replace(checks, **change).key_of(same, []) != checks.key_of(same, [])


def test_a_key_depends_on_the_secret_and_on_the_files_beside_the_notebook(checks, tmp_path):
    before = checks.version
    beside = tmp_path / "assignments" / "02_attention" / "text.txt"
    beside.parent.mkdir(parents=True)
    beside.write_text("a")
    with_file = replace(checks).version
    beside.write_text("b")
    assert len({before, with_file, replace(checks).version}) == 3
    beside.unlink()
    assert replace(checks).version == before
    (tmp_path / ".course_secret").unlink()
    assert course_secret(tmp_path) not in (before, checks.secret)
    assert replace(checks).version != before


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The sources in another place, where they can be changed."""
    for name in ("autograder", "instructor", "transformer_ref/in_numpy", "transformer_ref/in_torch"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.record"))
    monkeypatch.setattr(fingerprint, "PROJECT", tmp_path)
    monkeypatch.setattr(fingerprint, "LOADED", float("inf"))
    return tmp_path


def versions(*units: str) -> list[str]:
    fingerprint.version_of_checks.cache_clear()
    return [fingerprint.version_of_checks(unit) for unit in units]


@pytest.fixture(autouse=True)
def _forget_versions():
    yield
    fingerprint.version_of_checks.cache_clear()


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("instructor/bank/attention.py", [True, False]),
        ("instructor/misconceptions/attention/steps.py", [True, False]),
        ("instructor/bank/tokenization.py", [False, True]),
        ("autograder/judging/compare.py", [True, True]),
        ("autograder/sandbox/serve.py", [True, True]),
        ("autograder/intake/exports.json", [True, True]),
        ("autograder/shells/report.py", [False, False]),
    ],
)
def test_a_change_of_one_units_checks_is_a_new_version_of_that_unit_alone(copied, file, changed):
    before = versions("attention", "tokenization")
    with open(copied / file, "a", encoding="utf-8") as source:
        source.write("\n# another line\n")
    assert [was != now for was, now in zip(before, versions("attention", "tokenization"), strict=True)] == changed


def test_recorded_marks_of_another_unit_do_not_matter(copied, monkeypatch):
    before = versions("attention", "tokenization")
    record = dict(failing.recorded())
    exercise = next(e.name for e in syllabus.units()["attention"].exercises if e.name in record)
    monkeypatch.setattr(failing, "recorded", lambda: {**record, exercise: {}})
    now = versions("attention", "tokenization")
    assert (now[0] != before[0], now[1] != before[1]) == (True, False)


def test_a_process_that_is_older_than_the_code_shares_no_grades(copied, monkeypatch):
    before = versions("attention")
    monkeypatch.setattr(fingerprint, "LOADED", 0.0)
    old = versions("attention")
    assert old != before
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert versions("attention") != old


def test_a_damaged_store_is_set_aside_and_another_begun(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)
    store = Store(tmp_path)
    assert not store.knows("key")
    store.put("key", "attention", pack([]))
    assert store.find("key", "") == []
    assert (tmp_path / f"{FILE_NAME}.damaged").read_bytes().startswith(b"no database")


def test_two_processes_see_what_the_other_has_put(tmp_path):
    one, other = Store(tmp_path), Store(tmp_path)
    one.put("key", "attention", pack([]))
    assert other.knows("key") and other.count() == {"attention": 1}
    assert sqlite3.connect(tmp_path / FILE_NAME).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_who_is_alone_is_alone():
    gate, inside, seen = Gate(), [], []
    barrier = threading.Barrier(5)

    def pass_through(alone: bool) -> None:
        barrier.wait()
        for _ in range(50):
            with gate.alone() if alone else gate.among_others():
                inside.append(alone)
                time.sleep(0.0005)  # the others' turn
                seen.append((alone, len(inside)))
                inside.pop()
            time.sleep(0.001)

    threads = [threading.Thread(target=pass_through, args=(number < 2,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 250
    assert {count for alone, count in seen if alone} == {1}


@pytest.fixture
def light(monkeypatch):
    """Jobs whose workers do not import PyTorch: NumPy's exercises do without."""
    monkeypatch.setattr(class_jobs, "serve", light_job.serve)


@pytest.fixture
def harm(light, monkeypatch):
    """Does something to the process of a job just before it is asked, as often as is said."""

    def harm(number: signal.Signals, times: int) -> list[int | None]:
        ask = JobProcess.grade
        done: list[int | None] = []

        def harmed(self, checks, submission, exercises, seconds):
            if len(done) < times:
                done.append(self.pid)
                os.kill(self.pid, number)
                seconds = 0.5 if number == signal.SIGSTOP else seconds
            return ask(self, checks, submission, exercises, seconds)

        monkeypatch.setattr(JobProcess, "grade", harmed)
        monkeypatch.setattr(class_jobs, "END_SECONDS", 0.2)
        return done

    return harm


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_dies_or_hangs_once_costs_nothing(harm, checks, grader, number):
    done = harm(number, 1)
    with Jobs(1) as jobs:
        packed = jobs.submit(jobs.grade, checks, cells(MASKS), ["causal_mask"]).result()
    assert packed == pack(checks.grade(grader, cells(MASKS), ["causal_mask"]))
    assert len(done) == 1 and jobs.started == 2


def test_a_process_that_dies_twice_is_given_up_and_the_next_submission_is_graded(harm, checks):
    harm(signal.SIGKILL, 2)
    with Jobs(1) as jobs:
        first = jobs.submit(jobs.grade, checks, cells(MASKS), ["causal_mask"])
        second = jobs.submit(jobs.grade, checks, cells(MASKS), ["causal_mask"])
        with pytest.raises(Died, match="the process that graded it has ended"):
            first.result()
        assert second.result()
    assert jobs.started == 3


def test_no_process_of_a_job_outlives_the_jobs(light, checks):
    with Jobs(2) as jobs:
        jobs.submit(jobs.grade, checks, cells(MASKS), ["causal_mask"]).result()
        (process,) = jobs._processes
        assert process.is_alive()
    assert not process.is_alive()


def test_a_fault_of_the_grader_is_a_sentence_and_no_grade(light, checks):
    unknown = from_python(MASKS, "a.py")
    with Jobs(1) as jobs, pytest.raises(Died, match="the grader failed: UnknownName"):
        jobs.submit(jobs.grade, checks, unknown, ["no_such_exercise"]).result()
