"""Try a bundle as a student does, with any Python and an empty home.

    python tests/try_bundle.py BUNDLE [--python PYTHON] [--without-torch] [--offline]

BUNDLE is the zip or the folder that `autograder bundle` wrote. A fresh environment gets what its requirements say; with
`--offline` it sees the libraries of PYTHON instead, and only the course's own wheel is installed. Each trial is timed.
Exit code 0 if all trials went well, 1 if not.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic as seconds

RIGHT = """\
def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
"""
WRONG = RIGHT.replace("e.sum(axis, keepdims=True)", "e.sum()")
NOTEBOOK = Path("work", "02_attention", "attention.ipynb")
HEAVY = ("torch", "nbgrader", "jupytext", "pydantic", "dask", "matplotlib")
COLAB = """
import pathlib, shutil, sys, types

def upload():
    shutil.copy({wheel!r}, ".")
    return {{pathlib.Path({wheel!r}).name: b""}}

google = types.ModuleType("google")
google.__path__ = []
colab = types.ModuleType("google.colab")
colab.files = types.SimpleNamespace(upload=upload)
sys.modules["google"], sys.modules["google.colab"] = google, colab
colab.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec("google.colab", None)
google.colab = colab
"""
RUN_NOTEBOOK = """
import sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
settings = dict(timeout=300, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": sys.argv[2]}})
NotebookClient(notebook, **settings).execute()
nbformat.write(notebook, sys.argv[3])
"""


class Failed(Exception):
    """A trial that did not go well; the message says how."""


def expect(true: object, otherwise: object) -> None:
    """Raise Failed where something is not so."""
    if not true:
        raise Failed(str(otherwise)[-3000:])


class Student:
    """A bundle, unpacked into a folder of its own, and an environment for it."""

    def __init__(self, bundle: Path, place: Path, python: str, offline: bool) -> None:
        self.bundle, self.python, self.offline = _unpack(bundle, place), python, offline
        self.place, self.home = place, place / "home"
        self.home.mkdir()
        self.environment = place / "environment"
        (wheel,) = self.bundle.glob("*.whl")
        self.wheel = str(wheel.resolve())

    def make_environment(self, where: Path, borrow: bool) -> str:
        """A fresh environment; its Python."""
        extra = ["--system-site-packages"] if borrow else []
        self.run([self.python, "-m", "venv", *extra, str(where)])
        return str(where / ("Scripts" if os.name == "nt" else "bin") / "python")

    def install(self, requirements: str) -> None:
        """What the README says: an environment in which the bundle is installed."""
        self.own = self.make_environment(self.environment, borrow=self.offline)
        asked = ["--no-deps", self.wheel] if self.offline else ["-r", requirements]
        self.run([self.own, "-m", "pip", "install", "--quiet", *asked])

    def run(self, command: list[str], codes: tuple[int, ...] = (0,), cwd: Path | None = None, **env: str) -> str:
        """What a command prints. Raises Failed where it ends otherwise than with one of these codes."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JUPYTER"))}
        home = {"HOME": str(self.home), "USERPROFILE": str(self.home), "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            command,
            cwd=cwd or self.bundle,
            env=clean | home | env,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        expect(done.returncode in codes, f"exit code {done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout

    def script(self, text: str) -> str:
        """What a script prints, beside the notebook."""
        return self.run([self.own, "-c", text], cwd=(self.bundle / NOTEBOOK).parent)

    def write_softmax(self, code: str) -> None:
        """Do an exercise in the notebook."""
        path = self.bundle / NOTEBOOK
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "softmax-solution":
                cell["source"] = code
        path.write_text(json.dumps(notebook), encoding="utf-8")


def _unpack(bundle: Path, place: Path) -> Path:
    if bundle.is_dir():
        return Path(shutil.copytree(bundle, place / bundle.name))
    with zipfile.ZipFile(bundle) as packed:
        packed.extractall(place)
    return place / bundle.stem


# ---- trials


def the_import_is_light(student: Student) -> None:
    """`import autograder` and a NumPy check load nothing heavy."""
    shown = f"print([name for name in {HEAVY} if name in sys.modules])"
    lines = student.script(
        f"import sys\nimport numpy as np\nfrom autograder import check\n{RIGHT}\ncheck('softmax')\n{shown}"
    )
    expect(lines.splitlines()[-1] == "[]", lines)


def right_code_passes_and_a_mistake_is_named(student: Student) -> None:
    """`check` in a script."""
    begin = "import numpy as np\nfrom autograder import check\n"
    right = student.script(f"{begin}{RIGHT}\ncheck('softmax')")
    expect(right.startswith("✓ softmax: passed, 2 of 2 points"), right)
    wrong = student.script(f"{begin}{WRONG}\ncheck('softmax')")
    expect("The sum runs over the whole array." in wrong, wrong)


def the_command_checks(student: Student) -> None:
    """`autograder check`, before and after an exercise is written."""
    command = [student.own, "-m", "autograder", "check", "--json", "-e", "softmax", str(NOTEBOOK)]
    for code, ending, points in (("raise NotImplementedError()", 1, 0), (RIGHT, 0, 2)):
        student.write_softmax(code)
        grades = next(iter(json.loads(student.run(command, (ending,))).values()))
        score = grades["score"] if isinstance(grades, dict) else grades[0]["score"]
        expect(score == points, grades)


def pytest_checks(student: Student) -> None:
    """`pytest NOTEBOOK::softmax`."""
    student.write_softmax(RIGHT)
    printed = student.run([student.own, "-m", "pytest", "-q", f"{NOTEBOOK.as_posix()}::softmax"])
    expect("passed" in printed and "failed" not in printed, printed)


def hints_and_progress_are_there(student: Student) -> None:
    """`hint` and `progress`."""
    printed = student.script("from autograder import hint, progress\nhint('softmax')\nprogress()")
    expect("Hint 1 of 3" in printed and "Next: " in printed, printed)


def the_notebook_runs(student: Student) -> None:
    """The whole notebook in a kernel, from its own folder (JupyterLab) and from the bundle's (VS Code, if set so)."""
    student.write_softmax(RIGHT)
    for folder in ((student.bundle / NOTEBOOK).parent, student.bundle):
        ran = student.place / "ran.ipynb"
        student.run([student.own, "-c", RUN_NOTEBOOK, str(student.bundle / NOTEBOOK), str(folder), str(ran)])
        cells = [cell for cell in json.loads(ran.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
        looks = "from importlib.util import find_spec; print(find_spec('torch') is not None)"
        installed = student.run([student.own, "-c", looks]).strip() == "True"
        said = json.dumps(cells[0]["outputs"])
        expect(said == "[]" if installed else "PyTorch is not installed here" in said, said)
        errors = [o for cell in cells for o in cell["outputs"] if o["output_type"] == "error"]
        expect(not errors, errors)
        told = next(json.dumps(c["outputs"], ensure_ascii=False) for c in cells if c["source"] == ['check("softmax")'])
        expect("passed" in told and "Traceback" not in told, told)


def colab_installs(student: Student) -> None:
    """The first cell where nothing is installed: the wheel is in Drive, or is uploaded, or is nowhere."""
    cell = "".join(json.loads((student.bundle / NOTEBOOK).read_text(encoding="utf-8"))["cells"][0]["source"])
    for way in ("drive", "upload", "beside"):
        content = student.place / way
        drive = content / "drive" / "MyDrive" / "course"
        drive.mkdir(parents=True)
        if way != "upload":
            shutil.copy(student.wheel, drive if way == "drive" else content)
        bare = student.make_environment(student.place / f"environment-{way}", borrow=False)
        code = COLAB.format(wheel=student.wheel) + cell.replace('"/content/', f'"{content.as_posix()}/')
        printed = student.run([bare, "-c", code], cwd=content, PIP_NO_DEPS="1")
        expect("installed" in printed and ("Choose the file" in printed) == (way == "upload"), printed)
        student.run([bare, "-c", "import autograder"])


def a_missing_wheel_is_said(student: Student) -> None:
    """The first cell where there is no wheel, and nobody to ask for it."""
    cell = "".join(json.loads((student.bundle / NOTEBOOK).read_text(encoding="utf-8"))["cells"][0]["source"])
    bare = student.make_environment(student.place / "environment-none", borrow=False)
    empty = student.place / "a" / "b" / "c"
    empty.mkdir(parents=True)
    code = f"try:\n    exec({cell!r})\nexcept FileNotFoundError as error:\n    print(error)"
    printed = student.run([bare, "-c", code.replace("/content/", "/nowhere/")], cwd=empty)
    expect("beside this notebook, and run this cell again" in printed, printed)


def a_notebook_is_given_back(student: Student) -> None:
    """`autograder reset`, of an exercise and of the whole notebook; nothing is lost."""
    student.write_softmax("a mess")
    reset = [student.own, "-m", "autograder", "reset", str(NOTEBOOK)]
    expect("what you had is in" in student.run([*reset, "softmax"]), "reset said nothing")
    (student.bundle / NOTEBOOK).write_text("{", encoding="utf-8")
    student.run(reset)
    kept = sorted(path.read_text(encoding="utf-8") for path in (student.bundle / NOTEBOOK).parent.glob("backup/*"))
    expect(len(kept) == 2 and "a mess" in kept[1] and kept[0] == "{", f"{len(kept)} backups")
    expect("raise NotImplementedError()" in (student.bundle / NOTEBOOK).read_text(encoding="utf-8"), "no stubs")


TRIALS: tuple[Callable[[Student], None], ...] = (
    the_import_is_light,
    right_code_passes_and_a_mistake_is_named,
    the_command_checks,
    pytest_checks,
    hints_and_progress_are_there,
    the_notebook_runs,
    colab_installs,
    a_missing_wheel_is_said,
    a_notebook_is_given_back,
)


def attempt(what: str, trial: Callable[[], None]) -> bool:
    """Try one thing and say how it went, and how long it took."""
    started, problem = seconds(), ""
    try:
        trial()
    except Failed as failed:
        problem = f"\n{failed}"
    sign = "FAILED" if problem else "ok"
    print(f"{sign:<6} {seconds() - started:6.1f} s  {what.replace('_', ' ')}{problem}", flush=True)
    return not problem


def main() -> int:
    """Install, and try everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--without-torch", action="store_true", help="install requirements-without-torch.txt")
    parser.add_argument("--offline", action="store_true", help="use the libraries that PYTHON has")
    given = parser.parse_args()
    requirements = "requirements-without-torch.txt" if given.without_torch else "requirements.txt"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        student = Student(given.bundle, Path(place).resolve(), given.python, given.offline)
        if not attempt("installation", lambda: student.install(requirements)):
            return 1
        went_well = [attempt(trial.__name__, lambda trial=trial: trial(student)) for trial in TRIALS]  # type: ignore[misc]
    return 0 if all(went_well) else 1


if __name__ == "__main__":
    sys.exit(main())
