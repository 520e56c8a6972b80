"""A small picture of what was expected and what there is: colours for the eye, a sentence for the ear."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from autograder.verdict import Picture

CELL, GAP = 14, 28
POSITIVE, NEGATIVE, WRONG = (58, 124, 214), (217, 119, 44), "#e5484d"  # to be read on white and on black


def describe_picture(picture: Picture) -> str:
    """Which numbers differ, in a sentence."""
    rows, columns = len(picture.differs), len(picture.differs[0])
    total = sum(map(sum, picture.differs))
    wrong_rows = [i for i, row in enumerate(picture.differs) if any(row)]
    wrong_columns = [j for j in range(columns) if any(row[j] for row in picture.differs)]
    if total == rows * columns:
        where = "all numbers differ"
    elif total == len(wrong_rows) * columns:
        where = f"all of {_list('row', wrong_rows)} {_differ(wrong_rows)}"
    elif total == len(wrong_columns) * rows:
        where = f"all of {_list('column', wrong_columns)} {_differ(wrong_columns)}"
    else:
        where = f"{total} of {rows * columns} numbers differ, in {_list('row', wrong_rows)}"
    return f"In {picture.name} {where}."


def _differ(of: Sequence[int]) -> str:
    return "differs" if len(of) == 1 else "differ"


def _list(word: str, numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"{word} {numbers[0]}"
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{word}s {numbers[0]} to {numbers[-1]}"
    return f"{word}s {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def render_picture_html(picture: Picture) -> str:
    """Two grids side by side as SVG; what differs has a frame."""
    rows, columns = len(picture.differs), len(picture.differs[0])
    width, top = columns * CELL, 16
    largest = _largest(picture)
    parts = []
    for left, title, numbers in ((0, "expected", picture.expected), (width + GAP, "yours", picture.got)):
        parts.append(f"<text x='{left}' y='11' font-size='11' fill='currentColor'>{title}</text>")
        for i, row in enumerate(numbers):
            for j, number in enumerate(row):
                wrong = picture.differs[i][j] and left > 0
                parts.append(_cell(left + j * CELL, top + i * CELL, number, largest, wrong))
    sentence = escape(describe_picture(picture), quote=True)
    size = f"width='{2 * width + GAP + 1}' height='{top + rows * CELL + 1}'"
    return (
        f"<svg {size} role='img' aria-label='{sentence}' xmlns='http://www.w3.org/2000/svg'>"
        f"<title>{sentence}</title>{''.join(parts)}</svg>"
    )


def _cell(x: int, y: int, number: float, largest: float, wrong: bool) -> str:
    red, green, blue = NEGATIVE if number < 0 else POSITIVE
    strength = min(1.0, abs(number) / largest) if math.isfinite(number) else 0.0
    frame = f"stroke='{WRONG}' stroke-width='1.5'" if wrong else "stroke='currentColor' stroke-opacity='.18'"
    fill = f"fill='rgb({red},{green},{blue})' fill-opacity='{strength:.2f}'"
    square = f"<rect x='{x + 1}' y='{y + 1}' width='{CELL - 2}' height='{CELL - 2}' {fill} {frame}/>"
    if math.isfinite(number):
        return square
    sign = "?" if math.isnan(number) else "∞"
    return f"{square}<text x='{x + 4}' y='{y + 11}' font-size='10' fill='currentColor'>{sign}</text>"


def _largest(picture: Picture) -> float:
    finite = [abs(x) for numbers in (picture.expected,) for row in numbers for x in row if math.isfinite(x)]
    return max(finite, default=0.0) or 1.0


@dataclass(frozen=True)
class TerminalPicture:
    """Blocks of colour, and a sentence; where there are no colours, in a file or a pipe, the sentence alone."""

    picture: Picture

    def __rich_console__(self, console: Console, _: ConsoleOptions) -> RenderResult:
        """What rich prints."""
        yield render_picture_text(self.picture) if console.color_system else Text(describe_picture(self.picture))


def render_picture_text(picture: Picture) -> Text:
    """Blocks of colour for the terminal: expected on the left, yours on the right, with × where it differs."""
    largest, text = _largest(picture), Text()
    width = 2 * len(picture.differs[0])
    text.append(f"{'expected':<{width}}   yours\n", "dim")
    for expected, got, wrong in zip(picture.expected, picture.got, picture.differs, strict=True):
        for number in expected:
            text.append("  ", _shade(number, largest))
        text.append("   ")
        for number, differs in zip(got, wrong, strict=True):
            text.append("× " if differs else "  ", _shade(number, largest))
        text.append("\n")
    text.append(describe_picture(picture))
    return text


def _shade(number: float, largest: float) -> str:
    strength = min(1.0, abs(number) / largest) if math.isfinite(number) else 0.0
    base = NEGATIVE if number < 0 else POSITIVE
    red, green, blue = (round(235 + (part - 235) * strength) for part in base)
    return f"black on rgb({red},{green},{blue})"
