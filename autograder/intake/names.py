"""What the names of a submission stand for, cell by cell: the student's own, or what an import says.

What a function reads counts as it stands in the end; a base class, a default or an assignment, as it stood then.
"""

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder.intake.exports import exported_by
from autograder.intake.scopes import EVERYTHING, Origin, Use, read_statement

REPLACE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)  # whatever was there before
OWN_WORK = "autograder.own_work"  # in a grade, another name for the blocks
BLOCKS = "autograder.blocks"
PLACES_OF_BLOCKS = (OWN_WORK, "autograder.student.blocks", "autograder.student.own_work")


@dataclass(frozen=True)
class Own:
    """The statements that give a name its value, with their cells: one, or several where the first ones may stay."""

    statements: tuple[tuple[int, ast.stmt], ...]


@dataclass(frozen=True)
class Imported:
    """What an import at the top of a cell binds to a name. `replaced` is what the student's code had bound to it."""

    name: str
    cell: int
    line: int
    by_star: bool
    replaced: Own | None = None

    def hides(self, name: str) -> bool:
        """Whether a star import has taken a name away that was the student's own, or is Python's."""
        return self.by_star and (self.replaced is not None or hasattr(builtins, name))


@dataclass(frozen=True)
class Replacement:
    """A name that was the student's own, or Python's, and the cell of the import that took it away."""

    name: str
    cell: int
    was_own: bool
    by_star: bool


Value = Own | Imported
Environment = Mapping[str, Value]
NOTHING = Own(())


class Names:
    """The names at the top of all cells, in the order of the cells."""

    def __init__(self, cells: Mapping[int, list[ast.stmt]]) -> None:
        self.before: dict[tuple[int, int], Environment] = {}
        names: dict[str, Value] = {}
        changed: set[str] = set()
        for cell, statements in sorted(cells.items()):
            for statement in statements:
                self.before[cell, id(statement)] = names
                names = _bind(names, cell, statement)
                changed |= read_statement(statement).changes
        kept = {name: value for name, value in names.items() if name not in changed}
        lost = {name: names[name] if isinstance(names.get(name), Own) else NOTHING for name in changed}
        self.final: Environment = {**kept, **lost}

    def resolve(self, use: Use, cell: int, statement: ast.stmt) -> tuple[str, Value | None, list[str]]:
        """The first part of what a statement uses, its value, and the dotted names that it may stand for in full."""
        head, _, rest = use.name.partition(".")
        if use.origins:
            return head, None, [canonical(origin) for origin in use.origins]
        value = (self.final if use.later else self.before[cell, id(statement)]).get(head)
        if isinstance(value, Own):
            return head, value, []
        stem = value.name if value else head
        return head, value, [canonical(".".join(filter(None, (stem, rest))))]

    def walk(self, target: str) -> Iterator[tuple[int, ast.stmt]]:
        """The statements that define a name, and those that define what they use, nearest first, each once."""
        value = self.final.get(target)
        own = value.replaced if isinstance(value, Imported) else value
        queue = list(own.statements) if own else []
        seen = {id(statement) for _, statement in queue}
        for cell, statement in queue:  # which grows while it is read
            yield cell, statement
            for use in sorted(read_statement(statement).uses, key=lambda use: use.name):
                _, used, _ = self.resolve(use, cell, statement)
                more = used.statements if isinstance(used, Own) else ()
                queue += [place for place in more if id(place[1]) not in seen]
                seen.update(id(s) for _, s in more)

    def find_replacements(self, target: str) -> list[Replacement]:
        """The names that an import took away from the student's code or from Python: `target` itself, and what it uses.

        Only a star import counts as a slip where the name was Python's.
        """
        used = [(target, self.final.get(target))]
        for cell, statement in self.walk(target):
            used += [self.resolve(use, cell, statement)[:2] for use in read_statement(statement).uses]
        taken = {
            name: Replacement(name, value.cell, value.replaced is not None, value.by_star)
            for name, value in reversed(used)
            if isinstance(value, Imported) and (value.replaced or value.hides(name))
        }
        return [taken[name] for name in dict.fromkeys(name for name, _ in used) if name in taken]


def _bind(names: dict[str, Value], cell: int, statement: ast.stmt) -> dict[str, Value]:
    """The names after a statement; the same dictionary where it binds none."""
    binds = read_statement(statement).binds
    if not binds:
        return names
    after = dict(names)
    for name, origins in binds.items():
        if name == EVERYTHING:
            for star in filter(None, origins):
                after |= _import_all(star, names, cell, statement)
        elif all(origins):
            after[name] = _import(name, origins[-1], names, cell, statement)
        else:
            after[name] = _define(names.get(name), cell, statement)
    return after


def _import_all(star: Origin, names: Mapping[str, Value], cell: int, statement: ast.stmt) -> dict[str, Value]:
    module = canonical(star.name)
    return {
        name: Imported(full, cell, statement.lineno, True, _own(names.get(name)))
        for name, full in exported_by(module).items()
    }


def _import(name: str, origin: Origin | None, names: Mapping[str, Value], cell: int, statement: ast.stmt) -> Imported:
    full = canonical(origin.name) if origin else name
    return Imported(full, cell, statement.lineno, False, _own(names.get(name)))


def _own(value: Value | None) -> Own | None:
    return value.replaced if isinstance(value, Imported) else value


def _define(earlier: Value | None, cell: int, statement: ast.stmt) -> Own:
    replaces = isinstance(statement, REPLACE) or not isinstance(earlier, Own)
    return Own((*(earlier.statements if isinstance(earlier, Own) and not replaces else ()), (cell, statement)))


def canonical(name: str) -> str:
    """A dotted name with one name for the known-good modules, wherever they are imported from."""
    for place in PLACES_OF_BLOCKS:
        if name == place or name.startswith(f"{place}."):
            return BLOCKS + name[len(place) :]
    return name
