"""requirements.txt of a bundle: the versions of the course's constraints, as far as students need them."""

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

NEEDED = (
    "click",
    "ipykernel",
    "jupyterlab",
    "matplotlib",
    "nbformat",
    "numpy",
    "pytest",
    "rich",
    "safetensors",
    "torch",
)
NAME = re.compile(r"[A-Za-z0-9._-]+")


def list_requirements(course: Path, wheel: str) -> str:
    """The lines of the file: the wheel beside it, and every version that it and JupyterLab need, on any system."""
    lines = (course / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    needed = _close(NEEDED)
    kept = [line for line in pinned if canonicalize_name(NAME.match(line)[0]) in needed]  # type: ignore[index]
    return "\n".join(["# Install with: pip install -r requirements.txt", f"./{wheel}", *kept]) + "\n"


def _close(names: tuple[str, ...]) -> set[NormalizedName]:
    """These packages and all that they need, on whatever system."""
    seen: set[NormalizedName] = set()
    todo = [canonicalize_name(name) for name in names]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(_needed_by(name))
    return seen


def _needed_by(name: str) -> list[NormalizedName]:
    try:
        requirements = [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:  # for another system or another Python
        return []
    return [
        canonicalize_name(r.name) for r in requirements if not (r.marker and re.search(r"\bextra\b", str(r.marker)))
    ]
