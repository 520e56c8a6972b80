"""Keeps a bit in the time of each of some library files."""

import os


def leave(bits):
    for descriptor, bit in zip(opened(), bits):
        os.utime(descriptor, (1, 2 + bit))


def find():
    return [int(os.stat(file).st_mtime) - 2 for file in FILES]
