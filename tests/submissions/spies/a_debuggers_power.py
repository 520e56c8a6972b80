# Looks whether it may trace the processes that started it.
def ancestors():
    pid = os.getppid()
    while pid > 0:
        yield pid
        status = re.search(rb"PPid:\s*(\d+)", content(f"/proc/{pid}/status"))
        pid = int(status.group(1)) if status else 0


import ctypes


def report():
    libc = ctypes.CDLL(None)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    return " ".join("traced" for pid in ancestors() if libc.ptrace(0x4206, pid, None, None) == 0)
