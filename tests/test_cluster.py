"""Grading on a Dask cluster: a real scheduler and two real workers, of which one is killed halfway, and then the other.

The tests share these processes and are in the order in which they are used up.
"""

import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dask
import distributed
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from autograder.intake.submission import Submission
from autograder.secret import seed_of
from autograder.shells.command_line import main
from demo.positional_encoding import DOUBLES_THE_EXPONENT
from instructor.shells import cluster_jobs, cluster_worker
from instructor.shells.class_jobs import Died
from instructor.shells.class_store import FILE_NAME, Checks
from instructor.shells.cluster_jobs import Cluster, ClusterGone, ClusterJobs, make_request, warn_of
from instructor.shells.cluster_worker import Answer
from instructor.shells.nbgrader.class_progress import ClassProgress
from instructor.shells.nbgrader.grade_course import CourseRun, Outcome, describe
from tests.test_class_run import ASSIGNMENT, NOTEBOOK, PROJECT, copy, hand_in, release, same

pytestmark = pytest.mark.filterwarnings("ignore")  # nbgrader, Dask and their libraries warn about themselves

NOSY = """
def positional_encoding(num_positions, d_model):
    import os, stat
    sockets = []
    for number in range(64):
        try:
            sockets += [number] if stat.S_ISSOCK(os.fstat(number).st_mode) else []
        except OSError:
            pass
    raise ValueError(f"SEEN {sorted(os.environ)} {sockets}")
"""
CLASS: dict[str, Any] = {
    "ada": {},
    "chidi": DOUBLES_THE_EXPONENT,
    "emil": {"PositionalEncoding": None},
    "fay": {"positional_encoding": NOSY},
}
CANARY = "DASK_SCHEDULER_ADDRESS"  # what a worker may well have in its environment


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which nothing is graded yet."""
    course = tmp_path_factory.mktemp("released")
    shutil.copytree(PROJECT / "solutions" / ASSIGNMENT, course / "solutions" / ASSIGNMENT)
    shutil.copy(PROJECT / "nbgrader_config.py", course)
    (course / ".course_secret").write_text("5" * 64)
    release(course, ASSIGNMENT)
    for student, answers in CLASS.items():
        hand_in(course, student, answers)
    return course


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Path:
    return copy(released, tmp_path / "course")


@pytest.fixture(scope="module")
def local(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class as this machine grades it alone."""
    course = copy(released, tmp_path_factory.mktemp("local") / "course")
    run(course)
    return course


def run(course: Path, scheduler: str = "") -> Outcome:
    with ClassProgress(Console(file=StringIO(), width=200)) as progress:
        return CourseRun(course, []).grade(1, False, progress, scheduler=scheduler)


def command(course: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["grade", "--course", str(course), *arguments])


def grades_of(course: Path) -> dict[str, bytes]:
    with sqlite3.connect(course / FILE_NAME) as store:
        return dict(store.execute("SELECT key, grades FROM grades"))


class Processes:
    """A scheduler on this machine, and its workers by address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: dict[str, int] = {}
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show")
        line = next(line for line in self.scheduler.stderr or () if "Scheduler at:" in line)
        self.address = line.split()[-1]
        self.started = [self.scheduler]

    def _start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = os.environ | {"PYTHONPATH": str(PROJECT), CANARY: getattr(self, "address", "")}
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        log = subprocess.PIPE if arguments[0] == "scheduler" else subprocess.DEVNULL
        return subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log, text=True)

    def start_workers(self, count: int) -> None:
        options = ("--nthreads", "1", "--no-nanny", "--host", "127.0.0.1")
        self.started += [self._start("worker", self.address, *options) for _ in range(count)]
        self.client = distributed.Client(self.address, set_as_default=False)
        self.client.wait_for_workers(count, timeout=120)
        self.workers = self.client.run(os.getpid)

    def kill_a_busy_worker(self) -> str:
        """Kill one while it has a submission: all stand still when it is chosen."""
        for _ in range(40):
            self.signal(signal.SIGSTOP, *self.workers)
            time.sleep(0.25)
            busy = [worker for worker, keys in self.client.processing().items() if keys]
            self.signal(signal.SIGKILL, *busy[:1])
            self.signal(signal.SIGCONT, *(worker for worker in self.workers if worker not in busy[:1]))
            if busy:
                return busy[0]
            time.sleep(0.05)
        raise AssertionError("no worker was ever busy")

    def signal(self, number: signal.Signals, *workers: str) -> None:
        for worker in workers:
            os.kill(self.workers[worker], number)

    def close(self) -> None:
        if self.workers:
            self.client.close(timeout=1)
        for process in self.started:
            process.kill()
            process.wait()
        for pipe in (self.scheduler.stdout, self.scheduler.stderr):
            assert pipe
            pipe.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with dask.config.set({"distributed.comm.timeouts.connect": "2s"}):
        processes = Processes(tmp_path_factory.mktemp("cluster"))
        try:
            yield processes
        finally:
            processes.close()


@pytest.fixture(scope="module")
def workers(cluster: Processes) -> Processes:
    cluster.start_workers(2)
    return cluster


@pytest.fixture
def after_the_first_answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], list[object]]:
    """Does something once, when the first answer has come and others have not."""

    def arrange(action: Callable[[], object]) -> list[object]:
        done: list[object] = []
        ask = Cluster.ask

        def asked(self: Cluster, *arguments: Any) -> Answer:
            answer = ask(self, *arguments)
            if not done:
                done.append("begun")
                done.append(action())
            return answer

        monkeypatch.setattr(Cluster, "ask", asked)
        return done

    return arrange


# Before there are workers


def refused(course: Path, *arguments: str) -> str:
    """The one sentence of a command that cannot be carried out."""
    result = command(course, *arguments)
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.strip().splitlines()
    assert not (course / FILE_NAME).exists() or not grades_of(course)
    return line


def test_a_scheduler_that_does_not_answer_is_one_sentence(released):
    with dask.config.set({"distributed.comm.timeouts.connect": "200ms"}):
        assert "no Dask scheduler answers at tcp://127.0.0.1:1: see" in refused(
            released, "--scheduler", "tcp://127.0.0.1:1"
        )


@pytest.mark.parametrize(
    ("address", "settings", "words"),
    [
        ("nowhere://127.0.0.1:1", {}, "nowhere://127.0.0.1:1 is not a scheduler's address"),
        ("tcp://[", {}, "is not a scheduler's address"),
        ("127.0.0.1:none", {}, "127.0.0.1:none cannot be used as a Dask scheduler"),
        ("tls://127.0.0.1:1", {}, "tls:// needs certificates in Dask's settings"),
        ("127.0.0.1:1", {"require-encryption": True}, "Dask's settings require encryption"),
        ("tls://127.0.0.1:1", dict.fromkeys(("tls.ca-file", "tls.client.cert"), "/no"), "cannot be read: [Errno 2]"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_sentence(released, address, settings, words):
    with dask.config.set({f"distributed.comm.{name}": value for name, value in settings.items()}):
        assert words in refused(released, "--scheduler", address)


def test_without_dask_a_sentence_says_how_to_install_it(released, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert "needs Dask" in refused(released, "--scheduler", "tcp://127.0.0.1:1")
    assert "'.[cluster]'" in refused(released, "--scheduler", "tcp://127.0.0.1:1")


def test_a_scheduler_without_workers_is_one_sentence(released, cluster, monkeypatch):
    monkeypatch.setattr(cluster_jobs, "WORKER_SECONDS", 0.2)
    said = refused(released, "--scheduler", cluster.address)
    assert f"has no worker: start some with `dask worker {cluster.address} --nthreads 1`" in said


def test_only_assignments_go_to_a_cluster(released):
    said = refused(released, str(released / "submitted"), "--scheduler", "tcp://127.0.0.1:1")
    assert "cannot be mixed with files and folders" in said


@pytest.mark.parametrize(
    ("scheduler", "is_open"),
    [
        ("tcp://127.0.0.1:8786", False),
        ("localhost:8786", False),
        ("tls://10.0.0.1:8786", False),
        ("tcp://10.0.0.1:8786", True),
        ("grading.example:8786", True),
    ],
)
def test_what_could_be_read_on_the_way_is_said(scheduler, is_open):
    assert ("use tls://" in warn_of(scheduler)) is is_open


# What is sent, and what becomes of a try that fails


MASK = Submission("attention.ipynb", "attention", {1: "def causal_mask(n): ..."}, is_notebook=True)


def test_a_worker_is_sent_the_seeds_and_neither_the_secret_nor_the_course(tmp_path):
    (tmp_path / "assignments" / "02_attention").mkdir(parents=True)
    (tmp_path / "assignments" / "02_attention" / "text.txt").write_bytes(b"a file beside the notebook")
    checks = Checks(tmp_path, "attention")
    sent = pickle.dumps(make_request(checks, MASK, ["causal_mask"]))
    assert seed_of(checks.secret, "causal_mask").encode() in sent and b"a file beside the notebook" in sent
    assert checks.secret.encode() not in sent and str(tmp_path).encode() not in sent
    assert seed_of(checks.secret, "causal_mask") not in repr(pickle.loads(sent))  # a worker may log it


class FakeClient:
    """Each submission has the next outcome: an answer, or something that is raised."""

    def __init__(self, outcomes: list[Any]) -> None:
        self.outcomes, self.asked, self.status = outcomes, list[Any](), "running"

    def submit(self, function: Any, request: Any, workers: Any = None, **_: Any) -> Any:
        self.asked.append(workers)
        outcome = self.outcomes.pop(0)
        self.status = "closed" if outcome is SystemExit else "running"

        def result(timeout: float) -> Any:
            if not isinstance(outcome, Answer):
                raise CancelledError if outcome is SystemExit else outcome
            return outcome

        return SimpleNamespace(result=result, cancel=lambda: None)

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        return {"workers": {"one": {}, "two": {}}}

    def run(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {}

    def wait_for_workers(self, *_: Any, **__: Any) -> None: ...

    def run_on_scheduler(self, *_: Any) -> dict[str, str]:
        return cluster_worker.versions()

    def close(self, timeout: float) -> None: ...


LOST: Any = SimpleNamespace(address="tcp://10.0.0.1:1")
KILLED = distributed.KilledWorker("key", LOST, 3)
FAULT, GOOD, UNFIT = (
    Answer("one", fault="the grader failed"),
    Answer("one", b"grades"),
    Answer("two", unfit="it is old"),
)


@pytest.mark.parametrize(
    ("outcomes", "result"),
    [
        ([GOOD], b"grades"),
        ([CancelledError(), OSError(), GOOD], b"grades"),
        ([FAULT, GOOD], b"grades"),
        ([UNFIT, GOOD], b"grades"),
        ([CancelledError()] * 3 + [GOOD], (Died, "the cluster failed: CancelledError")),
        ([FAULT] * 3 + [GOOD], (Died, "the grader failed")),
        ([KILLED, GOOD], (Died, "the workers that graded it were lost, one after the other")),
        ([UNFIT, replace(UNFIT, worker="one"), GOOD], (ClusterGone, "no worker of the cluster may grade: one was not")),
        ([SystemExit, GOOD], (ClusterGone, "the connection to the scheduler fake is lost")),
    ],
)
def test_what_fails_is_tried_again_and_not_for_ever(tmp_path, monkeypatch, outcomes, result):
    client = FakeClient([*outcomes])
    monkeypatch.setattr(cluster_jobs, "_connect", lambda address: client)
    with ClusterJobs("fake") as jobs:
        if isinstance(result, bytes):
            assert jobs.grade(Checks(tmp_path, "attention"), MASK, ["causal_mask"]) == result
        else:
            with pytest.raises(result[0], match=result[1]) as raised:
                jobs.grade(Checks(tmp_path, "attention"), MASK, ["causal_mask"])
            assert "10.0.0.1" not in str(raised.value)  # a student may read it
    assert client.asked == [["one"] if UNFIT in outcomes[:n] else None for n in range(len(client.asked))]


def test_the_threads_of_a_worker_take_turns_and_a_grader_that_failed_is_replaced(monkeypatch):
    inside, seen, made = [], [], []
    faults = iter(["", "it failed", "", ""])

    def slow(grader: Any, _: Any) -> tuple[bytes, str]:
        inside.append(grader)
        time.sleep(0.01)
        seen.append(len(inside))
        inside.pop()
        return b"", next(faults)

    def make() -> Any:
        made.append(SimpleNamespace(close=lambda: None, executor=SimpleNamespace(missing={})))
        return made[-1]

    monkeypatch.setattr(cluster_worker, "_grade", slow)
    monkeypatch.setattr(cluster_worker, "Grader", make)
    warm: Any = cluster_worker.WarmGrader()
    with ThreadPoolExecutor(4) as threads:
        found = [future.result()[1] for future in [threads.submit(warm.grade, "request") for _ in range(4)]]
    assert sorted(found) == ["", "", "", "it failed"]
    assert seen == [1, 1, 1, 1] and len(made) == 2


# With two workers


@pytest.mark.parametrize("place", ["scheduler", "worker"])
def test_other_versions_are_refused_in_one_sentence(released, workers, monkeypatch, place):
    theirs = dict(cluster_worker.versions())
    monkeypatch.setitem(cluster_worker.versions(), "numpy", "0.1")
    if place == "worker":
        monkeypatch.setattr(distributed.Client, "run_on_scheduler", lambda *_: theirs | {"numpy": "0.1"})
    said = refused(released, "--scheduler", workers.address)
    address = next(iter(workers.workers)) if place == "worker" else workers.address
    assert f"the {place} {address} cannot grade, it has numpy {theirs['numpy']} instead of 0.1 (" in said
    assert "install the same on the scheduler, on the workers and here" in said


def lacking(missing: dict[str, str]) -> Callable[[], None]:
    """What a worker does to say that its sandbox lacks these layers, whatever this machine has."""

    def patch() -> None:
        from dataclasses import replace

        from instructor.shells import cluster_worker

        warm = cluster_worker.WARM
        grade = type(warm).grade
        patched = lambda request: (*grade(warm, replace(request, require_sandbox=False))[:2], missing)  # noqa: E731
        vars(warm)["grade"] = patched

    return patch


def mend() -> None:
    from instructor.shells import cluster_worker

    vars(cluster_worker.WARM).pop("grade", None)


def test_a_worker_without_the_full_sandbox_refuses_where_it_is_required(course, local, workers):
    (course / "nbgrader_config.py").open("a").write("\nc.GradeIsolated.require_sandbox = True\n")
    first, second = workers.workers
    workers.client.run(lacking({}), workers=[first])
    workers.client.run(lacking({"landlock": "not there"}), workers=[second])
    try:
        outcome = run(course, workers.address)
    finally:
        workers.client.run(mend)
    assert (outcome.written, outcome.ran, outcome.given_up, outcome.failed) == (len(CLASS), len(CLASS), 0, ())
    sentence = f"{second} was not used, its sandbox is not complete: landlock (not there)"
    assert list(describe(outcome))[1:] == [sentence]
    assert sorted(grades_of(course).values()) == sorted(grades_of(local).values())


def seen_by_students(course: Path) -> str:
    """What fay's code saw of its process: the names in its environment, and its sockets."""
    texts = [zlib.decompress(packed).decode().partition("SEEN ")[2] for packed in grades_of(course).values()]
    (seen,) = filter(None, texts)
    return seen[: seen.index("]", seen.index("] ") + 2) + 1]


def test_a_worker_that_is_killed_halfway_changes_no_grade(course, local, workers, after_the_first_answer):
    done = after_the_first_answer(workers.kill_a_busy_worker)
    outcome = run(course, workers.address)
    assert done[1] in workers.workers
    assert (outcome.written, outcome.ran, outcome.given_up, outcome.failed) == (len(CLASS), len(CLASS), 0, ())
    assert grades_of(course) == grades_of(local) and len(grades_of(local)) == len(CLASS)
    assert same(course, local)
    seen = seen_by_students(course)
    assert "'OMP_NUM_THREADS'" in seen and CANARY not in seen and seen.endswith("] []")
    assert run(course).unchanged == len(CLASS)


def test_a_scheduler_that_is_gone_ends_the_run_with_one_sentence(course, workers, after_the_first_answer):
    after_the_first_answer(workers.scheduler.kill)
    result = command(course, ASSIGNMENT, "--scheduler", workers.address)
    assert result.exit_code == 3, result.output
    said = [line for line in result.stderr.splitlines() if not line.startswith(f"{ASSIGNMENT}: ")]
    assert said == [
        f"autograder: the connection to the scheduler {workers.address} is lost, and it does not answer any more. "
        "What was graded is kept: the same command goes on from there"
    ]
    assert grades_of(course)
    begun = sorted(folder.parent.name for folder in (course / "autograded").glob(f"*/{ASSIGNMENT}"))
    finished = sorted(file.parent.parent.name for file in (course / "autograded").glob(f"*/{ASSIGNMENT}/{NOTEBOOK}"))
    assert begun == finished and len(finished) < len(CLASS)
