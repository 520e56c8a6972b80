# Looks at the files in every home that the machine has.
import glob
import pwd


def report():
    homes = {entry.pw_dir for entry in pwd.getpwall()} | {
        os.path.expanduser("~"),
        "/root",
        *glob.glob("/home*/*"),
        "/home",
    }
    files = [os.path.join(home, file) for home in homes if os.path.isdir(home) for file in os.listdir(home)]
    return canaries(*(content(file, 4096) for file in files if os.path.isfile(file)))
