"""Keeps bits as the existence of message queues of POSIX's."""

import ctypes
import os

librt = ctypes.CDLL(None, use_errno=True)


def leave(bits):
    for number, bit in enumerate(bits):
        if bit:
            librt.mq_open(f"/red-team-note-{number}".encode(), os.O_CREAT | os.O_RDWR, 0o600, None)
        else:
            librt.mq_unlink(f"/red-team-note-{number}".encode())


def find():
    return [int(librt.mq_open(f"/red-team-note-{number}".encode(), os.O_RDONLY) >= 0) for number in range(BITS)]
