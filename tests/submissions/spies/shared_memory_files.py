# Looks at the shared memory that has names.
def report():
    files = os.listdir("/dev/shm") if os.path.isdir("/dev/shm") else []
    return canaries(*(content(os.path.join("/dev/shm", file), 4096) for file in files))
