"""What the cells of a submission define and import, read from their syntax trees. Nothing is run."""

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache

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

    def replaced_in(self, name: str) -> int | None:
        """The number of the cell whose import binds `name` after a definition did; None where there is none."""
        defined, replaced = False, None
        for number, statement in sorted(self.bindings.get(name, ()), key=lambda place: place[0]):
            replaced = number if is_import(statement) and defined else None
            defined = defined or not is_import(statement)
        return replaced

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
        own = {name: [p for p in places if not is_import(p[1])] for name, places in self.bindings.items()}
        return {name: places for name, places in own.items() if places}


@lru_cache(maxsize=4096)
def parse_statements(source: str) -> list[ast.stmt]:
    """The statements of a cell; none where it is not Python."""
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def is_import(statement: ast.AST) -> bool:
    """Whether a statement imports."""
    return isinstance(statement, (ast.Import, ast.ImportFrom))


def bound_names(statement: ast.stmt) -> set[str]:
    """The names that one statement at the top of a cell binds."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.split(".")[0] for alias in statement.names}
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def defines_something(statements: Iterable[ast.stmt]) -> bool:
    """Whether a function or a class is among the statements."""
    return any(isinstance(statement, (ast.FunctionDef, ast.ClassDef)) for statement in statements)
