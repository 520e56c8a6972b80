"""How long a process may be waited for: the processor time that it uses, and the wall clock."""

import math
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

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

    def _read(self) -> bool:
        self._asked = time.monotonic()
        with suppress(OSError):
            after_name = self._file.read_bytes().rpartition(b")")[2]
            self._last = sum(map(int, after_name.split()[TIMES])) / os.sysconf("SC_CLK_TCK")
            return True
        return False


@dataclass(frozen=True)
class Deadline:
    """When to stop waiting for a process: at `wall` (of `time.monotonic`), or earlier at a time of its own clock."""

    wall: float
    clock: ProcessorClock | None = None
    processor_seconds: float = math.inf

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
        return used >= self.processor_seconds or time.monotonic() >= self.wall
