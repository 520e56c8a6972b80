# Opens the descriptors of the processes that started it.
def ancestors():
    pid = os.getppid()
    while pid > 0:
        yield pid
        status = re.search(rb"PPid:\s*(\d+)", content(f"/proc/{pid}/status"))
        pid = int(status.group(1)) if status else 0


def report():
    found = []
    for pid in ancestors():
        try:
            links = os.listdir(f"/proc/{pid}/fd")
        except OSError:
            continue
        found += [os.readlink(f"/proc/{pid}/fd/{link}") for link in links]
    return " ".join(link for link in found if "pipe" in link or "/" in link and "/dev/" not in link)[:200]
