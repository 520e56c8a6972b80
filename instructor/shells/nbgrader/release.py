"""What `nbgrader generate_assignment` writes, with open guesses, and what it writes over: nobody's work."""

import os
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.converters.base import NbGraderException

from instructor.authoring.changed_by_hand import find_work, open_cells


class ReleaseExporter(NotebookExporter):
    """nbgrader's own exporter; it looks at the releases before the first is removed.

    nbgrader makes it after it has looked for notebooks and before it clears the folder of a release.
    """

    parent: Any

    def __init__(self, config: Any = None, **options: Any) -> None:
        super().__init__(config=config, **options)
        course = self.parent.coursedir
        for source in map(Path, self.parent.assignments):
            release = Path(course.format_path(course.release_directory, ".", source.name))
            changed = [os.path.relpath(path, course.root) for path in find_work(release, source)]
            if changed:
                sentence = (
                    f"{', '.join(changed)}: this was changed or put there by hand, and would be removed: "
                    "move it into work/, or delete it, and try again"
                )
                self.log.error(sentence)
                raise NbGraderException(sentence)

    def _preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """What nbgrader makes of a source, and the cells that it knows nothing of."""
        notebook, resources = super()._preprocess(nb, resources)
        return open_cells(notebook), resources
