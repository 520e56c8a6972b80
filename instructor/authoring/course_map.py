"""The picture of the whole Transformer: every box names its unit, and the boxes of one unit can be lit.

The build puts it below the title of each lesson (`put_into`), as an attachment of that cell, with the same in words.
Lines and letters can be read on white and on black.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.student.figures import COLOURS, GREY
from instructor.authoring.png import read_picture

NAME = "you_are_here.png"
LIT = COLOURS[0]
WIDTH, HEIGHT = 960, 292
BOX_HEIGHT, TOP, BOTTOM = 44, 46, 206  # of a box, and where the boxes of the encoder and of the decoder begin
UNITS = {
    1: "positional encoding",
    2: "attention",
    3: "feed-forward network",
    4: "layer norm and residual connection",
    5: "encoder",
    6: "decoder",
    7: "transformer",
    8: "tokenization",
    9: "training",
    10: "decoding",
}


@dataclass(frozen=True)
class Box:
    """A part of the model, what is written in it, and the unit in which it is built; places are in pixels."""

    unit: int
    text: str
    left: int
    top: int
    width: int = 76
    height: int = BOX_HEIGHT


BOXES = (
    *(Box(8, "tokens", 8, top, 58) for top in (TOP, BOTTOM)),
    *(Box(7, "embedding", 82, top, 74) for top in (TOP, BOTTOM)),
    *(Box(1, "positions", 174, top, 70) for top in (TOP, BOTTOM)),
    Box(2, "self-attention", 272, TOP, 90),
    Box(4, "add, norm", 372, TOP, 70),
    Box(3, "feed-forward", 452, TOP, 84),
    Box(4, "add, norm", 546, TOP, 70),
    Box(2, "self-attention", 272, BOTTOM, 90),
    Box(4, "add, norm", 372, BOTTOM, 70),
    Box(2, "cross-attention", 452, BOTTOM, 96),
    Box(4, "add, norm", 558, BOTTOM, 70),
    Box(3, "feed-forward", 638, BOTTOM, 84),
    Box(4, "add, norm", 732, BOTTOM, 70),
    Box(7, "to logits", 832, BOTTOM, 68),
    Box(9, "training", 844, TOP - 8, 84),
    Box(10, "decoding", 844, TOP + 54, 84),
)
FRAMES = (
    Box(5, "encoder, N layers", 262, 16, 366, 84),
    Box(6, "decoder, N layers", 262, 176, 550, 84),
)
ARROWS = (
    *((left, y, right, y) for y in (TOP + 22, BOTTOM + 22) for left, right in ((66, 82), (244, 272))),
    *((left, TOP + 22, left + 10, TOP + 22) for left in (362, 442, 536)),
    *((left, BOTTOM + 22, left + 10, BOTTOM + 22) for left in (362, 442, 548, 628, 722)),
    (802, BOTTOM + 22, 832, BOTTOM + 22),
)
PATHS = (
    (f"M616 {TOP + 22} H650 V138 H500 V{BOTTOM}", True),  # the memory
    (f"M886 {BOTTOM} V{TOP + 98}", True),  # to decoding
    (f"M936 {BOTTOM + 22} V{TOP + 14} H928", True),  # to training
    (f"M900 {BOTTOM + 22} H936", False),
    (f"M844 {TOP + 76} H817 V280 H37 V{BOTTOM + BOX_HEIGHT}", True),  # the tokens that are written so far
)
WORDS = (
    ("what is read", 8, TOP - 10, "start"),
    ("what is written", 8, BOTTOM - 10, "start"),
    ("memory: keys and values", 642, 132, "end"),
    ("the token that was chosen is read next", 440, 276, "middle"),
)


def draw(lit: int = 0) -> str:
    """The picture as SVG, with the boxes of the unit `lit`; 0 lights none."""
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" fill="{GREY}" '
            f'font-family="DejaVu Sans, Verdana, sans-serif" font-size="11" text-anchor="middle" role="img">',
            '<defs><marker id="tip" markerWidth="7" markerHeight="6" refX="6" refY="3" orient="auto">'
            '<path d="M0 0L7 3L0 6Z"/></marker></defs>',
            *_draw_arrows(),
            *(_write(text, x, y, f' text-anchor="{a}"' * (a != "middle")) for text, x, y, a in WORDS),
            *(_write("+", 165, y + 27, ' font-size="15"') for y in (TOP, BOTTOM)),  # embedding and position are added
            *_draw_frames(lit),
            *_draw_boxes(lit),
            "</svg>\n",
        )
    )


def _draw_frames(lit: int) -> Iterator[str]:
    """The stacks of layers; one that is lit has a banner."""
    shining = [frame for frame in FRAMES if frame.unit == lit]
    dashed = f'fill="none" stroke="{GREY}" stroke-width="1.6" stroke-dasharray="5 4"'
    yield from _draw_rectangles([frame for frame in FRAMES if frame.unit != lit], dashed, 8)
    yield from _draw_rectangles(shining, f'fill="none" stroke="{LIT}" stroke-width="3"', 8)
    yield from map(_draw_banner, shining)
    yield from (_name_frame(frame, frame.unit == lit) for frame in FRAMES)


def _draw_boxes(lit: int) -> Iterator[str]:
    """The parts of the model, with what is written in them."""
    outline = f'fill="none" stroke="{GREY}" stroke-width="1.6"'
    yield from _draw_rectangles([box for box in BOXES if box.unit != lit], outline, 5)
    yield from _draw_rectangles([box for box in BOXES if box.unit == lit], f'fill="{LIT}"', 5)
    yield from (_write(box.text, box.left + box.width / 2, box.top + 19, _ink(box, lit)) for box in BOXES)
    yield '<g font-size="11">'
    yield from (_write(f"unit {box.unit}", box.left + box.width / 2, box.top + 35, _ink(box, lit)) for box in BOXES)
    yield "</g>"


def _draw_arrows() -> Iterator[str]:
    yield f'<g fill="none" stroke="{GREY}" stroke-width="1.6">'
    yield from (f'<path d="{way}"/>' for way, with_tip in PATHS if not with_tip)
    yield '<g marker-end="url(#tip)">'
    yield from (f'<path d="M{x1} {y}H{x2}"/>' for x1, y, x2, _ in ARROWS)
    yield from (f'<path d="{way}"/>' for way, with_tip in PATHS if with_tip)
    yield "</g></g>"


def _draw_rectangles(boxes: Sequence[Box], style: str, corner: int) -> Iterator[str]:
    """Rectangles that look alike, in one group."""
    if boxes:
        yield f"<g {style}>"
        for box in boxes:
            yield f'<rect x="{box.left}" y="{box.top}" width="{box.width}" height="{box.height}" rx="{corner}"/>'
        yield "</g>"


def _draw_banner(frame: Box) -> str:
    """The ground of the name of a stack that is lit."""
    return f'<rect x="{frame.left}" y="{frame.top}" width="190" height="22" rx="8" fill="{LIT}"/>'


def _name_frame(frame: Box, lit: bool) -> str:
    """The name of a stack of layers, above its boxes."""
    ink = ' fill="#ffffff"' * lit
    style = f'{ink} font-size="12" font-weight="bold" text-anchor="start"'
    return _write(f"{frame.text} · unit {frame.unit}", frame.left + 10, frame.top + 16, style)


def _ink(box: Box, lit: int) -> str:
    return ' fill="#ffffff"' * (box.unit == lit)


def _write(text: str, x: float, y: float, style: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}"{style}>{text}</text>'


def describe(lit: int = 0) -> str:
    """The same in words."""
    here = f"You are here: unit {lit}, {UNITS[lit]}, is lit. " if lit else ""
    return (
        f"{here}The whole Transformer. What is read becomes tokens (unit 8) and embeddings (unit 7), and positions are "
        "added (unit 1). The encoder (unit 5) is a stack of layers: self-attention (unit 2) and a feed-forward network "
        "(unit 3), with add and norm (unit 4) after each. What comes out is the memory. The decoder (unit 6) does the "
        "same with what is written so far, and between the two, cross-attention (unit 2) looks at the memory. Its "
        "output becomes logits (unit 7). Training (unit 9) compares them with the right token; decoding (unit 10) "
        "chooses the next token, which is then read."
    )


def put_into(cell: NotebookNode, lit: int) -> None:
    """Put the picture below the title and the first paragraph of a lesson's first cell."""
    head, _, rest = cell.source.partition("\n\n")
    section, _, rest = rest.partition("\n\n")
    cell.source = "\n\n".join((head, section, f"![{describe(lit)}](attachment:{NAME})", rest))
    cell.attachments = {NAME: read_picture(file_name(lit), draw(lit))}


def file_name(lit: int) -> str:
    """The name of the picture in which the boxes of this unit are lit."""
    return f"you_are_here_{lit:02d}"
