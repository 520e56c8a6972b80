"""An autograder that runs one case on two implementations, compares arrays, and names the mistake."""

import sys

__version__ = "0.1.0"


def check(name: str) -> float:
    """Check the exercise `name` as it stands in the calling notebook, show the report, and return the points."""
    from autograder.shells.notebook_check import check_here

    return check_here(name, sys._getframe(1).f_globals)
