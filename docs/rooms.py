"""Draw docs/rooms.svg: the rooms of `instructor/` and `autograder/` by their layers, and which of them imports which.

    python docs/rooms.py

The order is that of the layers that import-linter enforces (`pyproject.toml`): an import upwards would be a mark to the
left of the diagonal. The line between the two packages is the one that no import of `autograder/` crosses.
"""

from collections import Counter
from pathlib import Path

import grimp
import matplotlib.pyplot as plt
import tomllib

PROJECT = Path(__file__).resolve().parent.parent
TARGET = PROJECT / "docs" / "rooms.svg"
PACKAGES = ("instructor", "autograder")
SAYS = {
    "instructor.shells": "commands for a course: grade, report, export; nbgrader",
    "instructor.bundle": "what students get, and the search for leaks",
    "instructor.audit": "another course's tests, tried on right and wrong code",
    "instructor.authoring": "lessons to notebooks, records for students",
    "instructor.copies": "which submissions share code",
    "instructor.answers": "what right code and known mistakes show: live, oracle",
    "instructor.bank": "exercises and cases",
    "instructor.misconceptions": "wrong implementations, by unit and topic",
    "instructor.families": "cases that an exercise gets from what it is",
    "autograder.student": "blocks, own work, figures, properties: what notebooks import",
    "autograder.shells": "check, hint, progress, reset, report, pytest",
    "autograder.grading": "the pipeline: plan, run, judge",
    "autograder.judging": "compare, diagnose, judge",
    "autograder.practice": "the exercise of unit 0, without points",
    "autograder.answers": "what right code and known mistakes show: recorded",
    "autograder.execution": "executor, stages, processes, responses",
    "autograder.plan": "which trials, on which inputs",
    "autograder.intake": "from files to a submission: find, files, cells, code",
    "autograder.sandbox": "the untrusted side: worker, confinement, watch",
    "autograder.recorded": "what was recorded of the bank, without answers",
    "autograder.secret": "the course secret",
    "autograder.syllabus": "units and exercises by name: of the bank, or as recorded",
    "autograder.evidence": "what trials showed",
    "autograder.verdict": "verdicts and grades",
    "autograder.views": "how a case looks at a result",
    "autograder.exercise": "what an exercise, a case, a trial are",
    "autograder.random_inputs": "random inputs",
    "autograder.protocol": "shared by both sides: probe, arguments, wire",
}
INK, PALE, LINE = "#1f2d3d", "#eef3fa", "#3b6ea5"


def read_rooms() -> list[str]:
    """The rooms from the top layer down, without the thin names above the student's room."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = {contract["containers"][0]: contract["layers"] for contract in contracts if contract["type"] == "layers"}
    rooms = [f"{package}.{room}" for package in PACKAGES for layer in layers[package] for room in layer.split(" | ")]
    return [
        room for room in rooms if room in SAYS or room.partition(".")[2] not in layers["autograder"][0].split(" | ")
    ]


def count_imports(rooms: list[str]) -> dict[tuple[str, str], int]:
    """How many imports of modules there are from one room (first) to another."""
    graph = grimp.build_graph(*PACKAGES)
    modules = [module for module in sorted(graph.modules) if module.count(".")]
    pairs = [(module, other) for module in modules for other in graph.find_modules_directly_imported_by(module)]
    counts = Counter((_room(module), _room(other)) for module, other in pairs if other.count("."))
    return {(a, b): counts[a, b] for a in rooms for b in rooms if a != b and counts[a, b]}


def _room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def draw(rooms: list[str], counts: dict[tuple[str, str], int], target: Path) -> None:
    """Write the picture: a row for each room, and in it a number for each room that it imports."""
    plt.rcParams |= {"svg.hashsalt": "rooms", "svg.fonttype": "none", "font.family": "sans-serif"}
    figure, axes = plt.subplots(figsize=(18, 10))
    for row, room in enumerate(rooms):
        axes.axhspan(row - 0.5, row + 0.5, color=PALE if row % 2 else "white", zorder=0)
        axes.text(-17.9, row, room.replace(".", "/"), weight="bold", va="center", color=INK, fontsize=9)
        axes.text(-11.2, row, SAYS[room], va="center", color=INK, fontsize=8)
        axes.text(row - 0.2, -0.8, room.partition(".")[2], rotation=60, ha="left", va="bottom", color=INK, fontsize=9)
        axes.add_patch(plt.Rectangle((row - 0.5, row - 0.5), 1, 1, color=LINE))
    for (importer, imported), count in counts.items():
        place = rooms.index(imported), rooms.index(importer)
        axes.scatter(*place, s=190, color="white", edgecolor=LINE)
        axes.text(*place, str(count), ha="center", va="center", fontsize=7, color=INK)
    border = sum(room.startswith("instructor.") for room in rooms) - 0.5
    axes.plot((-17.9, len(rooms) - 0.5), (border, border), color=INK, linewidth=1.5)
    axes.plot((border, border), (-0.5, len(rooms) - 0.5), color=INK, linewidth=1.5)
    axes.text(-17.9, -0.8, "… imports …", va="bottom", style="italic", color=INK)
    axes.set(xlim=(-18.2, len(rooms) + 1), ylim=(len(rooms) - 0.5, -3.9))
    axes.axis("off")
    listed = "; ".join(f"{importer} imports {imported}" for importer, imported in counts)
    figure.savefig(target, bbox_inches="tight", facecolor="white", metadata={"Date": None, "Description": listed})
    plt.close(figure)


if __name__ == "__main__":
    draw(read_rooms(), count_imports(read_rooms()), TARGET)
