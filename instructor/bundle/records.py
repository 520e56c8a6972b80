"""Whether what is recorded for students is what the bank and the lessons say today."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.recorded import FOLDER, OUTLINE
from instructor.answers.fingerprint import find_fresh
from instructor.authoring.hunt import FILE, are_fresh
from instructor.authoring.record import render_outline, render_texts


def find_outdated(course: Path, units: Sequence[str], folder: Path = FOLDER) -> Iterator[str]:
    """What has to be recorded anew before students get these units, in sentences that say how."""
    fresh = set(find_fresh(folder))
    old = [unit for unit in units if unit not in fresh or not (folder / f"{unit}.record").is_file()]
    if old:
        yield (
            f"what is recorded of {', '.join(old)} is not what the bank says: "
            f"run `python -m instructor.authoring.record {' '.join(old)}` first"
        )
    texts = {OUTLINE: render_outline(), **render_texts(course)}
    stale = [name for name, text in texts.items() if (folder / name).read_text(encoding="utf-8") != text]
    for name in (*stale, *([] if are_fresh(folder) else [FILE])):
        command = f"python -m instructor.authoring.record {units[0]}"
        yield f"{name} is not what the bank and the lessons say: run `{command}` first"
