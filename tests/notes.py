"""Notes that one submission could leave for another, in what the kernel keeps beyond the process that asked for it.

Each file of `tests/submissions/notes` has two functions: `leave(bits)`, which is called in one submission, and
`find()`, which is called in another, while the first is still there and after it is gone.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from autograder.execution.executor import Executor
from autograder.execution.stages import Stages
from autograder.execution.work import Job, Work
from autograder.protocol.probe import Observation, Probe, call

NOTES = sorted((Path(__file__).parent / "submissions" / "notes").glob("*.py"))
WHICH = (0, 1, 1, 0, 1, 0, 0, 1)
BOTH = (WHICH, tuple(1 - bit for bit in WHICH))  # who guesses is wrong once
TOOLS = f"""
import glob, os
BITS = {len(WHICH)}
FILES = sorted(glob.glob(os.path.dirname(os.__file__) + "/email/*.py"))[:BITS]
def opened():
    return [os.open(file, os.O_RDONLY) for file in FILES]
"""
LEAVE = """
import numpy as np
def left(bits):
    try:
        leave([int(bit) for bit in bits])
    except (OSError, ValueError):
        pass
    return np.ones(1)
"""
FIND = """
def found():
    try:
        return np.array([*find(), -1])
    except (OSError, ValueError):
        return np.array([-1])
"""
ALONE = """
import signal, sys
{source}
if sys.argv[1:]:
    leave([int(bit) for bit in sys.argv[1:]])
    print("left", flush=True)
    signal.pause()
print(*find())
"""


def work(path: Path, function: str, *arguments: np.ndarray) -> Work:
    probe = Probe(function, "numpy", (call(*arguments, returns=("y",)),))
    return Work({1: TOOLS, 2: path.read_text(), 3: LEAVE + FIND}, [Job(function, function, probe)])


def arrived(found: Sequence[int], bits: Sequence[int]) -> bool:
    """Whether a submission found the bits, or as many as there is room for."""
    return len(found) > 0 and list(found) == list(bits)[: len(found)]


def passes(find: Callable[[], Sequence[int]], bits: Sequence[int], end: Callable[[], object]) -> bool:
    """Whether the bits that were left are found, now or when the process that left them has ended."""
    during = find()
    end()
    return any(arrived(found, bits) for found in (during, find()))


def passes_in(path: Path, executor: Executor) -> bool:
    """Whether one submission can tell another anything."""

    def find() -> Sequence[int]:
        seen = executor.carry_out(work(path, "found")).jobs["found"]
        assert isinstance(seen, Observation), seen
        return np.asarray(seen.arrays["y"]).tolist()[:-1]

    def pass_on(bits: Sequence[int]) -> bool:
        first = work(path, "left", np.array(bits))
        with executor.process() as process:
            stages = Stages(first, executor.limits, time.monotonic() + 600, lambda _: None)
            stages.run_in(process)
            assert isinstance(stages.transcript.jobs["left"], Observation), stages.transcript
            return passes(find, bits, process.end)

    return all(map(pass_on, BOTH))


def passes_unprotected(path: Path) -> bool:
    """Whether one process can tell another something, where nothing is kept from them."""
    code = ALONE.format(source=TOOLS + path.read_text())
    shared, (reading, writing) = os.open(os.devnull, os.O_RDWR), os.pipe()

    def start(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.Popen(command, stdin=shared, stdout=subprocess.PIPE, stderr=writing, text=True)

    def find() -> Sequence[int]:
        return list(map(int, start().communicate()[0].split()))

    def pass_on(bits: Sequence[int]) -> bool:
        with start(*bits) as first:
            assert first.stdout
            first.stdout.readline()
            return passes(find, bits, first.kill)

    try:
        return all(map(pass_on, BOTH))
    finally:
        for descriptor in (shared, reading, writing):
            os.close(descriptor)


def main() -> None:
    """Print which notes are found where nothing is protected."""
    print(json.dumps({path.stem: passes_unprotected(path) for path in NOTES}))


if __name__ == "__main__":
    main()
