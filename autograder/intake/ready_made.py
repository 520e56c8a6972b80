"""From scratch means from scratch: find ready-made answers in the code that an exercise uses, by reading it."""

import ast
import symtable
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from autograder import bank
from autograder.intake.code import Code, bound_names, is_import
from autograder.protocol.ready_made_names import CLASSES, FUNCTIONS, INSIDES

READY_MADE = frozenset(CLASSES + FUNCTIONS)
SOLUTIONS = ("transformer_ref", "autograder.bank", "autograder.misconceptions", "solutions")
MASK = "generate_square_subsequent_mask"  # a function of nn.Transformer that is no part of it
BLOCKS, OWN_WORK = "autograder.blocks", "autograder.own_work"


@dataclass(frozen=True)
class ReadyMade:
    """A ready-made answer, and where it is used."""

    name: str
    cell: int
    line: int


def explain_ready_made(name: str) -> str:
    """Say why a dotted name may not be used."""
    if name.split(".")[0] != "torch":
        return f"{name} is the course's own solution: build it yourself"
    if _is_ready_made(name) or name.startswith(INSIDES):
        return f"{name} is a ready-made answer: build it yourself"
    return f"{name} is PyTorch, and this exercise is for NumPy"


def find_ready_made(code: Code, target: str, library: str = "torch") -> ReadyMade | None:
    """The first ready-made answer in the definition of `target`, or in what it uses; None if there is none.

    An exercise whose `library` is "numpy" may not use PyTorch at all. The known-good modules in `autograder.blocks`
    are for later units: in its own unit each of them is the answer.
    """
    blocks = {f"{BLOCKS}.{e.name}" for unit in bank.units().values() for e in unit.exercises if _holds(unit, target)}
    definitions, aliases = code.definitions, _read_imports(code)
    if target not in definitions and aliases.get(target) in blocks:
        return _find_import(code, target)
    queue, seen = [target], {target}
    read: set[int] = set()
    while queue:
        for cell, statement in definitions.get(queue.pop(0), ()):
            if id(statement) in read:  # it defines several names
                continue
            read.add(id(statement))
            for name, line in _find_references(statement, aliases):
                if name in blocks or _is_ready_made(name) or (library == "numpy" and name.split(".")[0] == "torch"):
                    return ReadyMade(name, cell, line)
            used = sorted((_find_global_names(statement) & definitions.keys()) - seen)
            seen.update(used)
            queue += used
    return None


def _find_import(code: Code, target: str) -> ReadyMade:
    """A block that is imported under the name of the exercise, and where."""
    for number, statements in code.statements.items():
        for statement in statements:
            if isinstance(statement, ast.ImportFrom) and target in _read_aliases([statement]):
                return ReadyMade(f"{BLOCKS}.{target}", number, statement.lineno)
    return ReadyMade(f"{BLOCKS}.{target}", min(code.cells), 1)


def _holds(unit: bank.Unit, target: str) -> bool:
    return any(exercise.name == target for exercise in unit.exercises)


def _is_ready_made(name: str) -> bool:
    """Whether a dotted name is a ready-made answer of PyTorch's, wherever it is kept, or the course's solution."""
    first, *rest = name.split(".")
    if first == "torch":
        return rest[-1:] != [MASK] and not READY_MADE.isdisjoint(rest)
    return name.startswith(f"{BLOCKS}._") or is_the_courses(name)


def is_the_courses(name: str) -> bool:
    """Whether a dotted name is a part of the course that knows answers."""
    return any(name == solution or name.startswith(f"{solution}.") for solution in SOLUTIONS)


@lru_cache(maxsize=1024)
def _find_global_names(statement: ast.stmt) -> set[str]:
    """The names of the notebook that a statement reads: a function's own variables are not among them."""
    try:
        tables = [symtable.symtable(ast.unparse(statement), "<statement>", "exec")]
    except (RecursionError, SyntaxError, ValueError, MemoryError):  # it cannot be written out; every name counts then
        return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    names = set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        at_top = table.get_type() == "module"
        names |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (at_top or s.is_global())}
    return names


def _read_imports(code: Code) -> dict[str, str]:
    """What the names that a notebook imports stand for in the end."""
    imports: dict[str, str] = {}
    for statement in (statement for statements in code.statements.values() for statement in statements):
        if is_import(statement):
            imports |= _read_aliases([statement])
        else:
            for name in bound_names(statement):
                imports.pop(name, None)
    return imports


def _read_aliases(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """What the names that are imported in these nodes stand for: {"F": "torch.nn.functional"}."""
    found = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [(alias.asname or alias.name, alias.name) for alias in node.names if alias.name != "*"]
            if len(names) < len(node.names):
                names += [(name, name) for name in (*READY_MADE, *bank.exercise_names())]
            module = node.module.replace(OWN_WORK, BLOCKS)
            found |= {own: f"{module}.{name}" for own, name in names}
    return {own: name.replace(OWN_WORK, BLOCKS) for own, name in found.items()}


def _find_references(statement: ast.stmt, aliases: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """The dotted names in one statement and their lines, imports resolved: those of the notebook and its own."""
    nodes = _find_used_nodes(statement)
    if any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in nodes):
        aliases = {**aliases, **_read_aliases(nodes)}
    for node in nodes:
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = _join_dotted(node)
            if name:
                head, _, rest = name.partition(".")
                full = ".".join(filter(None, (aliases.get(head, head), rest)))
                yield full.replace(OWN_WORK, BLOCKS), node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield f"{node.module}.{alias.name}".replace(OWN_WORK, BLOCKS), node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno


@lru_cache(maxsize=4096)
def _find_used_nodes(statement: ast.stmt) -> tuple[ast.AST, ...]:
    """The nodes of a statement but for annotations and the types of an isinstance; of a dotted name only the whole."""
    found: list[ast.AST] = [statement]
    for node in found:  # which grows while it is read
        if isinstance(node, ast.Attribute):
            base: ast.expr = node
            while isinstance(base, ast.Attribute):
                base = base.value
            found += [] if isinstance(base, ast.Name) else [base]
            continue
        for name, child in ast.iter_fields(node):
            children = child if isinstance(child, list) else [child]
            if name in ("annotation", "returns"):
                continue
            if name == "args" and _asks_for_type(node):
                children = children[:1]
            found += [c for c in children if isinstance(c, ast.AST)]
    return tuple(found)


def _asks_for_type(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("isinstance", "issubclass")


def _join_dotted(node: ast.expr) -> str | None:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None
