"""Processes for student code: one that is warm and forks (Linux), or a fresh one each time (elsewhere)."""

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from autograder.execution.clocks import Deadline

SANDBOX = Path(__file__).resolve().parent.parent / "sandbox"
PATH_BYTES = 1024
READ_AHEAD = 1 << 16  # as much as a pipe holds: a frame has three parts, and is read at once
GLANCE_SECONDS = 0.05  # between two looks at the clocks


class Process:
    """One process that runs one submission in an empty folder; as a context, both are gone at its end."""

    def __init__(self, request_fd: int, result_fd: int, folder: str) -> None:
        self.request_fd = request_fd
        self.result_fd = result_fd
        self.folder = folder
        self._ahead = memoryview(b"")  # what has been read and was not asked for yet
        if sys.platform != "win32":
            os.set_blocking(request_fd, False)

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        os.close(self.request_fd)
        os.close(self.result_fd)
        _unlock(self.folder)
        with suppress(RecursionError):  # folders in folders without end, where their folder is on the disk
            shutil.rmtree(self.folder, ignore_errors=True)

    def end(self) -> int:
        """Kill the process and everything in its group; return its wait status, below 0 where nobody knows it."""
        raise NotImplementedError

    def send(self, request: bytes, deadline: Deadline) -> None:
        """Write a request. Raises TimeoutError where it is not read in time, OSError where nobody is there to read."""
        rest = memoryview(request)
        while rest:
            _wait(self.request_fd, select.POLLOUT, deadline)
            rest = rest[os.write(self.request_fd, rest) :]

    def reader(self, deadline: Deadline) -> Callable[[int], bytes]:
        """Return a `read(size)` of the process's results that raises TimeoutError at the deadline."""

        def read(size: int) -> bytes:
            if not self._ahead:
                _wait(self.result_fd, select.POLLIN, deadline)
                self._ahead = memoryview(os.read(self.result_fd, max(size, READ_AHEAD)))
            data, self._ahead = bytes(self._ahead[:size]), self._ahead[size:]
            return data

        return read


def _unlock(folder: str) -> None:
    """Let a folder and those in it be emptied: their owner may have taken that right away."""
    left = [folder]
    while left:
        place = left.pop()
        with suppress(OSError):  # its path may be too long
            os.chmod(place, 0o700)
            with os.scandir(place) as entries:
                left += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]


class ForkServer:
    """The warm process, started by exec with a clean environment. It never sees a request; its children read them."""

    def __init__(self, libraries: Sequence[str], start_seconds: float) -> None:
        self.folder = tempfile.mkdtemp(prefix="autograder-")
        self.control, theirs = socket.socketpair()
        self.control.settimeout(start_seconds)
        self.process = subprocess.Popen(
            _command("fork", libraries),
            stdin=theirs.fileno(),
            env=_clean_environment(self.folder),
            cwd=self.folder,
            start_new_session=True,
        )
        theirs.close()
        self.is_warm = False

    def warm(self) -> None:
        """Wait until the libraries are imported. Raises OSError or EOFError where the process is gone or too slow."""
        if not self.is_warm:
            self._answer()
            self.is_warm = True

    def fork(self) -> "Process":
        """Start a child. Raises OSError or EOFError where the warm process is gone."""
        self.warm()
        folder = tempfile.mkdtemp(prefix="submission-", dir=self.folder)
        request_read, request_write = os.pipe()
        result_read, result_write = os.pipe()
        try:
            socket.send_fds(self.control, [b"F" + folder.encode().ljust(PATH_BYTES)], [request_read, result_write])
            pid = self._answer()
        except (OSError, EOFError):
            os.close(request_write)
            os.close(result_read)
            raise
        finally:
            os.close(request_read)
            os.close(result_write)
        return _ForkedProcess(self, pid, request_write, result_read, folder)

    def end_child(self, pid: int) -> int:
        """Kill a child and its group; return its wait status, -1 where the warm process is gone as well."""
        try:
            self.control.sendall(b"K" + str(pid).encode().ljust(PATH_BYTES))
            return self._answer()
        except (OSError, EOFError):
            return -1

    def close(self) -> None:
        """End the warm process and its children."""
        self.control.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answer(self) -> int:
        answer = self.control.recv(4, socket.MSG_WAITALL)
        if len(answer) < 4:
            raise EOFError
        return int.from_bytes(answer, "big")


class _ForkedProcess(Process):
    def __init__(self, server: ForkServer, pid: int, request_fd: int, result_fd: int, folder: str) -> None:
        super().__init__(request_fd, result_fd, folder)
        self.server = server
        self.pid = pid
        self.status: int | None = None

    def end(self) -> int:
        if self.status is None:
            self.status = self.server.end_child(self.pid)
        return self.status


class FreshProcess(Process):
    """A process of its own for one request, where forking after PyTorch is not safe."""

    def __init__(self, libraries: Sequence[str]) -> None:
        folder = tempfile.mkdtemp(prefix="submission-")
        self.process = subprocess.Popen(
            _command("once", libraries),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_clean_environment(folder),
            cwd=folder,
            start_new_session=sys.platform != "win32",
        )
        assert self.process.stdin and self.process.stdout
        with self.process.stdin as requests, self.process.stdout as results:
            super().__init__(os.dup(requests.fileno()), os.dup(results.fileno()), folder)

    def end(self) -> int:
        """Kill the process and everything in its group; return its status as `os.wait` has it."""
        if sys.platform == "win32":
            self.process.kill()
        else:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        status = self.process.wait()
        return -status if status < 0 else status << 8

    def send(self, request: bytes, deadline: Deadline) -> None:
        """As in `Process`; on Windows, where a pipe cannot be waited for, the process is ended at the deadline."""
        if sys.platform != "win32":
            return super().send(request, deadline)
        timer = threading.Timer(deadline.seconds_left(), self.process.kill)
        timer.start()
        try:
            rest = memoryview(request)
            while rest:
                rest = rest[os.write(self.request_fd, rest) :]
        finally:
            timer.cancel()

    def reader(self, deadline: Deadline) -> Callable[[int], bytes]:
        """As in `Process`; on Windows, where a pipe cannot be waited for, the process is ended at the deadline."""
        if sys.platform != "win32":
            return super().reader(deadline)
        late = threading.Event()

        def read(size: int) -> bytes:
            timer = threading.Timer(deadline.seconds_left(), lambda: (late.set(), self.process.kill()))
            timer.start()
            data = os.read(self.result_fd, size)
            timer.cancel()
            if late.is_set():
                raise TimeoutError
            return data

        return read


def _wait(descriptor: int, event: int, deadline: Deadline) -> None:
    """Wait until a pipe can be read or written. Raises TimeoutError where it cannot, and the deadline is past."""
    poll = select.poll()
    poll.register(descriptor, event)
    seconds = 0.0
    while not poll.poll(1000 * seconds):
        if deadline.is_past():
            raise TimeoutError
        seconds = min(deadline.seconds_left(), GLANCE_SECONDS)


def _command(way: str, libraries: Sequence[str]) -> list[str]:
    folders = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    return [sys.executable, "-I", "-S", str(SANDBOX), os.pathsep.join(folders), way, *libraries]


def _clean_environment(folder: str) -> dict[str, str]:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    system = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return {"HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8", "MPLBACKEND": "Agg", **threads, **system}
