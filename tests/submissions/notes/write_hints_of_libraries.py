"""Keeps a bit in the write hint of each of some library files, which the kernel notes in the inode."""

import fcntl
import struct

F_GET_RW_HINT, F_SET_RW_HINT = 1035, 1036


def leave(bits):
    for descriptor, bit in zip(opened(), bits):
        fcntl.fcntl(descriptor, F_SET_RW_HINT, struct.pack("Q", 2 + bit))


def find():
    hints = [fcntl.fcntl(descriptor, F_GET_RW_HINT, bytes(8)) for descriptor in opened()]
    return [struct.unpack("Q", hint)[0] - 2 for hint in hints]
