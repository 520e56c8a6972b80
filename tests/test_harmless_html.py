"""What a student writes in a text cell is shown to the instructor, and runs nothing there."""

import base64
import html
import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbconvert.filters import markdown2html

from autograder.intake.harmless_html import TABLE, harmless_html
from autograder.intake.pictures import LARGEST_PICTURE, MOST_PICTURES, check_pictures
from instructor.shells.notebooks.parts import without_attached

LESSONS = sorted(Path(__file__).resolve().parents[1].glob("assignments/*/*.ipynb"))
SCRIPT = "<script>alert(1)</script>"
IMG = "<img src=x onerror=alert(1)>"
HARMFUL = {
    "a script": SCRIPT,
    "a script in capitals": "<ScRiPt>alert(1)</sCrIpT>",
    "a script in a script": f"<scr{SCRIPT}ipt>alert(1)</scr</script>ipt>",
    "a script behind a slash": "<script/x>alert(1)</script/x>",
    "a script in a picture": '<img src="x" onerror="alert(1)">',
    "a script in a link": "[link](javascript:alert(1))",
    "a script in a link that is hidden": '<a href="java\nscript:alert(1)">a</a> <a href=" JAVASCRIPT:alert(1)">b</a>',
    "a script in entities": '<a href="jav&#x61;script&colon;alert(1)">a</a> <a href="&#1;java&Tab;script:x">b</a>',
    "a script in Markdown's entities": "[link](javascript&colon;alert(1))",
    "an old protocol": '<a href="vbscript:a">a</a> <a href="blob:https://example.org/1">b</a> <a href="file:///etc">c</a>',
    "a page in a link": '<a href=" data:text/html,<script>alert(1)</script>">a</a>',
    "a page in a link that is hidden": '<a href="da&Tab;ta:text/html,a">a</a> <a href="&#1;DATA:text/html,b">b</a>',
    "a picture in a link": '<a href="data:image/png;base64,iVBORw0KGgo=">a</a>',
    "a drawing": '<svg onload="alert(1)"></svg> <img src="data:image/svg+xml,<svg onload=alert(1)>">',
    "a script in a drawing": f'<svg>{SCRIPT}<a xlink:href="javascript:alert(1)"><text y="9">a</text></a></svg>',
    "an animated link": '<svg><a><animate attributeName="href" values="javascript:alert(1)"/><text>a</text></a></svg>',
    "a drawing that becomes a page": f'<svg></p><style><a id="</style>{IMG}">',
    "a formula": '<math href="javascript:alert(1)"><mtext>a</mtext></math>',
    "a formula that becomes a page": f"<form><math><mtext></form><form><mglyph><style></math>{IMG}</form>",
    "a formula in a table": f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;{html.escape(IMG)}">',
    "a frame": '<iframe src="https://example.org"></iframe> <object data="x"></object> <embed src="x">',
    "a frame with a page in it": f"<iframe srcdoc='{SCRIPT}'></iframe>",
    "a form": '<form action="/formgrader/api"><input type="submit" formaction="javascript:alert(1)"></form>',
    "a button elsewhere": '<button form="f" formaction="javascript:alert(1)">b</button>',
    "a style": '<style>* { display: none }</style> <p style="background: url(x)">p</p>',
    "a style in a table": '<table style="position: fixed"><tr><td style="width: 100vw">t</td></tr></table>',
    "another page's address": '<base href="https://example.org"> <meta http-equiv="refresh" content="0">',
    "many pictures": '<img srcset="https://example.org/1 2x" src="x"> <picture><source srcset="x"></picture>',
    "a film": f'<video><source onerror="alert(1)"></video> <audio src="x" onerror="alert(1)"></audio> {SCRIPT}',
    "handlers": '<details open ontoggle="alert(1)"><summary/onclick=alert(1)>s</summary></details>',
    "a handler on lines": '<div>\n<b oNfOcUs\n=\n"alert(1)" tabindex="1" autofocus>b</b>',
    "a tag that never ends": "<div>text <img src=x onerror=alert(1) <p>p",
    "a tag opened twice": "<div><<img src=x onerror=alert(1)//<p>p",
    "tags that cross": f"<b><i><table><tr><td></b>{IMG}</i></table>",
    "a tag behind a backtick": "<div><img src=`x` onerror=alert(1)> <p title=``onmouseover=alert(1)>p</p>",
    "a comment": f"a <!-- {SCRIPT} --> <!--[if IE]>{SCRIPT}<![endif]--> b",
    "a comment that ends early": f"<!--> {IMG} --> <!-- --!> {IMG} -->",
    "a declaration": f'<?xml-stylesheet href="javascript:alert(1)"?> <![CDATA[ ]]> {IMG} <!DOCTYPE html>',
    "plain text": f"<plaintext>{IMG}",
    "a picture that ends its text": f'<xmp><p title="</xmp>{IMG}"></xmp>',
    "a picture that ends its title": f'<title><p title="</title>{IMG}"></title>',
    "a picture that ends its field": f'<textarea><p title="</textarea>{IMG}"></textarea>',
    "a picture without scripts": f'<noscript><p title="</noscript>{IMG}"></noscript>',
    "a template": f"<template>{SCRIPT}</template> <slot>{IMG}</slot>",
    "a list of options": f"<select><option><style></select>{IMG}</style></option></select>",
    "a tag of one's own": '<x-tag onclick="alert(1)" is="y">x</x-tag>',
    "a zero byte": f"<scr\0ipt>alert(1)</scr\0ipt> <a href='java\0script:alert(1)'>a</a> {IMG}",
    "many tags": "<div><b><font>" * 300 + IMG,
}
QUIET_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "div", "span", "blockquote", "pre", "details", "summary"),
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "ul", "ol", "li", "dl", "dt", "dd", "a", "img"),
    *("b", "strong", "i", "em", "u", "s", "del", "small", "sub", "sup", "code", "kbd", "abbr"),
}
QUIET_ATTRIBUTES = {
    *("class", "id", "title", "align", "href", "src", "alt", "width", "height", "open", "start", "colspan", "rowspan")
}
QUIET_URL = re.compile(r"https?:|mailto:|data:image/(png|jpeg|gif);|(?![a-z][a-z0-9+.-]*:)", re.IGNORECASE)
NOT_READ = re.compile(r"^[\x00-\x20]+|[\t\n\r]")  # by a browser, of an address


class Alive(HTMLParser):
    """What a page has beside text, quiet tags and their quiet attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in QUIET_TAGS:
            self.found.append(tag)
        for name, value in attrs:
            if (tag, name, value) == ("table", "style", "width:auto"):
                continue  # ours
            address = NOT_READ.sub("", value or "") if name in ("href", "src") else ""
            is_hidden_page = name == "href" and address.lower().startswith("data:")
            if name not in QUIET_ATTRIBUTES or is_hidden_page or not QUIET_URL.match(address):
                self.found.append(f"{tag} {name}={value}")

    def handle_comment(self, data: str) -> None:
        self.found.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment  # type: ignore[assignment]


@pytest.mark.parametrize("source", HARMFUL.values(), ids=list(HARMFUL))
def test_nothing_in_a_text_cell_is_alive(source):
    assert Alive(markdown2html(source)).found
    assert not Alive(harmless_html(source)).found


def test_a_tag_in_an_attribute_is_text():
    """What makes room in tables finds none in a text, which would end the attribute."""
    assert not Alive(harmless_html(f'<p title="<table>{IMG}">p</p>')).found


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_lessons_look_as_before(path):
    cells = nbformat.read(path, as_version=4).cells
    texts = [without_attached(cell.source) for cell in cells if cell.cell_type == "markdown"]
    assert len(texts) >= 8
    assert "attachment:" not in "".join(texts)
    assert [_plain(harmless_html(text)) for text in texts] == [_plain(markdown2html(text)) for text in texts]


def _plain(page: str) -> str:
    return html.unescape(page.replace(TABLE, "<table>")).replace(" />", ">").replace("/>", ">")


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif"])
def test_a_picture_in_the_text_is_shown(kind):
    source = f"data:image/{kind};base64,iVBORw0KGgo="
    assert f'<img src="{source}" alt="mine">' in harmless_html(f"![mine]({source})")


@pytest.mark.parametrize(
    "source",
    [
        '<details open=""><summary>More</summary>text</details>',
        '<img src="https://example.org/a.png" alt="a" width="10" height="20">',
        '<a href="https://example.org/?a=1&amp;b=2#c" title="t">a</a> <a href="mailto:a@example.org">b</a>',
        '<a href="#here">a</a> <a href="a.ipynb">b</a>',
        '<ol start="3"><li>c<sup>2</sup></li></ol>',
    ],
)
def test_what_is_harmless_stays(source):
    assert source in harmless_html(source)


def test_a_table_has_room():
    assert TABLE in harmless_html("| a |\n|---|\n| 1 |")


def test_markup_that_is_nested_without_end_is_shown_as_text():
    shown = harmless_html("<div>" * 100_000 + SCRIPT)
    assert shown.startswith("<pre>&lt;div&gt;")
    assert "<script" not in shown


PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n a picture").decode()


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("![a](attachment:a.png)", 'src="data:image/png;base64,'),
        ('![a](attachment:a.png "title")', 'src="data:image/png;base64,'),
        ("![a](attachment:b%20c.png)", 'src="data:image/png;base64,'),
        ('<img src="attachment:a.png">', 'src="data:image/png;base64,'),
        ("![a](attachment:other.png)", "[the picture other.png is missing]"),
        ("![a](attachment:<script>)", "is missing]"),
        ('<img src="attachment:other.png">', "<img"),
        (f"![a](data:image/webp;base64,{PNG})", 'src="data:image/webp;base64,'),
    ],
)
def test_attached_pictures_are_shown_and_missing_ones_named(source, shown):
    page = harmless_html(source, {"a.png": {"image/png": PNG}, "b c.png": {"image/png": PNG}})
    assert shown in page
    assert "attached.invalid" not in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("attachments", "kept"),
    [
        ({"a": {"image/png": PNG}}, {"a": {"image/png": PNG}}),
        ({"a": {"image/png": [PNG[:8] + "\n", PNG[8:]]}}, {"a": {"image/png": PNG}}),
        ({"a": {"image/jpeg": PNG}}, {}),
        ({"a": {"image/svg+xml": PNG}}, {}),
        ({"a": {"image/png": "no base64!"}}, {}),
        ({"a": {"image/png": 3}, "b": 4, 5: {"image/png": PNG}, "c" * 300: {"image/png": PNG}}, {}),
        ([PNG], {}),
        (None, {}),
    ],
)
def test_only_pictures_that_are_what_they_say_are_kept(attachments, kept):
    assert check_pictures(attachments) == kept


def test_a_picture_is_bounded_and_so_are_their_number():
    large = base64.b64encode(base64.b64decode(PNG) + bytes(LARGEST_PICTURE)).decode()
    assert check_pictures({"a": {"image/png": large}}) == {}
    assert check_pictures({"a": {"image/png": large * 2}}) == {}
    assert len(check_pictures({str(n): {"image/png": PNG} for n in range(99)})) == MOST_PICTURES
