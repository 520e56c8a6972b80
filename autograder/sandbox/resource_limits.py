"""Limits that a worker puts on itself before it runs a line of a student's code."""

import sys

if sys.platform != "win32":
    import resource

OPEN_FILES = 128
THREADS = 256
LARGEST_FILE = 16 << 20


def apply_limits(memory_bytes: int, cpu_seconds: int, mapped_bytes: int, own_users: bool) -> None:
    """Limit this process: `memory_bytes` beyond what is mapped already, CPU time, files, no core dump.

    Threads are limited where the process has `own_users`, a user namespace in which nobody else counts.

    Raises OSError where the system has no such limits (Windows).
    """
    if sys.platform == "win32":
        raise OSError("Windows has no limits of this kind")
    wanted = {
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    if sys.platform == "linux":
        wanted[resource.RLIMIT_AS] = mapped_bytes + memory_bytes
        if own_users:
            wanted[resource.RLIMIT_NPROC] = THREADS
    for kind, limit in wanted.items():
        _, hard = resource.getrlimit(kind)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (limit, limit))
