"""What student code prints while a probe is carried out: the beginning of it is kept, the rest goes nowhere."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

MOST_CHARACTERS = 2000
MOST_BYTES = 4 * MOST_CHARACTERS  # UTF-8 has no longer characters


class _Beginning(io.BytesIO):
    """A file that keeps what is written first, and takes everything."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        kept = memoryview(data).cast("B")
        super().write(kept[: max(MOST_BYTES - self.tell(), 0)])
        return len(kept)

    def fileno(self) -> int:
        """That of the output, which is silent in a worker."""
        return 1


class Printed:
    """What was printed so far."""

    def __init__(self) -> None:
        self._kept = _Beginning()
        self.file = io.TextIOWrapper(self._kept, encoding="utf-8", errors="replace", newline="", write_through=True)

    def text(self) -> str:
        """Its first characters; nothing where the student's code has closed the file."""
        try:
            return self._kept.getvalue().decode("utf-8", "replace")[:MOST_CHARACTERS]
        except ValueError:
            return ""


@contextmanager
def printing() -> Iterator[Printed]:
    """Keep what is printed inside."""
    printed = Printed()
    with redirect_stdout(printed.file):
        yield printed
