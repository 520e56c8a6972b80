"""Properties to question code with; they are in `student/properties.py`."""

from autograder.student.properties import *  # noqa: F403
