"""Calls at the top of a cell that change PyTorch for all that follows, found by reading."""

import ast
from dataclasses import dataclass

from autograder.intake.code import Code


@dataclass(frozen=True)
class Switch:
    """A call that turns gradients off for good, or makes another `device` the default one ("" for gradients)."""

    cell: int
    line: int
    text: str
    device: str = ""


def find_switches(code: Code) -> list[Switch]:
    """The switches as they stand in the end, at most one of gradients and one of the device."""
    found: dict[str, Switch] = {}
    for cell, statements in code.statements.items():
        for statement in statements:
            call = statement.value if isinstance(statement, ast.Expr) else None
            if isinstance(call, ast.Call) and isinstance(call.func, (ast.Attribute, ast.Name)) and call.args:
                name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
                value = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
                if name == "set_grad_enabled":
                    found[name] = Switch(cell, statement.lineno, ast.unparse(call) if value is False else "")
                if name == "set_default_device":
                    device = value if isinstance(value, str) and not value.startswith(("cpu", "meta")) else ""
                    found[name] = Switch(cell, statement.lineno, ast.unparse(call) if device else "", device)
    return [switch for switch in found.values() if switch.text]
