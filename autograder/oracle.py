"""The course's own PyTorch code in a process of the worker's, where PyTorch is imported anyway.

An oracle is asked with probes; it answers with what the reference and a unit's misconceptions show. Its process is
forked before any student code is in it, and sees none; the processes that do see some cannot reach it.
"""

import importlib.util
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from autograder.isolate import START_SECONDS, GraderFault, Job, Worker, encoded
from autograder.received import Failure, observed
from autograder.worker import wire
from autograder.worker.probe import Observation, Probe, call

OURS = Path(__file__).parent
SECONDS, LARGEST_ANSWER = 600.0, 1 << 30
PREPARED = """
from functools import cache, partial

import numpy as np

import transformer_ref.in_torch.{unit} as reference
from autograder.misconceptions.{unit} import MISCONCEPTIONS
from autograder.reach import reaches

mistakes = dict((mistake.name, mistake) for mistake in MISCONCEPTIONS)

@cache
def implementation(name):
    return mistakes[name].namespace("torch") if name else vars(reference)

def shown(name, target, /, *arguments, **keywords):
    return implementation(name)[target](*arguments, **keywords)

def reaching(target):
    return np.array([reaches(mistakes[name], target, "torch") for name in {names}])

for name in ["", *mistakes]:
    for target in {targets}:
        globals()[name + "/" + target] = partial(shown, name, target)
"""


def as_target(misconception: str, exercise_name: str) -> str:
    """What an oracle calls an exercise of a misconception's, or of the reference's where that is "" ."""
    return f"{misconception}/{exercise_name}"


class Oracle:
    """Answers for the exercises of one unit that are PyTorch. Raises GraderFault where it cannot be had."""

    def __init__(self, worker: Worker, unit: str, targets: Sequence[str], names: Sequence[str]) -> None:
        source = PREPARED.format(unit=unit, targets=list(targets), names=list(names))
        self.process = worker.process()
        try:
            self._send(worker.first_request({1: source}, _sources(), {}, seconds=SECONDS * 100, watched=False))
            ready, prepared = self._next(START_SECONDS), self._next(START_SECONDS)
            if "missing" not in ready or prepared.get("error"):
                raise GraderFault(f"the course's own code cannot be prepared: {prepared.get('error')}")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        self.process.__exit__()

    def answers(self, jobs: Sequence[Job]) -> list[Observation | Failure]:
        """What each probe shows. Raises GraderFault where the process is gone."""
        if jobs:
            self._send(encoded(jobs))
        return [observed(self._next(SECONDS)) for _ in jobs]

    def reached(self, exercise_name: str) -> np.ndarray:
        """For each misconception, whether it can matter to an exercise."""
        probe = Probe("reaching", "numpy", (call(exercise_name, returns=("reached",)),))
        (seen,) = self.answers([Job("reaching", "reaching", probe)])
        if not isinstance(seen, Observation):
            raise GraderFault(f"the course's own code does not say what reaches {exercise_name}: {seen}")
        return seen.arrays["reached"]

    def _send(self, request: bytes) -> None:
        try:
            self.process.send(request, time.monotonic() + SECONDS)
        except OSError as error:
            raise GraderFault("the process of the course's own code is gone") from error

    def _next(self, seconds: float) -> dict:
        try:
            frame = wire.read_frame(self.process.reader(time.monotonic() + seconds), LARGEST_ANSWER)
            event = wire.decode(*frame) if frame else None
        except (OSError, wire.Malformed) as error:
            raise GraderFault(f"the course's own code does not answer: {error}") from error
        if not isinstance(event, dict):
            raise GraderFault("the process of the course's own code is gone")
        return event


@cache
def _sources() -> dict[str, str]:
    """The reference and the misconceptions with what they import, as modules by name and source."""
    reference = Path(importlib.util.find_spec("transformer_ref").origin).parent
    files = {f"transformer_ref.{path.parent.name}.{path.stem}": path for path in reference.glob("in_*/[a-z]*.py")}
    files |= {_module_name(path): path for path in (OURS / "misconceptions").rglob("*.py")}
    files |= {f"autograder.{name}": OURS / f"{name}.py" for name in ("draw", "exercise", "reach")}
    packages = ("transformer_ref", "transformer_ref.in_numpy", "transformer_ref.in_torch")
    sources = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    return dict.fromkeys(packages, "") | sources


def _module_name(path: Path) -> str:
    """What a file of ours is imported as; a package is named by its folder."""
    parts = path.relative_to(OURS.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")
