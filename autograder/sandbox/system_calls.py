"""A filter of system calls (seccomp): what student code has no use for is refused, before the kernel looks at it.

No other program, no process (threads are free), no signal to another one, no socket, no look into another process, no
mount, no memory that has no limit, nothing that outlives the process, and no call that is newer than the tables below.

The numbers are those of Linux 6.12: for x86-64 from arch/x86/entry/syscalls/syscall_64.tbl, for ARM64 from
scripts/syscall.tbl. The highest in both is 462, mseal.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterator, Sequence

from autograder.sandbox import linux

# AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of include/uapi/linux/audit.h, and our column of numbers
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
OTHER_INTERFACE = 0x40000000  # __X32_SYSCALL_BIT of arch/x86/include/uapi/asm/unistd.h
# Where no number is assigned in Linux 6.12, each time the first and the one after the last. A call that a newer kernel
# has there gets the answer of a kernel without it, so that libc falls back on an older call.
UNASSIGNED = ((336, 424), (463, OTHER_INTERFACE)), ((295, 424), (463, OTHER_INTERFACE))
REFUSED = {
    **{"execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None)},
    **{"setsid": (112, 157), "setpgid": (109, 154), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138)},
    **{"rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424)},
    **{"ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272)},
    **{"pidfd_getfd": (438, 438), "process_madvise": (440, 440), "socket": (41, 198)},
    **{"mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268)},
    **{"unshare": (272, 97), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430)},
    **{"fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442)},
    **{"name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262)},
    **{"bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425)},
    **{"io_uring_enter": (426, 426), "io_uring_register": (427, 427), "memfd_create": (319, 279)},
    **{"memfd_secret": (447, 447), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218)},
    **{"shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180)},
    **{"statmount": (457, 457), "listmount": (458, 458), "quotactl_fd": (443, 443), "process_mrelease": (448, 448)},
    **{"init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104)},
    **{"kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225)},
    **{"acct": (163, 89), "quotactl": (179, 60), "syslog": (103, 116), "settimeofday": (164, 170)},
    **{"clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266), "personality": (135, 92)},
    **{"sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118)},
    **{"sched_setattr": (314, 274), "setpriority": (141, 140), "ioprio_set": (251, 30), "preadv2": (327, 286)},
    **{"cachestat": (451, 451), "mincore": (27, 232), "readahead": (187, 213), "fadvise64": (221, 223)},
    **{"sethostname": (170, 161), "setdomainname": (171, 162), "mknod": (133, None), "mknodat": (259, 33)},
}
CLONE, CLONE_3, PRLIMIT = (56, 220), (435, 435), (302, 261)
KILLS = (62, 129), (234, 131)  # kill, tgkill
# fcntl and ioctl, by their second argument: F_SETOWN, F_SETSIG and F_SETOWN_EX of include/uapi/asm-generic/fcntl.h,
# FIOSETOWN and SIOCSPGRP of include/uapi/asm-generic/sockios.h
SIGNALS_OF_FILES = {(72, 25): (8, 10, 15), (16, 29): (0x8901, 0x8902)}
CLONE_THREAD, FILTER_MODE = 0x10000, 2  # of include/uapi/linux/sched.h and seccomp.h
# Operations of include/uapi/linux/bpf_common.h; offsets in struct seccomp_data and answers of seccomp.h, beside it
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24
ALLOW, KILL, REFUSE, UNKNOWN = 0x7FFF0000, 0x80000000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
Instruction = tuple[int, int, int, int]


def filter_calls() -> None:
    """Refuse those calls to this process for good. Raises OSError where the system has no filter, or is unknown."""
    machine = os.uname().machine
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"the system calls of {machine} are not known here")
    instructions = [struct.pack("HBBI", *instruction) for instruction in _make_program(*MACHINES[machine], os.getpid())]
    code = ctypes.create_string_buffer(b"".join(instructions))
    program = struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code))
    linux.prctl(linux.SECCOMP, FILTER_MODE, ctypes.c_char_p(program))


def _make_program(architecture: int, column: int, own_process: int) -> Iterator[Instruction]:
    """The filter in the kernel's small language: (operation, skip if so, skip if not, value)."""
    yield LOAD, 0, 0, ARCHITECTURE
    yield EQUAL, 1, 0, architecture
    yield RETURN, 0, 0, KILL
    yield LOAD, 0, 0, NUMBER
    yield AT_LEAST, 0, 1, OTHER_INTERFACE
    yield RETURN, 0, 0, REFUSE
    for first, end in UNASSIGNED[column]:
        yield AT_LEAST, 0, 2, first
        yield AT_LEAST, 1, 0, end
        yield RETURN, 0, 0, UNKNOWN
    for refused in REFUSED.values():
        if (number := refused[column]) is not None:
            yield EQUAL, 0, 1, number
            yield RETURN, 0, 0, REFUSE
    yield EQUAL, 0, 1, CLONE_3[column]
    yield RETURN, 0, 0, UNKNOWN  # libc then uses clone, whose arguments can be read here
    yield EQUAL, 0, 4, CLONE[column]
    yield LOAD, 0, 0, FIRST_ARGUMENT
    yield ANY_BIT, 0, 1, CLONE_THREAD
    yield RETURN, 0, 0, ALLOW
    yield RETURN, 0, 0, REFUSE
    for numbers, targets in {**dict.fromkeys(KILLS, (own_process,)), PRLIMIT: (0, own_process)}.items():
        yield EQUAL, 0, 2 + 2 * len(targets), numbers[column]
        yield LOAD, 0, 0, FIRST_ARGUMENT
        yield from _answer_to(ALLOW, targets)
        yield RETURN, 0, 0, REFUSE
    for numbers, commands in SIGNALS_OF_FILES.items():
        yield EQUAL, 0, 2 + 2 * len(commands), numbers[column]
        yield LOAD, 0, 0, SECOND_ARGUMENT
        yield from _answer_to(REFUSE, commands)
        yield RETURN, 0, 0, ALLOW
    yield RETURN, 0, 0, ALLOW


def _answer_to(answer: int, values: Sequence[int]) -> Iterator[Instruction]:
    for value in values:
        yield EQUAL, 0, 1, value
        yield RETURN, 0, 0, answer
