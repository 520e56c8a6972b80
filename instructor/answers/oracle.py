"""Answers of an oracle: the course's own PyTorch code, run beside the worker, where PyTorch is imported anyway.

An oracle is asked with probes; it answers with what the reference and a unit's misconceptions show. Its process is
forked before any student code is in it, and sees none; the processes that do see some cannot reach it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import replace
from functools import cache
from operator import methodcaller
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from autograder import syllabus
from autograder.answers import AnyShown
from autograder.evidence import Failure, GraderFault, Shown
from autograder.execution.clocks import Deadline
from autograder.execution.executor import Executor
from autograder.execution.limits import START_SECONDS
from autograder.execution.responses import parse_response
from autograder.execution.stages import encode_jobs, first_request
from autograder.execution.work import Job
from autograder.exercise import Exercise, Misconception, Trial
from autograder.protocol import wire
from autograder.protocol.probe import Observation, Probe, call
from instructor.answers.live import LiveAnswers, read_relevant
from instructor.answers.oracle_targets import REFERENCE, target_name
from instructor.answers.shared_arrays import SharedArrays

PROJECT = Path(__file__).resolve().parents[2]
SECONDS, LARGEST_ANSWER = 600.0, 1 << 30
MOST_OF_SETS = 512  # answers about several mistakes at once that are kept; a class asks for ever more
PROGRAM = (
    "from instructor.answers.oracle_targets import targets_of\nglobals().update(targets_of({!r}, {!r}, globals()))"
)
Question = tuple[Trial, str]  # the string is a misconception's name, or REFERENCE
Answer = TypeVar("Answer")


class OracleAnswers(LiveAnswers):
    """Answers from an oracle for PyTorch, live ones for NumPy; PyTorch is not imported here. Use it as a context."""

    def __init__(self, executor: Executor) -> None:
        super().__init__()
        self.executor = executor
        self._oracles: dict[str, Oracle] = {}
        self._told: dict[Question, Shown] = {}
        self._arrays = SharedArrays()
        self._of_sets: deque[Question] = deque()  # the questions about several mistakes at once, oldest first

    def __enter__(self) -> "OracleAnswers":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the oracles."""
        while self._oracles:
            self._oracles.popitem()[1].close()

    def expect(self, trials: Sequence[Trial]) -> None:
        """Ask for the reference's answers, unit by unit in one request each. Raises GraderFault."""
        self._ask([(trial, REFERENCE) for trial in trials])

    def mistakes(
        self, trial: Trial, misconceptions: Iterable[Misconception]
    ) -> Iterator[tuple[Misconception, AnyShown]]:
        """What several misconceptions show; an oracle is asked for all of them at once. Raises GraderFault."""
        misconceptions = list(misconceptions)
        self._ask([(trial, misconception.name) for misconception in misconceptions])
        return super().mistakes(trial, misconceptions)

    def _unviewed_reference(self, trial: Trial) -> Observation:
        if not _is_for_an_oracle(trial):
            return super()._unviewed_reference(trial)
        shown = self._answer(trial, REFERENCE)
        if isinstance(shown, Failure):
            raise GraderFault(f"the reference of {trial.exercise} shows nothing in the case {trial.case}: {shown}")
        return shown

    def unviewed_mistake(self, trial: Trial, misconception: Misconception) -> Shown:
        """What a misconception shows, told by an oracle for PyTorch. Raises GraderFault."""
        if not _is_for_an_oracle(trial):
            return super().unviewed_mistake(trial, misconception)
        return self._answer(trial, misconception.name)

    def _relevant(self, exercise: Exercise) -> tuple[Misconception, ...]:
        recorded = read_relevant(exercise)
        if recorded is not None or exercise.library != "torch":
            return super()._relevant(exercise) if recorded is None else recorded
        unit = syllabus.unit_of(exercise.name)
        reached = self._put(unit, methodcaller("reached", exercise.name))
        return tuple(m for m, matters in zip(unit.misconceptions, reached, strict=True) if matters)

    def _answer(self, trial: Trial, name: str) -> Shown:
        self._ask([(trial, name)])
        return self._told[trial, name]

    def _ask(self, questions: Iterable[Question]) -> None:
        """Have the oracles answer what they have not told yet."""
        by_unit: dict[str, list[Question]] = {}
        for trial, name in questions:
            if (trial, name) not in self._told and _is_for_an_oracle(trial):
                by_unit.setdefault(syllabus.unit_of(trial.exercise).name, []).append((trial, name))
        for unit, asked in by_unit.items():
            jobs = [_job(number, trial, name) for number, (trial, name) in enumerate(asked)]
            combined = {name for _, name in asked if "+" in name}
            answers = self._put(syllabus.units()[unit], methodcaller("answers", jobs, combined))
            self._told.update(zip(asked, map(self._share, answers), strict=True))
            self._of_sets += (question for question in asked if "+" in question[1])
        for _ in range(len(self._of_sets) - MOST_OF_SETS):
            del self._told[self._of_sets.popleft()]

    def _share(self, shown: Shown) -> Shown:
        return shown if isinstance(shown, Failure) else self._arrays.share(shown)

    def _put(self, unit: syllabus.Unit, question: Callable[["Oracle"], Answer]) -> Answer:
        """The answer of a unit's oracle. One that is gone is replaced once. Raises GraderFault."""
        try:
            return question(self._oracle(unit))
        except GraderFault:
            if unit.name in self._oracles:
                self._oracles.pop(unit.name).close()
            return question(self._oracle(unit))

    def _oracle(self, unit: syllabus.Unit) -> "Oracle":
        if unit.name not in self._oracles:
            targets = [exercise.name for exercise in unit.exercises if exercise.library == "torch"]
            self._oracles[unit.name] = Oracle(self.executor, unit.name, targets)
        return self._oracles[unit.name]


class Oracle:
    """The process that answers for the PyTorch exercises of one unit. Raises GraderFault where it cannot be had."""

    def __init__(self, executor: Executor, unit: str, targets: Sequence[str]) -> None:
        cells = {1: PROGRAM.format(unit, list(targets))}
        request = first_request(cells, executor.limits, _read_sources(), {}, seconds=SECONDS * 100, watched=False)
        self.process = executor.process()
        self.combined: set[str] = set()
        try:
            self._send(request)
            ready, prepared = self._receive(START_SECONDS), self._receive(START_SECONDS)
            if "missing" not in ready or prepared.get("error"):
                raise GraderFault(f"the course's own code cannot be prepared: {prepared.get('error')}")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        self.process.__exit__()

    def answers(self, jobs: Sequence[Job], combined: Set[str] = frozenset()) -> list[Shown]:
        """What each probe shows; `combined` names the several misconceptions in one implementation that they ask.

        Raises GraderFault where the process is gone.
        """
        if new := sorted(combined - self.combined):
            self.combined |= combined
            probe = Probe("combining", "numpy", (call(new, returns=("number",)),))
            return self.answers([Job("combining", "combining", probe), *jobs])[1:]
        if jobs:
            self._send(encode_jobs(jobs))
        return [parse_response(self._receive(SECONDS)) for _ in jobs]

    def reached(self, exercise: str) -> list[bool]:
        """For each misconception of the unit, whether it can matter to an exercise. Raises GraderFault."""
        probe = Probe("reaching", "numpy", (call(exercise, returns=("reached",)),))
        (shown,) = self.answers([Job("reaching", "reaching", probe)])
        if isinstance(shown, Failure):
            raise GraderFault(f"the course's own code does not say what reaches {exercise}: {shown}")
        return [bool(reached) for reached in np.asarray(shown.arrays["reached"])]

    def _send(self, request: bytes) -> None:
        try:
            self.process.send(request, Deadline.after(SECONDS))
        except OSError as error:
            raise GraderFault("the process of the course's own code is gone") from error

    def _receive(self, seconds: float) -> dict[str, Any]:
        try:
            frame = wire.read_frame(self.process.reader(Deadline.after(seconds)), LARGEST_ANSWER)
            response = wire.decode(*frame) if frame else None
        except (OSError, wire.Malformed) as error:
            raise GraderFault(f"the course's own code does not answer: {error}") from error
        if not isinstance(response, dict):
            raise GraderFault("the process of the course's own code is gone")
        return response


def _is_for_an_oracle(trial: Trial) -> bool:
    return syllabus.exercise(trial.exercise).library == "torch"


def _job(number: int, trial: Trial, misconception: str) -> Job:
    probe = replace(syllabus.probe_of(trial), target=target_name(misconception, trial.exercise))
    return Job(str(number), trial.exercise, probe)


@cache
def _read_sources() -> dict[str, str]:
    """The program, the reference and the misconceptions, with what they import, and the known-good modules that cases
    hand in, as modules by name and source."""
    files = [*PROJECT.glob("transformer_ref/in_*/[a-z]*.py"), *PROJECT.glob("instructor/misconceptions/**/*.py")]
    files += [PROJECT / "autograder" / name for name in ("random_inputs.py", "exercise.py")]
    files += [PROJECT / "instructor" / "answers" / name for name in ("reach.py", "oracle_targets.py")]
    names = [".".join(path.relative_to(PROJECT).with_suffix("").parts) for path in files]
    reference = ("transformer_ref", "transformer_ref.in_numpy", "transformer_ref.in_torch")
    packages = (*reference, "instructor", "instructor.answers")
    files.append(PROJECT / "autograder" / "student" / "blocks.py")
    names.append("autograder.blocks")
    sources = (path.read_text(encoding="utf-8") for path in files)
    return dict.fromkeys(packages, "") | dict(zip((n.removesuffix(".__init__") for n in names), sources, strict=True))
