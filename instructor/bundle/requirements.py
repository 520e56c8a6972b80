"""The two requirements files of a bundle: the versions of the course's constraints, as far as students need them."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ALL, WITHOUT_TORCH = "requirements.txt", "requirements-without-torch.txt"
NEEDED = ("click", "ipykernel", "jupyterlab", "matplotlib", "nbformat", "numpy", "pytest", "rich", "safetensors")
NAME = re.compile(r"[A-Za-z0-9._-]+")
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
SYSTEMS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux", "platform_machine": "x86_64"},
    "darwin": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin", "platform_machine": "arm64"},
    "win32": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows", "platform_machine": "AMD64"},
}


def list_requirements(course: Path, wheel: str, file: str = ALL) -> str:
    """The lines of the file: the wheel beside it, and every version that it and JupyterLab need, on each system.

    What only some systems need says so: elsewhere it may not even be installable.
    """
    names = NEEDED if file == WITHOUT_TORCH else (*NEEDED, "torch")
    needed = {system: _close(names, system) for system in SYSTEMS}
    lines = [f"# Install with: python -m pip install -r {file}", f"./{wheel}"]
    for line in (course / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if found := NAME.match(line):
            systems = [system for system in SYSTEMS if canonicalize_name(found[0]) in needed[system]]
            lines += [_add_marker(line, systems)] if systems else []
    return "\n".join(lines) + "\n"


def _add_marker(line: str, systems: list[str]) -> str:
    """A pinned version, for these systems only."""
    if len(systems) == len(SYSTEMS):
        return line
    pin, _, marker = (part.strip() for part in line.partition(";"))
    asked = " or ".join(f'sys_platform == "{system}"' for system in systems)
    return f"{pin}; ({asked})" + (f" and {marker}" if marker else "")


def _close(names: tuple[str, ...], system: str) -> set[NormalizedName]:
    """These packages and all that they need on a system, with the extras that are asked for."""
    seen: set[tuple[NormalizedName, str]] = set()
    todo = [(canonicalize_name(name), "") for name in names]
    while todo:
        name, extra = todo.pop()
        if (name, extra) not in seen:
            seen.add((name, extra))
            todo.extend(_needed_by(name, extra, system))
    return {name for name, _ in seen}


def _needed_by(name: str, extra: str, system: str) -> Iterator[tuple[NormalizedName, str]]:
    """What a package needs by itself, or for one of its extras, with some Python; each with each extra asked of it."""
    for requirement in _requirements_of(name):
        settings = ({"python_version": python, "python_full_version": f"{python}.9"} for python in PYTHONS)
        if requirement.marker is None and extra:
            continue
        if requirement.marker is None or any(
            requirement.marker.evaluate(SYSTEMS[system] | setting | {"extra": extra}) for setting in settings
        ):
            yield from ((canonicalize_name(requirement.name), other) for other in ("", *requirement.extras))


@cache
def _requirements_of(name: str) -> list[Requirement]:
    """What an installed package asks for; nothing where it is for another system or another Python."""
    try:
        return [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:
        return []
