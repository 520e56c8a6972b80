"""A filter of system calls (seccomp): what student code has no use for is refused, before the kernel looks at it.

No other program, no process (threads are free), no signal to another one, no socket, no look into another process, no
mount, no memory that has no limit, and nothing that outlives the process. `allowed_calls.py` lists what is allowed, all
else is refused; a call that is newer than its tables, of which the highest is 462, mseal, is unknown.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Iterator

from autograder.sandbox import linux
from autograder.sandbox.allowed_calls import ALLOWED, ALLOWED_IN_OWN_ROOT, OWN_PROCESS, Call, Where

# AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of include/uapi/linux/audit.h, and our column of numbers
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
OTHER_INTERFACE = 0x40000000  # __X32_SYSCALL_BIT of arch/x86/include/uapi/asm/unistd.h
# Where no number is assigned in Linux 6.12, each time the first and the one after the last. A call that a newer kernel
# has there gets the answer of a kernel without it, so that libc falls back on an older call.
UNASSIGNED = ((336, 424), (463, OTHER_INTERFACE)), ((295, 424), (463, OTHER_INTERFACE))
CLONE_3 = 435, 435
FILTER_MODE = 2  # of include/uapi/linux/seccomp.h
# Operations of include/uapi/linux/bpf_common.h; offsets in struct seccomp_data and answers of seccomp.h, beside it
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS, ARGUMENT_BYTES = 0, 4, 16, 8
ALLOW, KILL, REFUSE, UNKNOWN = 0x7FFF0000, 0x80000000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
Instruction = tuple[int, int, int, int]


def filter_calls(own_root: bool = False) -> None:
    """Allow this process no other calls for good, and some only where it has a root of its own.

    Raises OSError where the system has no filter, or is unknown.
    """
    machine = os.uname().machine
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"the system calls of {machine} are not known here")
    program = _make_program(*MACHINES[machine], os.getpid(), own_root)
    instructions = [struct.pack("HBBI", *instruction) for instruction in program]
    code = ctypes.create_string_buffer(b"".join(instructions))
    program_at = struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code))
    linux.prctl(linux.SECCOMP, FILTER_MODE, ctypes.c_char_p(program_at))


def _make_program(architecture: int, column: int, own_process: int, own_root: bool = False) -> Iterator[Instruction]:
    """The filter in the kernel's small language: (operation, skip if so, skip if not, value)."""
    yield LOAD, 0, 0, ARCHITECTURE
    yield EQUAL, 1, 0, architecture
    yield RETURN, 0, 0, KILL
    yield LOAD, 0, 0, NUMBER
    yield AT_LEAST, 0, 1, OTHER_INTERFACE
    yield RETURN, 0, 0, REFUSE
    calls = {**ALLOWED, **(ALLOWED_IN_OWN_ROOT if own_root else {})}.values()
    yield from _answer_between(_unconditional(calls, column), ALLOW)
    yield from _answer_between(UNASSIGNED[column], UNKNOWN)
    yield EQUAL, 0, 1, CLONE_3[column]
    yield RETURN, 0, 0, UNKNOWN  # libc then uses clone, whose arguments can be read here
    for call in calls:
        if call.where and (number := call.numbers[column]) is not None:
            conditions = list(_answer_where(call.where, own_process))
            yield EQUAL, 0, len(conditions), number
            yield from conditions
    yield RETURN, 0, 0, REFUSE


def _unconditional(calls: Iterable[Call], column: int) -> list[tuple[int, int]]:
    """The numbers of the calls that are allowed with all arguments: each time the first and the one after the last."""
    numbers = sorted(number for call in calls if not call.where and (number := call.numbers[column]) is not None)
    firsts = [number for number in numbers if number - 1 not in numbers]
    ends = [number + 1 for number in numbers if number + 1 not in numbers]
    return list(zip(firsts, ends, strict=True))


def _answer_between(ranges: Iterable[tuple[int, int]], answer: int) -> Iterator[Instruction]:
    for first, end in ranges:
        yield AT_LEAST, 0, 2, first
        yield AT_LEAST, 1, 0, end
        yield RETURN, 0, 0, answer


def _answer_where(where: Where, own_process: int) -> Iterator[Instruction]:
    """Allow a call by one of its arguments, whose lower half is all that the kernel looks at; or refuse it."""
    yield LOAD, 0, 0, ARGUMENTS + ARGUMENT_BYTES * where.argument
    for value in where.values:
        yield EQUAL, 0, 1, own_process if value == OWN_PROCESS else value
        yield RETURN, 0, 0, ALLOW
    if where.with_any:
        yield ANY_BIT, 0, 1, where.with_any
        yield RETURN, 0, 0, ALLOW
    if where.without:
        yield ANY_BIT, 1, 0, where.without
        yield RETURN, 0, 0, ALLOW
    yield RETURN, 0, 0, REFUSE
