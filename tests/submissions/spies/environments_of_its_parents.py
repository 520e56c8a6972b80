# Looks for secrets in the environment of the processes that started it.
def ancestors():
    pid = os.getppid()
    while pid > 0:
        yield pid
        status = re.search(rb"PPid:\s*(\d+)", content(f"/proc/{pid}/status"))
        pid = int(status.group(1)) if status else 0


def report():
    return canaries(*(content(f"/proc/{pid}/environ") for pid in ancestors()))
