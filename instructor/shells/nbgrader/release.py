"""What `nbgrader generate_assignment` writes over: nothing that somebody has worked in."""

import os
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import NbGraderException

from instructor.authoring.releases import find_work


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
