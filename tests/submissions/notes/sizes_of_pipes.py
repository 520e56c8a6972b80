"""Keeps a bit in the size of the pipe that stands for its messages, which others may have open as well."""

import fcntl

F_SETPIPE_SZ, F_GETPIPE_SZ = 1031, 1032


def leave(bits):
    fcntl.fcntl(2, F_SETPIPE_SZ, 4096 << bits[0])


def find():
    return [int(fcntl.fcntl(2, F_GETPIPE_SZ) > 4096)]
