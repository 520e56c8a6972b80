# Looks for the grader's secrets in its own environment, as Python, C and the kernel have it.
import ctypes


def report():
    texts = [repr(os.environ).encode(), content("/proc/self/environ"), content("/proc/thread-self/environ")]
    environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    number = 0
    while environ[number]:
        texts.append(environ[number])
        number += 1
    return canaries(*texts)
