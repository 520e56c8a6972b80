"""Students' folders of an assignment. nbgrader takes their names for patterns, which a name with `[` does not fit."""

import glob
import os
from collections.abc import Sequence

from nbgrader.coursedir import CourseDirectory


def find_folders(course: CourseDirectory, step: str) -> list[str]:
    """The folders of the students who are asked for, in one step's folder: of one by name, or by a pattern."""
    student, assignment = course.student_id or "*", course.assignment_id
    exact = course.format_path(step, student, assignment)
    return [exact] if os.path.lexists(exact) else sorted(glob.glob(exact))


def ignore_files(course: CourseDirectory, patterns: Sequence[str]) -> CourseDirectory:
    """The same course, in which such files are not copied. For one run alone: releases are made with all."""
    values = course.trait_values(config=True)
    values["ignore"] = [*course.ignore, *patterns]
    return CourseDirectory(parent=course.parent, **values)
