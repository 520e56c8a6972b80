"""Start of a worker process: `python -I -S …/autograder/sandbox FOLDERS [fork|once] [MODULE …]`.

FOLDERS, separated by the system's path separator, is where installed packages lie. Our own package is made bare, the
process is locked in, and only then are the libraries imported.
"""

import gc
import importlib
import os
import signal
import socket
import sys
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

from imports import bare_package  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from autograder.sandbox.confinement import Sandbox

COMMAND_BYTES = 1 + 1024
READY = bytes(4)
MANY_DESCRIPTORS = 1 << 16


def preload(modules: list[str]) -> None:
    """Import what every child will need. PyTorch must use one thread before its first operation, or children hang.

    What is imported stays: looking for garbage in it costs a tenth of the import, and every child a copy of its pages.
    """
    gc.disable()
    for module in modules:
        importlib.import_module(module)
    if "torch" in modules:
        import torch

        from autograder.sandbox.watch import prepare

        torch.set_num_threads(1)
        prepare()
    else:
        from autograder.protocol.without_pytorch import stand_in_for_pytorch

        stand_in_for_pytorch()
    gc.freeze()
    gc.enable()


def silence() -> None:
    """Send what student code prints nowhere.

    Each process opens that anew: flags of an open file that others share would pass from one to the next.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    if nowhere > 2:
        os.close(nowhere)


def fork_server(control: socket.socket, sandbox: "Sandbox") -> None:
    """Fork a child for every request that arrives.

    `F` and a folder to work in come with two descriptors, where the child reads its request and writes its results;
    the answer is the child's process id. `K` and that id kill the child and all that is left of its process group, and
    are answered with its status. The requests themselves never pass through this process.
    """
    children: set[int] = set()
    while True:
        command, descriptors, _, _ = socket.recv_fds(control, COMMAND_BYTES, 2, socket.MSG_WAITALL)
        if command[:1] == b"F":
            child = sandbox.fork()
            if child == 0:
                _be_a_child(sandbox, command[1:].decode().rstrip(), *descriptors)
            children.add(child)
            for descriptor in descriptors:
                os.close(descriptor)
            control.sendall(child.to_bytes(4, "big"))
        elif command[:1] == b"K":
            child = int(command[1:])
            control.sendall((_ended(child) & 0xFFFF).to_bytes(4, "big"))
            children.remove(child)
        else:
            for child in children:
                _ended(child)
            return


def _ended(child: int) -> int:
    """Kill a child and its group; return its status."""
    _kill_group(child)
    return os.waitpid(child, 0)[1]


def _be_a_child(sandbox: "Sandbox", folder: str, request_fd: int, result_fd: int) -> None:
    from autograder.sandbox.serve import serve

    status = 1
    try:
        _close_all_but(request_fd, result_fd, sandbox.proc)
        silence()
        serve(request_fd, result_fd, sandbox, folder)
        status = 0
    finally:
        os._exit(status)


def _close_all_but(*kept: int) -> None:
    """Close every descriptor but these and the silent ones, which stand for input, output and errors."""
    for low, high in pairwise((2, *sorted(kept), MANY_DESCRIPTORS)):
        os.closerange(low + 1, high)


def _kill_group(child: int) -> None:
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            kill(child, signal.SIGKILL)


def main() -> None:
    """Serve requests: many, each in a fork, or one."""
    joined, way, *modules = sys.argv[1:]
    folders = list(map(os.path.realpath, joined.split(os.pathsep)))
    sys.path[:] = [*map(os.path.realpath, sys.path[1:]), *folders]  # without this folder, the first
    bare_package()
    from autograder.sandbox.confinement import Sandbox

    sandbox, folder = Sandbox(folders), os.getcwd()
    modules = ["numpy", "numpy.random", "autograder.sandbox.serve", *modules]
    if way == "fork":
        control = socket.socket(fileno=os.dup(0))
        sandbox.confine_worker(folder)
        preload(modules)
        silence()
        control.sendall(READY)
        fork_server(control, sandbox)
    else:
        from autograder.sandbox.serve import serve

        preload(modules)
        request_fd, result_fd = os.dup(0), os.dup(1)
        silence()
        serve(request_fd, result_fd, sandbox, folder)
    os._exit(0)


if __name__ == "__main__":
    main()
