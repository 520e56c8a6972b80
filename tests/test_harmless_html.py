"""What a student writes in a text cell is shown to the instructor, and runs nothing there."""

import html
import re
from pathlib import Path

import nbformat
import pytest
from nbconvert.filters import markdown2html

from autograder.intake.harmless_html import TABLE, harmless_html

LESSONS = sorted(Path(__file__).resolve().parents[1].glob("assignments/*/*.ipynb"))
HARMFUL = {
    "a script": "<script>alert(1)</script>",
    "a script in capitals": "<ScRiPt>alert(1)</sCrIpT>",
    "a script in a picture": '<img src="x" onerror="alert(1)">',
    "a script in a link": "[link](javascript:alert(1))",
    "a script in a link that is hidden": '<a href="java\nscript:alert(1)">a</a> <a href=" JAVASCRIPT:alert(1)">b</a>',
    "a page in a link": '<a href=" data:text/html,<script>alert(1)</script>">a</a>',
    "a drawing": '<svg onload="alert(1)"></svg> <img src="data:image/svg+xml,<svg onload=alert(1)>">',
    "a frame": '<iframe src="https://example.org"></iframe> <object data="x"></object> <embed src="x">',
    "a form": '<form action="/formgrader/api"><input type="submit" formaction="javascript:alert(1)"></form>',
    "a style": '<style>* { display: none }</style> <p style="background: url(x)">p</p>',
    "another page's address": '<base href="https://example.org"> <meta http-equiv="refresh" content="0">',
}
LIVE = r"<(script|iframe|object|embed|svg|form|input|style|base|meta|link)|<[^>]*(\son\w+|style|formaction)\s*="
LIVE += r"|<[^>]*(href|src)\s*=\s*.?\s*(java|data:text|data:image/svg)"


@pytest.mark.parametrize("source", HARMFUL.values(), ids=list(HARMFUL))
def test_nothing_in_a_text_cell_is_alive(source):
    assert re.search(LIVE, markdown2html(source), re.IGNORECASE)
    assert not re.search(LIVE, harmless_html(source), re.IGNORECASE)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_lessons_look_as_before(path):
    texts = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    assert len(texts) > 10
    assert [_plain(harmless_html(text)) for text in texts] == [_plain(markdown2html(text)) for text in texts]


def _plain(page: str) -> str:
    return html.unescape(page.replace(TABLE, "<table>")).replace(" />", ">").replace("/>", ">")


def test_a_picture_in_the_text_is_shown():
    assert '<img src="data:image/png;base64,iVBORw0KGgo=" alt="mine">' in harmless_html(
        "![mine](data:image/png;base64,iVBORw0KGgo=)"
    )
