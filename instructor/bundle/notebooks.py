"""The notebooks of a bundle: the releases, with a first cell that installs the course where it is not installed.

That cell also lets a notebook run without PyTorch: the NumPy exercises need none.
"""

from pathlib import Path

import nbformat

FIRST_CELL = """\
# Run this cell first. It installs the course in Colab, and wherever else it is missing; otherwise it does nothing.
import importlib.util

if importlib.util.find_spec("autograder") is None:
    import glob
    import subprocess
    import sys

    NAME = "transformers_from_scratch-*.whl"  # it lies in the bundle, beside README.md
    places = ["../../", "../", "", "/content/", "/content/drive/MyDrive/", "/content/drive/MyDrive/*/"]
    wheels = [wheel for place in places for wheel in glob.glob(place + NAME)]
    if not wheels and "google.colab" in sys.modules:
        from google.colab import files

        print("Choose the file transformers_from_scratch-….whl from the bundle.")
        wheels = list(files.upload())
    if not wheels:
        raise FileNotFoundError(f"put {NAME} from the bundle beside this notebook, and run this cell again")
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", wheels[0]], check=True)
    print("installed", wheels[0])

from autograder import check, hint, progress
from autograder.protocol.without_pytorch import stand_in_for_pytorch

if stand_in_for_pytorch():
    print("PyTorch is not installed here. The NumPy exercises do without it; whatever else needs it says so.")"""


def prepare_notebook(released: Path, target: Path) -> None:
    """Write a release as students get it."""
    notebook = nbformat.read(released, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(FIRST_CELL, id="install-the-course"))
    notebook.metadata["colab"] = {"generative_ai_disabled": True, "provenance": []}
    nbformat.validate(notebook)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(nbformat.writes(notebook, version=4) + "\n", encoding="utf-8", newline="\n")
