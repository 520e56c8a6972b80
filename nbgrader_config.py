"""nbgrader's configuration of this course; see `autograder/nbgrader_plugin.py` for what it does."""

from pathlib import Path

from autograder.nbgrader_plugin import configure

c = get_config()
c.CourseDirectory.course_id = "transformers-from-scratch"
configure(c, Path(__file__).resolve().parent)
