"""Trainings in the lessons that take longest. Nothing but what they print depends on their numbers of steps."""

import re

from tests.sampled import sample

LONG_TRAINING = ("def date_reader(steps=600)", "def broken_run(what, steps=200)")
IN_FULL = sample(LONG_TRAINING, len(LONG_TRAINING))


def sample_training(source: str) -> str:
    """A cell of a lesson in which a long training has a tenth of its steps, unless it is drawn."""
    for text in LONG_TRAINING:
        if text not in IN_FULL:
            source = source.replace(text, re.sub(r"0\)$", ")", text))
    return source
