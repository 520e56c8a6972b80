"""Figures as SVG that stands in a page: no script, no file beside it, colours from the page's style."""

from collections.abc import Iterable, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 400, 170, 38, 24, 8


def draw_shares(parts: Sequence[tuple[str, int]], label: str) -> str:
    """One bar of the whole width, cut into parts: how many students each, by the name of its colour."""
    total = sum(count for _, count in parts) or 1
    pieces, at = [], 0.0
    for name, count in parts:
        width = 100 * count / total
        if count:
            pieces.append(f'<rect class="{name}" x="{at:.2f}" y="0" width="{width:.2f}" height="10"/>')
        at += width
    return _wrap("bar", "0 0 100 10", label, pieces, ' preserveAspectRatio="none"')


def draw_histogram(shares: Iterable[float], label: str, bins: int = 10) -> str:
    """How many students have which share of the points, 0 to 1, in columns of equal width."""
    counts = [0] * bins
    for share in shares:
        counts[min(int(share * bins + 1e-9), bins - 1)] += 1
    most, width = max([*counts, 1]), (WIDTH - LEFT) / bins
    pieces = []
    for n, count in enumerate(counts):
        height = (HEIGHT - BOTTOM - TOP - 12) * count / most
        x, y = LEFT + n * width, HEIGHT - BOTTOM - height
        pieces.append(
            f'<rect class="column" x="{x + 1.5:.1f}" y="{y:.1f}" width="{width - 3:.1f}" height="{height:.1f}"/>'
        )
        if count:
            pieces.append(_text(x + width / 2, y - 4, str(count), "middle"))
    pieces.append(_line(LEFT, HEIGHT - BOTTOM, WIDTH, HEIGHT - BOTTOM))
    ends = ((0, "start"), (0.5, "middle"), (1, "end"))
    pieces += [_text(LEFT + e * (WIDTH - LEFT), HEIGHT - 8, f"{e:.0%}", anchor) for e, anchor in ends]
    return _wrap("chart", f"0 0 {WIDTH} {HEIGHT}", label, pieces)


def draw_progress(columns: Sequence[tuple[str, Sequence[float]]], label: str) -> str:
    """For each unit, by its short name, the quarters of the class as a box and the mean as a dot; shares, 0 to 1."""
    step = (WIDTH - LEFT) / max(len(columns), 1)
    pieces = [piece for share in (0.0, 0.5, 1.0) for piece in _grid_line(share)]
    points = []
    for n, (name, shares) in enumerate(columns):
        x = LEFT + (n + 0.5) * step
        pieces += _box(x, min(step * 0.5, 36), quartiles(shares))
        points.append((x, _height(sum(shares) / len(shares))))
        pieces.append(_text(x, HEIGHT - 8, name, "middle"))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    pieces.append(f'<polyline class="means" points="{path}"/>')
    pieces += [f'<circle class="mean" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points]
    return _wrap("chart", f"0 0 {WIDTH} {HEIGHT}", label, pieces)


def quartiles(shares: Sequence[float]) -> tuple[float, float, float, float, float]:
    """The smallest, the three that cut the class into quarters, and the largest."""
    ranked = sorted(shares)

    def at(part: float) -> float:
        place = part * (len(ranked) - 1)
        low = int(place)
        high = min(low + 1, len(ranked) - 1)
        return ranked[low] + (place - low) * (ranked[high] - ranked[low])

    return at(0), at(0.25), at(0.5), at(0.75), at(1)


def _box(x: float, width: float, five: tuple[float, float, float, float, float]) -> list[str]:
    least, low, middle, high, most = map(_height, five)
    box = f'<rect class="box" x="{x - width / 2:.1f}" y="{high:.1f}" width="{width:.1f}" height="{low - high:.1f}"/>'
    half = width / 2
    return [_line(x, least, x, most), box, _line(x - half, middle, x + half, middle, "median")]


def _height(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - BOTTOM - TOP)


def _grid_line(share: float) -> list[str]:
    y = _height(share)
    return [_line(LEFT, y, WIDTH, y, "grid"), _text(LEFT - 4, y + 4, f"{share:.0%}", "end")]


def _line(x1: float, y1: float, x2: float, y2: float, name: str = "axis") -> str:
    return f'<line class="{name}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _wrap(name: str, box: str, label: str, pieces: Sequence[str], more: str = "") -> str:
    said = escape(label)
    return (
        f'<svg class="{name}" viewBox="{box}" role="img" aria-label="{said}"{more}>'
        f"<title>{said}</title>{''.join(pieces)}</svg>"
    )
