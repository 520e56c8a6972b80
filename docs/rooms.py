"""Draw docs/rooms.svg: the rooms of `autograder/` in the order of their layers, and which of them imports which.

    python docs/rooms.py

The order is that of the layers that import-linter enforces (`pyproject.toml`): an import upwards would be a mark to the
left of the diagonal.
"""

from collections import Counter
from pathlib import Path

import grimp
import matplotlib.pyplot as plt
import tomllib

PROJECT = Path(__file__).resolve().parent.parent
TARGET = PROJECT / "docs" / "rooms.svg"
SAYS = {
    "student": "blocks, own work, figures, properties: what notebooks import",
    "shells": "command line, report, pytest, notebook check, class run, nbgrader",
    "authoring": "lessons to notebooks",
    "grading": "the pipeline: plan, run, judge",
    "judging": "compare, diagnose, judge",
    "answers": "what right code and known mistakes show: live, oracle",
    "execution": "executor, stages, processes, responses",
    "plan": "which trials, on which inputs",
    "intake": "from files to a submission: find, files, cells, code",
    "sandbox": "the untrusted side: worker, confinement, watch",
    "bank": "exercises and cases",
    "secret": "the course secret",
    "misconceptions": "wrong implementations, by unit and topic",
    "evidence": "what trials showed",
    "verdict": "verdicts and grades",
    "exercise": "what an exercise, a case, a trial are",
    "draw": "random inputs",
    "protocol": "shared by both sides: probe, arguments, wire",
}
INK, PALE, LINE = "#1f2d3d", "#eef3fa", "#3b6ea5"


def read_rooms() -> list[str]:
    """The rooms from the top layer down; the thin names above the student's room are left out."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [room for layer in layers[1:] for room in layer.split(" | ")]


def count_imports(rooms: list[str]) -> dict[tuple[str, str], int]:
    """How many imports of modules there are from one room (first) to another."""
    graph = grimp.build_graph("autograder")
    modules = [module for module in sorted(graph.modules) if module.count(".")]
    pairs = [(module, other) for module in modules for other in graph.find_modules_directly_imported_by(module)]
    counts = Counter((_room(module), _room(other)) for module, other in pairs if other.count("."))
    return {(a, b): counts[a, b] for a in rooms for b in rooms if a != b and counts[a, b]}


def _room(module: str) -> str:
    return module.split(".")[1]


def draw(rooms: list[str], counts: dict[tuple[str, str], int], target: Path) -> None:
    """Write the picture: a row for each room, and in it a number for each room that it imports."""
    plt.rcParams |= {"svg.hashsalt": "rooms", "svg.fonttype": "none", "font.family": "sans-serif"}
    figure, axes = plt.subplots(figsize=(16, 8))
    for row, room in enumerate(rooms):
        axes.axhspan(row - 0.5, row + 0.5, color=PALE if row % 2 else "white", zorder=0)
        axes.text(-14.9, row, room, weight="bold", va="center", color=INK)
        axes.text(-11.2, row, SAYS[room], va="center", color=INK, fontsize=8)
        axes.text(row - 0.2, -0.8, room, rotation=60, ha="left", va="bottom", color=INK, fontsize=9)
        axes.add_patch(plt.Rectangle((row - 0.5, row - 0.5), 1, 1, color=LINE))
    for (importer, imported), count in counts.items():
        place = rooms.index(imported), rooms.index(importer)
        axes.scatter(*place, s=230, color="white", edgecolor=LINE)
        axes.text(*place, str(count), ha="center", va="center", fontsize=8, color=INK)
    axes.text(-14.9, -0.8, "… imports …", va="bottom", style="italic", color=INK)
    axes.set(xlim=(-15.2, len(rooms) + 1), ylim=(len(rooms) - 0.5, -3.6))
    axes.axis("off")
    listed = "; ".join(f"{importer} imports {imported}" for importer, imported in counts)
    figure.savefig(target, bbox_inches="tight", facecolor="white", metadata={"Date": None, "Description": listed})
    plt.close(figure)


if __name__ == "__main__":
    draw(read_rooms(), count_imports(read_rooms()), TARGET)
