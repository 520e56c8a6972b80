"""What the red team's tests stand on: canaries and bystanders around the worker, and what must hold after an attack."""

import ctypes
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from io import StringIO
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder import syllabus
from autograder.evidence import FailureKind
from autograder.execution.executor import Executor
from autograder.execution.limits import Limits
from autograder.execution.work import Job, Work
from autograder.grading import grade
from autograder.intake import submission
from autograder.protocol.probe import Observation, Probe, call
from autograder.shells.report import render_html, render_json, render_plain
from autograder.verdict import Grade, Outcome
from instructor.answers.oracle import Oracle
from tests.judged import ANSWERS
from tests.sampled import sample

HELD = "red team"  # the property of a test's report that is a row of the table
SUBMISSIONS = Path(__file__).parent / "submissions"
ATTACKS = sorted((SUBMISSIONS / "attacks").glob("*.py"))
SPIES = sorted((SUBMISSIONS / "spies").glob("*.py"))
REPOSITORY = Path(__file__).resolve().parents[1]

PATIENT = Limits(
    case_seconds=30.0,
    cell_seconds=30.0,
    total_seconds=600.0,
    wall_factor=1.0,
    memory_bytes=1 << 30,
    result_bytes=8 << 20,
)
HURRIED = replace(
    PATIENT,
    case_seconds=1.0,
    import_seconds=0.0,
    cell_seconds=1.0,
    total_seconds=20.0,
    wall_factor=3.0,
    least_wall_seconds=0.0,
)
LONGEST_MESSAGE = 4000

MARK = "left_by_the_red_team"
LEAK = re.compile(r"leaked|77\d{4}|status 7\d|differs in 13 of")
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
HOSTILE_HTML = re.compile(r"<\s*(script|img|iframe)", re.IGNORECASE)

TCP_PORT, UDP_PORT, ABSTRACT_NAME, IPC_KEY = 47113, 47114, "\0red-team-canary", 0x7ED7EA
IPC_LEFT = IPC_KEY + 1  # where an attack leaves something

HONEST = """
import math
import numpy as np
from torch import nn
def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))
def padding_mask(token_ids, pad_id=0):
    return (token_ids != pad_id)[:, None, None, :]
class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
    def forward(self, q, k, v, mask=None):
        scores = q @ k.mT / math.sqrt(q.shape[-1])
        weights = (scores if mask is None else scores.masked_fill(~mask, -1e30)).softmax(-1)
        return self.dropout(weights) @ v, weights
"""

# ---- what an attack says about itself


@dataclass(frozen=True)
class Attack:
    """One file of attacks: what may come of what it attacks, and what its honest exercises are worth."""

    path: Path
    outcomes: frozenset[str]
    honest: dict[str, float]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def worth(self) -> float:
        return sum(self.honest.values())

    @property
    def limits(self) -> tuple[Limits, ...]:
        """Where it may run out of time it is given little first, and much where that cuts off what is honest."""
        return (HURRIED, PATIENT) if "timed out" in self.outcomes else (PATIENT,)


def attack_of(path: Path) -> Attack:
    """Read the first lines: a sentence, `# outcome: wrong or crashed`, `# honest: causal_mask` or `# honest: nothing`.

    `# honest: softmax = 0.4` says how many points the honest part of an exercise earns; `nothing` gives its reason.
    """
    first, *lines = path.read_text(encoding="utf-8").splitlines()[:3]
    said = dict(line.removeprefix("# ").split(": ", 1) for line in lines)
    assert first.startswith("# ") and first.endswith("."), f"{path.name}: its first line is one sentence"
    honest = {}
    if not said["honest"].startswith("nothing, "):
        for part in said["honest"].split(", "):
            name, _, points = part.partition(" = ")
            honest[name] = float(points) if points else syllabus.exercise(name).points
    outcomes = frozenset(said["outcome"].split(" or "))
    assert outcomes <= {outcome.value for outcome in Outcome}, f"{path.name}: {outcomes}"
    return Attack(path, outcomes, honest)


def attacked(attack: Attack, read: submission.Submission) -> set[str]:
    """The exercises that the file defines and that are not altogether honest."""
    names = [e.name for e in syllabus.units()[read.unit].exercises if attack.honest.get(e.name) != e.points]
    return set(filter(read.code.defines, names))


def faults_in_grades(attack: Attack, targets: set[str], grades: Sequence[Grade]) -> list[str]:
    """What an attack gained, or told."""
    faults = []
    for g in grades:
        worth = attack.honest.get(g.exercise, 0.0)
        if g.score > worth:
            faults.append(f"{g.exercise} got {g.score:g} points, not {worth:g}")
        if g.exercise in targets and g.outcome.value not in attack.outcomes:
            faults.append(f"{g.exercise}: {g.outcome.value}, not {' or '.join(sorted(attack.outcomes))}")
    return faults + faults_in_report(grades)


def fell_short(attack: Attack, grades: Sequence[Grade]) -> list[Grade]:
    """The honest work that lost points."""
    return [g for g in grades if g.score < attack.honest.get(g.exercise, 0.0)]


def losses(attack: Attack, grades: Sequence[Grade]) -> list[str]:
    """What honest work lost."""
    lost = [(g, next((v.where for v in g.verdicts if v.where), "")) for g in fell_short(attack, grades)]
    return [f"honest {g.exercise} got {g.score:g} of {attack.honest[g.exercise]:g}: {why[:80]}" for g, why in lost]


def was_cut_off(attack: Attack, grades: Sequence[Grade]) -> bool:
    """Whether honest work lost points because its time was over, as it can be on a busy machine."""
    return any(v.outcome is Outcome.TIMED_OUT for g in fell_short(attack, grades) for v in g.verdicts)


def faults_in_report(grades: Sequence[Grade]) -> list[str]:
    """Student-chosen data in messages about hidden inputs; markup and control characters where a report is shown."""
    faults = []
    for v in (v for g in grades for v in g.verdicts):
        about_hidden = v.hidden or v.where.startswith("right on the public inputs")
        if about_hidden and (leak := LEAK.search(v.where)):
            faults.append(f"tells about hidden inputs: {v.where[max(0, leak.start() - 10) : leak.end() + 20]!r}")
        if len(v.where) > LONGEST_MESSAGE:
            return [*faults, f"a message of {len(v.where)} characters"]
    for g in grades:
        shown = render_plain(g)
        if unsafe := UNSAFE.search(shown.replace("\n", "")):
            faults.append(f"a terminal is sent {unsafe.group()!a}")
        if found := HOSTILE_HTML.search(render_html(g)):
            faults.append(f"a page contains {found.group()!r}")
    with suppress(UnicodeEncodeError):
        render_json({"file": grades}).encode()
        return list(dict.fromkeys(faults))
    return [*dict.fromkeys(faults), "the report cannot be written as UTF-8"]


def table_of(rows: Sequence[Sequence[str]]) -> str:
    """What became of each attack, in rows of its name, the outcome, the points and the faults."""
    table = Table(box=None, pad_edge=False, header_style="bold", width=110)
    for heading, width in (("attack", 50), ("outcome", 14), ("points", 8), ("held", 32)):
        table.add_column(heading, max_width=width, overflow="fold")
    for name, outcome, points, faults in rows:
        shown = escape(re.sub(r"[^ -~]", "?", faults))
        table.add_row(name.replace("_", " "), outcome, points, f"[red]✗ {shown}[/]" if faults else "[green]✓[/]")
    text = StringIO()
    console = Console(width=110, file=text)
    console.print(table, f"\n{sum(not row[3] for row in rows)} of {len(rows)} held")
    return text.getvalue()


# ---- what is around the worker


def descendants() -> dict[int, str]:
    """The living processes that come from this one, with their states."""
    parents, states = {}, {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit():
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                parents[int(entry.name)], states[int(entry.name)] = int(parent), state
    found: set[int] = set()
    more = {os.getpid()}
    while more:
        more = {pid for pid, parent in parents.items() if parent in more} - found
        found |= more
    return {pid: states[pid] for pid in found if states[pid] != "Z"}


@cache
def watched_places() -> list[Path]:
    """Where something could be left for the next submission or for the grader."""
    packages = Path(sysconfig.get_path("purelib"))
    shared = [Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path.home(), Path("/")]
    return [*shared, packages, packages / "numpy", *_own_folders()]


def _own_folders() -> Iterator[Path]:
    for folder, inside, _ in os.walk(REPOSITORY):
        inside[:] = [name for name in inside if name not in (".venv", ".git", "__pycache__", "build")]
        yield Path(folder)


def files_left() -> list[str]:
    return [str(path) for place in watched_places() for path in place.glob(f"*{MARK}*")]


def precious_files() -> list[Path]:
    """Files that a submission may not write, and an attack opens for writing without changing a byte."""
    packages = Path(sysconfig.get_path("purelib"))
    compiled = sorted((packages / "numpy" / "__pycache__").glob("version.*.pyc"))
    return [*compiled, packages / "numpy" / "version.py", REPOSITORY / "autograder" / "sandbox" / "serve.py"]


def stamps(paths: Sequence[Path]) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_mtime_ns, p.stat().st_size) for p in paths if p.exists()}


def canary(kind: str) -> str:
    return f"red-team-canary-{kind}-{secrets.token_hex(8)}"


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    return libc


def ipc_segments(key: int) -> list[int]:
    """The ids of the System V shared memory under a key."""
    with open("/proc/sysvipc/shm") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return [int(row[1]) for row in rows if int(row[0]) == key]


def remove_segments(key: int) -> None:
    for segment in ipc_segments(key):
        _libc().shmctl(segment, 0, None)


@dataclass
class Surroundings:
    """A course with a secret and a gradebook, a bystander process, listeners, and a warm worker among them."""

    executor: Executor
    course: Path
    folder: Path
    secret: str
    bystander: subprocess.Popen
    listeners: list[socket.socket]
    stamps: dict[str, tuple[int, int]] = field(default_factory=dict)
    processes: int = 0
    files: set[str] = field(default_factory=set)
    oracle: Oracle | None = None

    def ask_for_an_oracle(self) -> None:
        """Have an oracle beside the submissions, whose memory holds answers, and a canary in the source of its cell."""
        if self.executor.libraries:
            self.oracle = Oracle(self.executor, "attention", ["MultiHeadAttention", canary("oracle")])

    def settle(self) -> None:
        """Take what is here now for what has to be here after every attack."""
        self.honest_faults()
        self.stamps = stamps([*precious_files(), *self.course.rglob("*")])
        self.processes, self.files = len(descendants()), self._worker_files()

    def _worker_files(self) -> set[str]:
        found = [*self.folder.glob("*"), *self.folder.glob("*/*"), *self.folder.glob("*/*/*")]
        return {re.sub(r"^autograder-\w+$", "autograder-", path.name) for path in found}

    def grade_file(
        self, path: Path, exercises: Sequence | None = None, limits: Limits = PATIENT
    ) -> tuple[submission.Submission, list[Grade]]:
        read = submission.read(path)
        self.executor.limits = limits
        return read, grade(
            read, exercises or syllabus.units()[read.unit].exercises, self.executor, ANSWERS, self.secret
        )

    def attacked_by(self, attack: Attack) -> tuple[str, list[Grade], list[str]]:
        """Grade an attack: what became of what it attacks, its grades, and what is wrong with them."""
        faults: list[str] = []
        for limits in attack.limits:
            try:
                read, grades = self.grade_file(attack.path, limits=limits)
            except Exception as error:
                return "-", [], [*faults, f"the grader failed: {type(error).__name__}: {str(error)[:60]}"]
            targets = attacked(attack, read)
            faults += faults_in_grades(attack, targets, grades)
            if not was_cut_off(attack, grades):
                break
        found = {g.outcome.value for g in grades if g.exercise in targets and g.outcome is not Outcome.PASSED}
        return ", ".join(sorted(found)) or "passed", grades, faults + losses(attack, grades)

    def honest_faults(self) -> list[str]:
        names = ("softmax", "causal_mask", "padding_mask", "ScaledDotProductAttention")
        try:
            _, grades = self.grade_file(self.course / "honest.py", [syllabus.exercise(name) for name in names])
        except Exception as error:
            return [f"the grader failed on the next submission: {type(error).__name__}: {str(error)[:60]}"]
        return [f"the next submission's {g.exercise} got {g.score:g}" for g in grades if g.score != g.points]

    def aftermath(self, patience: float = 60.0) -> list[str]:
        """What an attack changed around it; nothing where nothing is left of it. Puts it right for the next one.

        A process that was killed has `patience` seconds to be gone.
        """
        faults = self.honest_faults()
        deadline = time.monotonic() + patience
        while len(descendants()) > self.processes and time.monotonic() < deadline:
            time.sleep(0.02)
        if (more := len(descendants()) - self.processes) > 0:
            faults.append(f"{more} processes are left")
        if self.bystander.poll() is not None:
            faults.append("a process beside the worker was killed")
        elif descendants().get(self.bystander.pid) == "T":
            faults.append("a process beside the worker was stopped")
        faults += [f"left {path}" for path in files_left()]
        if files := self._worker_files() - self.files:
            faults.append(f"{len(files)} files are left in the worker's folder")
        changed = stamps([*precious_files(), *self.course.rglob("*")])
        faults += [
            f"wrote {name}" for name in self.stamps.keys() | changed if self.stamps.get(name) != changed.get(name)
        ]
        faults += ["reached a listener"] if any(map(_was_reached, self.listeners)) else []
        faults += ["left System V memory"] if ipc_segments(IPC_LEFT) else []
        if faults:
            self._clean()
        return faults

    def _clean(self) -> None:
        for path in files_left():
            remove(path)
        remove_segments(IPC_LEFT)
        if self.bystander.poll() is not None:
            self.bystander = start_bystander()
        with suppress(RecursionError):
            self.executor.close()
        for inside in self.folder.iterdir():
            remove(inside)
        vars(self.executor)["_server"] = None
        self.executor.start()
        assert self.executor._server
        server = self.executor._server.process.pid
        kept = {self.bystander.pid, server, *map(int, _children_of(server))}
        for pid in descendants().keys() - kept:
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        self.ask_for_an_oracle()
        self.honest_faults()
        self.stamps, self.files = stamps([*precious_files(), *self.course.rglob("*")]), self._worker_files()


def remove(path: str | Path) -> None:
    """Remove a file or a folder, however deep."""
    subprocess.run(["rm", "-rf", str(path)], check=True)


def _children_of(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return []


def _was_reached(listener: socket.socket) -> bool:
    reached = False
    with suppress(BlockingIOError):
        while True:
            if listener.type == socket.SOCK_DGRAM:
                listener.recv(100)
            else:
                listener.accept()[0].close()
            reached = True
    return reached


def start_bystander() -> subprocess.Popen:
    name = canary("process")
    command = [sys.executable, "-S", "-c", "import time; time.sleep(3600)", name]
    return subprocess.Popen(command, env={"CANARY": name}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _listening(kind: int, family: int, address: tuple | str) -> socket.socket:
    listener = socket.socket(family, kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.setblocking(False)
    if kind == socket.SOCK_STREAM:
        listener.listen(64)
    return listener


def _plant(course: Path, secret: str) -> None:
    (course / "submitted" / "neighbour" / "attention").mkdir(parents=True)
    (course / "submitted" / "neighbour" / "attention" / "attention.py").write_text(f"# {canary('neighbour')}\n")
    (course / ".course_secret").write_text(secret + "\n")
    (course / "gradebook.db").write_text(f"SQLite format 3\0 {canary('gradebook')}")
    (course / "honest.py").write_text(HONEST)


@contextmanager
def planted(path: Path, kind: str) -> Iterator[None]:
    path.write_text(canary(kind))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _segment_with_canary() -> Iterator[None]:
    libc, text = _libc(), canary("ipc").encode()
    segment = libc.shmget(IPC_KEY, 4096, 0o1600)
    address = libc.shmat(segment, None, 0)
    ctypes.memmove(address, text, len(text))
    libc.shmdt(ctypes.c_void_p(address))
    try:
        yield
    finally:
        remove_segments(IPC_KEY)


def may_attack(executor: Executor, bystander: subprocess.Popen) -> bool:
    """Whether an attack that ends processes stays harmless: the worker cannot signal others, or all is contained."""
    if os.environ.get("RED_TEAM_CONTAINED") == "yes" and os.getpid() == 1:
        return True
    cell = f"import os\ndef reach():\n    os.kill({bystander.pid}, 0)\n    return 1"
    probe = Probe("reach", "numpy", (call(returns=("y",)),))
    return not isinstance(
        executor.carry_out(Work({1: cell}, [Job("reach", "reach", probe)])).jobs["reach"], Observation
    )


@contextmanager
def surroundings(libraries: Sequence[str] = ("torch",)) -> Iterator[Surroundings]:
    """Everything that an attack could reach, with a canary in each, and a warm worker."""
    with ExitStack() as stack:
        libc = ctypes.CDLL(None)
        libc.prctl(36, 1, 0, 0, 0)  # orphans come to this process, so that they are found
        stack.callback(libc.prctl, 36, 0, 0, 0, 0)
        course, folder = (Path(tempfile.mkdtemp(prefix=prefix)) for prefix in ("course-", "workers-"))
        stack.callback(remove, course)
        stack.callback(remove, folder)
        secret = canary("secret") + "-and-more-characters"
        _plant(course, secret)
        for place, kind in ((Path.home(), "home"), (Path("/tmp"), "tmp"), (Path("/dev/shm"), "shm")):
            stack.enter_context(planted(place / f"red-team-canary-{os.getpid()}", kind))
        stack.enter_context(_segment_with_canary())
        bystander = start_bystander()
        listeners = [
            stack.enter_context(_listening(socket.SOCK_STREAM, socket.AF_INET, ("127.0.0.1", TCP_PORT))),
            stack.enter_context(_listening(socket.SOCK_DGRAM, socket.AF_INET, ("127.0.0.1", UDP_PORT))),
            stack.enter_context(_listening(socket.SOCK_STREAM, socket.AF_UNIX, ABSTRACT_NAME)),
        ]
        before, environment = Path.cwd(), canary("environment")
        os.environ["COURSE_PASSWORD"], tempfile.tempdir = environment, str(folder)
        os.chdir(course)
        try:
            with Executor(libraries, PATIENT) as executor:
                around = Surroundings(executor, course, folder, secret, bystander, listeners)
                around.ask_for_an_oracle()
                around.settle()
                yield around
        finally:
            os.chdir(before)
            tempfile.tempdir = None
            os.environ.pop("COURSE_PASSWORD")
            around.bystander.kill()
            around.bystander.wait()


# ---- spies

SPY_TOOLS = '''
import os, re, sys
CANARY = re.compile(rb"red-team-canary-[a-z]+-[0-9a-f]{16}")
def canaries(*texts):
    """The canaries in some bytes, each once."""
    return " ".join(sorted({found.decode() for text in texts for found in CANARY.findall(text)}))
def content(path, most=1 << 20):
    """The beginning of a file, or nothing where it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        return os.read(descriptor, most)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
'''
REPORTED = """
import numpy as np
def reported():
    said = report()
    return np.frombuffer((said if isinstance(said, bytes) else said.encode()) or b" ", dtype=np.uint8)
"""


def told_by(path: Path, executor: Executor) -> str:
    """What a spy reports from within a worker, or why it could not."""
    probe = Probe("reported", "numpy", (call(returns=("y",)),))
    cells = {1: SPY_TOOLS, 2: path.read_text(), 3: REPORTED}
    seen = executor.carry_out(Work(cells, [Job("report", "report", probe)])).jobs["report"]
    if isinstance(seen, Observation):
        return np.asarray(seen.arrays["y"]).tobytes().decode(errors="replace").strip()
    return "" if seen.kind is not FailureKind.MISSING else "the spy itself is broken"


def told_unprotected(path: Path) -> str:
    """What a spy reports from a fork of this very process, where nothing is kept from it."""
    reading, writing = os.pipe()
    with warnings.catch_warnings(action="ignore") if sys.version_info >= (3, 12) else nullcontext():
        pid = os.fork()
    if pid == 0:
        try:
            names: dict = {}
            exec(SPY_TOOLS + path.read_text(), names)
            os.write(writing, names["report"]().encode()[:4000])
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(pid, 0)
    return told


def main() -> None:
    """Print what every spy reports where nothing is protected."""
    with surroundings(libraries=()) as around:
        told = {path.stem: told_unprotected(path) or told_unprotected(path) for path in sample(SPIES, 1)}
        around.aftermath()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
