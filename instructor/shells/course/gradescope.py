"""An autograder zip for Gradescope: `setup.sh`, `run_autograder`, this project and the unit's files."""

import re
import shlex
import zipfile
from pathlib import Path

import autograder
from autograder.secret import FILE_NAME, course_secret

PACKAGES = ("autograder", "transformer_ref")
FILES = ("pyproject.toml", "constraints.txt", "README.md", "LICENSE")
EXECUTABLE = 0o755 << 16

SETUP = """#!/usr/bin/env bash
set -euo pipefail
cd "${{AUTOGRADER_ROOT:-/autograder}}/source"
apt-get update
apt-get install -y python3 python3-venv
python3 -m venv .venv
.venv/bin/python -m pip install --quiet {index}-c constraints.txt .
"""

RUN = """#!/usr/bin/env bash
# Gradescope runs this once for each submission. AUTOGRADER_ROOT and PYTHON are for tests elsewhere.
set -uo pipefail
root="${{AUTOGRADER_ROOT:-/autograder}}"
python="${{PYTHON:-$root/source/.venv/bin/python}}"
mkdir -p "$root/results"
cd "$root/source"
exec "$python" -m autograder grade "$root/submission" --course "$root/source" --unit {unit} \\
    --format gradescope --output "$root/results/results.json"
"""


def write_zip(target: Path, assignment: str, course: Path, index: str = "") -> None:
    """Write the zip for one assignment. It holds the course's secret, so that grades are the same as everywhere.

    `index` is the address of another package index, for a build of PyTorch without the libraries of graphics cards.
    """
    unit = assignment.partition("_")[2]
    project = Path(autograder.__file__).resolve().parent.parent
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        _add(file, "setup.sh", SETUP.format(index=f"--extra-index-url {shlex.quote(index)} " if index else ""))
        _add(file, "run_autograder", RUN.format(unit=unit))
        for package in PACKAGES:
            for path in sorted((project / package).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    file.write(path, path.relative_to(project).as_posix())
        for name in FILES:
            if (project / name).is_file():
                file.writestr(name, _without_version_control((project / name).read_text(encoding="utf-8"), name))
        for path in sorted((course / "assignments" / assignment).rglob("*")):
            if path.is_file() and ".ipynb_checkpoints" not in path.parts:
                file.write(path, path.relative_to(course).as_posix())
        file.writestr(FILE_NAME, course_secret(course) + "\n")


def _add(file: zipfile.ZipFile, name: str, text: str) -> None:
    info = zipfile.ZipInfo(name)
    info.external_attr = EXECUTABLE
    file.writestr(info, text)


def _without_version_control(text: str, name: str) -> str:
    """The version comes from git elsewhere, and there is none in the zip: say it."""
    if name != "pyproject.toml":
        return text
    return re.sub(r'^dynamic = \["version"\]$', f'version = "{autograder.__version__}"', text, flags=re.MULTILINE)
