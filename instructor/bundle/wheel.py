"""The student's package as a wheel: `autograder` alone."""

import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import autograder

PROJECT = Path(__file__).with_name("student.toml")


def build_wheel(course: Path, target: Path) -> Path:
    """Build the wheel into `target` with setuptools. Raises RuntimeError where that fails."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        shutil.copytree(Path(autograder.__file__).parent, source / "autograder", ignore=_ignore)
        (source / "pyproject.toml").write_text(
            PROJECT.read_text(encoding="utf-8").replace("{version}", version("transformers-from-scratch")),
            encoding="utf-8",
        )
        shutil.copy(course / "LICENSE", source)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        done = subprocess.run(
            [*command, "--disable-pip-version-check", "--wheel-dir", str(target), str(source)],
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise RuntimeError(f"the student's package cannot be built: {done.stderr.strip()[-500:]}")
    (wheel,) = target.glob("*.whl")
    return wheel


def _ignore(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__" or name.endswith((".pyc", ".pyo"))}
