"""The executor: the owner of the process that runs submissions. Every failure of one becomes a value."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from autograder import syllabus
from autograder.evidence import Evidence, Failure, FailureKind, GraderFault, Shown
from autograder.execution.blocks_of_unit import blocks_of
from autograder.execution.limits import START_SECONDS, Limits
from autograder.execution.partner import Partner
from autograder.execution.processes import ForkServer, FreshProcess, Process
from autograder.execution.stages import Stages, WarmProcessGone
from autograder.execution.work import Job, Transcript, Work
from autograder.exercise import Trial
from autograder.intake.code import Code
from autograder.plan import Plan
from autograder.protocol.without_pytorch import is_installed

Answer = TypeVar("Answer")


class Executor:
    """A warm process without answers that runs submissions, each in a process of its own. Use it as a context.

    On Linux it is one process, started by exec with a clean environment, that imports the libraries once and forks for
    every submission. Elsewhere forking after PyTorch is not safe, and every submission gets a fresh process.
    """

    def __init__(
        self, libraries: Sequence[str] = ("torch",), limits: Limits | None = None, require_sandbox: bool = False
    ) -> None:
        self.libraries = tuple(name for name in libraries if is_installed(name))  # NumPy's exercises do without PyTorch
        self.limits = limits or Limits()
        self.require_sandbox = require_sandbox
        self.missing: dict[str, str] = {}
        self._server: ForkServer | None = None
        self._is_complete: bool | None = None

    def __enter__(self) -> "Executor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the warm process now, so that it imports while the caller does something else."""
        if sys.platform == "linux" and self._server is None:
            self._server = ForkServer(self.libraries, START_SECONDS)

    def close(self) -> None:
        """End the warm process and all that it has forked."""
        if self._server:
            self._server.close()
            self._server = None

    def run(self, plan: Plan) -> Evidence:
        """What every trial of a plan shows. Never raises for what a student does. Raises GraderFault.

        Of a function that is not written yet, one trial is enough: the others would show the same. Where it is written
        after all, they are run in a new process, so this is done only where that one could find nothing.
        """
        firsts = plan.firsts_of_stubs if self.leaves_nothing() else {}
        evidence = self._run(plan, [trial for trial in plan.to_run if trial not in firsts])
        same = {trial: evidence[first] for trial, first in firsts.items() if _is_unwritten(evidence[first])}
        evidence |= Evidence(same)
        rest = [trial for trial in firsts if trial not in same]
        return evidence | self._run(plan, rest) if rest else evidence

    def _run(self, plan: Plan, trials: Sequence[Trial]) -> Evidence:
        """What some trials of a plan show.

        The trials on hidden inputs are told to the process only after it has answered the public ones. Tests that
        students wrote run in a process of their own, with its own limits: whom they refuse is reported, and must not
        tell a hidden input. A test that only raises needs no such process, and is given nobody to ask.
        """
        jobs = {trial: _job(number, trial, plan.submission.code) for number, trial in enumerate(trials)}
        apart = [job for job in jobs.values() if job.partner]
        public, hidden = (
            [job for t, job in jobs.items() if t.is_public is wanted and not job.partner] for wanted in (True, False)
        )
        cells, modules = plan.cells, blocks_of(plan.submission.unit)
        transcript = self.carry_out(Work(cells, public, hidden, modules, plan.files))
        transcript.jobs |= self.carry_out(Work(cells, apart, (), modules, plan.files)).jobs
        shown = {trial: transcript.jobs[job.id] for trial, job in jobs.items()}
        printed = {trial: transcript.printed[job.id] for trial, job in jobs.items() if job.id in transcript.printed}
        return Evidence(shown, transcript.cells, printed)

    def carry_out(self, work: Work) -> Transcript:
        """Run the cells in order, then the jobs.

        A stage that hangs or ends its process is recorded, and the rest is run again without it, in a new process; a
        job that runs out of time is first tried again (see `Limits`).
        Raises GraderFault where no process can be had, or not with the sandbox that is required.
        """
        stages, ended = Stages(work, self.limits, self._deadline(), self._note_missing), 0
        while stages.are_left:
            try:
                with self.process() as process:
                    stages.run_in(process)
            except WarmProcessGone as gone:
                self.close()
                ended += 1
                if ended > 1:
                    raise GraderFault("the worker process ends again and again") from gone
        return stages.transcript

    def missing_layers(self) -> dict[str, str]:
        """The layers of the sandbox that a submission would not have on this machine, and why. Raises GraderFault."""
        with self.process() as process:
            self.wait_until_ready(process)
        return self.missing

    def leaves_nothing(self) -> bool:
        """Whether a submission leaves nothing that its next process could find: the sandbox is complete here. Asked
        once. Raises GraderFault."""
        if self._is_complete is None:
            self._is_complete = not self.missing_layers()
        return self._is_complete

    def wait_until_ready(self, process: Process) -> None:
        """Have a process put on the sandbox and nothing more. Raises GraderFault."""
        nothing = Stages(Work({}, []), self.limits, time.monotonic() + START_SECONDS, self._note_missing)
        nothing.run_in(process)

    def process(self) -> Process:
        """A new process for a submission. Raises GraderFault."""
        if sys.platform != "linux":
            return FreshProcess(self.libraries)
        return self._with_warm_process(ForkServer.fork)

    def _deadline(self) -> float:
        """When a submission that starts now has to be done, in seconds of `time.monotonic`, however little it works.

        The imports of the warm process are not on its time.
        """
        if sys.platform == "linux":
            self._with_warm_process(ForkServer.warm)
        return time.monotonic() + self.limits.wall_seconds(self.limits.total_seconds)

    def _with_warm_process(self, action: Callable[[ForkServer], Answer]) -> Answer:
        """Do something with the warm process; where it is gone, a new one takes its place."""
        for _ in range(2):
            self.start()
            assert self._server
            try:
                return action(self._server)
            except (OSError, EOFError):
                self.close()
        raise GraderFault("the worker process cannot be started")

    def _note_missing(self, missing: dict[str, str]) -> None:
        """Note what the sandbox lacks: the process says so before it has seen a line of a student's code."""
        self.missing = missing
        if missing and self.require_sandbox:
            raise GraderFault(f"the sandbox is not complete on this machine: {describe_missing(missing)}")


def _job(number: int, trial: Trial, code: Code) -> Job:
    """The job of a trial: without the name of the case, which may say what the trial is about."""
    candidate = None if code.is_stub(trial.exercise) else syllabus.case_of(trial).candidate
    partner = (lambda: Partner(candidate())) if candidate else None
    return Job(str(number), trial.exercise, syllabus.probe_of(trial), partner)


def _is_unwritten(shown: Shown) -> bool:
    """Whether a trial came to a `raise NotImplementedError`."""
    return isinstance(shown, Failure) and (shown.kind, shown.type) == (FailureKind.RAISED, "NotImplementedError")


def describe_missing(missing: Mapping[str, str]) -> str:
    """The missing layers of a sandbox in one line: "landlock (Function not implemented)"."""
    return ", ".join(f"{name} ({why})" for name, why in missing.items())
