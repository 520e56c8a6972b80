"""nbgrader's configuration of this course; see `instructor/shells/nbgrader` for what it does."""

from pathlib import Path

from instructor.shells.nbgrader import configure

c = get_config()
c.CourseDirectory.course_id = "transformers-from-scratch"
configure(c, Path(__file__).resolve().parent)

# Your settings: take away the # of those that you want. docs/instructor.md says when.

# Where students fetch releases and hand in; everybody must be able to write to it:
# c.Exchange.root = "/srv/nbgrader/exchange"
# c.Exchange.timezone = "CET"

# A gradebook for several graders at once:
# c.CourseDirectory.db_url = "postgresql://grader@localhost/transformers"

# Refuse to grade where a layer of the sandbox is missing (`autograder doctor` says what there is):
# c.GradeIsolated.require_sandbox = True

# Every failing case costs its share, whatever its cause; docs/marks.md compares the two:
# c.GradeIsolated.follow_through = False

# Late hand-ins get nothing:
# c.LateSubmissionPlugin.penalty_method = "zero"

# Or they lose a tenth of what they earned for each day that has begun:
# from nbgrader.plugins import LateSubmissionPlugin
#
#
# class ATenthADay(LateSubmissionPlugin):
#     def late_submission_penalty(self, student_id, score, total_seconds_late):
#         days = -(-total_seconds_late // 86400)
#         return round(min(days / 10, 1) * score, 2)
#
#
# c.AssignLatePenalties.plugin_class = ATenthADay
