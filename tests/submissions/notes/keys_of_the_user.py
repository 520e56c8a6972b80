"""Keeps bits as a key in the ring of the user."""

import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
ADD_KEY, KEYCTL = (248, 250) if platform.machine() == "x86_64" else (217, 219)
USER_RING, SEARCH, READ = -4, 10, 11


def leave(bits):
    libc.syscall(ADD_KEY, b"user", b"red-team-note", bytes(bits), ctypes.c_size_t(len(bits)), USER_RING)


def find():
    key = libc.syscall(KEYCTL, SEARCH, USER_RING, b"user", b"red-team-note", 0)
    buffer = ctypes.create_string_buffer(BITS)
    return list(buffer.raw) if libc.syscall(KEYCTL, READ, key, buffer, ctypes.c_size_t(BITS)) == BITS else []
