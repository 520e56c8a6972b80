"""A page in Chromium, which sees nothing but this machine; what it shows at a walk's end is kept in build/browser."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright

from tests.browser.lab import SHOWN

PATIENCE = 180_000  # milliseconds: a busy machine grades and starts kernels slowly
LOCAL = ("http://127.0.0.1:", "file:", "data:", "blob:")

expect.set_options(timeout=PATIENCE)


def only_local(route: Route) -> None:
    """Let what is on this machine pass; what is elsewhere, such as fonts and MathJax, the walks do without."""
    if route.request.url.startswith(LOCAL):
        route.continue_()
    else:
        route.abort()


@pytest.fixture
def page(request: pytest.FixtureRequest, lab: str) -> Iterator[Page]:
    """The address that a walk's `lab` gives, opened; at the end, a screenshot while the server still answers."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "There is no Chromium on this machine: run `make test-browser`, which says how to get it."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        context = browser.new_context(viewport={"width": 1500, "height": 1000})
        context.route("**/*", only_local)
        context.set_default_timeout(PATIENCE)
        try:
            opened = context.new_page()
            opened.goto(lab)
            yield opened
        finally:
            for number, shown in enumerate(context.pages, start=1):
                shown.screenshot(path=SHOWN / f"{request.node.name.removeprefix('test_')}_{number}.png")
            browser.close()
