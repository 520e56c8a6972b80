"""No submission leaves a note for another: what the system calls that are allowed could keep, and what they do keep."""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from autograder.execution.executor import Executor
from autograder.execution.processes import SANDBOX
from autograder.sandbox import allowed_calls, system_calls
from autograder.sandbox.allowed_calls import ALLOWED, ALLOWED_IN_OWN_ROOT, OWN_PROCESS
from tests.notes import NOTES, passes_in

REPOSITORY = Path(__file__).resolve().parents[1]
OWN = 7  # the number of the process that the filters below are for
MACHINES = list(system_calls.MACHINES)
TESTS = {system_calls.EQUAL: int.__eq__, system_calls.AT_LEAST: int.__ge__, system_calls.ANY_BIT: int.__and__}


@cache
def program_of(machine: str, own_root: bool) -> list[system_calls.Instruction]:
    architecture, column = system_calls.MACHINES[machine]
    return list(system_calls._make_program(architecture, column, OWN, own_root))


def answer(machine: str, number: int, *arguments: int, own_root: bool = False) -> int:
    """What the filter for a machine answers to a call, carried out as the kernel does it."""
    program = program_of(machine, own_root)
    data = {system_calls.NUMBER: number, system_calls.ARCHITECTURE: system_calls.MACHINES[machine][0]}
    for position, argument in enumerate(arguments):
        data[system_calls.ARGUMENTS + system_calls.ARGUMENT_BYTES * position] = argument & 0xFFFFFFFF
    at = loaded = 0
    while program[at][0] != system_calls.RETURN:
        operation, if_so, if_not, value = program[at]
        if operation == system_calls.LOAD:
            loaded = data.get(value, 0)
        else:
            at += if_so if TESTS[operation](loaded, value) else if_not
        at += 1
    return program[at][3]


def arguments_with(position: int, value: int) -> list[int]:
    return [*[0] * position, value]


# ---- what is allowed

# What these do depends on an argument: a command, an advice, a process, a clock, or flags.
BY_ARGUMENT = {
    **{"fcntl": 1, "ioctl": 1, "prctl": 0, "madvise": 2, "open": 1, "openat": 2, "clone": 0, "kill": 0, "tgkill": 0},
    **{"prlimit64": 0, "getpgid": 0, "clock_gettime": 0, "clock_getres": 0, "clock_nanosleep": 0},
}
# What the kernel keeps beyond a process, or tells of others, by the kind of it; none of these is allowed
KEEPS = {
    "locks": "flock",
    "notifications": "inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_init fanotify_mark",
    "attributes of files": "setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr setxattrat",
    "the page cache": "readahead fadvise64 mincore cachestat preadv2 pwritev2 process_madvise sync syncfs",
    "where pages lie": "mbind set_mempolicy get_mempolicy migrate_pages move_pages mlock mlockall",
    "keys": "add_key request_key keyctl",
    "queues": "mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr msgget msgsnd msgrcv msgctl",
    "shared memory": "shmget shmat shmctl shmdt semget semop semctl semtimedop memfd_create memfd_secret",
    "priorities": "setpriority getpriority ioprio_set ioprio_get sched_setscheduler sched_setparam sched_setattr",
    "placement on processors": "sched_setaffinity sched_getscheduler sched_getparam sched_getattr",
    "numbers that are counted for all": "pipe pipe2 socketpair eventfd eventfd2 timer_create timerfd_create signalfd4",
    "sockets": "socket bind connect listen accept accept4 sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg",
    "events": "epoll_create epoll_create1 epoll_ctl epoll_wait io_setup io_submit io_uring_setup io_uring_enter",
    "others": "ptrace process_vm_readv process_vm_writev kcmp pidfd_open pidfd_getfd pidfd_send_signal get_robust_list",
    "the state of the machine": "sysinfo statfs fstatfs ustat syslog sethostname setdomainname quotactl acct swapon",
    "ways of execution": "personality userfaultfd seccomp bpf perf_event_open execve execveat fork vfork unshare setns",
    "files by other ways": "name_to_handle_at open_by_handle_at openat2 mknod mknodat mount umount2 chroot pivot_root",
    "splices": "splice tee vmsplice",
}
KEPT = " ".join(KEEPS.values()).split()


@pytest.mark.parametrize("name", ALLOWED | ALLOWED_IN_OWN_ROOT)
def test_every_allowed_call_says_why_it_leaves_nothing_behind(name):
    call = (ALLOWED | ALLOWED_IN_OWN_ROOT)[name]
    assert call.why
    like = call.why.removeprefix("like ").split(" and ")
    assert all(other in ALLOWED for other in like) or not call.why.startswith("like ")
    assert (call.where.argument if call.where else None) == BY_ARGUMENT.get(name)
    assert name not in KEPT


def numbers(column: int, own_root: bool) -> set[int]:
    calls = {**ALLOWED, **(ALLOWED_IN_OWN_ROOT if own_root else {})}.values()
    return {number for call in calls if (number := call.numbers[column]) is not None}


def tried_arguments() -> Iterator[list[int]]:
    """Arguments with which each of the calls by argument is allowed, and others."""
    where = [call.where for call in ALLOWED.values() if call.where]
    values = {0, 1, OWN, allowed_calls.CLONE_THREAD, *(value for each in where for value in each.values[:1])}
    for position, value in product(range(3), values):
        yield arguments_with(position, value)


@pytest.mark.parametrize("own_root", [False, True], ids=["without a root", "with a root"])
@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_allows_what_the_table_lists_and_nothing_else(machine, own_root):
    listed = numbers(MACHINES.index(machine), own_root)
    allowed = {
        number
        for number, arguments in product(range(600), tried_arguments())
        if answer(machine, number, *arguments, own_root=own_root) == system_calls.ALLOW
    }
    assert allowed == listed


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", BY_ARGUMENT)
def test_a_call_by_argument_is_allowed_for_the_values_that_are_listed(name, machine):
    number = ALLOWED[name].numbers[MACHINES.index(machine)]
    where = ALLOWED[name].where
    assert where
    if number is None or not where.values:
        return
    values = {OWN if value == OWN_PROCESS else value for value in where.values}
    near = {value + step for value in values for step in (-1, 0, 1)} | {*range(2048)} | {1 << bit for bit in range(32)}
    tried = {value & 0xFFFFFFFF for value in near}
    answers = {value: answer(machine, number, *arguments_with(where.argument, value)) for value in tried}
    assert {value for value, said in answers.items() if said == system_calls.ALLOW} == values
    assert set(answers.values()) == {system_calls.ALLOW, system_calls.REFUSE}


COMMANDS = {
    "fcntl": {
        **{"F_GETLK": 5, "F_SETLK": 6, "F_SETLKW": 7, "F_SETOWN": 8, "F_SETSIG": 10, "F_SETOWN_EX": 15},
        **{"F_OFD_GETLK": 36, "F_OFD_SETLK": 37, "F_OFD_SETLKW": 38, "F_SETLEASE": 1024, "F_GETLEASE": 1025},
        **{"F_NOTIFY": 1026, "F_SETPIPE_SZ": 1031, "F_GETPIPE_SZ": 1032, "F_ADD_SEALS": 1033, "F_GET_RW_HINT": 1035},
        **{"F_SET_RW_HINT": 1036, "F_GET_FILE_RW_HINT": 1037, "F_SET_FILE_RW_HINT": 1038},
    },
    "ioctl": {
        **{"FIOSETOWN": 0x8901, "SIOCSPGRP": 0x8902, "TIOCSTI": 0x5412, "FIOASYNC": 0x5452, "FICLONE": 0x40049409},
        **{"FS_IOC_SETFLAGS": 0x40086602, "FS_IOC_FSSETXATTR": 0x401C5820, "FS_IOC_SET_ENCRYPTION_POLICY": 0x800C6613},
        **{"FS_IOC_ENABLE_VERITY": 0x40806685, "RNDADDTOENTCNT": 0x40045201, "FIFREEZE": 0xC0045877},
    },
    "prctl": {"PR_SET_PDEATHSIG": 1, "PR_SET_TIMERSLACK": 29, "PR_SCHED_CORE": 62, "PR_SET_MM": 35},
    "madvise": {
        **{"MADV_WILLNEED": 3, "MADV_REMOVE": 9, "MADV_MERGEABLE": 12, "MADV_COLD": 20, "MADV_PAGEOUT": 21},
        **{"MADV_POPULATE_READ": 22, "MADV_COLLAPSE": 25, "MADV_HWPOISON": 100, "MADV_SOFT_OFFLINE": 101},
    },
    "clock_gettime": {"CPU time of process 1": ~1 << 3 | 2, "of a thread": ~1 << 3 | 6, "of a device": ~3 << 3 | 3},
}
REFUSED_COMMANDS = [(name, command) for name in COMMANDS for command in COMMANDS[name]]


@pytest.mark.parametrize(("name", "command"), REFUSED_COMMANDS, ids=[f"{n} {c}" for n, c in REFUSED_COMMANDS])
def test_a_command_that_the_kernel_remembers_is_refused(name, command):
    for column, machine in enumerate(MACHINES):
        number = ALLOWED[name].numbers[column]
        assert number is not None
        given = arguments_with(BY_ARGUMENT[name], COMMANDS[name][command])
        assert answer(machine, number, *given) == system_calls.REFUSE


@pytest.mark.parametrize("machine", MACHINES)
def test_a_file_is_not_cut_by_opening_it_only_to_be_read(machine):
    number = ALLOWED["openat"].numbers[MACHINES.index(machine)]
    assert number is not None
    reads, writes, both, creates, cuts = 0, 1, 2, 0o100, 0o1000
    allowed = {flags for flags in range(1 << 12) if answer(machine, number, 0, 0, flags) == system_calls.ALLOW}
    assert {reads, writes | cuts, both | cuts | creates} <= allowed
    assert {flags for flags in range(1 << 12) if flags & cuts and not flags & 3}.isdisjoint(allowed)


# ---- what is kept


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor(libraries=()) as warm:
        yield warm


@pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")
@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.stem)
def test_a_note_does_not_reach_the_next_submission(path, executor):
    assert not passes_in(path, executor)


def contained(module: str) -> dict[str, Any]:
    command = ["sh", str(REPOSITORY / "tests" / "contained.sh"), sys.executable, "-m", module]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")
def test_no_note_arrives_without_namespaces_either():
    found = contained("tests.notes_without_namespaces")
    assert found.pop("missing") == ["namespaces", "root"]
    assert found == {path.stem: False for path in NOTES}


@pytest.mark.skipif(sys.platform != "linux", reason="contained.sh is Linux's")
def test_every_note_arrives_where_nothing_is_protected():
    assert contained("tests.notes") == {path.stem: True for path in NOTES}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")
def test_the_warm_process_shares_no_memory_that_its_children_could_write():
    with Executor() as executor:
        executor.missing_layers()
        assert executor._server
        pid = executor._server.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        maps = [line for p in (str(pid), *children) for line in Path(f"/proc/{p}/maps").read_text().splitlines()]
    assert any(str(SANDBOX) in line or "python" in line for line in maps)
    assert [line for line in maps if line.split()[1][1] == "w" and line.split()[1][3] == "s"] == []
