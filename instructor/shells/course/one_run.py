"""One run of `autograder grade` at a time in a course: a second one waits for the first."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

FILE_NAME = ".grades.lock"


@contextmanager
def one_run(course: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the course's lock. Where another process has it, `say` so in a sentence, and wait.

    The system holds the lock and lets it go when the process ends, however it ends: the file alone locks nothing.
    """
    if sys.platform == "win32":  # it has no such lock; the store is safe without
        yield
        return
    import fcntl

    with open(course / FILE_NAME, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            say(f"another run grades this course (process {file.read().strip()}); this one goes on when it has ended")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
