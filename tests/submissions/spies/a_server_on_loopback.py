# Looks whether it can connect to a server on this machine.
import socket


def report():
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as own:
            own.settimeout(0.3)
            own.connect(("127.0.0.1", 47113))
            pass
            return "reached"
    except OSError:
        return ""
