"""An end to code that does not end, in the process that runs it: a student's notebook."""

import _thread
import signal
import threading
import time
from types import FrameType
from typing import Any

LONGEST_WAIT = 6  # times the limit by the wall clock, where the machine is busy
AGAIN_SECONDS = 1.0  # long enough for what was stopped to be left behind
SOONEST = 0.01


class TookTooLong(BaseException):
    """The time is up. It is no Exception: `except Exception` in a student's code does not stop it."""


class Alarm:
    """Raises TookTooLong in the block once it has used so many seconds of processor time, and again every second.

    In a main thread on Linux and macOS it comes by a signal; elsewhere it is an interrupt, as from the keyboard.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.rang = False
        self._is_over = False
        self._timer: threading.Timer | None = None

    def __enter__(self) -> "Alarm":
        self._began = time.process_time(), time.monotonic()
        self._has_signal = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        if self._has_signal:
            self._before: Any = signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, self.seconds, AGAIN_SECONDS)
        else:
            self._start_timer(self.seconds)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True  # a ring that is on its way sets no timer any more, which would ring for somebody else
        if self._has_signal:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)
        elif self._timer:
            self._timer.cancel()

    def _is_due(self) -> bool:
        if self._is_over:
            return False
        waited = time.monotonic() - self._began[1]
        self.rang = self.rang or self._seconds_left() <= 0 or waited >= LONGEST_WAIT * self.seconds
        return self.rang

    def _seconds_left(self) -> float:
        return self.seconds - (time.process_time() - self._began[0])

    def _look_again_in(self) -> float:
        return min(AGAIN_SECONDS, max(SOONEST, self._seconds_left()))

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._is_due():
            raise TookTooLong("no answer within the time limit")
        if not self._is_over:
            signal.setitimer(signal.ITIMER_REAL, self._look_again_in(), AGAIN_SECONDS)

    def _start_timer(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._interrupt)
        self._timer.daemon = True
        self._timer.start()

    def _interrupt(self) -> None:
        if self._is_due():
            _thread.interrupt_main()
        if not self._is_over:
            self._start_timer(AGAIN_SECONDS if self.rang else self._look_again_in())
