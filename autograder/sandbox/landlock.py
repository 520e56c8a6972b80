"""Landlock: an unprivileged process gives up the right to open files, but for those that are named, and to use TCP."""

import ctypes
import os
from collections.abc import Sequence

from autograder.sandbox import linux

# Numbers of system calls (see system_calls.py), and LANDLOCK_ACCESS_FS_…, LANDLOCK_ACCESS_NET_… and LANDLOCK_SCOPE_… of
# include/uapi/linux/landlock.h
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15  # and to cut a file, and to control a device
TCP, ABSTRACT_SOCKETS_AND_SIGNALS = 3, 3
# How many rights each version of the interface knows: Documentation/userspace-api/landlock.rst
RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scope", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def version() -> int:
    """The version of Landlock's interface. Raises OSError where there is none."""
    return linux.check(linux.libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1), "landlock")


def restrict(readable: Sequence[str], writable: Sequence[str]) -> None:
    """Let this process and its children read only what is below `readable`, and write below `writable`; no TCP.

    Raises OSError where the system has no Landlock.
    """
    number = version()
    every = (1 << RIGHTS_BY_VERSION.get(number, 16)) - 1
    rules = _Ruleset(every, TCP if number >= 4 else 0, ABSTRACT_SOCKETS_AND_SIGNALS if number >= 6 else 0)
    size = ctypes.c_size_t(8 if number < 4 else 16 if number < 6 else 24)
    ruleset = linux.check(linux.libc().syscall(CREATE_RULESET, ctypes.byref(rules), size, 0), "landlock")
    for paths, rights in ((readable, EXECUTE | READ_FILE | READ_DIR), (writable, every)):
        for path in paths:
            _allow(ruleset, path, rights)
    linux.check(linux.libc().syscall(RESTRICT_SELF, ruleset, 0), "landlock")
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    if not os.path.exists(path):
        return
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rule = _Beneath(rights if os.path.isdir(path) else rights & FILE_RIGHTS, folder)
    try:
        linux.check(linux.libc().syscall(ADD_RULE, ruleset, 1, ctypes.byref(rule), 0), f"landlock {path}")
    finally:
        os.close(folder)
