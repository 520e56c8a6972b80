# Looks whether devices and the kernel's log can be opened.
def report():
    names = ["/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/fuse", "/dev/kvm", "/proc/kcore", "/proc/kmsg"]
    found = []
    for name in [*names, "/sys/kernel", "/proc/1/root/etc", "/proc/sys/kernel/hostname"]:
        try:
            os.close(os.open(name, os.O_RDONLY | os.O_NONBLOCK))
            found.append(name)
        except OSError:
            pass
    return " ".join(found)
