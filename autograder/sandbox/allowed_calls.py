"""The system calls that student code may make, and why each leaves nothing behind: nothing that another process, or the
next submission, could find.

Python, NumPy and PyTorch get by with these. What is not here is refused, above all what the kernel keeps beyond the
process that asked for it: hints, locks, leases and notifications on files, extended attributes, advice on the page
cache, keys, queues, priorities, placement of memory, and numbers that it counts up for everybody.

The numbers are those of Linux 6.12: for x86-64 from arch/x86/entry/syscalls/syscall_64.tbl, for ARM64 from
scripts/syscall.tbl.
"""

from typing import NamedTuple

OWN_PROCESS = -1  # stands for the number of the process that puts the filter on


class Where(NamedTuple):
    """For which values of one argument, counted from 0, a call is allowed.

    It is one of these `values`, or has any of the bits of `with_any`, or none of the bits of `without`.
    """

    argument: int
    values: tuple[int, ...] = ()
    with_any: int = 0
    without: int = 0


class Call(NamedTuple):
    """A call's numbers, None where a machine lacks it; why it leaves nothing behind; and where it is allowed."""

    x86_64: int | None
    arm64: int | None
    why: str
    where: Where | None = None

    @property
    def numbers(self) -> tuple[int | None, int | None]:
        """Its numbers, in the order of the filter's columns."""
        return self.x86_64, self.arm64


# Commands of include/uapi/asm-generic/fcntl.h and include/uapi/linux/fcntl.h
FCNTL = {"F_DUPFD": 0, "F_GETFD": 1, "F_SETFD": 2, "F_GETFL": 3, "F_SETFL": 4, "F_DUPFD_CLOEXEC": 1030}
# Commands of include/uapi/asm-generic/ioctls.h: isatty, also that of newer libcs, the size of a terminal, and what
# Python uses instead of fcntl
IOCTL = {
    **{"TCGETS": 0x5401, "TCGETS2": 0x802C542A, "TIOCGWINSZ": 0x5413},
    **{"FIONBIO": 0x5421, "FIONCLEX": 0x5450, "FIOCLEX": 0x5451},
}
# PR_… of include/uapi/linux/prctl.h: names of threads and of memory, how long an ARM vector is, and a filter of system
# calls that makes this one stricter
PRCTL = {
    **{"SET_NAME": 15, "GET_NAME": 16, "SET_VMA": 0x53564D41},
    **{"SVE_GET_VL": 51, "SME_GET_VL": 64, "SET_SECCOMP": 22},
}
# MADV_… of include/uapi/asm-generic/mman-common.h
MADVISE = {
    **{"NORMAL": 0, "RANDOM": 1, "SEQUENTIAL": 2, "DONTNEED": 4, "FREE": 8, "DONTFORK": 10, "DOFORK": 11},
    **{"HUGEPAGE": 14, "NOHUGEPAGE": 15, "DONTDUMP": 16, "DODUMP": 17, "GUARD_INSTALL": 102, "GUARD_REMOVE": 103},
}
STATIC_CLOCKS = tuple(range(12))  # CLOCK_… of include/uapi/linux/time.h; the others are those of processes and devices
CLONE_THREAD = 0x10000  # of include/uapi/linux/sched.h
O_WRITE, O_TRUNC = 0o3, 0o1000  # O_WRONLY | O_RDWR, and O_TRUNC, of include/uapi/asm-generic/fcntl.h

_TO_ITSELF = Where(0, (OWN_PROCESS,))
_OF_ITSELF = Where(0, (0, OWN_PROCESS))
_OPENED = Where(1, with_any=O_WRITE, without=O_TRUNC)
_OPENED_AT = _OPENED._replace(argument=2)
_CLOCK = Where(0, STATIC_CLOCKS)

MEMORY = {
    "brk": Call(12, 214, "the memory is the process's own"),
    "mmap": Call(9, 222, "the memory is the process's own; a file of the libraries cannot be mapped to be written"),
    "munmap": Call(11, 215, "the memory is the process's own"),
    "mremap": Call(25, 216, "the memory is the process's own"),
    "mprotect": Call(10, 226, "the memory is the process's own, and a file of the libraries stays read-only"),
    "msync": Call(26, 227, "writes what was changed, and no file of the libraries can be"),
    "madvise": Call(
        28, 233, "these change the process's own mapping, no page of a file", Where(2, (*MADVISE.values(),))
    ),
    "mseal": Call(462, 462, "the memory is the process's own"),
    "map_shadow_stack": Call(453, 453, "the memory is the process's own"),
}
DESCRIPTORS = {
    "read": Call(0, 63, "read-only mounts note no time of access"),
    "pread64": Call(17, 67, "like read"),
    "readv": Call(19, 65, "like read"),
    "preadv": Call(295, 69, "like read"),
    "write": Call(1, 64, "only its own folder and pipe are open to be written, and devices that keep nothing"),
    "pwrite64": Call(18, 68, "like write"),
    "writev": Call(20, 66, "like write"),
    "pwritev": Call(296, 70, "like write"),
    "lseek": Call(8, 62, "no open file is shared with another process"),
    "sendfile": Call(40, 71, "like read and write"),
    "copy_file_range": Call(326, 285, "like read and write"),
    "open": Call(2, None, "what is created is in its own folder; a file that is cut is open to be written", _OPENED),
    "openat": Call(257, 56, "like open", _OPENED_AT),
    "creat": Call(85, None, "like open"),
    "close": Call(3, 57, "the table of descriptors is the process's own"),
    "close_range": Call(436, 436, "like close"),
    "dup": Call(32, 23, "like close"),
    "dup2": Call(33, None, "like close"),
    "dup3": Call(292, 24, "like close"),
    "fcntl": Call(
        72, 25, "these change a descriptor or an open file, none of them shared", Where(1, (*FCNTL.values(),))
    ),
    "ioctl": Call(16, 29, "these ask for a terminal, or do what fcntl does", Where(1, (*IOCTL.values(),))),
    "fsync": Call(74, 82, "writes what was changed, and no file of the libraries can be"),
    "fdatasync": Call(75, 83, "like fsync"),
    "ftruncate": Call(77, 46, "like write"),
    "fallocate": Call(285, 47, "like write"),
    "select": Call(23, None, "waits, and keeps nothing"),
    "pselect6": Call(270, 72, "waits, and keeps nothing"),
    "poll": Call(7, None, "waits, and keeps nothing"),
    "ppoll": Call(271, 73, "waits, and keeps nothing"),
}
FILES = {
    "stat": Call(4, None, "only looks"),
    "lstat": Call(6, None, "only looks"),
    "fstat": Call(5, 80, "only looks"),
    "newfstatat": Call(262, 79, "only looks"),
    "statx": Call(332, 291, "only looks"),
    "access": Call(21, None, "only looks"),
    "faccessat": Call(269, 48, "only looks"),
    "faccessat2": Call(439, 439, "only looks"),
    "readlink": Call(89, None, "only looks"),
    "readlinkat": Call(267, 78, "only looks"),
    "getdents": Call(78, None, "read-only mounts note no time of access"),
    "getdents64": Call(217, 61, "read-only mounts note no time of access"),
    "getcwd": Call(79, 17, "only looks"),
    "chdir": Call(80, 49, "the working folder is the process's own"),
    "fchdir": Call(81, 50, "the working folder is the process's own"),
    "umask": Call(95, 166, "the mask is the process's own"),
    "mkdir": Call(83, None, "only in its own folder, which ends with it"),
    "mkdirat": Call(258, 34, "only in its own folder"),
    "rmdir": Call(84, None, "only in its own folder"),
    "unlink": Call(87, None, "only in its own folder"),
    "unlinkat": Call(263, 35, "only in its own folder"),
    "rename": Call(82, None, "only in its own folder"),
    "renameat": Call(264, 38, "only in its own folder"),
    "renameat2": Call(316, 276, "only in its own folder"),
    "link": Call(86, None, "only in its own folder: a link does not leave its mount, nor Landlock's hierarchy"),
    "linkat": Call(265, 37, "like link"),
    "symlink": Call(88, None, "only in its own folder"),
    "symlinkat": Call(266, 36, "only in its own folder"),
}
THREADS = {
    "clone": Call(56, 220, "a thread, which ends with its process; no new process", Where(0, with_any=CLONE_THREAD)),
    "set_tid_address": Call(218, 96, "a note about the thread, gone with it"),
    "set_robust_list": Call(273, 99, "a note about the thread, gone with it"),
    "rseq": Call(334, 293, "a note about the thread, gone with it"),
    "futex": Call(202, 98, "who waits is gone with the process, and no value is kept"),
    "futex_waitv": Call(449, 449, "like futex"),
    "futex_wake": Call(454, 454, "like futex"),
    "futex_wait": Call(455, 455, "like futex"),
    "futex_requeue": Call(456, 456, "like futex"),
    "sched_yield": Call(24, 124, "asks for nothing that is kept"),
    "sched_getaffinity": Call(204, 123, "only looks, at what nobody in a sandbox can set"),
    "sched_get_priority_max": Call(146, 125, "a constant"),
    "sched_get_priority_min": Call(147, 126, "a constant"),
    "getcpu": Call(309, 168, "only looks"),
    "arch_prctl": Call(158, None, "registers of the thread, gone with it"),
    "prctl": Call(157, 167, "names and filters of the process, gone with it", Where(0, (*PRCTL.values(),))),
    "exit": Call(60, 93, "ends the thread"),
    "exit_group": Call(231, 94, "ends the process"),
}
SIGNALS = {
    "rt_sigaction": Call(13, 134, "handlers are the process's own"),
    "rt_sigprocmask": Call(14, 135, "the mask is the thread's own"),
    "rt_sigreturn": Call(15, 139, "goes back to where a signal came"),
    "rt_sigpending": Call(127, 136, "only looks, at its own signals"),
    "rt_sigsuspend": Call(130, 133, "waits, and keeps nothing"),
    "rt_sigtimedwait": Call(128, 137, "waits, and keeps nothing"),
    "sigaltstack": Call(131, 132, "the stack is the thread's own"),
    "restart_syscall": Call(219, 128, "goes on with a call that a signal came into"),
    "pause": Call(34, None, "waits, and keeps nothing"),
    "kill": Call(62, 129, "a signal to itself", _TO_ITSELF),
    "tgkill": Call(234, 131, "a signal to a thread of its own", _TO_ITSELF),
    "alarm": Call(37, None, "the timer is the process's own"),
    "setitimer": Call(38, 103, "the timer is the process's own"),
    "getitimer": Call(36, 102, "only looks, at its own timer"),
}
CLOCKS_AND_LIMITS = {
    "time": Call(201, None, "only looks"),
    "gettimeofday": Call(96, 169, "only looks"),
    "clock_gettime": Call(228, 113, "only looks, at no clock of another process", _CLOCK),
    "clock_getres": Call(229, 114, "only looks", _CLOCK),
    "clock_nanosleep": Call(230, 115, "waits, and keeps nothing", _CLOCK),
    "nanosleep": Call(35, 101, "waits, and keeps nothing"),
    "times": Call(100, 153, "only looks, at its own time"),
    "getrusage": Call(98, 165, "only looks, at its own use"),
    "getrlimit": Call(97, 163, "only looks, at its own limits"),
    "setrlimit": Call(160, 164, "the limits are the process's own"),
    "prlimit64": Call(302, 261, "the limits are the process's own", _OF_ITSELF),
}
IDENTITY = {
    "getpid": Call(39, 172, "only looks"),
    "getppid": Call(110, 173, "only looks"),
    "gettid": Call(186, 178, "only looks"),
    "getpgrp": Call(111, None, "only looks"),
    "getpgid": Call(121, 155, "only looks, at itself", _OF_ITSELF),
    "getuid": Call(102, 174, "only looks"),
    "geteuid": Call(107, 175, "only looks"),
    "getgid": Call(104, 176, "only looks"),
    "getegid": Call(108, 177, "only looks"),
    "getresuid": Call(118, 148, "only looks"),
    "getresgid": Call(120, 150, "only looks"),
    "getgroups": Call(115, 158, "only looks"),
    "uname": Call(63, 160, "only looks, at names that nobody in a sandbox can set"),
    "getrandom": Call(318, 278, "gives numbers that follow from nothing known"),
}
ALLOWED = {**MEMORY, **DESCRIPTORS, **FILES, **THREADS, **SIGNALS, **CLOCKS_AND_LIMITS, **IDENTITY}

# Landlock knows no rights for these. They are allowed only to a process with a root of its own, where all is mounted
# read-only but a folder that ends with the process.
_READ_ONLY = "read-only mounts refuse it, and its own folder ends with it"
ALLOWED_IN_OWN_ROOT = {
    "chmod": Call(90, None, _READ_ONLY),
    "fchmod": Call(91, 52, _READ_ONLY),
    "fchmodat": Call(268, 53, _READ_ONLY),
    "fchmodat2": Call(452, 452, _READ_ONLY),
    "chown": Call(92, None, _READ_ONLY),
    "fchown": Call(93, 55, _READ_ONLY),
    "lchown": Call(94, None, _READ_ONLY),
    "fchownat": Call(260, 54, _READ_ONLY),
    "utime": Call(132, None, _READ_ONLY),
    "utimes": Call(235, None, _READ_ONLY),
    "futimesat": Call(261, None, _READ_ONLY),
    "utimensat": Call(280, 88, _READ_ONLY),
    "truncate": Call(76, 45, _READ_ONLY),
    "getxattr": Call(191, 8, "only looks"),
    "lgetxattr": Call(192, 9, "only looks"),
    "fgetxattr": Call(193, 10, "only looks"),
    "listxattr": Call(194, 11, "only looks"),
    "llistxattr": Call(195, 12, "only looks"),
    "flistxattr": Call(196, 13, "only looks"),
}
