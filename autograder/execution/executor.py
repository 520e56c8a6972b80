"""Start workers, give each a submission and a time limit, and read back what it saw. Every failure becomes a value."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.process import ForkServer, FreshProcess, Process
from autograder.received import Failure, is_stage, observed, plain_error
from autograder.worker import wire
from autograder.worker.probe import Observation, Probe

START_SECONDS = 120.0
LARGEST_DOCUMENT = 2 << 20


class GraderFault(Exception):
    """The grader itself failed; no student is to blame and no grade may be given."""


class _WarmProcessGone(Exception):
    """The process that forks was ended, by somebody else than a student: it is out of their reach."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use. A cell and a case have a limit of wall-clock time each, and so has the whole."""

    case_seconds: float = 4.0
    cell_seconds: float = 10.0
    total_seconds: float = 60.0
    memory_bytes: int = 2 << 30
    result_bytes: int = 64 << 20


@dataclass(frozen=True)
class Job:
    """One probe to carry out on a submission. Jobs of one `group` fall together when one of them has to be killed."""

    id: str
    group: str
    probe: Probe


@dataclass
class Transcript:
    """What a worker sent: an observation or a failure for every job, and the failures of cells by number."""

    jobs: dict[str, Observation | Failure] = field(default_factory=dict)
    cells: dict[int, Failure] = field(default_factory=dict)


class Worker:
    """A warm process without answers that runs submissions, each in a process of its own. Use it as a context.

    On Linux it is one process, started by exec with a clean environment, that imports the libraries once and forks for
    every submission. Elsewhere forking after PyTorch is not safe, and every submission gets a fresh process.
    """

    def __init__(
        self, libraries: Sequence[str] = ("torch",), limits: Limits | None = None, require_sandbox: bool = False
    ) -> None:
        self.libraries = tuple(libraries)
        self.limits = limits or Limits()
        self.require_sandbox = require_sandbox
        self.missing: dict[str, str] = {}
        self.oracles: dict[str, Any] = {}
        self._server: ForkServer | None = None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the warm process now, so that it imports while the caller does something else."""
        if sys.platform == "linux" and self._server is None:
            self._server = ForkServer(self.libraries, START_SECONDS)

    def close(self) -> None:
        """End every process of this worker."""
        while self.oracles:
            self.oracles.popitem()[1].close()
        if self._server:
            self._server.close()
            self._server = None

    def missing_layers(self) -> dict[str, str]:
        """The layers of the sandbox that a submission would not have on this machine, and why."""
        with self.process() as process:
            self.wait_until_ready(process)
        return self.missing

    def deadline(self) -> float:
        """When a submission that starts now has to be done; the imports of the warm process are not on its time."""
        self._until_warm(lambda server: server.warm())
        return time.monotonic() + self.limits.total_seconds

    def run(
        self,
        cells: Mapping[int, str],
        jobs: Sequence[Job],
        later: Sequence[Job] = (),
        modules: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Transcript:
        """Run the cells in order, then the jobs. Never raises for what a student does.

        The process does not get to know the `later` jobs before it has answered all others. The cells can import
        `modules`, given by name and source, and read `files`, which are in their folder.

        A stage that hangs or ends its process is recorded, and the rest is run again without it, in a new process.
        Raises GraderFault where no process can be had, or not with the sandbox that is required.
        """
        transcript = Transcript()
        deadline = self.deadline()
        handed_out = (modules or {}, files or {})
        cells, jobs, ended = dict(cells), [*jobs, *later], 0
        last, budget = {job.id for job in later}, [self.limits.result_bytes]
        while jobs:
            try:
                done = self._run_once(cells, jobs, last, deadline, budget, transcript, handed_out)
            except _WarmProcessGone as gone:
                self.close()
                ended += 1
                if ended > 1:
                    raise GraderFault("the worker process ends again and again") from gone
                continue
            jobs = [job for job in jobs if job.id not in transcript.jobs]
            if done is None and jobs:
                raise GraderFault("a worker ended without running every job")
        return transcript

    def _run_once(
        self,
        cells: dict[int, str],
        jobs: list[Job],
        last: set[str],
        deadline: float,
        budget: list[int],
        transcript: Transcript,
        handed_out: tuple[Mapping[str, str], Mapping[str, bytes]],
    ) -> Failure | None:
        """Run what is left in one process; on a failure of that process, note it and take its stage off the list.

        `budget` is the number of bytes that the submission may still send.
        """
        stages = [("ready", 0)] + [("cell", number) for number in cells] + [("job", job.id) for job in jobs]
        allowed = {"ready": START_SECONDS, "cell": self.limits.cell_seconds, "job": self.limits.case_seconds}
        groups = {job.id: job.group for job in jobs}
        told = not last & transcript.jobs.keys()  # a cell that runs again after a hidden input was seen may tell of it
        requests = {("ready", 0): self.first_request(cells, *handed_out)}
        for batch in ([job for job in jobs if (job.id in last) is late] for late in (False, True)):
            requests |= {("job", job.id): _encoded_once(tuple(batch)) for job in batch[:1]}
        with self.process() as process:
            for kind, name in stages:
                until = min(time.monotonic() + allowed[kind], deadline)
                event = self._next_event(process, until, budget[0], requests.get((kind, name), b""))
                if isinstance(event, Failure):
                    failure = event if event.kind != "died" else _death(process)
                    return self._give_up(kind, name, failure, cells, groups, transcript, deadline)
                budget[0] -= event.pop("size")
                if not is_stage(event.get("stage"), kind, name):
                    return self._give_up(kind, name, Failure("malformed"), cells, groups, transcript, deadline)
                if kind == "ready":
                    self._look_at_sandbox(event)
                elif kind == "job":
                    transcript.jobs[name] = observed(event)
                elif isinstance(event.get("error"), dict):
                    error = plain_error(event["error"]) if told else {"type": "Exception", "message": "at a second run"}
                    transcript.cells.setdefault(name, Failure("raised", error))
        return None

    def wait_until_ready(self, process: Process) -> None:
        """Have a process put on the sandbox and nothing more."""
        deadline = time.monotonic() + START_SECONDS
        event = self._next_event(process, deadline, self.limits.result_bytes, self.first_request({}, {}, {}))
        if isinstance(event, Failure):
            raise GraderFault("a worker process did not get ready")
        self._look_at_sandbox(event)

    def _look_at_sandbox(self, event: dict[str, Any]) -> None:
        """Note what the sandbox lacks: the process says so before it has seen a line of a student's code."""
        self.missing = event["missing"]
        if self.missing and self.require_sandbox:
            raise GraderFault(f"the sandbox is not complete on this machine: {in_words(self.missing)}")

    def _give_up(
        self,
        kind: str,
        name: Any,
        failure: Failure,
        cells: dict[int, str],
        groups: dict[str, str],
        transcript: Transcript,
        deadline: float,
    ) -> Failure:
        if time.monotonic() >= deadline:
            rest = set(groups) - set(transcript.jobs)
            failure = Failure("timed out", {"whole": True})
        elif kind == "ready":
            raise GraderFault("a worker process did not get ready")
        elif kind == "cell":
            transcript.cells[name] = failure
            del cells[name]
            return failure
        else:
            rest = {other for other in groups if groups[other] == groups[name]} - set(transcript.jobs)
        transcript.jobs.update(dict.fromkeys(rest, failure))
        return failure

    def first_request(
        self,
        cells: Mapping[int, str],
        modules: Mapping[str, str],
        files: Mapping[str, bytes],
        seconds: float | None = None,
        watched: bool = True,
    ) -> bytes:
        """What a process is told first: what it may use, and what is in its folder and its cells."""
        return wire.encode(
            {
                "memory_bytes": self.limits.memory_bytes,
                "cpu_seconds": int(seconds or self.limits.total_seconds) + 1,
                "watched": watched,
                "modules": dict(modules),
                "files": {name: np.frombuffer(content, np.uint8) for name, content in files.items()},
                "cells": [[number, source] for number, source in cells.items()],
            }
        )

    def process(self) -> Process:
        """A new process for a submission. Raises GraderFault."""
        if sys.platform != "linux":
            return FreshProcess(self.libraries)
        return self._until_warm(lambda server: server.fork())

    def _until_warm(self, action: Callable[[ForkServer], Any]) -> Any:
        """Do something with the warm process; where it is gone, a new one takes its place."""
        for _ in range(2 if sys.platform == "linux" else 0):
            self.start()
            try:
                return action(self._server)
            except (OSError, EOFError):
                self.close()
        if sys.platform == "linux":
            raise GraderFault("the worker process cannot be started")
        return None

    def _next_event(self, process: Process, deadline: float, budget: int, request: bytes) -> dict[str, Any] | Failure:
        """Send a request, if there is one to send, and read the next event."""
        try:
            process.send(request, deadline)
            frame = wire.read_frame(process.reader(deadline), budget, LARGEST_DOCUMENT)
            if frame is None:
                return Failure("died")
            event = wire.decode(*frame)
        except TimeoutError:
            return Failure("timed out")
        except wire.Malformed as error:
            return Failure("malformed", {"message": str(error)})
        except OSError:
            return Failure("died")
        if not isinstance(event, dict):
            return Failure("malformed")
        return event | {"size": sum(map(len, frame))}


def _death(process: Process) -> Failure:
    status = process.end()
    if status < 0:
        raise _WarmProcessGone
    return Failure("died", {"status": status})


@lru_cache(maxsize=16)
def _encoded_once(jobs: tuple[Job, ...]) -> bytes:
    """As `encoded`: a class is asked the same again and again."""
    return encoded(jobs)


def encoded(jobs: Sequence[Job]) -> bytes:
    """Jobs as they are sent to a process."""
    return wire.encode(
        {
            "jobs": [
                {"id": job.id, "target": job.probe.target, "library": job.probe.library, "steps": list(job.probe.steps)}
                for job in jobs
            ]
        }
    )


def in_words(missing: Mapping[str, str]) -> str:
    """The missing layers of a sandbox in one line: "landlock (Function not implemented)"."""
    return ", ".join(f"{name} ({why})" for name, why in missing.items())
