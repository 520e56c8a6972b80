"""The longest trainings in the lessons. Nothing but what they print and draw depends on their numbers of steps."""

from tests.sampled import sample

SHORT_TRAINING = {
    "def date_reader(steps=600)": "def date_reader(steps=60)",
    "def broken_run(what, steps=200)": "def broken_run(what, steps=20)",
    "for _ in range(300):": "for _ in range(30):",  # of the encoder that learns to mirror
}
IN_FULL = sample(list(SHORT_TRAINING), len(SHORT_TRAINING))


def short_training(source: str) -> str:
    """A cell of a lesson in which a long training has a tenth of its steps."""
    for long, short in SHORT_TRAINING.items():
        source = source.replace(long, short)
    return source


def sample_training(source: str) -> str:
    """The same, unless this training is drawn."""
    return source if any(long in source for long in IN_FULL) else short_training(source)
