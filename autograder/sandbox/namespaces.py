"""Namespaces: a worker that has its own users, processes, network and files, and for each submission again its own.

The worker's root is a small file system in memory. In it are Python, the installed libraries and the system's, all
read-only, and nothing of ours but this folder and `protocol`: what is not there cannot be read, whoever asks for it.
"""

import errno
import os
import signal
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from autograder.sandbox import linux

ALL = linux.NEW_USER | linux.NEW_NS | linux.NEW_NET | linux.NEW_IPC | linux.NEW_UTS
SUBMISSION = "/submission"
SYSTEM = ("/lib", "/lib64", "/lib32", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/etc/ld.so.cache")
PROCESSOR = ("/proc/cpuinfo", "/sys/devices/system/cpu")  # PyTorch looks there for what it can do
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
PACKAGE = Path(__file__).resolve().parent.parent
ROOMS = (PACKAGE / "sandbox", PACKAGE / "protocol")  # all of ours that a worker may read
OURS = (PACKAGE, PACKAGE.parent / "instructor", PACKAGE.parent / "transformer_ref")
OUR_FILES = ("*transformers_from_scratch*", "__pycache__/*transformers_from_scratch*")  # where pip notes our place
FOLDER_OPTIONS = "size=64m,nr_inodes=4096,mode=700"


def enter(proc: int) -> None:
    """Go into namespaces of our own; the process that returns is the first of its PID namespace.

    `proc` is the open folder /proc, which the worker's root will not have. The process that was started waits for the
    other and ends with it; each dies when its parent does. Raises OSError where the system has no namespaces for us;
    then nothing has changed.
    """
    _try_elsewhere(proc)
    _enter_as_root(proc)
    server = os.fork()
    if server:
        os.closerange(0, 3)
        _, status = os.waitpid(server, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    linux.prctl(linux.PDEATHSIG, signal.SIGKILL)


def _enter_as_root(proc: int) -> None:
    user, group = os.geteuid(), os.getegid()
    linux.unshare(ALL | linux.NEW_PID)
    _map(proc, user, group)


def _try_elsewhere(proc: int) -> None:
    """See in another process whether the system lets us: some refuse half-way, and there is no way back."""
    trial = os.fork()
    if trial == 0:
        try:
            _enter_as_root(proc)
            linux.mount("none", "/", flags=linux.RECURSIVE | linux.PRIVATE)
        except OSError as error:
            os._exit(error.errno or errno.EPERM)
        os._exit(0)
    if number := os.waitstatus_to_exitcode(os.waitpid(trial, 0)[1]):
        raise OSError(abs(number), os.strerror(abs(number)))


def enter_for_submission(proc: int) -> None:
    """Inside the worker's namespaces, go into others: those of one submission, which end with it."""
    linux.unshare(ALL)
    _map(proc, 0, 0)


def build_root(place: str, folders: Sequence[str]) -> None:
    """Build the worker's root at an empty folder and go there. Raises OSError."""
    linux.mount("none", "/", flags=linux.RECURSIVE | linux.PRIVATE)
    linux.mount("tmpfs", place, "tmpfs", linux.NO_SUID, "size=1m,mode=755")
    for path in visible(folders):
        _bind(path, place)
    for path in hidden(folders):
        if os.path.isdir(place + path):
            linux.mount("tmpfs", place + path, "tmpfs", linux.NO_SUID, "size=64k,mode=755")
        elif os.path.exists(place + path):
            linux.mount("/dev/null", place + path, flags=linux.BIND)
    for room in ROOMS:
        _bind(str(room), place)
    os.mkdir(place + SUBMISSION)
    linux.make_read_only(place)
    linux.change_root(place)


def make_folder() -> None:
    """Give a submission an empty folder of bounded size, in memory, which ends with its namespace. No program or
    library is loaded from there."""
    linux.mount("tmpfs", SUBMISSION, "tmpfs", linux.NO_SUID | linux.NO_DEV | linux.NO_EXEC, FOLDER_OPTIONS)


def visible(folders: Sequence[str]) -> list[str]:
    """The paths of Python, of the installed packages, of the system's libraries and of a few devices."""
    python = [*map(sysconfig.get_path, ("stdlib", "platstdlib")), f"{sys.base_prefix}/lib", *folders]
    wanted = dict.fromkeys([*SYSTEM, *map(os.path.realpath, python), *PROCESSOR, *DEVICES])
    found = sorted(path for path in wanted if os.path.lexists(path))
    return [path for path in found if not any(path.startswith(f"{other}/") for other in found)]


def hidden(folders: Sequence[str]) -> list[str]:
    """What is ours, where it lies among the installed packages."""
    notes = [str(path) for folder in folders for pattern in OUR_FILES for path in Path(folder).glob(pattern)]
    return [*map(str, OURS), *notes]


def readable_without_root(folders: Sequence[str]) -> list[str]:
    """The same paths one by one, so that ours is left out where it lies among them."""
    paths, found, ours = visible(folders), [*map(str, ROOMS)], hidden(folders)
    while paths:
        path = paths.pop()
        if any(own.startswith(f"{path}/") for own in ours):
            paths += [f"{path}/{name}" for name in os.listdir(path)]
        elif path not in ours:
            found.append(path)
    return found


def _bind(path: str, place: str) -> None:
    """Show a path at the same path below `place`; a link stays a link."""
    target = place + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
    linux.mount(path, target, flags=linux.BIND | linux.RECURSIVE)


def _map(proc: int, user: int, group: int) -> None:
    """Be root of the new user namespace, which is nobody new outside."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        descriptor = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        os.write(descriptor, text.encode())
        os.close(descriptor)
