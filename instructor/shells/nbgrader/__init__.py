"""nbgrader with the grade decided on our side, by configuration alone: call `configure` in `nbgrader_config.py`."""

from instructor.shells.nbgrader.preprocessors import configure

__all__ = ["configure"]
