# Looks at the System V shared memory that others have left.
import ctypes


def report():
    libc = ctypes.CDLL(None)
    libc.shmat.restype = ctypes.c_void_p
    keys = {0x7ED7EA} | {int(line.split()[0]) for line in content("/proc/sysvipc/shm").splitlines()[1:]}
    found = []
    for key in keys:
        segment = libc.shmget(key, 0, 0)
        address = libc.shmat(segment, None, 0o10000) if segment >= 0 else None
        if address and address != ctypes.c_void_p(-1).value:
            found.append(ctypes.string_at(address, 256))
    return canaries(*found)
