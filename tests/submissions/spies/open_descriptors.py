# Looks at every descriptor that it has: sockets, files and folders of others.
import stat


def report():
    found = []
    for number in range(256):
        try:
            mode = os.fstat(number).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode) or stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode):
            found.append(f"{number} has mode {mode:o}")
    return ", ".join(found)
