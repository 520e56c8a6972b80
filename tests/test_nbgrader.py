"""nbgrader's own steps with our configuration: release, autograde, feedback, export."""

import json
import os
import re
import shutil
import sqlite3
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import CsvExportPlugin
from traitlets.config import Config

from autograder import syllabus
from autograder.execution.executor import Executor
from autograder.grading import Grader
from autograder.secret import FILE_NAME, seed_of
from demo.attention import DIVIDES_BY_D_K
from demo.classroom import submission
from instructor.bundle.notebooks import prepare_notebook
from instructor.shells.nbgrader import configure, exporter, preprocessors

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # nbgrader and its libraries warn about themselves
    pytest.mark.usefixtures("one_worker", "one_engine"),
]

PROJECT = Path(__file__).resolve().parent.parent
ASSIGNMENT, NOTEBOOK = "02_attention", "attention.ipynb"
SOURCE = nbformat.read(PROJECT / "solutions" / ASSIGNMENT / NOTEBOOK, as_version=4)
RELEASE = nbformat.read(PROJECT / "assignments" / ASSIGNMENT / NOTEBOOK, as_version=4)
POINTS = {e.name: float(e.points) for e in syllabus.units()["attention"].exercises}
BONUS = {e.name for e in syllabus.units()["attention"].exercises if e.bonus}
FULL = sum(POINTS.values())
SLOW = "test_multi_head_attention"  # this asks many implementations hundreds of times
EARNED = POINTS | {SLOW: 0.0}
LITTLE: dict[str, str | None] = dict.fromkeys(name for name in POINTS if name != "softmax")  # softmax alone is solved
WRONG = LITTLE | DIVIDES_BY_D_K


class Course:
    """A course folder with nbgrader's API on it."""

    run: dict

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(PROJECT / "solutions" / ASSIGNMENT, folder / "solutions" / ASSIGNMENT)
        config = self.configure(folder)
        config.CourseDirectory.course_id = "test"
        self.api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
        self.must(self.api.generate_assignment(ASSIGNMENT))

    def configure(self, folder: Path) -> Config:
        config = Config()
        configure(config, folder)
        return config

    def must(self, result: dict) -> None:
        assert result["success"], result

    def hand_in(self, student: str, notebook: nbformat.NotebookNode | str) -> None:
        folder = self.folder / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True, exist_ok=True)
        text = notebook if isinstance(notebook, str) else json.dumps(notebook)
        (folder / NOTEBOOK).write_text(text, encoding="utf-8")

    def grade(self, student: str) -> dict:
        return self.api.autograde(ASSIGNMENT, student, force=True)

    def scores(self, student: str) -> dict[str, float | None]:
        with Gradebook(self.api.coursedir.db_url) as gradebook:
            graded = gradebook.find_submission_notebook("attention", ASSIGNMENT, student)
            earned = {g.name: None if g.auto_score is None else g.score for g in graded.grades}
            return {name: score for name, score in earned.items() if name in POINTS}

    def graded(self, student: str, notebook: nbformat.NotebookNode | str) -> dict[str, float | None]:
        self.hand_in(student, notebook)
        self.must(self.grade(student))
        return self.scores(student)

    def autograded(self, student: str) -> nbformat.NotebookNode:
        return nbformat.read(self.folder / "autograded" / student / ASSIGNMENT / NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    return Course(tmp_path_factory.mktemp("course"))


def solved() -> nbformat.NotebookNode:
    """Everything is right but for what takes seconds to try."""
    return submission(SOURCE, RELEASE, {SLOW: None})


def cell_of(notebook: nbformat.NotebookNode, grade_id: str) -> nbformat.NotebookNode:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def test_nbgraders_release_is_the_committed_one(course):
    built = (course.folder / "assignments" / ASSIGNMENT / NOTEBOOK).read_bytes()
    assert built == (PROJECT / "assignments" / ASSIGNMENT / NOTEBOOK).read_bytes()


def in_gradebook(course: Course, student: str):
    with Gradebook(course.api.coursedir.db_url) as gradebook:
        graded = gradebook.find_submission_notebook("attention", ASSIGNMENT, student)
        return graded.score, graded.max_score, {g.name for g in graded.grades if g.failed_tests}


def test_a_right_submission_gets_full_marks_and_its_bonus_is_extra_credit_with_one_denominator_everywhere(course):
    assert course.graded("bonus", submission(SOURCE, RELEASE, {})) == POINTS
    unit = syllabus.units()["attention"]
    assert in_gradebook(course, "bonus") == (FULL, unit.points, set())
    assert FULL + unit.written_points > unit.points
    course.must(course.api.generate_feedback(ASSIGNMENT, "bonus", force=True))
    page = (course.folder / "feedback" / "bonus" / ASSIGNMENT / "attention.html").read_text(encoding="utf-8")
    assert re.search(rf"\b{FULL:g}(\.0)? / {unit.points:g}\b", page)
    with Gradebook(course.api.coursedir.db_url) as gradebook:
        CsvExportPlugin(to=str(course.folder / "grades.csv")).export(gradebook)
    row = next(line for line in (course.folder / "grades.csv").read_text().splitlines() if ",bonus," in line)
    assert row.split(",")[-2:] == [str(FULL), str(unit.points)]


def test_a_bonus_that_is_not_attempted_or_wrong_has_failed_no_tests_and_a_regrade_takes_it_back(course):
    assert course.graded("no bonus", solved()) == EARNED
    course.graded("no bonus", submission(SOURCE, RELEASE, dict.fromkeys([SLOW, *BONUS])))
    score, _, failed = in_gradebook(course, "no bonus")
    assert (score, failed) == (sum(p for name, p in EARNED.items() if name not in BONUS), set())


def test_extra_credit_that_a_person_gives_is_kept(course):
    course.graded("kind", solved())
    with Gradebook(course.api.coursedir.db_url) as gradebook:
        gradebook.find_grade("softmax", "attention", ASSIGNMENT, "kind").extra_credit = 0.5
        gradebook.db.commit()
    assert course.graded("kind", solved())["softmax"] == POINTS["softmax"] + 0.5


def test_an_untouched_release_gets_nothing(course):
    assert set(course.graded("untouched", RELEASE).values()) == {0.0}


def test_a_mistake_costs_its_own_exercise_and_the_feedback_names_it(course):
    scores = course.graded("wrong", submission(SOURCE, RELEASE, WRONG))
    assert scores["softmax"] == POINTS["softmax"]
    assert scores["scaled_dot_product_attention"] == POINTS["scaled_dot_product_attention"] / 2
    course.must(course.api.generate_feedback(ASSIGNMENT, "wrong", force=True))
    page = (course.folder / "feedback" / "wrong" / ASSIGNMENT / "attention.html").read_text(encoding="utf-8")
    assert "The scores are divided by d_k, not by its square root" in page


def test_feedback_shows_neither_hidden_inputs_nor_the_reference_nor_seeds(course):
    leak = {
        "softmax": "def softmax(x, axis=-1):\n    raise ValueError(f'seen {x.ravel()[:3].tolist()}')",
    }
    course.graded("curious", submission(SOURCE, RELEASE, LITTLE | leak))
    course.must(course.api.generate_feedback(ASSIGNMENT, "curious", force=True))
    page = (course.folder / "feedback" / "curious" / ASSIGNMENT / "attention.html").read_text(encoding="utf-8")
    secret = (course.folder / FILE_NAME).read_text().strip()
    exercise = syllabus.exercise("softmax")
    for case in exercise.cases:
        first = exercise.probe(case, seed_of(secret, "softmax")).actions[0]["arguments"][0].ravel()[0]
        assert str(first) not in page
    assert secret not in page
    assert seed_of(secret, "softmax") not in page
    assert "transformer_ref" not in page
    assert "HIDDEN TESTS" not in page


def test_every_test_cell_holds_one_report_and_one_plain_float(course):
    course.graded("outputs", solved())
    for name, points in EARNED.items():
        report, result = cell_of(course.autograded("outputs"), name).outputs
        assert report.output_type == "display_data"
        assert name in report.data["text/html"]
        assert result.output_type == "execute_result"
        assert result.data["text/plain"] == repr(0.0 if name in BONUS else points)


def test_the_seeds_are_recorded_with_the_grade_and_the_secret_is_in_no_release_and_only_its_owners(course):
    course.graded("seeds", solved())
    secret = (course.folder / FILE_NAME).read_text().strip()
    assert course.autograded("seeds").metadata.autograder.seeds == {name: seed_of(secret, name) for name in POINTS}
    assert (course.folder / FILE_NAME).stat().st_mode & 0o777 == 0o600
    for file in (course.folder / "assignments").rglob("*"):
        assert file.is_dir() or secret not in file.read_text(encoding="utf-8")


def test_the_same_submission_gets_the_same_grade(course):
    wrong = submission(SOURCE, RELEASE, WRONG)
    first = course.graded("again", wrong)
    first_notebook = course.autograded("again")
    assert course.graded("again", wrong) == first
    assert course.autograded("again") == first_notebook


def test_one_broken_experiment_costs_nothing(course):
    notebook = solved()
    notebook.cells.insert(3, nbformat.v4.new_code_cell("import warnings; warnings.warn('!'); 1 / 0"))
    assert course.graded("experiment", notebook) == EARNED


def test_a_student_cannot_write_own_points_into_the_notebook(course):
    notebook = submission(SOURCE, RELEASE, LITTLE | {"softmax": None})
    cell = cell_of(notebook, "softmax")
    cell.source = "5.0"
    cell.metadata.nbgrader.points = 1000
    cell.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "2.0"}, execution_count=1)]
    assert course.graded("forger", notebook)["softmax"] == 0.0


@pytest.mark.parametrize("harm", ["duplicated", "deleted", "retyped", "schema", "all_metadata_gone", "points_gone"])
def test_damaged_cells_are_repaired_and_graded(course, harm):
    notebook = solved()
    cell = cell_of(notebook, "softmax")
    if harm == "duplicated":
        notebook.cells.append(nbformat.from_dict(cell) | {"id": "copy"})
    elif harm == "deleted":
        notebook.cells.remove(cell)
        notebook.cells.remove(cell_of(notebook, "causal_mask"))
    elif harm == "retyped":
        notebook.cells[notebook.cells.index(cell)] = nbformat.v4.new_markdown_cell(cell.source, metadata=cell.metadata)
    elif harm == "schema":
        cell.metadata.nbgrader.schema_version = 99
    elif harm == "all_metadata_gone":
        cell.metadata = {}
    else:
        del cell.metadata.nbgrader["points"]
    assert course.graded(harm, notebook) == EARNED


def test_a_broken_file_does_not_keep_the_marks_of_an_earlier_one(course):
    assert course.graded("stale", solved()) == EARNED
    course.hand_in("stale", '{"cells": [')
    course.must(course.grade("stale"))
    assert set(course.scores("stale").values()) == {0.0}


def make_old(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        os.utime(path, (0, 0))


def test_a_file_that_was_changed_since_is_graded_again_also_without_force(course):
    for content, earned in ((solved(), EARNED), ("{", dict.fromkeys(POINTS, 0.0)), (solved(), EARNED)):
        course.hand_in("changed", content)
        course.must(course.api.autograde(ASSIGNMENT, "changed", force=False))
        assert course.scores("changed") == earned
    (course.folder / "submitted" / "changed" / ASSIGNMENT / NOTEBOOK).unlink()
    course.must(course.api.autograde(ASSIGNMENT, "changed", force=False))
    assert set(course.scores("changed").values()) == {0.0}


def test_a_file_that_is_older_than_the_grade_is_graded_again_when_it_is_handed_in(course):
    folder = course.folder / "submitted" / "twice" / ASSIGNMENT
    course.hand_in("twice", solved())
    (folder / "timestamp.txt").write_text("2026-01-01 10:00:00.000000 UTC\n")
    course.must(course.api.autograde(ASSIGNMENT, "twice", force=False))
    assert course.scores("twice") == EARNED
    course.hand_in("twice", RELEASE)
    make_old(folder)
    course.must(course.api.autograde(ASSIGNMENT, "twice", force=False))
    assert set(course.scores("twice").values()) == {0.0}
    assert (folder / "timestamp.txt").exists()


def test_what_a_run_that_was_killed_has_left_is_graded_again(course):
    assert course.graded("killed", solved()) == EARNED
    with Gradebook(course.api.coursedir.db_url) as gradebook:
        preprocessors._forget(gradebook, "attention", ASSIGNMENT, "killed")
    half = course.folder / "autograded" / "killed" / ASSIGNMENT / NOTEBOOK
    notebook = nbformat.read(half, as_version=4)
    del notebook.metadata["autograder"]["sentence"]
    nbformat.write(notebook, half)
    course.must(course.api.autograde(ASSIGNMENT, "killed", force=False))
    assert course.scores("killed") == EARNED


def test_a_page_of_an_earlier_grade_is_taken_away(course):
    course.graded("paged", RELEASE)
    course.must(course.api.generate_feedback(ASSIGNMENT, "paged", force=False))
    page = course.folder / "feedback" / "paged" / ASSIGNMENT / "attention.html"
    assert "all 4 cases pass" not in page.read_text(encoding="utf-8")
    assert course.graded("paged", solved()) == EARNED
    course.must(course.api.generate_feedback(ASSIGNMENT, "paged", force=False))
    assert "all 4 cases pass" in page.read_text(encoding="utf-8")


def test_a_student_without_a_notebook_is_graded_once(course):
    folder = course.folder / "submitted" / "empty" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("nothing")
    course.must(course.api.autograde(ASSIGNMENT, "empty", force=False))
    before = (course.folder / "autograded" / "empty" / ASSIGNMENT / NOTEBOOK).stat().st_mtime_ns
    course.must(course.api.autograde(ASSIGNMENT, "empty", force=False))
    assert (course.folder / "autograded" / "empty" / ASSIGNMENT / NOTEBOOK).stat().st_mtime_ns == before


def test_a_folder_whose_times_are_not_ours_to_set_stops_nobody(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError("the folder is a student's")

    placeholder = tmp_path / "nothing-handed-in.ipynb"
    placeholder.touch()
    exporter.WithoutNotebooks.made[placeholder] = tmp_path.stat()
    monkeypatch.setattr(os, "utime", refused)
    exporter.remove_placeholders()
    assert not placeholder.exists()
    assert exporter.WithoutNotebooks.made == {}


def test_more_files_than_anybody_hands_in_delay_no_grade(course):
    assert course.graded("many", RELEASE)
    folder = course.folder / "submitted" / "many" / ASSIGNMENT
    for number in range(1100):
        (folder / "data" / str(number)).mkdir(parents=True)
    course.hand_in("many", solved())
    course.must(course.api.autograde(ASSIGNMENT, "many", force=False))
    assert course.scores("many") == EARNED


def test_a_time_stamp_that_is_a_folder_is_set_aside(course):
    folder = course.folder / "submitted" / "stamped" / ASSIGNMENT
    (folder / "timestamp.txt" / "inside").mkdir(parents=True)
    assert course.graded("stamped", solved()) == EARNED
    assert not (folder / "timestamp.txt").exists()


def test_own_code_in_a_test_cell_runs_as_everywhere(course):
    notebook = solved()
    test = next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "softmax")
    test.source = "softmax = None"
    scores = course.graded("overwriting", notebook)
    assert scores["softmax"] == 0
    assert scores["causal_mask"] == POINTS["causal_mask"]


def test_every_failing_case_costs_its_share_where_mistakes_are_not_followed_through(course, monkeypatch):
    monkeypatch.setattr(course.api.config.GradeIsolated, "follow_through", False)
    scores = course.graded("shares", submission(SOURCE, RELEASE, WRONG))
    assert scores["scaled_dot_product_attention"] == 0.0
    assert scores["softmax"] == POINTS["softmax"]


def test_where_old_scores_cannot_be_forgotten_nothing_is_graded(course, monkeypatch):
    def fails(*_, **__):
        raise OSError("the gradebook is locked")

    monkeypatch.setattr(preprocessors, "_forget", fails)
    course.hand_in("locked", solved())
    assert not course.grade("locked")["success"]


def test_a_fault_of_the_grader_is_no_zero(course, monkeypatch):
    assert course.graded("unlucky", solved()) == EARNED

    def fails(*_, **__):
        raise RuntimeError("the grader is broken")

    monkeypatch.setattr(Grader, "grade", fails)
    course.hand_in("unlucky", submission(SOURCE, RELEASE, {"softmax": "softmax = np.tanh"}))  # of no known grade
    assert not course.grade("unlucky")["success"]
    assert set(course.scores("unlucky").values()) == {None}


def test_without_the_whole_sandbox_nothing_is_graded_where_it_is_required(course, monkeypatch):
    note = Executor._note_missing
    monkeypatch.setattr(Executor, "_note_missing", lambda self, _: note(self, {"landlock": "none here"}))
    assert course.graded("confined", solved()) == EARNED
    monkeypatch.setattr(course.api.config.GradeIsolated, "require_sandbox", True)
    result = course.grade("confined")
    assert not result["success"]
    assert "landlock (none here)" in result["log"]
    assert set(course.scores("confined").values()) == {None}


def test_a_lost_configuration_gives_no_points(tmp_path):
    course = Course(tmp_path)
    notebook = solved()
    notebook.cells = [c for c in notebook.cells if "experiment" not in c.metadata.get("autograder", {})]
    course.hand_in("right", notebook)
    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.release_directory = "assignments"
    stock = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    course.must(stock.autograde(ASSIGNMENT, "right"))
    assert set(course.scores("right").values()) == {0.0}


def test_work_in_a_bundle_gets_the_points_of_work_in_the_repository(course, tmp_path):
    prepare_notebook(PROJECT / "assignments" / ASSIGNMENT / NOTEBOOK, tmp_path / NOTEBOOK)
    bundled = nbformat.read(tmp_path / NOTEBOOK, as_version=4)
    in_a_bundle = course.graded("bundle", submission(SOURCE, bundled, WRONG))
    assert in_a_bundle == course.graded("repository", submission(SOURCE, RELEASE, WRONG))
    assert 0 < sum(in_a_bundle.values()) < sum(POINTS.values())


def test_nothing_but_nbgrader_writes_the_gradebook(course):
    with sqlite3.connect(course.folder / "gradebook.db") as database:
        assert database.execute("select count(*) from assignment").fetchone() == (1,)


def test_a_text_cell_runs_no_script_in_the_teachers_browser(course):
    notebook = solved()
    text = '**bold** <script>alert(1)</script> <img src="x" onerror="alert(2)"> [link](javascript:alert(3))'
    notebook.cells.append(nbformat.v4.new_markdown_cell(text))
    course.graded("scripted", notebook)
    course.must(course.api.generate_feedback(ASSIGNMENT, "scripted", force=True))
    page = (course.folder / "feedback" / "scripted" / ASSIGNMENT / "attention.html").read_text(encoding="utf-8")
    assert "<strong>bold</strong>" in page
    assert re.findall(r"<script>alert|<img[^>]*onerror|<a[^>]*javascript", page) == []
