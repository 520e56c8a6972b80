"""The layers of the sandbox: each holds on its own, and one that is missing is said."""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

import autograder
from autograder import syllabus
from autograder.evidence import Failure, FailureKind, GraderFault, Shown
from autograder.execution.executor import Executor
from autograder.execution.limits import Limits
from autograder.execution.work import Job, Work
from autograder.exercise import PUBLIC
from autograder.intake.submission import Submission
from autograder.plan import make_plan
from autograder.protocol import wire
from autograder.protocol.probe import Observation, Probe, call
from autograder.sandbox import system_calls
from autograder.sandbox.confinement import LAYERS

OURS = Path(autograder.__file__).resolve().parent
ON_LINUX = sys.platform == "linux"
ALONE = """
import fcntl, os, resource, socket, sys, sysconfig, tempfile, threading
sys.path.insert(0, {project!r})
from autograder.sandbox import landlock
from autograder.sandbox import linux
from autograder.sandbox import namespaces
from autograder.sandbox import system_calls
folder = tempfile.mkdtemp()
os.chdir(folder)
packages = os.path.realpath(sysconfig.get_path("purelib"))

def tried(attempt):
    try:
        attempt()
    except OSError as error:
        print(type(error).__name__)
    else:
        print("done")

"""
LANDLOCK = {
    f"open({str(OURS / 'secret.py')!r})": "PermissionError",
    f"open({str(OURS / 'protocol' / 'probe.py')!r})": "done",
    f"os.listdir({str(OURS.parent / 'solutions')!r})": "PermissionError",
    "open(packages + '/numpy/__init__.py')": "done",
    "open(packages + '/mine', 'w')": "PermissionError",
    "open('mine', 'w')": "done",
    "open('/dev/null', 'w')": "done",
    "open('/proc/self/maps')": "PermissionError",
    "open(os.path.expanduser('~/mine'), 'w')": "PermissionError",
    "socket.create_connection(('127.0.0.1', 9))": "PermissionError",
}
SYSTEM_CALLS = {
    "os.fork()": "PermissionError",
    "os.execv('/bin/true', ['true'])": "PermissionError",
    "os.posix_spawn('/bin/true', ['true'], {})": "PermissionError",
    "os.kill(os.getppid(), 0)": "PermissionError",
    "os.kill(-1, 0)": "PermissionError",
    "os.kill(os.getpid(), 0)": "done",
    "os.setsid()": "PermissionError",
    "socket.socket()": "PermissionError",
    "os.memfd_create('x')": "PermissionError",
    "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)": "PermissionError",
    "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))": "done",
    "fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())": "PermissionError",
    "fcntl.fcntl(0, 10, 9)": "PermissionError",
    "fcntl.fcntl(0, fcntl.F_GETFD)": "done",
    "os.sched_setaffinity(os.getppid(), {0})": "PermissionError",
    "os.setpriority(os.PRIO_PROCESS, os.getppid(), 1)": "PermissionError",
    "linux.unshare(linux.NEW_USER)": "PermissionError",
    "linux.mount('none', '/', flags=linux.PRIVATE)": "PermissionError",
    "linux.check(linux.libc().ptrace(16, os.getppid(), 0, 0), 'ptrace')": "PermissionError",
    "linux.check(linux.libc().syscall(467, -100, b'.', 0, None, 0), 'open_tree_attr')": "OSError",
    "threading.Thread(target=len, args=('',)).start()": "done",
}


def outcomes(layer: str, attempts: dict[str, str]) -> list[str]:
    """What becomes of each attempt in a process that has put on one layer only."""
    tries = "".join(f"tried(lambda: {attempt})\n" for attempt in attempts)
    script = ALONE.format(project=str(OURS.parent)) + layer + tries
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=600)
    return done.stdout.splitlines()


@pytest.mark.skipif(not ON_LINUX, reason="Landlock is Linux's")
def test_landlock_alone_keeps_files_and_the_network_away():
    layer = "linux.drop_capabilities()\nreadable = namespaces.readable_without_root([packages])\n"
    layer += "landlock.restrict(readable, [folder, *namespaces.DEVICES])\n"
    assert outcomes(layer, LANDLOCK) == list(LANDLOCK.values())


@pytest.mark.skipif(not ON_LINUX, reason="the filter is Linux's")
def test_the_filter_of_system_calls_alone_keeps_processes_and_sockets_away():
    layer = "linux.drop_capabilities()\nsystem_calls.filter_calls()\n"
    assert outcomes(layer, SYSTEM_CALLS) == list(SYSTEM_CALLS.values())


def answer(machine: str, number: int) -> int:
    """What the filter for a machine answers to a call without arguments, carried out as the kernel does it."""
    architecture, column = system_calls.MACHINES[machine]
    program, at, loaded = list(system_calls._make_program(architecture, column, own_process=7)), 0, 0
    data = {system_calls.NUMBER: number, system_calls.ARCHITECTURE: architecture}
    tests = {system_calls.EQUAL: int.__eq__, system_calls.AT_LEAST: int.__ge__, system_calls.ANY_BIT: int.__and__}
    while program[at][0] != system_calls.RETURN:
        operation, if_so, if_not, value = program[at]
        if operation == system_calls.LOAD:
            loaded = data.get(value, 0)
        else:
            at += if_so if tests[operation](loaded, value) else if_not
        at += 1
    return program[at][3]


@pytest.mark.parametrize(("machine", "last_old"), [("x86_64", 335), ("aarch64", 294)])
def test_a_system_call_that_is_newer_than_the_filter_is_unknown_to_the_process(machine, last_old):
    not_there = [n for n in range(1024) if answer(machine, n) == system_calls.UNKNOWN and n != system_calls.CLONE_3[0]]
    assert not_there == [*range(last_old + 1, 424), *range(463, 1024)]
    assert answer(machine, 462) == system_calls.ALLOW
    assert {answer(machine, n) for n in (system_calls.OTHER_INTERFACE, 0xFFFFFFFF)} == {system_calls.REFUSE}


def test_a_worker_says_which_layers_are_missing_and_knows_no_others():
    with Executor(libraries=()) as executor:
        missing = executor.missing_layers()
    assert set(missing) <= set(LAYERS)
    assert all(missing.values())


ON_WINDOWS = """
import os, sys, sysconfig
sysconfig.get_paths()  # once known, they stay
sys.path.insert(0, {project!r})
sys.platform = "win32"
for name in ("fork", "geteuid", "getegid", "killpg", "setsid", "uname"):
    delattr(os, name)
from autograder.sandbox.confinement import Sandbox
sandbox = Sandbox([])
sandbox.confine_submission({folder!r}, 1 << 30, 10)
print(*sandbox.missing, os.getcwd(), sep=", ")
"""


@pytest.mark.skipif(not ON_LINUX, reason="it plays Windows on Linux")
def test_on_windows_every_layer_is_missing_and_a_submission_runs_in_its_folder(tmp_path):
    script = ON_WINDOWS.format(project=str(OURS.parent), folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=600)
    assert set(done.stdout.strip().split(", ")) == {*LAYERS, os.path.realpath(tmp_path)}


MISSING = {"landlock": "Function not implemented"}
HURRIED = Limits(case_seconds=0.5, import_seconds=0.0, wall_factor=2.0, least_wall_seconds=2.0)
FINE = Job("fine", "fine", Probe("fine", "numpy", (call(returns=("y",)),)))


class WithoutLandlock(Executor):
    """On a system that has no Landlock."""

    def _note_missing(self, _):
        super()._note_missing(MISSING)


def test_where_a_layer_is_missing_it_is_noted_and_grading_goes_on():
    with WithoutLandlock(libraries=()) as executor:
        seen = executor.carry_out(Work({1: "def fine(): return np.ones(2)\nimport numpy as np"}, [FINE])).jobs["fine"]
    assert isinstance(seen, Observation)
    assert executor.missing == MISSING


def y_of(shown: Shown) -> np.ndarray:
    assert isinstance(shown, Observation), shown
    return shown.arrays["y"]


def test_where_the_whole_sandbox_is_required_nothing_is_run_without_it():
    with WithoutLandlock(libraries=(), require_sandbox=True) as executor, pytest.raises(GraderFault) as fault:
        executor.carry_out(Work({1: "def fine(): return 1"}, [FINE]))
    assert "landlock (Function not implemented)" in str(fault.value)


def test_the_files_of_a_unit_can_be_read_and_changed_only_for_oneself():
    source = """
import numpy as np
first = open("data/words.txt").read()
open("data/words.txt", "w").write("changed")
def fine(): return np.frombuffer((first + open("data/words.txt").read()).encode(), dtype=np.uint8)"""
    with Executor(libraries=()) as executor:
        for _ in range(2):
            seen = executor.carry_out(Work({1: source}, [FINE], files={"data/words.txt": b"as shipped, "})).jobs["fine"]
            assert y_of(seen).tobytes() == b"as shipped, changed"


WITHOUT_NAMESPACES = """
import sys
sys.path.insert(0, {project!r})
from autograder.sandbox import linux
try:
    linux.unshare(linux.NEW_USER)  # while there is but one thread
    for name, text in (("setgroups", "deny"), ("uid_map", "0 {user} 1"), ("gid_map", "0 {group} 1")):
        open("/proc/self/" + name, "w").write(text)
    open("/proc/sys/user/max_user_namespaces", "w").write("0")
except OSError:
    pass  # there are none already
from autograder.execution.executor import Executor
from autograder.execution.work import Job, Work
from autograder.protocol.probe import Probe, call
jobs = [Job(str(n), str(n), Probe("f" + str(n), "numpy", (call(returns=("y",)),))) for n in range({count})]
with Executor(libraries=()) as executor:
    seen = executor.carry_out(Work({{1: {cells!r}}}, jobs))
print("namespaces" in executor.missing, "landlock" in executor.missing)
for job in jobs:
    print(seen.jobs[job.id].arrays["y"].tobytes().decode())
"""


@pytest.mark.skipif(not ON_LINUX, reason="namespaces are Linux's")
def test_where_namespaces_are_refused_landlock_and_the_filter_hold_alone():
    attempts = {
        f"open({str(OURS / 'secret.py')!r})": "PermissionError",
        f"os.listdir({str(OURS.parent / 'solutions')!r})": "PermissionError",
        "os.listdir('/proc/self/fd')": "PermissionError",
        "open('mine', 'w')": "done",
        "open('../mine', 'w')": "PermissionError",
        "os.fork()": "PermissionError",
        "socket.socket()": "PermissionError",
    }
    cells = "import os, socket\nimport numpy as np\ndef said(attempt):\n    try: attempt()\n"
    cells += "    except OSError as e: text = type(e).__name__\n    else: text = 'done'\n"
    cells += "    return np.frombuffer(text.encode(), dtype=np.uint8)\n"
    cells += "".join(f"def f{n}(): return said(lambda: {attempt})\n" for n, attempt in enumerate(attempts))
    values = {"project": str(OURS.parent), "user": os.geteuid(), "group": os.getegid()}
    script = WITHOUT_NAMESPACES.format(**values, count=len(attempts), cells=cells)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=600, check=True)
    assert done.stdout.splitlines() == ["True False", *attempts.values()]


SEARCH = """
import gc, os
import numpy as np
found = []
for descriptor in range(3, 64):
    try:
        os.set_blocking(descriptor, False)
        found.append(os.read(descriptor, 1 << 20))
        os.set_blocking(descriptor, True)
    except OSError:
        pass
    finally:
        try: os.set_blocking(descriptor, True)
        except OSError: pass
gc.unfreeze()
objects = gc.get_objects()
holders = [o for o in objects if isinstance(o, (list, tuple))] + [list(o.values()) for o in objects if type(o) is dict]
known = any(isinstance(a, np.ndarray) and a.shape == (3, 5, 7) and a.ravel()[0] == 0.125 for h in holders for a in h)
def fine(x): return np.array([known, any(b"125" in f for f in found)])"""


def test_inputs_are_not_there_while_the_cells_run_but_would_be_found_if_they_were():
    array = np.full((3, 5, 7), 0.125)
    job = Job("fine", "fine", Probe("fine", "numpy", (call(array, returns=("y",)),)))
    with Executor(libraries=()) as executor:
        cells = {"as it is": SEARCH, "planted": f"import numpy as np\nkept = [np.full((3, 5, 7), 0.125)]\n{SEARCH}"}
        seen = {name: executor.carry_out(Work({1: source}, [job])).jobs["fine"] for name, source in cells.items()}
    assert y_of(seen["as it is"]).tolist() == [False, False]
    assert y_of(seen["planted"]).tolist() == [True, False]


def test_later_inputs_are_not_there_while_earlier_cases_run():
    source = "import gc\nimport numpy as np\ngc.unfreeze()\nSEEN = []\ndef fine(x):\n    holders = gc.get_objects()\n"
    source += "    arrays = [a for h in holders if isinstance(h, list) for a in h if isinstance(a, np.ndarray)]\n"
    source += "    return np.array([any(a.shape == (3, 5, 7) for a in arrays)])"
    shapes = {"first": (2, 2), "second": (2, 2), "last": (3, 5, 7)}
    first, second, last = (
        Job(name, "fine", Probe("fine", "numpy", (call(np.zeros(shape), returns=("y",)),)))
        for name, shape in shapes.items()
    )
    with Executor(libraries=()) as executor:
        apart = executor.carry_out(Work({1: source}, [first, second], [last])).jobs
        together = executor.carry_out(Work({1: source}, [first, second, last])).jobs
    assert [y_of(apart[name]).item() for name in shapes] == [False, False, True]
    assert y_of(together["first"]).item()


class Numbered(Executor):
    """An executor that tells a submission how often it has been run."""

    runs = 0

    def process(self):
        self.runs += 1
        process = super().process()
        send = process.send
        vars(process)["send"] = lambda request, deadline: send(numbered(request, self.runs), deadline)
        return process


def numbered(request: bytes, number: int) -> bytes:
    """A first request with the file `run`; others as they are."""
    frame = wire.read_frame(BytesIO(request).read, 1 << 20)
    message = wire.decode(*frame, with_arguments=True) if frame else {}
    if "files" not in message:
        return request
    return wire.encode(message | {"files": {"run": np.frombuffer(str(number).encode(), np.uint8)}})


@pytest.mark.parametrize(("hidden", "told"), [(False, True), (True, False)], ids=["public inputs", "hidden inputs"])
def test_what_a_cell_says_when_it_runs_again_is_told_of_public_inputs_only(hidden, told):
    jobs = [Job(name, name, Probe("fine", "numpy", (call(np.zeros(1), returns=("y",)),))) for name in "ab"]
    with Numbered(libraries=(), limits=HURRIED) as executor:
        cells = {1: "import time\ndef fine(x):\n    time.sleep(9)"}
        cells[2] = "if open('run').read() != '1':\n    raise ValueError('told')"
        ran = executor.carry_out(Work(cells, *([], jobs) if hidden else (jobs, [])))
    assert (ran.cells[2].message == "told") is told


def test_hidden_inputs_are_the_later_ones(monkeypatch):
    asked = []

    def carry_out(_, work):
        asked.append(work)
        raise GraderFault("enough")

    monkeypatch.setattr(Executor, "carry_out", carry_out)
    exercise = syllabus.exercise("softmax")
    submission = Submission("a", "attention", {1: ""}, is_notebook=True)
    with Executor() as executor, pytest.raises(GraderFault):
        executor.run(make_plan(submission, [exercise], "s" * 32))
    now, later = ([repr(job.probe) for job in jobs] for jobs in (asked[0].jobs, asked[0].later))
    assert now == [repr(exercise.probe(case, PUBLIC)) for case in exercise.cases if not case.hidden]
    assert len(later) == len(exercise.cases)
    assert not set(later) & set(now)


@pytest.mark.skipif(not ON_LINUX, reason="elsewhere requests go to the pipe in another way")
def test_a_submission_that_does_not_read_its_request_is_timed_out():
    source = "import autograder.sandbox.serve as c, time\nc._receive = lambda *_: time.sleep(60)\ndef fine(x): return 1"
    job = Job("fine", "fine", Probe("fine", "numpy", (call(np.zeros(1 << 20), returns=("y",)),)))
    with Executor(libraries=(), limits=HURRIED) as executor:
        assert executor.carry_out(Work({1: source}, [job])).jobs["fine"] == Failure(FailureKind.TIMED_OUT)
