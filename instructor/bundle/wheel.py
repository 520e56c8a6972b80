"""The student's package as a wheel: `autograder` alone, with the notebooks as they are handed out.

Its version ends in a digest of what is in it, so that pip installs a later bundle over an earlier one.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import autograder
from autograder.shells.reset import PACKED

PROJECT = Path(__file__).with_name("student.toml")
DATED = {"SOURCE_DATE_EPOCH": "315532800"}  # 1980, so that the same course gives the same bytes


def build_wheel(course: Path, target: Path, releases: Path) -> Path:
    """Build the wheel into `target` with setuptools; `releases` go with it, for `autograder reset`.

    Raises RuntimeError where that fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        shutil.copytree(Path(autograder.__file__).parent, source / "autograder", ignore=_ignore)
        shutil.copytree(releases, source / "autograder" / PACKED.name)
        project = PROJECT.read_text(encoding="utf-8").replace("{version}", _version(source))
        (source / "pyproject.toml").write_text(project, encoding="utf-8")
        shutil.copy(course / "LICENSE", source)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        done = subprocess.run(
            [*command, "--disable-pip-version-check", "--wheel-dir", str(target), str(source)],
            capture_output=True,
            text=True,
            env=os.environ | DATED,
        )
    if done.returncode:
        raise RuntimeError(f"the student's package cannot be built: {done.stderr.strip()[-500:]}")
    (wheel,) = target.glob("*.whl")
    return wheel


def _version(source: Path) -> str:
    """The project's version, and a digest of all files in `source` in place of the commit."""
    digest = hashlib.sha256()
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        digest.update(path.relative_to(source).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{version('transformers-from-scratch').partition('+')[0]}+{digest.hexdigest()[:8]}"


def _ignore(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__" or name.endswith((".pyc", ".pyo"))}
