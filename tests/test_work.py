"""Students' work is never overwritten: `work` copies what is missing, builds refuse, `reset` keeps a backup."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.__main__ import main
from autograder.intake.find import find_submission
from autograder.shells import reset as resetting
from instructor.authoring.changed_by_hand import is_as_built
from instructor.authoring.lessons import build
from instructor.shells.nbgrader import configure

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # nbgrader and its libraries warn about themselves
    pytest.mark.usefixtures("one_engine"),
]

PROJECT = Path(__file__).resolve().parent.parent
UNITS = ("02_attention", "03_feed_forward")
NOTEBOOK = Path("02_attention", "attention.ipynb")


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    for unit in UNITS:
        shutil.copytree(PROJECT / "assignments" / unit, tmp_path / "assignments" / unit)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object):
    return CliRunner().invoke(main, list(map(str, arguments)))


def solve(path: Path, exercise: str, code: str) -> None:
    notebook = nbformat.read(path, as_version=4)
    cell_of(notebook, f"{exercise}-solution").source = code
    nbformat.write(notebook, path)


def cell_of(notebook, grade_id: str):
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def test_work_copies_what_is_missing_and_overwrites_nothing(course):
    assert run("work").output.count("new: ") == len(UNITS)
    for unit in UNITS:
        for release in (course / "assignments" / unit).iterdir():
            assert (course / "work" / unit / release.name).read_bytes() == release.read_bytes()
    solve(course / "work" / NOTEBOOK, "softmax", "mine")
    shutil.rmtree(course / "work" / "03_feed_forward")
    before = (course / "work" / NOTEBOOK).read_bytes()
    assert run("work").output.splitlines() == ["new: work/03_feed_forward/feed_forward.ipynb"]
    assert (course / "work" / NOTEBOOK).read_bytes() == before


def test_work_says_where_a_release_is_another_version_than_the_copy(course):
    run("work")
    assert run("work").output == ""
    release = json.loads((course / "assignments" / NOTEBOOK).read_text(encoding="utf-8"))
    release["metadata"]["autograder"]["release"] = "newer"
    (course / "assignments" / NOTEBOOK).write_text(json.dumps(release), encoding="utf-8")
    assert "kept: work/02_attention/attention.ipynb" in run("work").output


def test_a_link_in_the_way_is_left_alone(course):
    (course / "work" / "02_attention").mkdir(parents=True)
    (course / "work" / NOTEBOOK).symlink_to("elsewhere.ipynb")
    run("work")
    assert (course / "work" / NOTEBOOK).is_symlink()


def edited(path: Path) -> None:
    solve(path, "softmax", "def softmax(x, axis=-1):\n    return x")


def added_cell(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("my notes"))
    nbformat.write(notebook, path)


def deleted_cell(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[0]
    nbformat.write(notebook, path)


def attached(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    cell_of(notebook, "question-variance")["attachments"] = {"a.png": {"image/png": "aGk="}}
    nbformat.write(notebook, path)


def broken(path: Path) -> None:
    path.write_text("{")


def run_and_saved(path: Path) -> None:
    """What JupyterLab does to a notebook that is run and saved, and is no work."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["language_info"]["version"] = "3.12.1"
    for number, cell in enumerate(notebook["cells"]):
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell |= {"execution_count": number, "outputs": [{"output_type": "stream", "name": "stdout", "text": "!"}]}
    path.write_text(json.dumps(notebook), encoding="utf-8")


CHANGES = (edited, added_cell, deleted_cell, attached, broken)


@pytest.fixture
def lessons(course) -> Path:
    """The course with a lesson that has changed since the release was built."""
    (course / "solutions").mkdir()
    for unit in UNITS:
        text = (PROJECT / "solutions" / f"{unit}.py").read_text(encoding="utf-8")
        (course / "solutions" / f"{unit}.py").write_text(f"{text}\n# %% [markdown]\n# more\n", encoding="utf-8")
    return course


def test_releases_say_what_they_were_built_as():
    releases = sorted(PROJECT.glob("assignments/*/*.ipynb"))
    assert releases and all(is_as_built(release) for release in releases)


@pytest.mark.parametrize("change", CHANGES)
def test_a_build_refuses_where_somebody_has_worked_and_writes_nothing(lessons, change):
    change(lessons / "assignments" / NOTEBOOK)
    before = {path: path.read_bytes() for path in lessons.rglob("*") if path.is_file()}
    result = run("build")
    assert "assignments/02_attention/attention.ipynb was changed by hand" in result.output
    assert (result.exit_code, result.output.count("changed by hand")) == (2, 1)
    assert {path: path.read_bytes() for path in lessons.rglob("*") if path.is_file()} == before


def test_a_build_goes_over_what_was_only_run_and_saved(lessons):
    run_and_saved(lessons / "assignments" / NOTEBOOK)
    assert len(build(lessons)) == 2 * len(UNITS)
    assert is_as_built(lessons / "assignments" / NOTEBOOK)
    assert build(lessons) == []


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory) -> Path:
    """An empty gradebook: nbgrader starts a process to make one."""
    folder = tmp_path_factory.mktemp("gradebook")
    configure(Config(), folder)
    Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "test").close()
    return folder / "gradebook.db"


@pytest.fixture
def api(course, gradebook) -> NbGraderAPI:
    shutil.copy(gradebook, course)
    for unit in UNITS:
        shutil.copytree(PROJECT / "solutions" / unit, course / "solutions" / unit)
    config = Config()
    configure(config, course)
    config.CourseDirectory.course_id = "test"
    return NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)


def own_notebook(path: Path) -> None:
    path.with_name("attention-Copy1.ipynb").write_text("{}")


def own_file(path: Path) -> None:
    path.with_name("notes.txt").write_text("mine")


@pytest.mark.parametrize("change", [edited, broken, own_notebook, own_file])
def test_generate_assignment_refuses_where_somebody_has_worked_and_removes_nothing(api, course, change):
    change(course / "assignments" / NOTEBOOK)
    before = {path: path.read_bytes() for path in (course / "assignments").rglob("*") if path.is_file()}
    result = api.generate_assignment("02_attention")
    assert not result["success"]
    assert "by hand, and would be removed: move it into work/" in result["log"]
    assert {path: path.read_bytes() for path in (course / "assignments").rglob("*") if path.is_file()} == before
    assert api.generate_assignment("03_feed_forward")["success"]


def test_generate_assignment_writes_what_build_writes_also_over_what_was_run(api, course):
    run_and_saved(course / "assignments" / NOTEBOOK)
    (course / "assignments" / "02_attention" / ".ipynb_checkpoints").mkdir()
    (course / "assignments" / "02_attention" / ".ipynb_checkpoints" / "attention-checkpoint.ipynb").write_text("{}")
    result = api.generate_assignment("02_attention")
    assert result["success"], result
    assert (course / "assignments" / NOTEBOOK).read_bytes() == (PROJECT / "assignments" / NOTEBOOK).read_bytes()


def test_reset_gives_one_stub_back_and_keeps_what_was_there(course):
    run("work")
    path = course / "work" / NOTEBOOK
    solve(path, "softmax", "a mess")
    solve(path, "causal_mask", "mine")
    before = path.read_bytes()
    result = run("reset", "work/02_attention/attention.ipynb", "softmax")
    assert result.exit_code == 0, result.output
    notebook = nbformat.read(path, as_version=4)
    release = nbformat.read(course / "assignments" / NOTEBOOK, as_version=4)
    assert cell_of(notebook, "softmax-solution") == cell_of(release, "softmax-solution")
    assert cell_of(notebook, "causal_mask-solution").source == "mine"
    (kept,) = (path.parent / "backup").iterdir()
    assert f"what you had is in work/02_attention/backup/{kept.name}" in result.output
    assert kept.read_bytes() == before
    solve(path, "softmax", "another mess")
    run("reset", "work/02_attention/attention.ipynb", "softmax")
    assert len(list((path.parent / "backup").iterdir())) == 2
    assert find_submission(path.parent, "attention", "attention") == path  # a backup is handed in by nobody


def test_reset_gives_back_a_cell_that_was_deleted_and_an_answer(course):
    run("work")
    path = course / "work" / NOTEBOOK
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.remove(cell_of(notebook, "softmax-solution"))
    cell_of(notebook, "question-variance").source = "I erased the question"
    nbformat.write(notebook, path)
    for name in ("softmax", "variance"):
        assert run("reset", path, name).exit_code == 0
    assert is_as_built(path)


@pytest.mark.parametrize("was", ["work", "{", None])
def test_reset_gives_a_whole_notebook_back_and_keeps_what_was_there(course, was):
    run("work")
    path = course / "work" / NOTEBOOK
    if was == "work":
        solve(path, "softmax", "mine")
    elif was:
        path.write_text(was)
    else:
        path.unlink()
    before = path.read_bytes() if was else None
    result = run("reset", path)
    assert result.exit_code == 0, result.output
    assert path.read_bytes() == (course / "assignments" / NOTEBOOK).read_bytes()
    assert [kept.read_bytes() for kept in (path.parent / "backup").glob("*")] == ([before] if was else [])
    assert ("what you had is in" in result.output) == bool(was)


def test_resets_in_the_same_second_overwrite_no_backup(course, monkeypatch):
    run("work")
    path = course / "work" / NOTEBOOK
    monkeypatch.setattr(resetting, "datetime", SimpleNamespace(now=lambda: datetime(2026, 11, 26, 9, 30, 5)))
    for text in ("one", "two", "three"):
        path.write_text(text)
        assert run("reset", path).exit_code == 0
    kept = {backup.name: backup.read_text() for backup in (path.parent / "backup").iterdir()}
    assert kept == {
        "attention-2026-11-26-093005.ipynb": "one",
        "attention-2026-11-26-093005-2.ipynb": "two",
        "attention-2026-11-26-093005-3.ipynb": "three",
    }


def test_without_the_course_the_releases_of_the_package_are_taken(course, monkeypatch, tmp_path_factory):
    run("work")
    packed = tmp_path_factory.mktemp("installed") / "releases"
    (course / "assignments").rename(packed)
    monkeypatch.setattr(resetting, "PACKED", packed)
    path = course / "work" / NOTEBOOK
    solve(path, "softmax", "mine")
    assert run("reset", path, "softmax").exit_code == 0
    assert path.read_bytes() == (packed / NOTEBOOK).read_bytes()
    path.write_text("{")
    assert run("reset", path).exit_code == 0
    assert path.read_bytes() == (packed / NOTEBOOK).read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "exercise", "words"),
    [
        ("attention.ipynb", None, "softmx", "there is no exercise 'softmx'; did you mean 'softmax'?"),
        ("attention.ipynb", "{", "softmax", "is not a notebook that can be read"),
        ("attention.ipynb", "[]", "softmax", "is not a notebook that can be read"),
        ("other.ipynb", '{"cells": []}', "softmax", "there is no release of other.ipynb"),
    ],
)
def test_reset_says_what_it_cannot_do_and_changes_nothing(course, name, content, exercise, words):
    run("work")
    path = course / "work" / "02_attention" / name
    if content is not None:
        path.write_text(content)
    before = path.read_bytes()
    result = run("reset", path, exercise)
    assert (result.exit_code, words in result.output) == (2, True), result.output
    assert path.read_bytes() == before
    assert not (path.parent / "backup").exists()
