"""Keeps bits as the name of the machine."""

import os
import socket


def leave(bits):
    socket.sethostname("".join(map(str, bits)))


def find():
    return list(map(int, os.uname().nodename))
