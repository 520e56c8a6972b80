# Searches the memory of the processes that started it.
def ancestors():
    pid = os.getppid()
    while pid > 0:
        yield pid
        status = re.search(rb"PPid:\s*(\d+)", content(f"/proc/{pid}/status"))
        pid = int(status.group(1)) if status else 0


def memory(pid):
    for line in content(f"/proc/{pid}/maps", 1 << 22).decode().splitlines():
        bounds, rights, *_ = line.split()
        start, end = (int(bound, 16) for bound in bounds.split("-"))
        if rights.startswith("rw") and end - start < 1 << 29:
            try:
                yield from searched(pid, start, end)
            except OSError:
                pass


def searched(pid, start, end):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        file.seek(start)
        yield file.read(end - start)


def report():
    for pid in list(ancestors()):
        for part in memory(pid):
            if canaries(part):
                return canaries(part)
    return ""
