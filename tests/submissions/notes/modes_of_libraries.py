"""Keeps a bit in the permissions of each of some library files, whose owner it may be."""

import os


def leave(bits):
    for file, bit in zip(FILES, bits):
        os.chmod(file, 0o644 | bit)


def find():
    return [os.stat(file).st_mode & 1 for file in FILES]
