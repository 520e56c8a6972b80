# Looks at the network interfaces and the routes of this machine.
import socket


def report():
    try:
        names = [name for _, name in socket.if_nameindex() if name != "lo"]
    except OSError:
        names = []
    listeners = content("/proc/net/unix") + content("/proc/self/net/unix")
    return " ".join(names) + canaries(listeners) + ("abstract socket" if b"@red-team" in listeners else "")
