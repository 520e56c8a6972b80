"""Keeps a bit in the extended attributes of each of some library files."""

import os


def leave(bits):
    for descriptor, bit in zip(opened(), bits):
        os.setxattr(descriptor, "user.note", b"01"[bit : bit + 1])


def find():
    return [int(os.getxattr(file, "user.note")) for file in FILES]
