"""`nbgrader generate_feedback` with our page, from nbgrader's grades and comments."""

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import GetGrades
from traitlets import Unicode, default

from instructor.shells.nbgrader.exchange import ReleasableExporter
from instructor.shells.notebooks.page import render_page


class GetGradesAndState(GetGrades):
    """nbgrader's grades, and for each cell whether a person still has to give points."""

    def _get_score(self, cell: NotebookNode, resources: Any) -> None:
        super()._get_score(cell, resources)
        grade = self.gradebook.find_grade(
            cell.metadata.nbgrader.grade_id, self.notebook_id, self.assignment_id, self.student_id
        )
        cell.metadata.nbgrader["waits"] = bool(grade.needs_manual_grade)


class FeedbackPage(ReleasableExporter):
    """Writes the page from a graded notebook that has gone through `GetGradesAndState`."""

    course = Unicode(help="The folder of the course, where its releases are.").tag(config=True)

    @default("file_extension")
    def _html(self) -> str:
        return ".html"

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Any = None, **options: Any
    ) -> tuple[str, Any]:
        """The page of a notebook, and nbconvert's resources."""
        notebook, resources = super().from_notebook_node(nb, resources=resources, **options)
        return render_page(notebook, resources["nbgrader"], Path(self.course)), resources
