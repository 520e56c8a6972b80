# Looks whether it can send datagrams on this machine.
import socket


def report():
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.settimeout(0.3)
            own.connect(("127.0.0.1", 47114))
            own.send(b"x")
            return "reached"
    except OSError:
        return ""
