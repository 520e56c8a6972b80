"""Keeps bits as the value of a semaphore of System V's."""

import ctypes

libc = ctypes.CDLL(None, use_errno=True)
KEY, IPC_CREAT, GETVAL, SETVAL = 0x7ED7EC, 0o1000, 12, 16


def leave(bits):
    semaphore = libc.semget(KEY, 1, IPC_CREAT | 0o600)
    libc.semctl(semaphore, 0, SETVAL, int("".join(map(str, bits)), 2))


def find():
    value = libc.semctl(libc.semget(KEY, 1, 0), 0, GETVAL)
    return list(map(int, f"{value:0{BITS}b}"))
