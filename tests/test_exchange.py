"""A whole round through nbgrader's exchange, and what students hand in besides code: times and pictures."""

import base64
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeFactory
from nbgrader.utils import parse_utc
from traitlets.config import Config

from instructor.shells.nbgrader import configure
from instructor.shells.nbgrader.time_stamps import is_bad_time_stamp, mend_time_stamp
from tests.cell_cases import FOLDER, PROJECT, changed_notebook
from tests.sampled import sample
from tests.test_nbgrader import SLOW, cell_of, solved

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # nbgrader and its libraries warn about themselves
    pytest.mark.usefixtures("one_worker", "one_engine"),
]

ASSIGNMENT, NOTEBOOK = "02_attention", "attention.ipynb"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC"
PICTURES = {
    "image/png": PNG,
    "image/jpeg": base64.b64encode(b"\xff\xd8\xff\xe0 a photo").decode(),
    "image/gif": base64.b64encode(b"GIF89a a sketch").decode(),
    "image/webp": base64.b64encode(b"RIFF\x10\0\0\0WEBPVP8 ").decode(),
}


class Course:
    """A course folder with nbgrader's API on it, its exchange, and a student's folder beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home, root = folder / "course", folder / "home", folder / "exchange"
        root.mkdir()
        root.chmod(0o777)
        self.home.mkdir()
        shutil.copytree(PROJECT / "solutions" / ASSIGNMENT, self.folder / "solutions" / ASSIGNMENT)
        self.config = Config()
        configure(self.config, self.folder)
        self.config.CourseDirectory.course_id = "test"
        self.config.Exchange.root = str(root)
        self.config.Exchange.cache = str(folder / "cache")
        self.config.Exchange.assignment_dir = str(self.home)
        self.api = self.new_api()
        self.must(self.api.generate_assignment(ASSIGNMENT))

    def new_api(self) -> NbGraderAPI:
        return NbGraderAPI(coursedir=CourseDirectory(config=self.config), config=self.config)

    def must(self, result: dict) -> str:
        assert result["success"], result
        return result.get("log", "")

    def student_does(self, step: str) -> None:
        course = CourseDirectory(config=self.config)
        course.assignment_id = ASSIGNMENT
        steps = ExchangeFactory(config=self.config)
        authenticator = Authenticator(config=self.config)
        getattr(steps, step)(coursedir=course, authenticator=authenticator, config=self.config).start()

    def hand_in(self, student: str, notebook: nbformat.NotebookNode, **files: str | bytes) -> Path:
        folder = self.folder / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / NOTEBOOK).write_text(json.dumps(notebook), encoding="utf-8")
        for name, content in files.items():
            (folder / f"{name}.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    def page(self, student: str) -> str:
        return (self.folder / "feedback" / student / ASSIGNMENT / "attention.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    return Course(tmp_path_factory.mktemp("exchange"))


def test_a_round_through_the_exchange_ends_with_the_feedback_at_the_student(course, monkeypatch):
    monkeypatch.chdir(course.home)
    course.must(course.api.release_assignment(ASSIGNMENT))
    course.student_does("FetchAssignment")
    (course.home / ASSIGNMENT / NOTEBOOK).write_text(json.dumps(solved()), encoding="utf-8")
    course.student_does("Submit")
    course.must(course.api.collect(ASSIGNMENT))
    course.hand_in("by zip", solved())
    course.hand_in("[by] zip*", solved())
    course.must(course.api.autograde(ASSIGNMENT, "*", force=True))
    course.must(course.api.generate_feedback(ASSIGNMENT, force=True))
    log = course.must(course.api.release_feedback(ASSIGNMENT))
    assert "give these pages back by hand: feedback/[by] zip*/02_attention, feedback/by zip/02_attention" in log
    course.student_does("FetchFeedback")
    (page,) = course.home.rglob("attention.html")
    assert "all 4 cases pass" in page.read_text(encoding="utf-8")
    for student in ("by zip", "[by] zip*"):
        assert "all 4 cases pass" in course.page(student)
    check_that_one_students_feedback_is_released_alone(course)


def check_that_one_students_feedback_is_released_alone(course):
    """What the formgrader's button does."""
    (exchanged,) = [p.parent.parent.name for p in (course.folder / "submitted").rglob("submission_secret.txt")]
    shutil.rmtree(course.folder.parent / "exchange" / "test" / "feedback")
    course.must(course.api.release_feedback(ASSIGNMENT, exchanged))
    assert len(list((course.folder.parent / "exchange" / "test" / "feedback").glob("*.html"))) == 1


def test_a_folder_called_like_a_pattern_is_graded_alone_and_gets_its_page(course):
    course.hand_in("b", solved())
    course.hand_in("[ab]", solved())
    course.must(course.api.autograde(ASSIGNMENT, "[ab]", force=True))
    assert not (course.folder / "autograded" / "b").exists()
    course.must(course.api.generate_feedback(ASSIGNMENT, "[ab]", force=True))
    assert "all 4 cases pass" in course.page("[ab]")
    assert [path.name for path in (course.folder / "feedback" / "[ab]" / ASSIGNMENT).iterdir()] == ["attention.html"]


TIMES = {
    "2026-03-01T10:00:00Z": "10:00",
    "2026-03-01T10:00:00+02:00": "08:00",
    "2026-03-01 10:00:00 +0200": "08:00",
    "2026-03-01 10:00:00.123456 UTC": "10:00",
    "2026-03-01 10:00:00 Europe/Berlin": "09:00",
    "Sun, 01 Mar 2026 10:00:00 +0000": "10:00",
    "Sun Mar  1 10:00:00 UTC 2026": "10:00",
    "\ufeff2026-03-01 10:00:00 UTC": "10:00",
    "03/01/2026 10:00": "10:00",
}


BAD_TIMES = {"never": "whenever", "by a file": "2026-03-01 10:00:00 ../../etc/passwd", "long": "1" * 999}


@pytest.mark.parametrize("written", [*TIMES, *BAD_TIMES.values()])
def test_a_time_counts_however_it_is_written(tmp_path, written):
    stamp = tmp_path / "timestamp.txt"
    stamp.write_text(written, encoding="utf-8")
    mend_time_stamp(stamp)
    assert is_bad_time_stamp(stamp) == (written in BAD_TIMES.values())
    if written in TIMES:
        assert f"{parse_utc(stamp.read_text().strip()):%Y-%m-%d %H:%M}" == f"2026-03-01 {TIMES[written]}"


def test_times_count_and_an_unreadable_one_is_said_loudly(course):
    written = {f"timed {number}": time for number, time in enumerate(sample(list(TIMES), 4))}
    bad = {f"timed {name}": time for name, time in sample(list(BAD_TIMES.items()), 3)}
    for student, time in (written | bad).items():
        course.hand_in(student, solved(), timestamp=time)
    course.hand_in("timed utf-16", solved(), timestamp="2026-03-01 10:00:00 UTC".encode("utf-16"))
    log = course.must(course.api.autograde(ASSIGNMENT, "timed *", force=True))
    with Gradebook(course.api.coursedir.db_url) as gradebook:
        times = {s: gradebook.find_submission(ASSIGNMENT, s).timestamp for s in [*written, *bad, "timed utf-16"]}
    assert {s: time and f"{time:%Y-%m-%d %H:%M}" for s, time in times.items()} == {
        **{student: f"2026-03-01 {TIMES[time]}" for student, time in written.items()},
        **dict.fromkeys(bad),
        "timed utf-16": "2026-03-01 10:00",
    }
    for student in bad:
        assert re.search(rf"{student}\S*: its time stamp cannot be read, so nobody knows whether it is LATE", log)
    assert log.count("LATE") == len(bad) > 0


def with_pictures() -> nbformat.NotebookNode:
    notebook = changed_notebook((FOLDER / "64_attached_photo.txt").read_text(encoding="utf-8"))
    cell_of(notebook, f"{SLOW}-solution").source = ""
    first = next(cell for cell in notebook.cells if "attachment:photo.png" in cell.source)
    names = [f"{kind.partition('/')[2]} 1" for kind in PICTURES]
    first.source += "".join(f"\n\n![{n}](attachment:{n.replace(' ', '%20')})" for n in names)
    first.source += '\n\n<img src="attachment:png%201"> ![a lie](attachment:lie.png) ![a page](attachment:page)'
    first.attachments = {n: {kind: data} for n, (kind, data) in zip(names, PICTURES.items(), strict=True)}
    first.attachments["lie.png"] = {"image/png": base64.b64encode(b"<svg onload='alert(1)'>").decode()}
    first.attachments["page"] = {"text/html": "<script>alert(1)</script>", "image/svg+xml": "PHN2Zz4="}
    return notebook


def test_pictures_are_shown_and_one_that_is_missing_stops_no_page(course):
    course.hand_in("pictures", with_pictures())
    course.must(course.api.autograde(ASSIGNMENT, "pictures", force=True))
    course.must(course.api.generate_feedback(ASSIGNMENT, "pictures", force=True))
    page = course.page("pictures")
    for kind, data in PICTURES.items():
        assert page.count(f'src="data:{kind};base64,{data}"') == (3 if kind == "image/png" else 1)
    for name in ("photo.png", "lie.png", "page"):
        assert f"[the picture {name} is missing]" in page
    assert "attached.invalid" not in page
    graded = nbformat.read(course.folder / "autograded" / "pictures" / ASSIGNMENT / NOTEBOOK, as_version=4)
    (attached,) = [c.attachments for c in graded.cells if "attachments" in c and "attachment:photo.png" in c.source]
    assert set(attached) == {f"{kind.partition('/')[2]} 1" for kind in PICTURES}


def test_what_was_renamed_and_found_is_not_said_to_be_missing(course):
    folder = course.hand_in("renamed", solved())
    (folder / NOTEBOOK).rename(folder / "attention (1).ipynb")
    log = course.must(course.api.autograde(ASSIGNMENT, "renamed", force=True))
    assert "No submitted file" not in log
    assert "attention (1).ipynb is graded as attention.ipynb" in log


def test_a_secret_that_the_exchange_has_not_written_is_set_aside(course):
    folder = course.hand_in("secretive", solved(), submission_secret="../../elsewhere")
    course.must(course.api.autograde(ASSIGNMENT, "secretive", force=True))
    assert not (folder / "submission_secret.txt").exists()
    assert (course.folder / "set_aside" / "secretive" / ASSIGNMENT / "submission_secret.txt").is_file()
