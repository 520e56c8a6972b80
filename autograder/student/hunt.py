"""The hunt: a training script with three mistakes in it, which are not the same for everybody."""

import hashlib
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from autograder.recorded import FOLDER
from autograder.recorded.pack import unpack
from autograder.shells.notebook_check import last_grade
from autograder.verdict import Outcome

FILE = "hunt.record"
FIRST = ("train_step", "evaluate", "train")  # the script contains what these ask for


def the_hunt(name: str) -> None:
    """Print the training script that is drawn for a name, as soon as your own loop passes its checks.

    The same name gives the same script; capitals and blanks around it do not matter.
    """
    hunter = " ".join(name.split())
    if not hunter:
        print("Write your name between the quotation marks, then run this cell again.")
    elif missing := _find_missing(sys._getframe(1).f_globals):
        print(f"The hunt starts when your own training loop is right. {missing} does not pass its check yet.")
    else:
        print(f"# A training script for {hunter}: it runs, but has three mistakes.\n\n\n{draw_script(hunter)}", end="")


def draw_script(name: str) -> str:
    """The script for a name."""
    scripts = _read_scripts()
    return scripts[int(hashlib.sha256(name.casefold().encode()).hexdigest(), 16) % len(scripts)]


@cache
def _read_scripts() -> list[str]:
    scripts: list[str] = unpack((FOLDER / FILE).read_bytes())
    return scripts


def _find_missing(namespace: Mapping[str, Any]) -> str:
    """The first exercise that has to pass before the hunt and does not; empty where all do."""
    return next((name for name in FIRST if last_grade(name, namespace).outcome is not Outcome.PASSED), "")
