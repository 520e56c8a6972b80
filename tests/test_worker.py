"""The worker: whatever student code does becomes a value, and nothing in its process knows an answer."""

import ast
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autograder
from autograder import syllabus
from autograder.evidence import Failure, FailureKind, Shown
from autograder.execution.blocks_of_unit import blocks_of
from autograder.execution.clocks import ProcessorClock
from autograder.execution.executor import Executor
from autograder.execution.limits import Limits
from autograder.execution.processes import FreshProcess, Process
from autograder.execution.work import Job, Transcript, Work
from autograder.intake import submission
from autograder.plan import make_plan
from autograder.protocol.probe import Observation, Probe, build, call
from autograder.sandbox.imports import STAND_INS
from autograder.student import figures, properties
from autograder.verdict import Outcome

OURS = Path(autograder.__file__).parent
ROOMS = ("sandbox", "protocol")
SOLUTIONS = OURS.parent / "solutions"
SECRET = "a secret of thirty-two characters and more"
OUT_OF_TIME = FailureKind.TIMED_OUT
FINE = "import numpy as np\ndef fine():\n    return np.ones(2)"


PATIENT = Limits(
    case_seconds=30.0,
    cell_seconds=30.0,
    total_seconds=600.0,
    wall_factor=1.0,
    memory_bytes=512 << 20,
    result_bytes=1 << 20,
)
HURRIED = replace(PATIENT, case_seconds=1.0, import_seconds=0.0, cell_seconds=1.0, least_wall_seconds=4.0)


@pytest.fixture(scope="module")
def strict() -> Iterator[Executor]:
    """A worker without PyTorch that gives little memory."""
    with Executor(libraries=(), limits=PATIENT) as executor:
        yield executor


def run(executor: Executor, *cells: str, names: tuple[str, ...] = ("f", "fine"), **handed_out: Any) -> Transcript:
    jobs = [Job(name, name, Probe(name, "numpy", (call(returns=("y",)),))) for name in names]
    return executor.carry_out(Work(dict(enumerate((FINE, *cells), 1)), jobs, **handed_out))


def run_to_the_end(executor: Executor, *cells: str) -> Transcript:
    """As `run`, hurried for what hangs; where that cuts off what is fine, the machine is busy, and gets more time."""
    for executor.limits in (HURRIED, PATIENT):
        transcript = run(executor, *cells)
        if is_fine(transcript):
            break
    executor.limits = PATIENT
    return transcript


def text(executor: Executor, source: str) -> str:
    """What the student's function `f`, which returns a string, says."""
    cell = f"{source}\ndef report():\n    return np.frombuffer(f().encode() or b' ', dtype=np.uint8)"
    seen = run(executor, cell, names=("report",)).jobs["report"]
    assert isinstance(seen, Observation), seen
    return seen.arrays["y"].tobytes().decode().strip()


def kind_of(shown: Shown) -> FailureKind:
    assert isinstance(shown, Failure), shown
    return shown.kind


def is_fine(transcript: Transcript) -> bool:
    seen = transcript.jobs["fine"]
    return isinstance(seen, Observation) and np.array_equal(seen.arrays["y"], np.ones(2))


def test_an_answer_comes_back_and_a_missing_name_is_told(strict):
    transcript = run(strict)
    assert is_fine(transcript)
    assert transcript.jobs["f"] == Failure(FailureKind.MISSING)
    assert transcript.cells == {}


ENDINGS = {
    "an endless loop": ("while True: pass", FailureKind.TIMED_OUT),
    "a sleep": ("import time; time.sleep(60)", FailureKind.TIMED_OUT),
    "an exit without goodbye": ("import os; os._exit(0)", FailureKind.DIED),
    "an exit": ("import sys; sys.exit(3)", FailureKind.RAISED),
    "an interrupt": ("raise KeyboardInterrupt", FailureKind.RAISED),
    "a null pointer": ("import ctypes; ctypes.string_at(0)", FailureKind.DIED),
    "too much memory": ("return np.ones(1 << 28)", FailureKind.RAISED),
    "a deep recursion": ("return f()", FailureKind.RAISED),
    "a result that is too large": ("return np.zeros(1 << 20)", FailureKind.MALFORMED),
    "an exception that cannot be printed": (
        "raise type('E', (Exception,), {'__str__': lambda s: 1 / 0})",
        FailureKind.RAISED,
    ),
    "a closed pipe": ("import os; os.closerange(3, 64); return np.ones(1)", FailureKind.DIED),
}


@pytest.mark.parametrize(("body", "kind"), ENDINGS.values(), ids=list(ENDINGS))
def test_whatever_one_case_does_the_others_are_graded(strict, body, kind):
    transcript = run_to_the_end(strict, f"def f():\n    {body}")
    assert kind_of(transcript.jobs["f"]) == kind
    assert is_fine(transcript)


@pytest.mark.parametrize(
    ("body", "kind"), [e for n, e in ENDINGS.items() if "result" not in n and "return" not in e[0]]
)
def test_whatever_one_cell_does_the_others_are_run(strict, body, kind):
    transcript = run_to_the_end(strict, body, "def f():\n    return np.zeros(3)")
    assert transcript.cells[2].kind == kind
    assert isinstance(transcript.jobs["f"], Observation)
    assert is_fine(transcript)


def test_a_submission_has_a_time_limit_as_a_whole():
    limits = Limits(case_seconds=0.6, cell_seconds=0.6, total_seconds=1.0)
    with Executor(libraries=(), limits=limits) as hurried:
        run(hurried, names=("fine",))  # warm
        transcript = run(hurried, *["while True: pass"] * 4, "def f(): pass")
    assert transcript.jobs["f"] == Failure(FailureKind.ALL_TIME_USED)


class Counting(Executor):
    """An executor that counts the processes that it starts."""

    started = 0

    def __enter__(self) -> "Counting":
        return self

    def process(self) -> Process:
        self.started += 1
        return super().process()


HANG = "while True: pass"
WORKS_ONCE = """
import time
worked = False
def work(seconds):
    global worked
    until = time.process_time() + (0 if worked else seconds)
    while time.process_time() < until: pass
    worked = True
    return np.zeros(3)
"""


def test_a_cell_that_never_ends_is_run_once_and_a_case_twice():
    with Counting(libraries=(), limits=HURRIED) as executor:
        transcript = run(
            executor, HANG, f"def f():\n    {HANG}", HANG, f"def g():\n    {HANG}", names=("f", "g", "fine")
        )
    assert {number: failure.kind for number, failure in transcript.cells.items()} == dict.fromkeys((2, 4), OUT_OF_TIME)
    assert [kind_of(transcript.jobs[name]) for name in "fg"] == [OUT_OF_TIME] * 2
    assert is_fine(transcript)
    assert executor.started == 2 + 2 * 2 + 1


def test_only_so_many_cases_that_never_end_are_tried_again_and_these_tries_are_not_on_the_total():
    names, limits = "abcde", replace(HURRIED, second_tries=2, total_seconds=6.5, wall_factor=20.0)
    with Counting(libraries=(), limits=limits) as executor:
        transcript = run(executor, *(f"def {name}():\n    {HANG}" for name in names), names=(*names, "fine"))
    assert [kind_of(transcript.jobs[name]) for name in names] == [OUT_OF_TIME] * 5
    assert is_fine(transcript)
    assert executor.started == 5 + 2 + 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the processor time of another process is not known")
def test_a_second_try_does_not_lack_the_time_that_others_have_used():
    work = "    until = time.process_time() + 0.8\n    while time.process_time() < until: pass\n    return np.zeros(3)"
    cells = "import time", f"def first():\n{work}", f"def second():\n{work}", f"def f():\n    {HANG}"
    names, limits = ("first", "second", "f", "fine"), replace(HURRIED, total_seconds=3.4, wall_factor=20.0)
    with Executor(libraries=(), limits=limits) as executor:
        transcript = run(executor, *cells, names=names)
    assert isinstance(transcript.jobs["first"], Observation)
    assert isinstance(transcript.jobs["second"], Observation)
    assert kind_of(transcript.jobs["f"]) == OUT_OF_TIME
    assert is_fine(transcript)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the processor time of another process is not known")
def test_waiting_is_not_on_the_time_of_a_cell_or_of_a_case():
    pause = f"import time; time.sleep({HURRIED.case_seconds + 1})"
    with Counting(libraries=(), limits=replace(HURRIED, least_wall_seconds=600.0)) as executor:
        transcript = run(executor, pause, f"def f():\n    {pause}\n    return np.zeros(3)")
    assert isinstance(transcript.jobs["f"], Observation)
    assert (transcript.cells, executor.started) == ({}, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the processor time of another process is not known")
@pytest.mark.parametrize("body", ["hang()", "t = threading.Thread(target=hang)\n    t.start()\n    t.join()"])
def test_work_is_ended_long_before_the_wall_clock_would_end_it(body):
    with Executor(
        libraries=(), limits=replace(HURRIED, total_seconds=8.0, least_wall_seconds=1e9, second_tries=0)
    ) as executor:
        transcript = run(executor, f"import threading\ndef hang():\n    {HANG}\ndef f():\n    {body}")
    assert kind_of(transcript.jobs["f"]) == OUT_OF_TIME
    assert is_fine(transcript)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody can see whether another process waits")
@pytest.mark.parametrize("wait", ["time.sleep(1000)", "while True: time.sleep(0.01)"])
def test_what_only_waits_is_ended_long_before_the_wall_clock_would_end_it(wait):
    limits = replace(HURRIED, least_wall_seconds=1e9, second_tries=0, least_idle_seconds=1.5, idle_factor=1.0)
    with Executor(libraries=(), limits=limits) as executor:
        transcript = run(executor, f"import time\ndef f():\n    {wait}")
    assert kind_of(transcript.jobs["f"]) == OUT_OF_TIME
    assert is_fine(transcript)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody can see whether another process waits")
@pytest.mark.parametrize(
    ("does", "waits"),
    [
        ("import time; time.sleep(100)", True),
        ("while True: pass", False),
        (
            "import threading, time\nthreading.Timer(0, lambda: [0 for _ in iter(int, 1)]).start(); time.sleep(100)",
            False,
        ),
        ("import subprocess\nsubprocess.run(['sleep', '100'])", False),
    ],
    ids=["sleeps", "works", "works in a thread", "waits for a child"],
)
def test_who_waits_is_told_from_who_works(does, waits):
    with subprocess.Popen(
        [sys.executable, "-S", "-c", f"print(1, flush=True)\n{does}"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stdout.read(1)
        clock = ProcessorClock(process.pid)
        until = time.monotonic() + 60
        while clock.is_waiting() != waits and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)
        seen = {clock.is_waiting() for _ in range(20)}
        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        process.kill()
    assert seen == {waits}


def test_what_a_case_does_for_the_first_time_may_take_longer_and_is_there_for_the_next():
    limits = replace(HURRIED, import_seconds=30.0, second_tries=1)
    cells = WORKS_ONCE, *(f"def {name}(): return work({2 * limits.case_seconds})" for name in "fg")
    with Counting(libraries=(), limits=limits) as executor:
        transcript = run(executor, *cells, names=("f", "g"))
    assert all(isinstance(transcript.jobs[name], Observation) for name in "fg")
    assert executor.started == 2


def test_a_second_try_is_told_of_no_other_case():
    waiting = "import autograder.sandbox.serve as c, json\nasked, receive = [], c._receive\n"
    waiting += "def note(fd):\n    message = receive(fd)\n    asked.append(len(message['jobs']))\n    return message\n"
    waiting += f"c._receive = note\n{WORKS_ONCE}"
    cells = waiting, f"def f():\n    work({2 * HURRIED.case_seconds})\n    return np.array(asked)"
    with Executor(libraries=(), limits=replace(HURRIED, import_seconds=30.0)) as executor:
        seen = run(executor, *cells).jobs["f"]
    assert isinstance(seen, Observation)
    assert seen.arrays["y"].tolist() == [1]


def test_fifty_megabytes_of_prints_are_no_matter(strict):
    assert is_fine(run(strict, "for _ in range(50): print('x' * (1 << 20))"))


def test_an_error_is_told_with_its_cell_and_line(strict):
    transcript = run(strict, "x = 1\n\nx / 0", "def f():\n    y = 2\n    raise IndexError('seven')", "def g(:")
    cell, job = transcript.cells[2], transcript.jobs["f"]
    assert (cell.type, cell.cell, cell.line) == ("ZeroDivisionError", "2", 3)
    assert isinstance(job, Failure)
    assert (job.type, job.message, job.cell, job.line) == ("IndexError", "seven", "3", 3)
    assert (transcript.cells[4].type, transcript.cells[4].line) == ("SyntaxError", 1)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process group is all there is")
@pytest.mark.parametrize(
    "attempt", ["os.fork()", "__import__('subprocess').run(['true'])", "os.setsid()", "os.kill(os.getppid(), 9)"]
)
def test_a_submission_starts_no_process_and_reaches_none(strict, attempt):
    refused = (
        f"import os\ndef f():\n    try: {attempt}\n    except PermissionError as e: return 'refused'\n    return 'done'"
    )
    assert text(strict, refused) == "refused"


def test_the_folder_is_empty_and_vanishes(strict):
    seen = text(
        strict,
        "import os\nlisting = os.listdir()\nopen('mine', 'w').close()\ndef f(): return f'{os.getcwd()} {listing}'",
    )
    folder, listing = seen.split(" ", 1)
    assert listing == "[]"
    assert not Path(folder).exists()


def test_the_environment_is_clean(strict, monkeypatch):
    monkeypatch.setenv("COURSE_PASSWORD", "secret")
    with Executor(libraries=()) as fresh:
        names = set(text(fresh, "import os\ndef f(): return ' '.join(os.environ)").split())
    assert "HOME" in names
    threads = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
    assert names <= {"HOME", "TMPDIR", "LANG", "LC_CTYPE", "MPLBACKEND", "SYSTEMROOT"} | threads


@pytest.mark.parametrize("way", ["import {}", "__import__('{}')", "import importlib; importlib.import_module('{}')"])
@pytest.mark.parametrize("name", ["transformer_ref", "transformer_ref.in_numpy.attention"])
def test_the_reference_cannot_be_imported(strict, name, way):
    transcript = run(strict, way.format(name))
    assert transcript.cells[2].type == "ModuleNotFoundError"


@pytest.mark.parametrize(
    "name", ["bank", "misconceptions", "answers", "judging", "secret", "blocks", "own_work", "student"]
)
def test_what_knows_an_answer_cannot_be_imported(strict, name):
    tried = f"def f():\n    try: import autograder.{name}\n    except ImportError: return 'not here'\n    return 'here'"
    assert text(strict, tried) == "not here"
    assert run(strict, f"import autograder.{name}").cells[2].type == "ModuleNotFoundError"


def test_what_a_notebook_imports_and_a_grade_does_not_need_does_nothing(strict):
    source = """
from autograder import check
from autograder.figures import heatmaps
from autograder.properties import when_written
ran = []
with when_written(check) as w:
    ran.append(w.anything(heatmaps(1, 2)[0] if False else 1))
    raise ValueError("an experiment fails")
for _ in check("softmax"): ran.append("never")
get_ipython().run_line_magic("matplotlib", "inline")
display(ran)
def f(): return str(len(ran))"""
    assert text(strict, source) == "1"


def public_names(module: ModuleType) -> set[str]:
    """What a module itself defines without an underscore: no module and nothing that it imports."""
    defined: set[str] = set()
    for node in ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node]
        for name in (name for target in targets for name in ast.walk(target) if isinstance(target, ast.expr)):
            defined |= {name.id} if isinstance(name, ast.Name) else set()
        defined |= {node.name} if isinstance(node, ast.FunctionDef | ast.ClassDef) else set()
    return {name for name in defined if not name.startswith("_")}


@pytest.mark.parametrize("module", [autograder, figures, properties], ids=lambda module: module.__name__)
def test_a_stand_in_has_the_public_names_of_its_module(module):
    assert set(STAND_INS[module.__name__.replace(".student", "")]) == public_names(module)


def test_there_are_stand_ins_for_nothing_else(strict):
    ours = {path.stem for path in OURS.iterdir() if path.suffix in (".py", "") and not path.name.startswith("_")}
    names = sorted(f"autograder.{name}" for name in ours | {"anything", "figures.anything"} if name not in ROOMS)
    source = f"""
import importlib
def f():
    found = []
    for name in {names}:
        try: found.append(importlib.import_module(name).__name__)
        except ModuleNotFoundError as e: assert str(e).startswith("No module named 'autograder."), e
    return " ".join(found)"""
    assert "autograder.answers" in names
    assert set(text(strict, source).split()) == STAND_INS.keys() - {"autograder"}


@pytest.mark.parametrize("module", ["autograder", "autograder.figures", "autograder.properties"])
def test_a_stand_in_has_no_other_name(strict, module):
    failure = run(strict, f"from {module} import softmax").cells[2]
    assert (failure.type, failure.message.partition(" (")[0]) == (
        "ImportError",
        f"cannot import name 'softmax' from '{module}'",
    )


def test_a_module_of_the_course_that_does_not_exist_is_told_as_that(grader):
    cell = "from autograder.anything import softmax as known\ndef softmax(x, axis=-1): return known(x, axis)"
    read = submission.Submission("test", "attention", {1: cell}, True)
    (graded,) = grader.grade(read, [syllabus.exercise("softmax")])
    told = "your cell of `softmax` failed: No module named 'autograder.anything'; so `known` is not there"
    assert told in graded.verdicts[0].where


@pytest.mark.parametrize("unit", syllabus.units())
def test_what_a_lesson_imports_from_the_course_is_there_when_a_grade_is_made(grader, unit):
    read = submission.read(next(SOLUTIONS.glob(f"*_{unit}.py")))
    imports = [node for source in read.cells.values() for node in ast.walk(ast.parse(source)) if is_import(node)]
    ours = [line for line in map(ast.unparse, imports) if "autograder" in line]
    assert "from autograder import check" in ours
    assert run(grader.executor, *ours, modules=blocks_of(unit)).cells == {}


def is_import(node: ast.AST) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


LATER = ("training", "decoding")
NEEDED = {
    "MultiHeadAttention": ("encoder", "decoder", "transformer", *LATER),
    "EncoderLayer": ("transformer", *LATER),
    "Transformer": LATER,
    "pieces": ("tokenization",),
}


def defined_in(source: str) -> set[str]:
    return {node.name for node in ast.parse(source).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


@pytest.mark.parametrize("unit", syllabus.units())
def test_a_unit_is_given_no_block_that_is_its_answer(strict, unit):
    names = [e.name for e in syllabus.units()[unit].exercises]
    given = set().union(*map(defined_in, blocks_of(unit).values()))
    assert given & NEEDED.keys() == {name for name, units in NEEDED.items() if unit in units}
    assert given.isdisjoint(names)


def test_nothing_that_a_worker_has_loaded_knows_an_answer(grader):
    source = """
import sys
def f():
    return "\\n".join(str(getattr(m, "__file__", "")) for m in list(sys.modules.values()))"""
    files = {Path(line) for line in text(grader.executor, source).splitlines() if line and line != "None"}
    ours = {path for path in files if path.is_relative_to(OURS.parent) and ".venv" not in path.parts}
    ours -= {path for path in ours if "site-packages" in path.parts}
    assert ours
    assert {path.parent for path in ours} == {OURS / room for room in ROOMS}
    assert len(files) > 500  # PyTorch is among them


def test_no_function_in_the_workers_memory_comes_from_a_file_with_answers(grader):
    source = """
import gc, types
gc.unfreeze()
def f():
    files = {o.co_filename for o in gc.get_objects() if type(o) is types.CodeType}
    files |= {o.__code__.co_filename for o in gc.get_objects() if type(o) is types.FunctionType}
    return "\\n".join(sorted(files))"""
    files = text(grader.executor, source).splitlines()
    assert any(file.endswith(os.path.join("protocol", "probe.py")) for file in files)
    places = ("misconceptions", "transformer_ref", os.path.join("autograder", "bank"))
    assert [file for file in files if any(place in file for place in places)] == []


def test_one_submission_does_not_see_what_another_did(strict):
    run(strict, "import numpy\nnumpy.left_here = True\nimport builtins\nbuiltins.left_here = True")
    seen = text(strict, "import builtins\ndef f(): return ' '.join([*vars(np), *vars(builtins)])")
    assert "amax" in seen.split()
    assert "left_here" not in seen.split()


@pytest.mark.parametrize(("library", "name"), [("numpy", "f"), ("torch", "F")])
def test_a_result_is_kept_as_it_was_when_it_was_returned(grader, library, name):
    source = """
import torch
kept = np.zeros(2)
def f():
    global kept
    kept += 1
    return kept
class F(torch.nn.Module):
    def forward(self):
        return torch.from_numpy(f())"""
    calls = [call(returns=("y",), label=label) for label in ("first ", "second ")]
    steps = (build(), *calls) if library == "torch" else tuple(calls)
    work = Work({1: FINE, 2: source}, [Job("one", "one", Probe(name, library, steps))])
    seen = grader.executor.carry_out(work).jobs["one"]
    assert [seen.arrays[f"{label} y"].tolist() for label in ("first", "second")] == [[1.0, 1.0], [2.0, 2.0]]


FORGED = {
    "noise": "b'noise' * 100",
    "a frame that is no dict": "wire.encode([1])",
    "a stage of arrays": "wire.encode({'stage': ['cell', np.zeros(2)]})",
    "an error of arrays": "wire.encode({'stage': ['cell', 2], 'error': {'type': np.zeros(2), 'cell': np.zeros(2)}})",
    "the end of a later stage": "wire.encode({'stage': ['job', 'f'], 'arrays': {}, 'facts': {}})",
    "a huge announcement": "b'\\xff' * 8",
}


@pytest.mark.parametrize("message", FORGED.values(), ids=list(FORGED))
def test_forged_messages_become_failures_and_never_a_fault_of_the_grader(strict, message):
    source = f"""
from autograder.protocol import wire
import os
for descriptor in range(3, 32):
    try:
        os.write(descriptor, {message})
    except OSError:
        pass
def f():
    return np.ones(1)"""
    transcript = run(strict, source)
    assert 2 in transcript.cells
    failures = [*transcript.cells.values(), *(f for f in transcript.jobs.values() if isinstance(f, Failure))]
    assert all(type(failure.message) is str and type(failure.cell) is str for failure in failures)
    assert set(transcript.jobs) == {"f", "fine"}
    assert is_fine(run(strict))


def test_the_same_submission_gets_the_same_grade_twice(grader):
    read = submission.read(Path(__file__).parent / "submissions" / "dropout_in_evaluation_torch.py")
    exercises = [syllabus.exercise("ScaledDotProductAttention")]
    first, second = (grader.grade(read, exercises, SECRET) for _ in range(2))
    assert first == second
    assert first[0].outcome is Outcome.WRONG


def test_a_worker_that_was_killed_is_replaced():
    with Executor(libraries=()) as executor:
        assert is_fine(run(executor, names=("fine",)))
        if sys.platform == "linux":
            assert executor._server
            os.kill(executor._server.process.pid, 9)
        assert is_fine(run(executor, names=("fine",)))


class FreshProcesses(Executor):
    """As where forking after PyTorch is not safe: every submission gets a process that was started for it."""

    def process(self) -> FreshProcess:
        return FreshProcess(self.libraries)

    def _deadline(self) -> float:
        return time.monotonic() + self.limits.wall_seconds(self.limits.total_seconds)


def test_a_fresh_process_for_every_submission_gives_the_same_outcomes():
    endings = [ENDINGS[name] for name in ("an endless loop", "an exit without goodbye", "an exit", "a null pointer")]
    with FreshProcesses(libraries=()) as fresh:
        for body, kind in endings:
            transcript = run_to_the_end(fresh, f"def f():\n    {body}")
            assert kind_of(transcript.jobs["f"]) == kind
            assert is_fine(transcript)


class CountingJobs(Executor):
    """A worker that notes how many jobs it is given."""

    jobs = 0
    is_sealed = True

    def leaves_nothing(self) -> bool:
        """What a test says."""
        return self.is_sealed

    def carry_out(self, work: Work) -> Transcript:
        """Carry them out."""
        self.jobs += len(work.jobs) + len(work.later)
        return super().carry_out(work)


@pytest.mark.parametrize(
    "error, runs_all", [("NotImplementedError()", False), ("NotImplementedError", False), ("ValueError", True)]
)
def test_of_unwritten_work_one_trial_is_run_on_public_and_one_on_hidden_inputs(error: str, runs_all: bool) -> None:
    source = f"def softmax(x, axis=-1):\n    raise {error}"
    plan = make_plan(submission.from_python(source, "file.py", "attention"), [syllabus.exercise("softmax")], SECRET)
    executor = CountingJobs(libraries=(), limits=PATIENT)
    with executor:
        evidence = executor.run(plan)
    assert executor.jobs == (len(plan.to_run) if runs_all else 2)
    assert set(evidence) == set(plan.to_run)
    assert {(f.type, f.line) for f in evidence.values() if isinstance(f, Failure)} == {(error.strip("()"), 2)}


def test_whether_work_is_written_is_seen_and_not_read() -> None:
    source = "NotImplementedError = ValueError\ndef softmax(x, axis=-1):\n    raise NotImplementedError"
    plan = make_plan(submission.from_python(source, "file.py", "attention"), [syllabus.exercise("softmax")], SECRET)
    executor = CountingJobs(libraries=(), limits=PATIENT)
    with executor:
        evidence = executor.run(plan)
    assert executor.jobs == len(plan.to_run)
    assert {shown.type for shown in evidence.values() if isinstance(shown, Failure)} == {"ValueError"}


def test_where_a_run_may_leave_something_behind_no_public_trial_comes_after_a_hidden_one() -> None:
    source = "def softmax(x, axis=-1):\n    raise NotImplementedError"
    plan = make_plan(submission.from_python(source, "file.py", "attention"), [syllabus.exercise("softmax")], SECRET)
    executor = CountingJobs(libraries=(), limits=PATIENT)
    executor.is_sealed = False
    with executor:
        executor.run(plan)
    assert executor.jobs == len(plan.to_run)
