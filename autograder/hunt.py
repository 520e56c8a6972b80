"""The hunt of unit 9; it is in `student/hunt.py`."""

from autograder.student.hunt import the_hunt

__all__ = ["the_hunt"]
