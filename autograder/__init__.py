"""An autograder that runs one case on two implementations, compares arrays, and names the mistake."""

from typing import Any


def check(name: str) -> Any:
    """Check the exercise `name` as it stands in the calling notebook, show the report, and return the points."""
    import sys

    from autograder.self_check import check_here

    return check_here(name, sys._getframe(1).f_globals)
