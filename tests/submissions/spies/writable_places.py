# Looks for places outside its folder in which it can write.
import sysconfig


def report():
    found = []
    folders = ["/", "/tmp", "/var/tmp", "/dev/shm", "/etc", "/home", "/root", "/usr/lib", "/proc/sys/kernel", ".."]
    for folder in [*folders, *sys.path, sysconfig.get_path("purelib"), os.path.dirname(sys.executable)]:
        path = os.path.join(folder, "left_by_the_red_team")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
            os.unlink(path)
            found.append(folder)
        except OSError:
            pass
    return " ".join(dict.fromkeys(found))[:300]
