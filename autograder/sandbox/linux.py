"""Calls of Linux that Python has no name for, through libc. Each raises OSError where the system refuses."""

import ctypes
import os
from functools import cache

# CLONE_NEW… of include/uapi/linux/sched.h, MS_… of mount.h, PR_SET_… of prctl.h beside it
NEW_NS, NEW_UTS, NEW_IPC, NEW_USER, NEW_PID, NEW_NET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
READ_ONLY, NO_SUID, NO_DEV, NO_EXEC, BIND, RECURSIVE, PRIVATE = 0x1, 0x2, 0x4, 0x8, 0x1000, 0x4000, 0x40000
PDEATHSIG, NO_NEW_PRIVS, SECCOMP = 1, 38, 22
# Numbers of system calls (see system_calls.py); AT_FDCWD and AT_RECURSIVE of include/uapi/linux/fcntl.h, MNT_DETACH of
# include/linux/fs.h, _LINUX_CAPABILITY_VERSION_3 of include/uapi/linux/capability.h
_MOUNT_SETATTR, _PIVOT_ROOT = 442, {"x86_64": 155, "aarch64": 41}
_HERE, _AT_RECURSIVE, _DETACH, _CAPABILITY_VERSION = -100, 0x8000, 2, 0x20080522


@cache
def libc() -> ctypes.CDLL:
    """The C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> int:
    """Return the result of a call. Raises OSError where it is negative."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Give this process namespaces of its own; a new PID namespace is for its next child."""
    check(libc().unshare(flags), "unshare")


def setns(descriptor: int, kind: int) -> None:
    """Put this process, or for PID namespaces its next children, into the namespace that is open."""
    check(libc().setns(descriptor, kind), "setns")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount a file system, or bind one path to another."""
    check(libc().mount(*(part.encode() for part in (source, target, kind)), flags, options.encode()), f"mount {target}")


def make_read_only(root: str) -> None:
    """Let nothing be written to a mount and to those below it (Linux 5.12)."""
    attributes = (ctypes.c_uint64 * 4)(READ_ONLY | NO_SUID, 0, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    call = libc().syscall
    check(call(_MOUNT_SETATTR, _HERE, root.encode(), _AT_RECURSIVE, attributes, size), "mount_setattr")


def change_root(root: str) -> None:
    """Make a mount the root of this mount namespace, and let go of the old one."""
    os.chdir(root)
    check(libc().syscall(_PIVOT_ROOT[os.uname().machine], b".", b"."), "pivot_root")
    check(libc().umount2(b".", _DETACH), "umount")
    os.chdir("/")


def prctl(option: int, *arguments: object) -> None:
    """Change something of this process."""
    check(libc().prctl(option, *arguments, *(0,) * (4 - len(arguments))), "prctl")


def drop_capabilities() -> None:
    """Give up every privilege, also that of root, and that of gaining one by executing a file."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    check(libc().capset(header, (ctypes.c_uint32 * 6)()), "capset")
    prctl(NO_NEW_PRIVS, 1)
