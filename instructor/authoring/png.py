"""The pictures of the lessons as PNG files: JupyterLab and VS Code show no SVG that is attached to a cell.

`python -m instructor.authoring.png` draws them with Chromium (extra `[browser]`) into `pictures/`. Each file holds the
hash of the SVG that it shows, so that a build notices when it is out of date.
"""

import hashlib
import io
import shutil
from base64 import b64encode
from pathlib import Path

from instructor.authoring.bad_lesson import BadLesson

FOLDER = Path(__file__).with_name("pictures")
COLOURS = 32  # with half-transparent ones at the edges of letters; more cannot be told from these
DRAW = "run: python -m instructor.authoring.png"


def read_picture(name: str, svg: str) -> dict[str, str]:
    """The picture of this name as an attachment has it. Raises BadLesson where it does not show the SVG."""
    path = FOLDER / f"{name}.png"
    if not path.exists():
        raise BadLesson(f"there is no {path.name}; {DRAW}")
    if not _shows(path, svg):
        raise BadLesson(f"{path.name} is out of date; {DRAW}")
    return {"image/png": b64encode(path.read_bytes()).decode()}


def _shows(path: Path, svg: str) -> bool:
    return path.exists() and _hash(svg).encode() in path.read_bytes()


def _hash(svg: str) -> str:
    return hashlib.sha256(svg.encode()).hexdigest()


def main() -> None:
    """Draw every picture anew that is out of date."""
    from PIL import Image, PngImagePlugin
    from playwright.sync_api import sync_playwright

    from instructor.authoring import course_map, shape_flow

    svgs = {course_map.file_name(unit): course_map.draw(unit) for unit in (0, *course_map.UNITS)}
    svgs |= {name: shape_flow.draw(name) for name in shape_flow.PICTURES}
    svgs = {name: svg for name, svg in svgs.items() if not _shows(FOLDER / f"{name}.png", svg)}
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page()
        for name, svg in svgs.items():
            page.set_content(f"<style>body {{margin: 0}} svg {{display: block}}</style>{svg}")
            shot = page.locator("svg").first.screenshot(omit_background=True)
            about = PngImagePlugin.PngInfo()
            about.add_text("svg", _hash(svg))
            drawn = Image.open(io.BytesIO(shot)).quantize(COLOURS, method=Image.Quantize.FASTOCTREE)
            drawn.save(FOLDER / f"{name}.png", optimize=True, pnginfo=about)
            print(f"drawn: {name}.png")


if __name__ == "__main__":
    main()
