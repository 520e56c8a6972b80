"""Jobs that work side by side: threads of `concurrent.futures`, each of which owns one process with a grader.

The threads only wait: whatever is read, parsed, graded or written is done in the processes, since libraries for that
are not made for threads, and threads of one process take turns.

A pool of processes would not do. When one of its processes dies, the whole pool is broken; a process that hangs cannot
be ended; and when the command itself is killed, its processes wait for ever. Here a thread waits for its own process,
ends one that hangs, and starts another. Only the thread's command puts anything into the store.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from autograder.evidence import GraderFault
from autograder.grading import Grader
from autograder.intake.submission import Submission
from instructor.shells.class_store import Checks, pack

Value = TypeVar("Value")
PROCESSES = get_context("spawn")  # a fork would copy the threads' locks
END_SECONDS = 20.0  # for a process to end what it has started
CALL_SECONDS = 300.0  # for a file to be read, or a page written; the largest takes a second
MANY_RUNS_SECONDS = 3600.0  # for what runs a student's code again and again; most take seconds
HANG_FACTOR = 2.0  # the worst submission ends by itself in this part of the time, and so does its diagnosis


def count_cores() -> int:
    """The cores that this process may use: so many jobs there are by default."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class Died(Exception):
    """The process of a job ended, hung, or failed; the message says which. No student is to blame."""


class Jobs:
    """Works on up to `count` hand-ins at once. Use it as a context, and `submit` what calls `grade` or `call`.

    `grade` takes and returns only what can be pickled, and reads no file of the course, so that it may be answered
    elsewhere, as by a cluster; `call` is for this machine. `hang_seconds` is how long one submission may take before
    its process is ended; by default, more than its limits allow.
    """

    def __init__(self, count: int, hang_seconds: float | None = None) -> None:
        self.count, self.hang_seconds = count, hang_seconds
        self.started = 0  # processes, to be counted by tests
        self.missing: dict[str, str] = {}  # layers of the sandbox
        self._own = threading.local()
        self._processes: list[JobProcess] = []
        self._gate = Gate()
        self._is_closing = False
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="job")

    def __enter__(self) -> "Jobs":
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closing = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in list(self._processes):
            process.end()
        self._threads.shutdown(wait=True)
        for process in list(self._processes):
            process.end()

    def submit(self, function: Callable[..., Value], /, *arguments: Any) -> "Future[Value]":
        """Call a function in one of the threads, where it may use `grade`."""
        return self._threads.submit(function, *arguments)

    def grade(self, checks: Checks, submission: Submission, exercises: Sequence[str]) -> bytes:
        """Packed grades, from this thread's process. Raises Died where it fails, and also fails alone.

        The second try is made while no other job runs: what has failed for want of memory may then succeed.
        """
        seconds = self.hang_seconds or HANG_FACTOR * checks.limits.wall_seconds(checks.limits.total_seconds)
        packed, self.missing = self._try(lambda process: process.grade(checks, submission, exercises, seconds))
        return packed

    def call(self, function: Callable[..., Value], /, *arguments: Any) -> Value:
        """What a function returns in this thread's process. Raises Died as `grade` does, also where it raises."""
        seconds = self.hang_seconds or CALL_SECONDS
        return self._try(lambda process: process.call(function, arguments, seconds))

    def call_with_grader(self, function: Callable[..., Value], /, *arguments: Any) -> Value:
        """The same for a function that is given the process's grader first, and may use it again and again."""
        seconds = self.hang_seconds or MANY_RUNS_SECONDS
        return self._try(lambda process: process.call_with_grader(function, arguments, seconds))

    def _try(self, ask: "Callable[[JobProcess], Value]") -> Value:
        try:
            with self._gate.among_others():
                return self._ask(ask)
        except Died:
            if self._is_closing:
                raise
        with self._gate.alone():
            return self._ask(ask)

    def _ask(self, ask: "Callable[[JobProcess], Value]") -> Value:
        if self._is_closing:
            raise Died("the run was stopped")
        process: JobProcess | None = getattr(self._own, "process", None)
        if process is None or not process.is_alive():
            process = self._own.process = JobProcess()
            self._processes.append(process)
            self.started += 1
            if self._is_closing:
                process.end()
        try:
            return ask(process)
        except Died:
            process.end()
            self._processes.remove(process)
            raise


class Gate:
    """Lets many through together, or one alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = self._waiting = 0

    @contextmanager
    def among_others(self) -> Iterator[None]:
        """Be inside with others; those who want to be alone go first."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be inside while nobody else is."""
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: not self._inside)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._waiting -= 1
                self._changed.notify_all()


class JobProcess:
    """A process with a grader of its own. It ends by itself when the command that started it is gone."""

    def __init__(self) -> None:
        self._pipe, theirs = PROCESSES.Pipe()
        self._process = PROCESSES.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """The process's number."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()

    def grade(
        self, checks: Checks, submission: Submission, exercises: Sequence[str], seconds: float
    ) -> tuple[bytes, dict[str, str]]:
        """Packed grades, and what the sandbox lacks.

        Raises Died where the process is gone, takes longer than `seconds`, or cannot grade.
        """
        packed, missing = self._ask(_grade, (checks, submission, list(exercises)), seconds)
        return packed, missing

    def call(self, function: Callable[..., Value], arguments: Sequence[Any], seconds: float) -> Value:
        """What a function returns there. Raises Died, also where it raises."""
        value: Value = self._ask(_call, (function, arguments), seconds)
        return value

    def call_with_grader(self, function: Callable[..., Value], arguments: Sequence[Any], seconds: float) -> Value:
        """The same for a function that is given the grader first."""
        value: Value = self._ask(function, arguments, seconds)
        return value

    def _ask(self, function: Callable[..., Any], arguments: Sequence[Any], seconds: float) -> Any:
        try:
            self._pipe.send((function, arguments))
            if not wait([self._pipe], seconds):
                raise Died(f"the process that graded it did not answer for {seconds:.0f} seconds")
            value, why = self._pipe.recv()
        except (OSError, EOFError) as error:
            raise Died("the process that graded it has ended") from error
        if why:
            raise Died(why)
        return value

    def end(self) -> None:
        """End it, and with it all that it has started."""
        self._process.terminate()
        self._process.join(END_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        with suppress(OSError):
            self._pipe.close()


def serve(pipe: Connection) -> None:
    """What a process does: answer what it is asked, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command is told, too, and ends this
    with Grader() as grader:
        signal.signal(signal.SIGTERM, lambda *_: _leave(grader))
        threading.Thread(target=_leave_with_parent, args=(grader,), daemon=True).start()
        while True:
            try:
                function, arguments = pipe.recv()
                pipe.send(_answer(function, grader, arguments))
            except (EOFError, OSError):
                return


def _answer(function: Callable[..., Any], grader: Grader, arguments: Sequence[Any]) -> tuple[Any, str]:
    """A value, or a sentence where the grader fails."""
    try:
        return function(grader, *arguments), ""
    except GraderFault as fault:
        return None, f"the grader failed: {fault}"
    except Exception as error:  # the rest of the class is graded
        return None, f"the grader failed: {type(error).__name__}: {error}"


def _grade(
    grader: Grader, checks: Checks, submission: Submission, exercises: Sequence[str]
) -> tuple[bytes, dict[str, str]]:
    return pack(checks.grade(grader, submission, exercises)), grader.executor.missing


def _call(_: Grader, function: Callable[..., Value], arguments: Sequence[Any]) -> Value:
    return function(*arguments)


def _leave_with_parent(grader: Grader) -> None:
    parent = parent_process()
    if parent:
        wait([parent.sentinel])
        _leave(grader)


def _leave(grader: Grader) -> None:
    """End at once; whatever hangs is not waited for."""
    with suppress(Exception):
        grader.close()
    os._exit(1)
