"""From scratch means from scratch: find ready-made answers in the code that an exercise uses, by reading it."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder.submission import bound_names, statements
from autograder.worker.ready_made import CLASSES, FUNCTIONS

READY_MADE = frozenset(
    {f"torch.nn.{name}" for name in CLASSES}
    | {f"torch.nn.functional.{name}" for name in FUNCTIONS}
    | {f"torch.{name}" for name in ("layer_norm", "rms_norm", "group_norm", "batch_norm", "instance_norm")}
)
SOLUTIONS = ("transformer_ref", "autograder.bank", "autograder.misconceptions", "solutions")


@dataclass(frozen=True)
class Forbidden:
    """A ready-made answer, and where it is used."""

    name: str
    cell: int
    line: int


def forbidden(cells: Mapping[int, str], target: str) -> Forbidden | None:
    """The first ready-made answer in the definition of `target`, or in what that definition uses; None if there is none."""
    definitions = _definitions(cells)
    aliases = _aliases(cells)
    queue, seen = [target], {target}
    while queue:
        for cell, statement in definitions.get(queue.pop(0), ()):
            for name, line in _references(statement, aliases):
                if name in READY_MADE or name.split(".")[0] in SOLUTIONS or name.startswith(SOLUTIONS):
                    return Forbidden(name, cell, line)
                head = name.split(".")[0]
                if head in definitions and head not in seen:
                    seen.add(head)
                    queue.append(head)
    return None


def _definitions(cells: Mapping[int, str]) -> dict[str, list[tuple[int, ast.stmt]]]:
    found: dict[str, list[tuple[int, ast.stmt]]] = {}
    for number, source in cells.items():
        for statement in statements(source):
            if not isinstance(statement, (ast.Import, ast.ImportFrom)):
                for name in bound_names(statement):
                    found.setdefault(name, []).append((number, statement))
    return found


def _aliases(cells: Mapping[int, str]) -> dict[str, str]:
    """What the imported names stand for: {"F": "torch.nn.functional"}."""
    found = {}
    for source in cells.values():
        for statement in statements(source):
            for node in ast.walk(statement):
                if isinstance(node, ast.Import):
                    for alias in node.names:
                        found[alias.asname or alias.name.split(".")[0]] = (
                            alias.name if alias.asname else alias.name.split(".")[0]
                        )
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _references(statement: ast.stmt, aliases: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(statement):
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = _dotted(node)
            if name:
                head, _, rest = name.partition(".")
                yield ".".join(filter(None, (aliases.get(head, head), rest))), node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else None
    return None
