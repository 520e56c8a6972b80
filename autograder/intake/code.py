"""What the cells of a submission define and import, read from their syntax trees. Nothing is run."""

import ast
import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property, lru_cache

from autograder.intake.exports import exported_by
from autograder.intake.names import Imported, Names, canonical
from autograder.intake.scopes import EVERYTHING, read_statement

Places = dict[str, list[tuple[int, ast.stmt]]]


class Code:
    """The statements of a submission's cells, by cell number, parsed once."""

    def __init__(self, cells: Mapping[int, str]) -> None:
        self.cells = cells
        self.statements = {number: parse_statements(source) for number, source in cells.items()}

    def should_define(self, number: int, name: str) -> bool:
        """Whether a cell defines `name`, not only imports it; or looks as if it should, where it is not Python."""
        if self.statements[number]:
            return any(number == place for place, _ in self.definitions.get(name, ()))
        return re.search(rf"\b(def|class)\s+{re.escape(name)}\b", self.cells[number]) is not None

    def defines(self, name: str) -> bool:
        """Whether any cell defines `name`, or should."""
        return any(self.should_define(number, name) for number in self.cells)

    def is_stub(self, name: str) -> bool:
        """Whether what a cell binds to `name` last is a function that only raises, as a release has it."""
        _, last = self.bindings.get(name, [(0, None)])[-1]
        body = last.body if isinstance(last, ast.FunctionDef) and not last.decorator_list else []
        return bool(body) and isinstance(body[-1], ast.Raise) and all(map(_is_text, body[:-1]))

    def find_similar(self, name: str, taken: Collection[str]) -> str:
        """A function or class whose name is nearly this one, and not one of `taken`; "" where there is none."""
        own = {
            _plain(found): found
            for found, places in self.definitions.items()
            if found not in (name, *taken) and defines_something([places[-1][1]])
        }
        alike = get_close_matches(_plain(name), own, 1, 0.85)
        return own[alike[0]] if alike else ""

    def replaced_in(self, name: str) -> int | None:
        """The number of the cell whose import binds `name` after a definition did; None where there is none."""
        value = self.names.final.get(name)
        return value.cell if isinstance(value, Imported) and value.replaced else None

    @cached_property
    def names(self) -> Names:
        """What the names at the top of the cells stand for."""
        return Names(self.statements)

    @cached_property
    def bindings(self) -> Places:
        """The statements at the top of a cell that bind a name, by name."""
        found: Places = {}
        for number, statements in self.statements.items():
            for statement in statements:
                for name in bound_names(statement):
                    found.setdefault(name, []).append((number, statement))
        return found

    @cached_property
    def definitions(self) -> Places:
        """The same without imports."""
        own = {
            name: [place for place in places if None in read_statement(place[1]).binds.get(name, ())]
            for name, places in self.bindings.items()
        }
        return {name: places for name, places in own.items() if places}


@lru_cache(maxsize=64)  # a tree takes 50 times the room of its source; the cells that a class shares stay
def parse_statements(source: str) -> list[ast.stmt]:
    """The statements of a cell; none where it is not Python."""
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def bound_names(statement: ast.stmt) -> set[str]:
    """The names that one statement at the top of a cell binds; a star import binds what its module exports."""
    binds = read_statement(statement).binds
    stars = [origin for origin in binds.get(EVERYTHING, ()) if origin]
    return {name for name in binds if name != EVERYTHING}.union(*(exported_by(canonical(s.name)) for s in stars))


def defines_something(statements: Iterable[ast.stmt]) -> bool:
    """Whether a function or a class is among the statements."""
    return any(isinstance(statement, (ast.FunctionDef, ast.ClassDef)) for statement in statements)
