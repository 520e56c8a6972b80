"""A process of its own for the tests: one that hangs or dies refuses its candidate, and another takes its place."""

import os
import signal
import sys
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from autograder import syllabus
from instructor.audit.candidates import find_candidates
from instructor.audit.trying import Audited, CannotRun, Said, try_on

PROCESSES = get_context("spawn")  # a fork would copy what the command has imported
START_SECONDS = 300.0  # to import PyTorch on a busy machine


class OwnProcess:
    """Tries tests on the candidates of an exercise, with a limit of `seconds` for each. Use it as a context."""

    def __init__(self, tests: Audited, exercise: str, seconds: float) -> None:
        self.tests, self.exercise, self.seconds = tests, exercise, seconds
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> "OwnProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def try_on(self, candidate: str) -> Said:
        """What the tests say of the candidate of this name. Raises CannotRun where they cannot say anything."""
        try:
            connection = self._connection or self._start()
            connection.send(candidate)
            if not connection.poll(self.seconds):
                self._end()
                return Said(False, f"no verdict within {self.seconds:g} seconds")
            said = connection.recv()
        except (EOFError, OSError):
            self._end()
            return Said(False, "the tests' process has died")
        if isinstance(said, CannotRun):
            raise said
        return said

    def _start(self) -> Connection:
        here, there = PROCESSES.Pipe()
        process = PROCESSES.Process(target=_serve, args=(there, self.tests, self.exercise))
        process.start()
        there.close()
        self._process, self._connection = process, here
        if not here.poll(START_SECONDS):
            raise CannotRun("no process for the tests could be started")
        here.recv()
        return here

    def _end(self) -> None:
        """End the process and, where the system can, what it has started."""
        process, self._process = self._process, None
        if self._connection:
            self._connection.close()
            self._connection = None
        if process is None or process.pid is None:
            return
        if sys.platform != "win32":
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.join()


def _serve(connection: Connection, tests: Audited, exercise_name: str) -> None:
    """Try the tests on every candidate that is asked for, until nobody asks any more."""
    _be_alone()
    exercise = syllabus.exercise(exercise_name)
    if exercise.library == "torch":
        import torch

        torch.set_num_threads(1)  # many small calls, and others have work to do
    candidates = {candidate.name: candidate for candidate in find_candidates(exercise)}
    with suppress(EOFError, OSError):
        connection.send("ready")
        while True:
            candidate = candidates[connection.recv()]
            try:
                connection.send(try_on(tests, candidate.make()))
            except CannotRun as error:
                connection.send(error)


def _be_alone() -> None:
    """Lead a group of processes, print nothing, and leave no compiled files among the tests."""
    if sys.platform != "win32":
        os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    sys.path.insert(0, os.getcwd())
    sys.dont_write_bytecode = True
