"""Known-good earlier modules, for the units that compose them; they are in `student/blocks.py`."""

from autograder.student.blocks import *  # noqa: F403
