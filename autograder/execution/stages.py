"""One submission in one process, or in several: its stages are "ready", each cell and each job, in this order."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.evidence import Failure, FailureKind, GraderFault
from autograder.execution.limits import START_SECONDS, Limits
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

    `on_ready` is told the missing layers of the sandbox before student code runs; what it raises comes through.
    """

    def __init__(self, work: Work, limits: Limits, deadline: float, on_ready: Callable[[dict[str, str]], None]) -> None:
        self.work, self.limits, self.deadline, self.on_ready = work, limits, deadline, on_ready
        self.transcript = Transcript()
        self.cells = dict(work.cells)
        self.jobs = [*work.jobs, *work.later]
        self.later = {job.id for job in work.later}
        self.bytes_left = limits.result_bytes

    @property
    def are_left(self) -> bool:
        """Whether a job is still to be run."""
        return bool(self.jobs)

    def run_in(self, process: Process) -> None:
        """Run what is left in one process; on a failure of that process, record it and take its stage off the list.

        Raises GraderFault or WarmProcessGone where nobody's code is to blame.
        """
        told = not self.later & self.transcript.jobs.keys()  # a cell that runs again may tell of a hidden input
        requests = self._requests()
        for stage in [READY, *(("cell", number) for number in self.cells), *(("job", job.id) for job in self.jobs)]:
            response = self._respond(process, stage, requests.get(stage, b""))
            if isinstance(response, Failure):
                self._give_up(stage, response)
                break
            self._record(stage, response, told)
        self.jobs = [job for job in self.jobs if job.id not in self.transcript.jobs]

    def _requests(self) -> dict[Stage, bytes]:
        """What to send before which stage."""
        requests = {READY: first_request(self.cells, self.limits, self.work.modules, self.work.files)}
        for late in (False, True):
            batch = tuple(job for job in self.jobs if (job.id in self.later) is late)
            requests |= {("job", job.id): _encode_once(batch) for job in batch[:1]}
        return requests

    def _respond(self, process: Process, stage: Stage, request: bytes) -> dict[str, Any] | Failure:
        """The response about a stage, or what became of the process."""
        seconds = {"ready": START_SECONDS, "cell": self.limits.cell_seconds, "job": self.limits.case_seconds}
        until = min(time.monotonic() + seconds[stage[0]], self.deadline)
        try:
            process.send(request, until)
            frame = wire.read_frame(process.reader(until), self.bytes_left, LARGEST_DOCUMENT)
            response = wire.decode(*frame) if frame else None
        except TimeoutError:
            return Failure(FailureKind.TIMED_OUT)
        except wire.Malformed:
            return Failure(FailureKind.MALFORMED)
        except OSError:
            frame = None
        if frame is None:
            return _death(process)
        self.bytes_left -= sum(map(len, frame))
        if not isinstance(response, dict) or not is_stage(response.get("stage"), *stage):
            return Failure(FailureKind.MALFORMED)
        return response

    def _record(self, stage: Stage, response: dict[str, Any], told: bool) -> None:
        kind, name = stage
        if kind == "ready":
            self.on_ready(response["missing"])
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
        groups = {job.id: job.group for job in self.jobs}
        if groups and time.monotonic() >= self.deadline:
            fallen, failure = set(groups), Failure(FailureKind.ALL_TIME_USED)
        elif kind == "ready":
            raise GraderFault("a worker process did not get ready")
        elif kind == "cell":
            self.transcript.cells[name] = failure
            del self.cells[name]
            return
        else:
            fallen = {other for other in groups if groups[other] == groups[name]}
        self.transcript.jobs |= dict.fromkeys(fallen - self.transcript.jobs.keys(), failure)


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


_encode_once = lru_cache(maxsize=16)(encode_jobs)  # a class is asked the same again and again
