"""An autograder that runs one case on two implementations, compares arrays, and names the mistake."""

import sys


def __getattr__(name: str) -> str:
    """The version that is installed; looked up when asked for, since the look-up costs an import."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("transformers-from-scratch")


def check(name: str) -> float:
    """Check the exercise `name` as it stands in the calling notebook, show the report, and return the points."""
    from autograder.shells.notebook_check import check_here

    return check_here(name, sys._getframe(1).f_globals)
