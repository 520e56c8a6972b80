"""The student's own modules, in place of the blocks; see `student/own_work.py`."""

from autograder.student.own_work import __getattr__ as __getattr__
