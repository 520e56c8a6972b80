"""One submission in one process, or in several: its stages are "ready", each cell and each job, in this order."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.evidence import Failure, FailureKind, GraderFault
from autograder.execution.clocks import Deadline, ProcessorClock
from autograder.execution.limits import START_SECONDS, Limits
from autograder.execution.partner import Partner
from autograder.execution.processes import Process
from autograder.execution.responses import is_stage, parse_error, parse_printed, parse_response
from autograder.execution.work import Job, Transcript, Work
from autograder.protocol import wire

LARGEST_DOCUMENT = 2 << 20
Stage = tuple[str, Any]
READY: Stage = ("ready", 0)


class WarmProcessGone(Exception):
    """The process that forks was ended, by somebody else than a student: it is out of their reach."""


class Stages:
    """The stages of a submission that are left to run, and the transcript of those that were run.

    `deadline` is that of the whole submission, by the wall clock. `on_ready` is told the missing layers of the sandbox
    before student code runs; what it raises comes through.
    """

    def __init__(self, work: Work, limits: Limits, deadline: float, on_ready: Callable[[dict[str, str]], None]) -> None:
        self.work, self.limits, self.deadline, self.on_ready = work, limits, deadline, on_ready
        self.transcript = Transcript()
        self.cells = dict(work.cells)
        self.jobs = [*work.jobs, *work.later]
        self.later = {job.id for job in work.later}
        self.bytes_left = limits.result_bytes
        self.clock = ProcessorClock()
        self.seconds_used = 0.0  # processor time of the earlier processes
        self.ran_out: set[str] = set()  # the jobs that have been given a second try
        self.second_tries = limits.second_tries

    @property
    def are_left(self) -> bool:
        """Whether a job is still to be run."""
        return bool(self.jobs)

    @property
    def on_second_try(self) -> bool:
        """Whether the job that is due ran out of time in an earlier process: it is then the first one in this one."""
        if not self.ran_out:
            return False
        due = next((job.id for job in self.jobs if job.id not in self.transcript.jobs), None)
        return due in self.ran_out

    def run_in(self, process: Process) -> None:
        """Run what is left in one process; on a failure of that process, record it and take its stage off the list.

        Raises GraderFault or WarmProcessGone where nobody's code is to blame.
        """
        seen = self.transcript.jobs.keys() | self.ran_out
        told = not self.later & seen  # a cell that runs again may tell of a hidden input
        self.clock = ProcessorClock()
        requests = self._requests()
        for stage in [READY, *(("cell", number) for number in self.cells), *(("job", job.id) for job in self.jobs)]:
            response = self._respond(process, stage, requests.get(stage, b""))
            if isinstance(response, Failure):
                self._give_up(stage, response)
                break
            self._record(stage, response, told)
        self.seconds_used += self.clock.seconds()
        self.jobs = [job for job in self.jobs if job.id not in self.transcript.jobs]

    def _requests(self) -> dict[Stage, bytes]:
        """What to send before which stage."""
        requests = {READY: first_request(self.cells, self.limits, self.work.modules, self.work.files)}
        alone = int(self.on_second_try)
        batches = [self.jobs[:alone]]
        batches += [[job for job in self.jobs[alone:] if (job.id in self.later) is late] for late in (False, True)]
        return requests | {("job", batch[0].id): _encode_once(tuple(batch)) for batch in batches if batch}

    def _respond(self, process: Process, stage: Stage, request: bytes) -> dict[str, Any] | Failure:
        """The response about a stage, or what became of the process."""
        until = self._until(stage)
        if until.is_past():
            return Failure(FailureKind.TIMED_OUT)
        try:
            process.send(request, until)
            frame, response = self._read(process, until)
            partner = self._partner(stage) if _asks(response, stage) else None
            while partner and _asks(response, stage):
                process.send(wire.encode(partner.answer(response["ask"])), until)
                frame, response = self._read(process, until)
        except TimeoutError:
            return Failure(FailureKind.TIMED_OUT)
        except wire.Malformed:
            return Failure(FailureKind.MALFORMED)
        except OSError:
            frame = None
        if frame is None:
            return _death(process)
        self.bytes_left -= sum(map(len, frame))
        if not isinstance(response, dict) or not is_stage(response.get("stage"), *stage) or "ask" in response:
            return Failure(FailureKind.MALFORMED)
        return response

    def _read(self, process: Process, until: Deadline) -> tuple[tuple[bytes, bytes] | None, Any]:
        """The next frame and what it says; None and None at the end."""
        frame = wire.read_frame(process.reader(until), self.bytes_left, LARGEST_DOCUMENT)
        return frame, wire.decode(*frame) if frame else None

    def _partner(self, stage: Stage) -> Partner | None:
        """Who answers what is asked during a job; it begins anew with each run of the job."""
        make = next((job.partner for job in self.jobs if ("job", job.id) == stage), None)
        return make() if make else None

    def _until(self, stage: Stage) -> Deadline:
        """When a stage that begins now has to be done; a second try has time for its imports."""
        if stage == READY:
            return Deadline(min(time.monotonic() + START_SECONDS, self.deadline))
        kind, name = stage
        seconds = self.limits.cell_seconds if kind == "cell" else self.limits.case_seconds
        idle = self.limits.idle_seconds(seconds)
        if name in self.ran_out:
            seconds += self.limits.import_seconds
        wall = time.monotonic() + self.limits.wall_seconds(seconds, self.clock.is_running)
        used = self.clock.seconds() + min(seconds, self._seconds_left())
        return Deadline(min(wall, self.deadline), self.clock, used, idle)

    def _seconds_left(self) -> float:
        """The processor time that the whole submission has left; a second try does not lack what others have used."""
        used = 0.0 if self.on_second_try else self.seconds_used
        return self.limits.total_seconds - used - self.clock.seconds()

    def _record(self, stage: Stage, response: dict[str, Any], told: bool) -> None:
        kind, name = stage
        if kind == "ready":
            self.on_ready(response["missing"])
            self.clock = ProcessorClock(response["pid"])
        elif kind == "job":
            self.transcript.jobs[name] = parse_response(response)
            if name not in self.later and (printed := parse_printed(response)):
                self.transcript.printed[name] = printed
        elif isinstance(error := response.get("error"), dict):
            failure = parse_error(error if told else {"type": "Exception", "message": "at a second run"})
            self.transcript.cells.setdefault(name, failure)

    def _give_up(self, stage: Stage, failure: Failure) -> None:
        """Record what a stage that has no response costs: the cell, or the job and those of its group."""
        kind, name = stage
        if self.jobs and (time.monotonic() >= self.deadline or self._seconds_left() <= 0):
            self._let_fall(self.jobs, Failure(FailureKind.ALL_TIME_USED))
        elif kind == "ready":
            raise GraderFault("a worker process did not get ready")
        elif kind == "cell":
            self.transcript.cells[name] = failure
            del self.cells[name]
        elif failure.kind is not FailureKind.TIMED_OUT or not self._may_try_again(name):
            groups = {job.id: job.group for job in self.jobs}
            self._let_fall([job for job in self.jobs if job.group == groups[name]], failure)

    def _may_try_again(self, name: str) -> bool:
        """Whether a job that ran out of time gets a second try; it has had it where it is known already."""
        if name in self.ran_out:
            self.second_tries -= 1
            self.clock = ProcessorClock()  # the time of a second try that fails is not on the total
            return False
        if self.second_tries:
            self.ran_out.add(name)
        return bool(self.second_tries)

    def _let_fall(self, jobs: Sequence[Job], failure: Failure) -> None:
        for job in jobs:
            self.transcript.jobs.setdefault(job.id, failure)


def _asks(response: Any, stage: Stage) -> bool:
    """Whether a response is a question of the stage that is due."""
    return isinstance(response, dict) and is_stage(response.get("stage"), *stage) and "ask" in response


def _death(process: Process) -> Failure:
    status = process.end()
    if status < 0:
        raise WarmProcessGone
    return Failure(FailureKind.DIED, status=status)


def first_request(
    cells: Mapping[int, str],
    limits: Limits,
    modules: Mapping[str, str],
    files: Mapping[str, bytes],
    seconds: float | None = None,
    watched: bool = True,
) -> bytes:
    """What a process is told first: what it may use, and what is in its folder and its cells."""
    return wire.encode(
        {
            "memory_bytes": limits.memory_bytes,
            "cpu_seconds": int(seconds or limits.total_seconds) + 1,
            "watched": watched,
            "modules": dict(modules),
            "files": {name: np.frombuffer(content, np.uint8) for name, content in files.items()},
            "cells": [[number, source] for number, source in cells.items()],
        }
    )


def encode_jobs(jobs: Sequence[Job]) -> bytes:
    """Jobs as they are sent to a process."""
    return wire.encode(
        {
            "jobs": [
                {
                    "id": job.id,
                    "target": job.probe.target,
                    "library": job.probe.library,
                    "actions": list(job.probe.actions),
                }
                for job in jobs
            ]
        }
    )


_encode_once = lru_cache(maxsize=8)(encode_jobs)  # a class is asked the same again and again
