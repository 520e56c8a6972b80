"""The notebooks of a bundle: the releases, with a first cell that installs the course where it is not installed.

Where a lesson needs PyTorch only for its modules, the imports of PyTorch are a cell of their own, which says what is
missing: the NumPy exercises can be done without it.
"""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

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
    print("installed", wheels[0])"""


PYTORCH_CELL = """\
try:
{imports}
except ModuleNotFoundError:
    print("PyTorch is not installed here. You can do the NumPy exercises; for the modules at the end you need it.")"""
OF_PYTORCH = ("import torch", "from torch", "torch.set_num_threads(")


def prepare_notebook(released: Path, target: Path) -> None:
    """Write a release as students get it."""
    notebook = nbformat.read(released, as_version=4)
    _take_pytorch_apart(notebook)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(FIRST_CELL, id="install-the-course"))
    notebook.metadata["colab"] = {"generative_ai_disabled": True, "provenance": []}
    nbformat.validate(notebook)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(nbformat.writes(notebook, version=4) + "\n", encoding="utf-8", newline="\n")


def _take_pytorch_apart(notebook: NotebookNode) -> None:
    """Move the imports of PyTorch out of the first cell of code, unless it needs PyTorch for something else."""
    place = next(number for number, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    cell = notebook.cells[place]
    lines = cell.source.splitlines()
    moved = [line for line in lines if line.startswith(OF_PYTORCH)]
    kept = [line for line in lines if line not in moved]
    if moved and not any(line.startswith(("from autograder.blocks", "torch.")) for line in kept):
        cell.source = "\n".join(kept).rstrip()
        imports = "\n".join(f"    {line}" for line in moved)
        notebook.cells.insert(
            place + 1, nbformat.v4.new_code_cell(PYTORCH_CELL.format(imports=imports), id="import-pytorch")
        )
