"""Which blocks a unit is given: the source of those that it composes, and of nothing that would be its answer."""

import ast
from functools import cache
from pathlib import Path

from autograder import syllabus

BLOCKS = Path(__file__).resolve().parent.parent / "student" / "blocks.py"
PARTS = ("positional_encoding", "attention", "feed_forward", "layer_norm")
STACKS = (*PARTS, "encoder", "decoder")
GIVEN = {
    "encoder": PARTS,
    "decoder": PARTS,
    "transformer": STACKS,
    "tokenization": (),
    "training": (*STACKS, "transformer"),
    "decoding": (*STACKS, "transformer"),
}
TOOLS = {"tokenization": ("pieces",)}  # names of blocks that are no exercise of any unit


def blocks_of(unit: str) -> dict[str, str]:
    """The modules that a submission of this unit can import, by name, as source. `own_work` is another name for blocks:
    a student's earlier notebooks are not there when a grade is made."""
    return dict.fromkeys(("autograder.blocks", "autograder.own_work"), source_of_blocks(unit)) if unit in GIVEN else {}


@cache
def source_of_blocks(unit: str) -> str:
    """The file `blocks.py` without what belongs to this unit and to later ones, and without what only these use."""
    tree = ast.parse(BLOCKS.read_text(encoding="utf-8"))
    of_units = {e.name: u.name for u in syllabus.units().values() for e in u.exercises}
    named = {name: node for node in tree.body for name in _find_bound(node)}
    wanted = [name for name, unit_of_name in of_units.items() if unit_of_name in GIVEN[unit] and name in named]
    wanted += TOOLS.get(unit, ())
    kept: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in kept:
            kept.add(name)
            wanted += [n.id for n in ast.walk(named[name]) if isinstance(n, ast.Name) and n.id in named]
    tree.body = [node for node in tree.body if not _find_bound(node) or not kept.isdisjoint(_find_bound(node))]
    return ast.unparse(tree)


def _find_bound(node: ast.stmt) -> set[str]:
    """The names that a definition or an assignment at the top of the file binds; none for an import."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    return {target.id for target in getattr(node, "targets", ()) if isinstance(target, ast.Name)}
