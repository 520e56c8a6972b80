"""The two requirements files of a bundle: the versions of the course's constraints, as far as students need them."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ALL, WITHOUT_TORCH = "requirements.txt", "requirements-without-torch.txt"
NEEDED = ("click", "ipykernel", "jupyterlab", "matplotlib", "nbformat", "numpy", "pytest", "rich", "safetensors")
NAME = re.compile(r"[A-Za-z0-9._-]+")
EXTRA = re.compile(r"""extra == ["']([^"']+)["']""")


def list_requirements(course: Path, wheel: str, file: str = ALL) -> str:
    """The lines of the file: the wheel beside it, and every version that it and JupyterLab need, on any system."""
    lines = (course / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    needed = _close(NEEDED if file == WITHOUT_TORCH else (*NEEDED, "torch"))
    kept = [line for line in pinned if canonicalize_name(NAME.match(line)[0]) in needed]  # type: ignore[index]
    return "\n".join([f"# Install with: python -m pip install -r {file}", f"./{wheel}", *kept]) + "\n"


def _close(names: tuple[str, ...]) -> set[str]:
    """These packages and all that they need, on whatever system, with the extras that are asked for."""
    seen: set[tuple[str, str]] = set()
    todo = [(canonicalize_name(name), "") for name in names]
    while todo:
        name, extra = todo.pop()
        if (name, extra) not in seen:
            seen.add((name, extra))
            todo.extend(_needed_by(name, extra))
    return {name for name, _ in seen}


def _needed_by(name: str, extra: str) -> Iterator[tuple[str, str]]:
    """What a package needs by itself, or for one of its extras; each with each extra that is asked of it."""
    try:
        requirements = [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:  # for another system or another Python
        return
    for requirement in requirements:
        asked = EXTRA.search(str(requirement.marker or ""))
        if (asked[1] if asked else "") == extra:
            yield from ((canonicalize_name(requirement.name), other) for other in ("", *requirement.extras))
