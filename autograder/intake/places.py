"""Places in a submission, read from its syntax trees: what a cell is known by, and what stands around a line."""

import ast
import re
from collections.abc import Sequence

from autograder.intake.code import Code, bound_names

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def main_name(code: Code, number: int, exercises: Sequence[str]) -> str:
    """What a cell is known by: the first exercise that it defines, or else its first function or class, or ""."""
    statements = code.statements[number]
    named = [statement.name for statement in statements if isinstance(statement, Definition)]
    bound = [
        name for s in statements if not isinstance(s, (ast.Import, ast.ImportFrom)) for name in sorted(bound_names(s))
    ]
    if not statements:  # it is not Python
        named = bound = re.findall(r"^(?:def|class)\s+(\w+)", code.cells[number], re.MULTILINE)
    return next((name for name in bound if name in exercises), named[0] if named else "")


def definitions_around(code: Code, number: int, line: int) -> list[Definition]:
    """The functions and classes in which a line of a cell stands, the outermost first."""
    found: list[Definition] = []
    todo: list[ast.AST] = list(code.statements.get(number, ()))
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.stmt, ast.excepthandler, ast.match_case)) and _spans(node, line):
            found += [node] if isinstance(node, Definition) else []
            todo = list(ast.iter_child_nodes(node))
    return found


def is_left_over(code: Code, number: int, line: int) -> bool:
    """Whether a line raises at the end of a function, or at its beginning, in which other code is written already."""
    around = definitions_around(code, number, line)
    body = around[-1].body if around and not isinstance(around[-1], ast.ClassDef) else []
    raised = [statement for statement in body if isinstance(statement, ast.Raise) and _spans(statement, line)]
    return bool(raised) and any(_is_work(statement) for statement in body if statement not in raised)


def should_bind(code: Code, number: int, name: str) -> bool:
    """Whether a cell binds a name at its top, by an import too; or looks as if it should, where it is not Python."""
    if code.statements[number]:
        return any(number == place for place, _ in code.bindings.get(name, ()))
    word = re.escape(name)
    return re.search(rf"\b(def|class|import|as)\s+{word}\b|^{word}\s*=", code.cells[number], re.MULTILINE) is not None


def _spans(node: ast.stmt | ast.excepthandler | ast.match_case, line: int) -> bool:
    """Whether a line is one of a statement's, its decorators' included."""
    if isinstance(node, ast.match_case):
        return any(_spans(statement, line) for statement in node.body)
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return first <= line <= (node.end_lineno or node.lineno)


def _is_work(statement: ast.stmt) -> bool:
    """Whether a statement is more than a docstring, `pass`, a raise, or the call that every module begins with."""
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant) and not ast.unparse(statement).startswith("super(")
    return not isinstance(statement, (ast.Pass, ast.Raise))
