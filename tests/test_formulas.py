"""Every formula of a lesson stays whole where Markdown becomes HTML, as on a page with feedback."""

import html
import re
from pathlib import Path

import nbformat
import pytest
from nbconvert.filters.markdown import markdown2html

PROJECT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(PROJECT.glob("solutions/*/*.ipynb"))
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$]+?\$", re.DOTALL)
SPACE = re.compile(r"\s+")


def find_torn(markdown: str) -> list[str]:
    """The formulas that are not in the HTML: a line of one that begins like a list is made one."""
    text = IMAGE.sub("", markdown)
    page = SPACE.sub(" ", html.unescape(markdown2html(text)))
    formulas = FORMULA.findall(CODE.sub("", text))
    return [formula for formula in formulas if SPACE.sub(" ", formula) not in page]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_formula_of_a_lesson_is_torn(path):
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    assert cells
    assert [torn for cell in cells for torn in find_torn(cell)] == []


def test_a_torn_formula_is_found():
    assert find_torn("Divide by $1\n- \\beta^t$, and by $\\sqrt{d}$.") == ["$1\n- \\beta^t$"]
    assert find_torn("Code has none: `$1`. This is whole: $a <\nb$.") == []
