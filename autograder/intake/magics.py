"""A cell as the Python that IPython makes of it: magics, shell commands, questions, prompts, indented cells.

IPython's own rules are used, and only where a cell is no Python as it stands: they take a third of a second to import.
What stays in the text is on the line where it was. Nothing is run; in a grade no magic does anything. Those that run
Python, as `%%time` does, are taken away from their code, so that it is read and run as if they were not there.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

RUN_CELLS = ("time", "timeit", "capture", "prun", "debug", "memit", "mprun", "lprun", "pyinstrument", "wandb")
PROMPT = re.compile(r"^[ \t]*(?:\[\w+\] )?In \[\d+\]: |^\s*\.{3,}:", re.MULTILINE)  # `In [1]: x = 2` is Python, too
LONG_WORD = re.compile(r"[\w.*\[\]-]{1000}")  # IPython looks for a name in it from each of its characters
MOST_CHARACTERS = 1_000_000  # read in all the passes through one cell
DEEPEST = 20
Lines = list[str]


@lru_cache(maxsize=512)
def as_python(source: str, depth: int = 0) -> str:
    """Return a cell as Python with its lines where they were; as it is where IPython cannot read it, either."""
    tree = parse(source)
    if tree is None or PROMPT.search(source):
        source = _transform(source)
        tree = parse(source)
    if tree is None or "get_ipython()" not in source or depth > DEEPEST:
        return source
    return _take_away(source, tree, depth)


def parse(source: str) -> ast.Module | None:
    """The syntax tree of a text; None where it is no Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _transform(source: str) -> str:
    """Carry out IPython's transformations one by one; each keeps the number of lines."""
    if LONG_WORD.search(source):
        return source
    of_cells, change_one_thing = _ipython()
    lines = f"{source}\n".splitlines(keepends=True)
    blank = next((n for n, line in enumerate(lines) if line.strip()), 0)
    before, lines = lines[:blank], lines[blank:]
    try:
        for transform in of_cells:
            lines = transform(lines)
        for _ in range(MOST_CHARACTERS // len(source)):
            is_changed, changed = change_one_thing(lines)
            if not is_changed:
                return "".join([*before, *lines]).removesuffix("\n")
            lines = _keep_count(lines, changed)
    except Exception:  # its tokenizer may meet anything; the cell then fails as it would there
        return source
    return source


def _keep_count(before: Lines, after: Lines) -> Lines:
    """Lines in which several have become one, with empty ones behind it in the place of the others."""
    same = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), len(after) - 1)
    gone = sum(line.count("\n") for line in before) - sum(line.count("\n") for line in after)
    return [*after[: same + 1], *["\n"] * gone, *after[same + 1 :]]


@cache
def _ipython() -> tuple[list[Callable[[Lines], Lines]], Callable[[Lines], tuple[bool, Lines]]]:
    """IPython's transformations of a whole cell, and the one that changes one thing in its lines."""
    from IPython.core.inputtransformer2 import TransformerManager

    manager: Any = TransformerManager()  # type: ignore[no-untyped-call]
    return [*manager.cleanup_transforms, *manager.line_transforms], manager.do_one_token_transform


def _take_away(source: str, tree: ast.Module, depth: int) -> str:
    """Put the code of magics that run Python in their place: of those in a cell, and in what `nbconvert --to script`
    and IPython itself make of them."""
    lines = [line.encode() for line in source.split("\n")]
    found = sorted(_find_magics(tree), key=lambda magic: (magic.call.lineno, magic.call.col_offset), reverse=True)
    for magic in found:
        call = magic.call
        if (code := magic.in_its_place(depth)) is not None:
            before, after = lines[call.lineno - 1][: call.col_offset], lines[(call.end_lineno or 0) - 1]
            new = before + code.encode() + after[call.end_col_offset :]
            lines[call.lineno - 1 : call.end_lineno] = new.split(b"\n")
    return b"\n".join(lines).decode()


@dataclass(frozen=True)
class _Magic:
    """A call of IPython's that carries out a magic, with its arguments as text; it stands alone or in an expression."""

    call: ast.Call
    function: str
    arguments: tuple[str, ...]
    stands_alone: bool

    def in_its_place(self, depth: int) -> str | None:
        """The Python that it runs; None where it runs none."""
        name, *rest = self.arguments
        if self.function == "run_cell_magic" and name in RUN_CELLS and self.stands_alone and len(rest) == 2:
            options, body = rest
            kept = options.split()[:1] if name == "capture" else []
            first = (
                f"{kept[0]} = get_ipython().run_line_magic('capture', '')" if kept and kept[0].isidentifier() else ""
            )
            return f"{first}\n" + as_python(body.removesuffix("\n"), depth + 1)
        if self.function == "run_line_magic" and name == "time" and len(rest) == 1:
            code = as_python(rest[0], depth + 1).strip()
            code = code if self.stands_alone else f"({code})"
            tree = parse(code)
            return code if tree and tree.body else None
        return None


def _find_magics(tree: ast.Module) -> Iterator[_Magic]:
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args and not node.keywords:
            arguments = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            texts = tuple(text for text in arguments if isinstance(text, str))
            if _is_shell(node.func.value) and len(texts) == len(node.args):
                yield _Magic(node, node.func.attr, texts, id(node) in alone)


def _is_shell(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "get_ipython"
