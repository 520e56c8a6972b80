"""How long a process may be waited for: its processor time, the time that it only waits, and the wall clock."""

import math
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LOOK_SECONDS = 0.5  # between two looks at whether a process waits; what passes without a look is not counted
WAITING = frozenset(b"STt")  # states of threads that want no processor, and no disk: asleep, or stopped
FRESH_SECONDS = 0.02  # so long a reading is good for: Linux counts in hundredths, and to ask takes longer than a case
TIMES = slice(11, 15)  # utime, stime, cutime and cstime in /proc/PID/stat (proc(5)), counted from the state


class ProcessorClock:
    """The processor time of a process, from now on, as Linux tells it to others: the process has no say in it.

    All its threads count, and those of its children that it has waited for. (Where the sandbox is complete, there are
    none.) Where there is no such process, or no Linux, the clock stands still and `is_running` is false.
    """

    def __init__(self, pid: int = 0) -> None:
        self._file = Path(f"/proc/{pid}/stat")
        self._start = self._last = self._asked = 0.0
        self.is_running = self._read()
        self._start = self._last

    def seconds(self) -> float:
        """The seconds that were used until now, or until the process was gone."""
        if self.is_running and time.monotonic() - self._asked > FRESH_SECONDS:
            self._read()
        return self._last - self._start

    def is_waiting(self) -> bool:
        """Whether none of its threads has work for a processor or a disk, nor it a child that might have.

        False where that cannot be known. On a busy machine, what waits for its turn is not said to wait.
        """
        with suppress(OSError):
            tasks = list(self._file.parent.glob("task/[0-9]*"))
            states = {(task / "stat").read_bytes().rpartition(b")")[2].split()[0][0] for task in tasks}
            return bool(tasks) and states <= WAITING and not any((task / "children").read_bytes() for task in tasks)
        return False

    def _read(self) -> bool:
        self._asked = time.monotonic()
        with suppress(OSError):
            after_name = self._file.read_bytes().rpartition(b")")[2]
            self._last = sum(map(int, after_name.split()[TIMES])) / os.sysconf("SC_CLK_TCK")
            return True
        return False


@dataclass
class Deadline:
    """When to stop waiting for a process: at `wall` (of `time.monotonic`), or earlier at a time of its own clock, or
    when it has waited for `idle_seconds` while it was looked at."""

    wall: float
    clock: ProcessorClock | None = None
    processor_seconds: float = math.inf
    idle_seconds: float = math.inf
    _idle: float = 0.0
    _looked: float = field(default_factory=time.monotonic)

    @classmethod
    def after(cls, wall_seconds: float) -> "Deadline":
        """A deadline of the wall clock alone, that many seconds from now."""
        return cls(time.monotonic() + wall_seconds)

    def seconds_left(self) -> float:
        """The seconds that the wall clock leaves, 0 where it is past."""
        return max(0.0, self.wall - time.monotonic())

    def is_past(self) -> bool:
        """Whether there is no time left of one or the other."""
        used = self.clock.seconds() if self.clock else 0.0
        return used >= self.processor_seconds or time.monotonic() >= self.wall or self._has_waited()

    def _has_waited(self) -> bool:
        since = time.monotonic() - self._looked
        if self.clock and self.clock.is_running and since >= LOOK_SECONDS:
            self._looked += since
            self._idle += min(since, 2 * LOOK_SECONDS) if self.clock.is_waiting() else 0.0
        return self._idle >= self.idle_seconds
