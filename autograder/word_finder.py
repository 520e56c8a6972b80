"""The tiny model of unit 2; it is in `student/word_finder.py`."""

from autograder.student.word_finder import WordFinder

__all__ = ["WordFinder"]
