"""Text cells as HTML that does nothing: the formgrader shows them at the address where the gradebook is changed."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import unquote

import nh3
from jinja2 import pass_context
from nbconvert.filters import markdown2html

from autograder.intake.pictures import KINDS, Pictures, check_pictures

TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "div", "span", "blockquote", "pre", "details", "summary"),
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "ul", "ol", "li", "dl", "dt", "dd", "a", "img"),
    *("b", "strong", "i", "em", "u", "s", "del", "small", "sub", "sup", "code", "kbd", "abbr"),
}
ATTRIBUTES = {
    "*": {"class", "id", "title", "align"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "details": {"open"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
}
PROTOCOLS = {"http", "https", "mailto", "data"}
TABLE = '<table class="table table-condensed table-sm" style="width:auto">'  # as Bootstrap knows it, with some room
PICTURES = tuple(f"data:{kind};" for kind in KINDS)
ATTACHMENT = re.compile(
    r"!\[(?P<text>[^\]\n]*)\]\(<?attachment:(?P<name>[^\s)>]+)>?[^)\n]*\)|"  # in Markdown
    r"(?<=[\"'])attachment:(?P<url>[^\"'>\s]+)"  # in HTML
)
PLACE = "https://attached.invalid/{}/"  # where a picture comes in when the page is clean
MOST_TAGS = 10_000
IGNORED = re.compile(r"[\x00-\x20]+")  # what a browser leaves out of a protocol


@pass_context
def markdown_of_cell(context: Mapping[str, Any], source: str) -> str:
    """The text of the cell that a page is showing, as `harmless_html` with the pictures that are attached to it."""
    cell = context.get("cell")
    return harmless_html(source, check_pictures(cell.get("attachments")) if isinstance(cell, Mapping) else {})


def harmless_html(source: str, pictures: Pictures | None = None) -> str:
    """Markdown as HTML, without scripts, frames, forms and styles of its own; of a picture that is missing, its name.

    Cleaning markup that is nested without end would take minutes: very many tags are shown as text.
    """
    shown: list[str] = []
    source = ATTACHMENT.sub(lambda found: _make_place(found, pictures or {}, shown), source)
    page = _clean(source)
    for number, picture in enumerate(shown):
        page = page.replace(PLACE.format(number), picture)
    return page


def _make_place(found: re.Match[str], pictures: Pictures, shown: list[str]) -> str:
    """The place of an attached picture, in Markdown or in HTML."""
    name = found["name"] or found["url"]
    kinds = pictures.get(name) or pictures.get(unquote(name)) or {}
    if not kinds:
        return f"*[the picture {name} is missing]*" if found["name"] else ""
    kind, data = next(iter(kinds.items()))
    shown.append(f"data:{kind};base64,{data}")
    place = PLACE.format(len(shown) - 1)
    return f"![{found['text']}]({place})" if found["name"] else place


def _clean(source: str) -> str:
    if source.count("<") > MOST_TAGS:
        return f"<pre>{escape(source)}</pre>"
    page = nh3.clean(
        markdown2html(source),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_only_pictures,
        url_schemes=PROTOCOLS,
        link_rel=None,
    )
    return page.replace("<table>", TABLE)  # none is in an attribute: nh3 escapes < there


def _only_pictures(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute, or None where it is data and not a picture in the text itself."""
    is_data = IGNORED.sub("", value).lower().startswith("data:")
    return None if is_data and not ((tag, name) == ("img", "src") and value.startswith(PICTURES)) else value
