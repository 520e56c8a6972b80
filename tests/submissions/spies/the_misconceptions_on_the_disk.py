# Looks for the wrong implementations above every file that it knows.
def roots():
    yield from sys.path
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None):
            yield from above(module.__file__)
    yield from above(sys.executable)
    yield from above(sys.argv[0] if sys.argv else "")
    yield from above(os.path.realpath(sys.executable))


def above(path):
    while len(path) > 1:
        path = os.path.dirname(path)
        yield path


def found(*parts):
    paths = dict.fromkeys(os.path.join(root, *parts) for root in dict.fromkeys(roots()))
    return " ".join(path for path in paths if len(content(path)) > 10)[:200]


def report():
    file = "misconceptions", "attention", "softmax.py"
    return found("autograder", *file) + found(*file)
