"""nbgrader's configuration of this course; see `instructor/shells/nbgrader` for what it does."""

from pathlib import Path

from instructor.shells.nbgrader import configure

c = get_config()
c.CourseDirectory.course_id = "transformers-from-scratch"
configure(c, Path(__file__).resolve().parent)
