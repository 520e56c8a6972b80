# Looks whether it may signal the processes that started it.
def ancestors():
    pid = os.getppid()
    while pid > 0:
        yield pid
        status = re.search(rb"PPid:\s*(\d+)", content(f"/proc/{pid}/status"))
        pid = int(status.group(1)) if status else 0


def report():
    found = []
    for pid in {os.getppid(), *ancestors()}:
        try:
            os.kill(pid, 0)
            found.append("may signal")
        except OSError:
            pass
    return " ".join(found)
