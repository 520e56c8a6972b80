"""The layers of the sandbox, in the order in which they are put on: first the worker's, then each submission's own.

Every layer is tried on every system, and one that cannot be had is noted with its reason; whether to go on without it
is for the trusted side to say. All of them are in place before a line of a student's code is read.
"""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from autograder.sandbox import landlock, linux, namespaces, resource_limits, system_calls

LAYERS = {
    "namespaces": "users, processes, network and IPC of its own; what it starts ends with it",
    "root": "a file system of its own: Python and libraries, read-only, and one empty folder in memory",
    "limits": "processor time, memory, file size, open files",
    "landlock": "no file but those of the root, no TCP, no signal to another process",
    "privileges": "none, and no way to gain one",
    "system calls": "no process, program, socket, signal to others, or look into another process",
}


class Sandbox:
    """What is put on a worker process and, in each child, on a submission. `missing` says why a layer is not there."""

    def __init__(self, folders: Sequence[str]) -> None:
        self.folders = folders
        self.missing: dict[str, str] = {}
        self.proc = self.own_processes = -1
        self.mapped_bytes = 0
        self.pid = 0

    def confine_worker(self, place: str) -> None:
        """Confine this process and all that it will fork; `place` is an empty folder. What it forks is a child."""
        self.proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)  # the new root has none
        if self._has("namespaces", lambda: namespaces.enter(self.proc)):
            self.own_processes = os.open("self/ns/pid", os.O_RDONLY, dir_fd=self.proc)
        if "namespaces" in self.missing:
            self.missing["root"] = self.missing["namespaces"]
        else:
            self._has("root", lambda: namespaces.build_root(place, self.folders))

    def fork(self) -> int:
        """Fork, as `os.fork` does; the child is the first process of its own PID namespace."""
        self.mapped_bytes = self._mapped_bytes()
        if self.own_processes < 0:
            return os.fork()
        linux.unshare(linux.NEW_PID)
        child = os.fork()
        if child:
            linux.setns(self.own_processes, linux.NEW_PID)
        return child

    def confine_submission(self, folder: str, memory_bytes: int, cpu_seconds: int) -> None:
        """Confine this process to an empty folder, for good; `pid` is then its number as the trusted side knows it."""
        self.pid = self._pid_outside()
        if sys.platform != "win32":
            with suppress(OSError):  # a process that was started by itself leads its session already
                os.setsid()
        if "namespaces" not in self.missing:
            self._has("namespaces", lambda: namespaces.enter_for_submission(self.proc))
        if "root" not in self.missing and self._has("root", namespaces.make_folder):
            folder = namespaces.SUBMISSION
        if self.proc >= 0:
            os.close(self.proc)
        os.chdir(folder)
        os.environ.update(HOME=folder, TMPDIR=folder)
        own_users = "namespaces" not in self.missing
        self._has(
            "limits", lambda: resource_limits.apply_limits(memory_bytes, cpu_seconds, self.mapped_bytes, own_users)
        )
        readable = namespaces.readable_without_root(self.folders) if "root" in self.missing else ["/"]
        self._has("landlock", lambda: landlock.restrict(readable, [folder, *namespaces.DEVICES]))
        self._has("privileges", linux.drop_capabilities)
        self._has("system calls", lambda: system_calls.filter_calls(own_root="root" not in self.missing))

    def _pid_outside(self) -> int:
        """The number of this process outside its namespaces: the one that /proc has, which is not theirs."""
        return int(os.readlink("self", dir_fd=self.proc)) if self.proc >= 0 else os.getpid()

    def _mapped_bytes(self) -> int:
        """How much memory this process has mapped, its libraries above all."""
        statm = os.open("self/statm", os.O_RDONLY, dir_fd=self.proc)
        try:
            return int(os.read(statm, 100).split()[0]) * os.sysconf("SC_PAGE_SIZE")
        finally:
            os.close(statm)

    def _has(self, name: str, put_on: Callable[[], None]) -> bool:
        if sys.platform != "linux" and name != "limits":
            self.missing[name] = f"{sys.platform} has nothing of the kind"
            return False
        try:
            put_on()
        except OSError as error:
            self.missing[name] = error.strerror or str(error)
            return False
        return True
