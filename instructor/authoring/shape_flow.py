"""The pictures of heads that are split and merged: {picture: heads} and {picture: merged} in a lesson.

A box is what one head has of one token, d_k numbers; its colour is the head, and the number in it is the token. What is
in a box comes from NumPy's own reshape and transpose, so the pictures cannot show what the code would not do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from nbformat import NotebookNode

from autograder.student.figures import COLOURS, GREY
from instructor.authoring.png import read_picture

TOKENS, HEADS = 4, 2
WIDE, HIGH, GAP, STEP, MARGIN = 42, 24, 8, 118, 6  # of a box, between heads, from grid to grid, at the edges; in pixels
TOP = 34  # where the grids begin
RESULTS = np.array([[(head, token) for token in range(TOKENS)] for head in range(HEADS)])  # (heads, tokens, 2)


@dataclass(frozen=True)
class Grid:
    """One array in a picture: its boxes (rows, columns, 2) as (head, token), and what is written above and below it.

    Between its columns, or halfway down its rows, there may be a gap.
    """

    boxes: np.ndarray
    above: str
    shape: str
    cut: str = ""

    @property
    def width(self) -> int:
        """In pixels."""
        return self.boxes.shape[1] * WIDE + (self.boxes.shape[1] - 1) * GAP * (self.cut == "columns")

    @property
    def height(self) -> int:
        """In pixels."""
        return self.boxes.shape[0] * HIGH + GAP * (self.cut == "rows")

    def place(self, row: int, column: int) -> tuple[int, int]:
        """Where a box is, from the grid's own corner."""
        down = GAP * (self.cut == "rows" and row >= len(self.boxes) // HEADS)
        return column * (WIDE + GAP * (self.cut == "columns")), row * HIGH + down


def _stacked() -> Grid:
    return Grid(RESULTS.reshape(HEADS * TOKENS, 1, 2), "attention runs here", "(heads, tokens, d_k)", "rows")


_ROWS = RESULTS.transpose(1, 0, 2)  # tokens in rows, heads in columns
_PROJECTED = Grid(_ROWS, "projected", "(tokens, d_model)")
_CUT = Grid(_ROWS, "each row cut", "(tokens, heads, d_k)", "columns")
_MERGED = Grid(_ROWS, "side by side", "(tokens, d_model)")
_MIXED = Grid(RESULTS.reshape(TOKENS, HEADS, 2), "wrong rows", "(tokens, d_model)")

PICTURES: dict[str, tuple[Sequence[Grid | str], str]] = {
    "heads": (
        (_PROJECTED, "reshape", _CUT, "transpose", _stacked(), "transpose", _CUT, "reshape", _MERGED),
        "Splitting into heads and merging them again, for 4 tokens and 2 heads. A reshape cuts the row of each token, "
        "(tokens, d_model), into one piece for each head: (tokens, heads, d_k). A transpose gathers the pieces of each "
        "head: (heads, tokens, d_k). There, attention runs for each head. A second transpose puts the two results of a "
        "token next to each other again, and a second reshape joins them: (tokens, d_model). Row 0 then holds the "
        "results of both heads for token 0.",
    ),
    "merged": (
        (_MERGED, "transpose, reshape", _stacked(), "reshape alone", _MIXED),
        "Two ways to merge the results of 2 heads for 4 tokens, (heads, tokens, d_k). With a transpose and then a "
        "reshape, each row holds the results of both heads for one token. With a reshape alone, rows 0 and 1 hold "
        "tokens 0 and 1, and tokens 2 and 3, all of the first head; rows 2 and 3 hold the same tokens of the second "
        "head. Row 1 knows about token 3, which comes later.",
    ),
}
BACKWARDS = "merged"  # its first arrow points to the left


def draw(name: str) -> str:
    """A picture as SVG."""
    parts = PICTURES[name][0]
    grids = [part for part in parts if isinstance(part, Grid)]
    lefts = list(_lefts(grids))
    width, height = lefts[-1] + grids[-1].width + MARGIN + 20, TOP + max(grid.height for grid in grids) + 26
    middle = TOP + max(grid.height for grid in grids) // 2
    tops = [middle - grid.height // 2 for grid in grids]
    placed = list(zip(grids, lefts, tops, strict=True))
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'font-family="DejaVu Sans, Verdana, sans-serif" font-size="11" text-anchor="middle" role="img">',
            *(f'<path fill="{COLOURS[head]}" d="{"".join(_boxes(placed, head))}"/>' for head in range(HEADS)),
            '<g fill="#ffffff" font-weight="bold">',
            *(f'<text x="{x + WIDE // 2}" y="{y + 16}">{token}</text>' for x, y, _, token in _all_boxes(placed)),
            f'</g><g fill="{GREY}">',
            *(text for grid, left, top in placed for text in _name(grid, left, top)),
            *_arrows(placed, [part for part in parts if isinstance(part, str)], middle, name == BACKWARDS),
            "</g></svg>\n",
        )
    )


def _lefts(grids: Sequence[Grid]) -> Iterator[int]:
    """Where each grid begins: there is the same room between any two."""
    left = MARGIN + 20
    for grid in grids:
        yield left
        left += grid.width + STEP


def _all_boxes(placed: Sequence[tuple[Grid, int, int]]) -> Iterator[tuple[int, int, int, int]]:
    """Each box: its left, its top, its head and its token."""
    for grid, left, top in placed:
        for row, column in np.ndindex(grid.boxes.shape[:2]):
            x, y = grid.place(row, column)
            head, token = grid.boxes[row, column]
            yield left + x, top + y, int(head), int(token)


def _boxes(placed: Sequence[tuple[Grid, int, int]], head: int) -> Iterator[str]:
    """The boxes of a head as parts of one path, a pixel apart."""
    for x, y, whose, _ in _all_boxes(placed):
        if whose == head:
            yield f"M{x} {y}h{WIDE - 1}v{HIGH - 1}h{1 - WIDE}z"


def _name(grid: Grid, left: int, top: int) -> Iterator[str]:
    """What is written above and below a grid."""
    middle = left + grid.width // 2
    yield f'<text x="{middle}" y="{top - 10}">{grid.above}</text>'
    yield f'<text x="{middle}" y="{top + grid.height + 16}">{grid.shape}</text>'


def _arrows(
    placed: Sequence[tuple[Grid, int, int]], words: Sequence[str], middle: int, first_to_the_left: bool
) -> Iterator[str]:
    """An arrow from each grid to the next, with what happens there above it."""
    for number, (word, (grid, left, _)) in enumerate(zip(words, placed, strict=False)):
        start, end = left + grid.width + 22, left + grid.width + STEP - 22
        tip, back = (start, 7) if first_to_the_left and number == 0 else (end, -7)
        yield f'<text x="{(start + end) // 2}" y="{middle - 8}">{word}</text>'
        yield f'<path stroke="{GREY}" fill="none" d="M{start} {middle}H{end}M{tip + back} {middle - 4}L{tip} {middle}'
        yield f'l{back} 4"/>'


def describe(name: str) -> str:
    """The same in words."""
    return PICTURES[name][1]


def attach(cell: NotebookNode) -> None:
    """Give a cell the pictures that its text shows."""
    for name in PICTURES:
        if f"](attachment:{name}.png)" in cell.source:
            cell.attachments = cell.get("attachments", {}) | {f"{name}.png": read_picture(name, draw(name))}
