"""Small changes of a student's own line: `/ math.sqrt(d_k)` becomes `/ d_k`. What they do, the grader computes."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from autograder.intake.submission import Submission
from instructor.shells.class_page.own_code import Definition

FLIPPED = {"<=": "<", "<": "<=", ">=": ">", ">": ">=", "==": "!=", "!=": "=="}
SIGNS: dict[type[ast.cmpop], str] = {
    ast.LtE: "<=",
    ast.Lt: "<",
    ast.GtE: ">=",
    ast.Gt: ">",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
MAXIMA = ("max", "amax", "maximum", "logsumexp")
SWAPPED = {"tril": "triu", "triu": "tril", "sin": "cos", "cos": "sin", "max": "min", "argmax": "argmin"}
AXES = ("axis", "dim")
REDUCING = ("softmax", "log_softmax", "logsumexp", "sum", "mean", "var", "std", "max", "amax", "min", "amin", "argmax")
LOOKING = ("size", "len", "int", "float")  # calls that only read a size
KEEP = ("keepdims", "keepdim")


@dataclass(frozen=True)
class Change:
    """One line of a definition before and after; `number` counts in the cell, `text` is the whole definition after.

    `dropped` are the names that were used in the changed expression and are no longer.
    """

    number: int
    before: str
    after: str
    text: str
    dropped: frozenset[str] = frozenset()


def change_lines(definition: Definition) -> Iterator[Change]:
    """The changes of one expression that can be made in some code, each once, from top to bottom."""
    try:
        tree = ast.parse(definition.text)
    except (SyntaxError, ValueError, RecursionError):
        return
    made = [
        (node, new) for node in ast.walk(tree) if isinstance(node, ast.expr) for new in _rewrite(node, definition.text)
    ]
    seen: set[str] = set()
    for node, new in sorted(made, key=lambda one: (one[0].lineno, one[0].col_offset)):
        change = _apply(definition, node, new)
        if change and change.text not in seen:
            seen.add(change.text)
            yield change


def apply_change(submission: Submission, definition: Definition, change: Change) -> Submission:
    """The submission with the changed line in the place of the old one."""
    lines = submission.cells[definition.cell].split("\n")
    start, end = definition.first - 1, definition.first - 1 + len(definition.lines)
    cell = "\n".join([*lines[:start], *change.text.split("\n"), *lines[end:]])
    return replace(submission, cells={**submission.cells, definition.cell: cell})


def _apply(definition: Definition, node: ast.expr, new: str) -> Change | None:
    """None for an expression on several lines, and where nothing would change."""
    if node.lineno != node.end_lineno or node.end_col_offset is None:
        return None
    lines = definition.text.split("\n")
    line = lines[node.lineno - 1].encode()
    changed = (line[: node.col_offset] + new.encode() + line[node.end_col_offset :]).decode()
    before, lines[node.lineno - 1] = lines[node.lineno - 1], changed
    text = "\n".join(lines)
    try:
        ast.parse(text)
        dropped = _names_in(node) - _names_in(ast.parse(new, mode="eval"))
    except SyntaxError:
        return None
    number = definition.first + node.lineno - 1
    return Change(number, before.strip(), changed.strip(), text, dropped) if changed != before else None


def _names_in(tree: ast.AST) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def is_done_in_one_line(definition: Definition, change: Change) -> bool:
    """Whether the changed line does its work alone: it uses nothing that another line has computed for it."""
    for node in ast.walk(ast.parse(definition.text)):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            bound = {name for target in targets for name in _names_in(target)}
            elsewhere = definition.first + node.lineno - 1 != change.number
            if elsewhere and bound & change.dropped and _computes(node.value):
                return False
    return True


def _computes(value: ast.expr) -> bool:
    """Whether an expression does more than look something up, such as a size."""
    return any(
        isinstance(node, ast.BinOp) or (isinstance(node, ast.Call) and _called(node) not in LOOKING)
        for node in ast.walk(value)
    )


def _rewrite(node: ast.expr, text: str) -> Iterator[str]:
    """What may stand in the place of an expression."""

    def source(part: ast.AST) -> str:
        return ast.get_source_segment(text, part) or ""

    if isinstance(node, ast.BinOp):
        yield from _rewrite_operation(node, source(node.left), source(node.right))
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SIGNS:
        sign = SIGNS[type(node.ops[0])]
        yield f"{source(node.left)} {FLIPPED[sign]} {source(node.comparators[0])}"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield source(node.operand)
    elif isinstance(node, ast.Call):
        yield from _rewrite_call(node, [source(argument) for argument in node.args], source(node.func), source(node))


def _rewrite_operation(node: ast.BinOp, left: str, right: str) -> Iterator[str]:
    if isinstance(node.op, ast.Sub):
        yield left
        if not any(name in right for name in MAXIMA):
            yield f"{left} + {right}"
    elif isinstance(node.op, ast.Add):
        yield left
        yield right
    elif isinstance(node.op, (ast.Div, ast.Pow)):
        yield left
    elif isinstance(node.op, ast.Mult):
        yield left
        yield right


def _rewrite_call(node: ast.Call, arguments: list[str], function: str, whole: str) -> Iterator[str]:
    name = _called(node)
    if name in SWAPPED:
        yield whole.replace(function, function[: -len(name)] + SWAPPED[name], 1)
    if name == "sqrt" and len(arguments) == 1:
        yield arguments[0]
    if name == "where" and len(arguments) == 3 and not node.keywords:
        yield f"{function}({arguments[0]}, {arguments[2]}, {arguments[1]})"
    for keyword in node.keywords:
        value = keyword.value
        if keyword.arg in KEEP and isinstance(value, ast.Constant) and value.value is True:
            yield whole.replace(f"{keyword.arg}=True", f"{keyword.arg}=False", 1)
        if keyword.arg in AXES and name in REDUCING and ast.unparse(value) == "-1":
            yield whole.replace(f"{keyword.arg}=-1", f"{keyword.arg}=0", 1)


def _called(node: ast.Call) -> str:
    """The last part of what is called."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
