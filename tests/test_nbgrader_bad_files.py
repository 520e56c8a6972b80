"""A class in which half the files are no notebooks, in nbgrader's own steps: each is graded, or refused by name."""

import json
import os
import shutil
from pathlib import Path

import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.secret import FILE_NAME
from instructor.shells.nbgrader import configure
from tests.sampled import sample
from tests.test_nbgrader import ASSIGNMENT, EARNED, NOTEBOOK, PROJECT, Course, solved

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # nbgrader and its libraries warn about themselves
    pytest.mark.usefixtures("one_worker", "one_engine"),
]


def link(folder: Path, target: Path) -> None:
    (folder / NOTEBOOK).symlink_to(target)


def link_to_folder(folder: Path, target: Path) -> None:
    folder.rmdir()
    folder.symlink_to(target.parent)


def pipe(folder: Path, _: Path) -> None:
    os.mkfifo(folder / NOTEBOOK)


def several(folder: Path, right: Path) -> None:
    for number in (1, 2):
        (folder / f"attention ({number}).ipynb").write_text(right.read_text() + " " * number)


def other_unit(folder: Path, _: Path) -> None:
    shutil.copy(PROJECT / "assignments" / "04_layer_norm" / "layer_norm.ipynb", folder / "layer_norm.ipynb")


def huge(folder: Path, _: Path) -> None:
    with open(folder / NOTEBOOK, "wb") as file:
        file.truncate(1 << 36)


def written(name: str, content: str | bytes):
    data = content.encode() if isinstance(content, str) else content
    return lambda folder, _: (folder / name).write_bytes(data)


UNREADABLE = {  # what is in the student's folder, and the words of the sentence
    "link": (link, "set aside: attention.ipynb (a link)"),
    "link_to_folder": (link_to_folder, "set aside: 02_attention (a link)"),
    "pipe": (pipe, "set aside: attention.ipynb (a pipe)"),
    "several": (several, "there are 2 files of this unit"),
    "nothing": (lambda folder, _: None, "there is no attention.ipynb: hand in"),
    "a_report": (written("report.pdf", b"%PDF\0"), "there is no attention.ipynb, only report.pdf"),
    "other_unit": (other_unit, "belongs to the unit layer_norm, and attention is asked for"),
    "huge": (huge, "has 65536 MiB"),
    "broken": (written(NOTEBOOK, '{"cells": ['), "its JSON is broken"),
    "broken_and_renamed": (written("Attention.ipynb", "[" * 10**6), "nested too deeply"),
    "empty": (written(NOTEBOOK, b""), "is empty"),
    "archive": (written(NOTEBOOK, b"PK\3\4" + bytes(999)), "is not text"),
    "old": (written(NOTEBOOK, '{"nbformat": 3, "worksheets": [1]}'), "an old notebook format"),
    "julia": (
        written(NOTEBOOK, '{"cells": [], "metadata": {"kernelspec": {"language": "julia"}}}'),
        "is a notebook for julia",
    ),
    "says_so_itself": (
        written(NOTEBOOK, '{"cells": 1, "metadata": {"refused": "x", "autograder": {"refused": "x"}}}'),
        "it has no list of cells",
    ),
}


def renamed(folder: Path, right: Path) -> None:
    shutil.copy(right, folder / "attention (1).ipynb")


def in_a_sub_folder(folder: Path, right: Path) -> None:
    (folder / "my work" / NOTEBOOK).mkdir(parents=True)
    shutil.copy(right, folder / "my work" / NOTEBOOK / NOTEBOOK)


def as_python(folder: Path, right: Path) -> None:
    cells = (c["source"] for c in json.loads(right.read_text())["cells"] if c["cell_type"] == "code")
    (folder / "attention.py").write_text("\n# %%\n".join(c for c in cells if not c.startswith("check(")))


def utf_16(folder: Path, right: Path) -> None:
    (folder / NOTEBOOK).write_bytes(right.read_text().encode("utf-16"))


def newer_format(folder: Path, right: Path) -> None:
    odd = json.loads(right.read_text()) | {"nbformat": 99, "metadata": {"autograder": {"refused": "x"}, "refused": "x"}}
    (folder / NOTEBOOK).write_text(json.dumps(odd))


def among_much_else(folder: Path, right: Path) -> None:
    shutil.copy(right, folder / NOTEBOOK)
    shutil.copy(right, folder / "attention-Copy1.ipynb")
    (folder / "secret.txt").symlink_to(right.parent.parent / FILE_NAME)
    (folder / "timestamp.txt").write_text("not a time")
    (folder / "large.bin").write_bytes(bytes(1 << 20))
    os.mkfifo(folder / "pipe")
    for number in range(1100):
        (folder / f"data-{number % 11}" / str(number)).mkdir(parents=True)


REPAIRED = (renamed, in_a_sub_folder, as_python, utf_16, newer_format, among_much_else)


@pytest.fixture(scope="module")
def hostile_class(tmp_path_factory) -> Course:
    """A class in which half the files are no notebooks, graded by one run of nbgrader's step."""
    course = Course(tmp_path_factory.mktemp("hostile class"))
    right = course.folder / "right.ipynb"
    right.write_text(json.dumps(solved()), encoding="utf-8")
    students = {name: make for name, (make, _) in UNREADABLE.items()} | {make.__name__: make for make in REPAIRED}
    for student, make in students.items():
        folder = course.folder / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True)
        make(folder, right)
    course.hand_in("[ada]*", solved())
    (course.folder / "submitted" / "a\nb" / ASSIGNMENT).mkdir(parents=True)
    (course.folder / "submitted" / "linked student").symlink_to(course.folder / "submitted" / "[ada]*")
    shutil.copy(PROJECT / "nbgrader_config.py", course.folder)
    course.run = course.api.autograde(ASSIGNMENT, "*", force=False)
    return course


def test_a_class_with_every_kind_of_bad_file_is_graded_in_one_run(hostile_class):
    hostile_class.must(hostile_class.run)
    for student in UNREADABLE:
        assert set(hostile_class.scores(student).values()) == {0.0}, student
    for student in [make.__name__ for make in REPAIRED] + ["[ada]*"]:
        assert hostile_class.scores(student) == EARNED, student
    assert set(hostile_class.scores("linked student").values()) == {0.0}
    assert "rename the folder" in hostile_class.run["log"]


def test_it_is_kept_why_a_file_was_not_graded(hostile_class):
    for student, (_, words) in UNREADABLE.items():
        assert words in hostile_class.autograded(student).metadata.autograder.sentence, student


@pytest.mark.parametrize("student", sample(list(UNREADABLE), 5))
def test_the_feedback_says_why_a_file_was_not_graded(hostile_class, student):
    hostile_class.must(hostile_class.api.generate_feedback(ASSIGNMENT, student))
    page = (hostile_class.folder / "feedback" / student / ASSIGNMENT / "attention.html").read_text(encoding="utf-8")
    assert UNREADABLE[student][1] in page
    assert str(hostile_class.folder) not in page


def test_nothing_but_the_notebook_is_copied_and_what_is_no_file_is_set_aside(hostile_class):
    copied = [path for path in (hostile_class.folder / "autograded").rglob("*") if not path.is_dir()]
    assert {path.name for path in copied} == {NOTEBOOK}
    aside = hostile_class.folder / "set_aside"
    assert {path.name for path in (aside / "among_much_else" / ASSIGNMENT).iterdir()} >= {
        "secret.txt",
        "timestamp.txt",
        "pipe",
        "data-0",
    }
    assert (aside / "link" / ASSIGNMENT / NOTEBOOK).is_symlink()
    assert (aside / "linked student" / ASSIGNMENT / "linked student").is_symlink()
    assert not list((hostile_class.folder / "submitted").rglob("nothing-handed-in*"))


@pytest.mark.parametrize("student", [*sample(["nothing", "broken", "several", "link"], 4), "as_python"])
def test_formgraders_button_gives_the_same_grade_again_and_again(hostile_class, student):
    before = hostile_class.scores(student)
    for _ in range(2):
        config = Config()
        configure(config, hostile_class.folder)
        api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
        hostile_class.must(api.autograde(ASSIGNMENT, student))
        assert hostile_class.scores(student) == before
    assert api.coursedir.ignore == CourseDirectory().ignore
