"""An autograder that runs one case on two implementations, compares arrays, and names the mistake."""

import sys


def __getattr__(name: str) -> str:
    """The version that is installed; looked up when asked for, since the look-up costs an import."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("transformers-from-scratch")


def check(name: object) -> "float | None":
    """Check the exercise `name` as it is in the calling notebook and show the report; a script gets the points.

    The function or the class itself, in place of its name, is as good.
    """
    from autograder.shells.notebook_check import check_here

    return check_here(str(getattr(name, "__name__", name)), sys._getframe(1).f_globals)


def hint(name: object, level: int = 1) -> None:
    """Show a hint for the exercise `name`: 1 the idea, 2 the pseudocode, 3 what is usually missing. Nobody counts."""
    from autograder.shells.hints import show_hint

    show_hint(str(getattr(name, "__name__", name)), level)


def progress() -> None:
    """Show how far you are: what is done, what comes next, and your points so far, from the notebooks in this folder
    and beside it."""
    from autograder.shells.progress import show_progress

    show_progress()
