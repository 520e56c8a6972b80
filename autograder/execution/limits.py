"""How much time and memory a submission gets."""

from dataclasses import dataclass

START_SECONDS = 120.0  # for a process to start and to import the libraries; it is nobody's code


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds of wall-clock time for a cell, a case and the whole, and bytes."""

    case_seconds: float = 4.0
    cell_seconds: float = 10.0
    total_seconds: float = 60.0
    memory_bytes: int = 2 << 30
    result_bytes: int = 64 << 20
