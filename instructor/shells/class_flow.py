"""The way of a class's hand-ins: each is read, graded where its grade is not known, and finished, by jobs.

One thread decides what is done next and is given what is finished, as soon as it is; the work is done by the processes
of the jobs. A bounded number of hand-ins is under way, so that the memory does not grow with the class, and those that
take long hold up no others.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from instructor.shells.class_jobs import Died, Jobs
from instructor.shells.class_store import Checks, Store
from instructor.shells.notebooks.graded import Graded, finish
from instructor.shells.notebooks.submitted import Place, Read, read_hand_in

AHEAD = 8  # hand-ins under way for each job
TOGETHER_SECONDS = 0.3  # so long one that is finished waits for others to be written with it


@dataclass(eq=False)
class HandIn:
    """A notebook of a student's folder: where it is, what decides about its grade, and how far it is.

    `known` are the released cells as JSON, `kernel` is what nbgrader knows of the released notebook's. In the end there
    is `graded`, or an `error`; `fault` says why it could not be graded, where that is no fault of the student's.
    """

    place: Place
    known: str
    kernel: dict[str, Any] | None
    checks: Checks
    read: Read | None = None
    graded: Graded | None = None
    fault: str = ""
    error: BaseException | None = None

    @property
    def path(self) -> Path:
        """Where nbgrader takes it to be."""
        return self.place.folder / f"{self.place.name}.ipynb"


Step = Callable[[Any, "Future[Any]"], Iterator[HandIn]]


@dataclass
class Flow:
    """Brings hand-ins through the jobs; what is written alike is run once, also in several calls of `run`."""

    jobs: Jobs
    store: Store
    regrade: bool = False
    ran: int = 0  # submissions that were run, and not found in the store
    _inside: int = 0
    _known: set[str] = field(default_factory=set)  # keys of what was graded in this run
    _waiting: dict[str, list[HandIn]] = field(default_factory=dict)  # by key, for a grade that is being made
    _done: "SimpleQueue[tuple[Step, Any, Future[Any]]]" = field(default_factory=SimpleQueue)

    def run(self, hand_ins: Iterator[HandIn]) -> Iterator[list[HandIn]]:
        """All of them, some at a time, as soon as they are finished or have failed."""
        finished: list[HandIn] = []
        since = 0.0
        while True:
            for hand_in in islice(hand_ins, max(self.jobs.count * AHEAD - self._inside, 0)):
                self._inside += 1
                self._ask(self._go_on_from_reading, hand_in, self.jobs.call, read_hand_in, hand_in.place, hand_in.known)
            waited = time.monotonic() - since
            if finished and (not self._inside or waited >= TOGETHER_SECONDS):
                yield finished
                finished = []
            elif not self._inside:
                return
            for hand_in in self._wait(TOGETHER_SECONDS - waited if finished else None):
                since = since if finished else time.monotonic()
                self._inside -= 1
                finished.append(hand_in)

    def _wait(self, seconds: float | None) -> Iterator[HandIn]:
        """Go on with what is done next; yields what is finished by it, or nothing."""
        if self._inside:
            with suppress(Empty):
                step, subject, future = self._done.get(timeout=seconds)
                yield from step(subject, future)

    def _ask(self, step: Step, subject: Any, function: Callable[..., Any], *arguments: Any) -> None:
        """Have a function called, and go on with a step when it is done."""
        future = self.jobs.submit(function, *arguments)
        future.add_done_callback(lambda done: self._done.put((step, subject, done)))

    def _go_on_from_reading(self, hand_in: HandIn, future: "Future[Read]") -> Iterator[HandIn]:
        hand_in.error = future.exception()
        if hand_in.error:
            yield hand_in
            return
        read = hand_in.read = future.result()
        if read.submission is None:
            self._finish(hand_in, b"")
            return
        key = hand_in.checks.key_of(read.submission, list(read.exercises))
        if key in self._waiting:
            self._waiting[key].append(hand_in)
        elif packed := self._find(key):
            self._finish(hand_in, packed)
        elif key in self.store.given_up:
            self._give_up(hand_in, key)
        else:
            self._waiting[key] = [hand_in]
            asked = (hand_in.checks, read.submission, list(read.exercises))
            self._ask(self._go_on_from_grading, key, self.jobs.grade, *asked)

    def _find(self, key: str) -> bytes | None:
        """A grade that is known, in a regrade from this run alone."""
        return self.store.find_packed(key) if key in self._known or not self.regrade else None

    def _go_on_from_grading(self, key: str, future: "Future[bytes]") -> Iterator[HandIn]:
        hand_ins, error = self._waiting.pop(key), future.exception()
        if isinstance(error, Died):
            sentence = f"This could not be graded: {error}. That is no fault of yours: a person has to look at it."
            self.store.given_up[key] = sentence
            for hand_in in hand_ins:
                self._give_up(hand_in, key)
        elif error and not isinstance(error, Exception):
            raise error  # the run is over, as where a cluster is gone
        elif error:
            for hand_in in hand_ins:
                hand_in.error = error
                yield hand_in
        else:
            self.store.put(key, hand_ins[0].checks.unit, future.result())
            self._known.add(key)
            self.ran += 1
            for hand_in in hand_ins:
                self._finish(hand_in, future.result())

    def _give_up(self, hand_in: HandIn, key: str) -> None:
        hand_in.fault = self.store.given_up[key]
        self._finish(hand_in, b"")

    def _finish(self, hand_in: HandIn, packed: bytes) -> None:
        assert hand_in.read
        checks, restored = hand_in.checks, hand_in.read.restored
        asked = (restored, packed, checks.secret, checks.version, hand_in.kernel, hand_in.fault)
        self._ask(self._go_on_from_finishing, hand_in, self.jobs.call, finish, *asked)

    def _go_on_from_finishing(self, hand_in: HandIn, future: "Future[Graded]") -> Iterator[HandIn]:
        hand_in.error = future.exception()
        if not hand_in.error:
            hand_in.graded = future.result()
        yield hand_in
