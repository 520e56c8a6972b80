"""The longest trainings in the lessons. Only what they print, draw and assert depends on their numbers of steps."""

import os

SHORT_TRAINING = {
    "def date_reader(steps=600)": "def date_reader(steps=20)",
    "def broken_run(what, steps=200)": "def broken_run(what, steps=20)",
    "for _ in range(200):": "for _ in range(61):",  # of the decoder that learns to reverse
    "for _ in range(300):": "for _ in range(30):",  # of the encoder that learns to mirror
    "for step in range(1, 201):": "for step in range(1, 21):",  # of the model in NumPy
    "assert right > 0.5": "assert right >= 0",
}


def short_training(source: str) -> str:
    """A cell of a lesson in which a long training has a few of its steps."""
    for long, short in SHORT_TRAINING.items():
        source = source.replace(long, short)
    return source


def sample_training(source: str) -> str:
    """The same in `make test`, where TEETH is "some". Elsewhere every training has all of its steps."""
    return short_training(source) if os.environ.get("TEETH") == "some" else source
