# Looks for secrets in the environment of every process.
def everyone():
    return [pid for pid in os.listdir("/proc") if pid.isdigit()] if os.path.isdir("/proc") else []


def report():
    return canaries(*(content(f"/proc/{pid}/environ") for pid in everyone()))
