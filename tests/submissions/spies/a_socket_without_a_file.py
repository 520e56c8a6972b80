# Looks whether it can connect to an abstract socket.
import socket


def report():
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as own:
            own.settimeout(0.3)
            own.connect("\0red-team-canary")
            pass
            return "reached"
    except OSError:
        return ""
