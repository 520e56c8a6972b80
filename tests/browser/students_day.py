"""A student's day: open a release in `work/`, fill a stub, read what is wrong with it, mend it, and validate."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from playwright.sync_api import Locator, Page, expect

from autograder import syllabus
from autograder.__main__ import main
from demo.classroom import submission
from demo.written import written_answer
from tests.browser.lab import PROJECT, SHOWN, jupyter_lab

pytest_plugins = "tests.browser.chromium"

UNIT, NOTEBOOK = "03_feed_forward", "feed_forward.ipynb"
WRONG = "def relu(x):\n    return np.abs(x)"
RIGHT = "def relu(x):\n    return np.maximum(x, 0)"


@pytest.fixture
def work(tmp_path, monkeypatch) -> Path:
    """The folder that `make lab` opens, where all is done but the first exercise."""
    (tmp_path / "assignments").symlink_to(PROJECT / "assignments")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["work"]).exit_code == 0
    path = tmp_path / "work" / UNIT / NOTEBOOK
    source = nbformat.read(PROJECT / "solutions" / UNIT / NOTEBOOK, as_version=4)
    questions = syllabus.units()["feed_forward"].questions
    answers = {f"question-{q.name}": written_answer(q.name, 0) for q in questions}
    nbformat.write(submission(source, nbformat.read(path, as_version=4), answers | {"relu": None}), path)
    return tmp_path / "work"


def code_cell(page: Page, text: str) -> Locator:
    return page.locator(".jp-NotebookPanel:visible .jp-CodeCell").filter(has_text=text).first


def enter(cell: Locator) -> None:
    """Put the cursor into a cell; a click could miss it while formulas above it are set and move it."""
    cell.locator(".cm-content").focus()
    expect(cell).to_contain_class("jp-mod-active")


def run(page: Page, cell: Locator) -> None:
    """Run a cell, once the kernel waits for one: what it is sent while it starts can get lost."""
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Python 3 (ipykernel) | Idle")
    enter(cell)
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[[\d*]+\]:"))


def write_and_check(page: Page, code: str) -> None:
    """Write the code into the stub's cell, whatever stands there, and run it and the check below it."""
    cell = code_cell(page, "def relu(")
    enter(cell)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(code)
    expect(cell).to_contain_text(code.splitlines()[-1].strip())
    run(page, cell)
    run(page, code_cell(page, 'check("relu")'))


def validate(page: Page) -> Locator:
    """Press nbgrader's button; the dialog with what it says."""
    page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog", has_text="Validation Results")
    expect(dialog).to_be_visible()
    return dialog


@pytest.fixture
def lab(work: Path, tmp_path: Path) -> Iterator[str]:
    with jupyter_lab(work, home=tmp_path) as address:
        yield address


def test_students_day(page):
    for name in (UNIT, NOTEBOOK):
        page.locator(".jp-DirListing-item", has_text=name).dblclick()
    run(page, code_cell(page, "from autograder import check"))
    said = code_cell(page, 'check("relu")').locator(".jp-Cell-outputArea")

    write_and_check(page, WRONG)
    expect(said).to_contain_text("Negative numbers become positive: that is the absolute value.")
    expect(said).to_contain_text("The ReLU makes them 0.")
    page.screenshot(path=SHOWN / "students_day_the_cause.png")
    dialog = validate(page)
    expect(dialog).to_contain_text('check("relu")')
    expect(dialog).not_to_contain_text("Success")
    dialog.get_by_role("button", name="OK").click()

    write_and_check(page, RIGHT)
    expect(said).to_contain_text("all 4 cases pass")
    expect(said).not_to_contain_text("absolute value")
    expect(validate(page)).to_contain_text("Success! Your notebook passes all the tests.")
