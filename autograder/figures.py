"""Figures for the lessons; they are in `student/figures.py`."""

from autograder.student.figures import *  # noqa: F403
