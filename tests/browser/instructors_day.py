"""An instructor's day in the formgrader: release, collect, autograde, mark by hand, and give feedback back."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import get_username
from playwright.sync_api import FrameLocator, Locator, Page, expect

from autograder import syllabus
from demo.attention import DIVIDES_BY_D_K
from demo.classroom import submission
from demo.written import written_answer
from tests.browser.lab import PROJECT, SHOWN, jupyter_lab
from tests.cell_cases import right_notebook
from tests.test_exchange import ASSIGNMENT, NOTEBOOK, Course
from tests.test_nbgrader import RELEASE, SOURCE

pytest_plugins = "tests.browser.chromium"  # no conftest.py: a run of all tests does without Playwright
pytestmark = pytest.mark.filterwarnings("ignore")  # nbgrader and its libraries warn about themselves

ADA, CHARLES = get_username(), "babbage"  # nbgrader's exchange calls a student as the machine does
NAMES = {ADA: ("Ada", "Lovelace"), CHARLES: ("Charles", "Babbage")}
DUE, LATE, SECONDS_LATE = "2099-11-30 23:59:00 UTC", "2099-12-02 23:59:00 UTC", 2 * 24 * 60 * 60.0
COMMENT = "Your first step is right: write the second one out."


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with the settings that nbgrader_config.py names, a roster, and a hand-in that came by mail, and late."""
    course = Course(tmp_path)
    (course.folder / "nbgrader_config.py").write_text(settings(course), encoding="utf-8")
    course.hand_in(CHARLES, right_notebook(), timestamp=LATE)
    with Gradebook(course.api.coursedir.db_url) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE)
        for student, (first, last) in NAMES.items():
            gradebook.update_or_create_student(student, first_name=first, last_name=last)
    return course


def settings(course: Course) -> str:
    text = (PROJECT / "nbgrader_config.py").read_text(encoding="utf-8")
    for before, after in {
        '"transformers-from-scratch"': '"test"',
        '# c.Exchange.root = "/srv/nbgrader/exchange"': f"c.Exchange.root = {course.config.Exchange.root!r}",
        "# c.LateSubmissionPlugin.penalty_method": "c.LateSubmissionPlugin.penalty_method",
    }.items():
        assert before in text
        text = text.replace(before, after)
    return text


def open_formgrader(page: Page) -> FrameLocator:
    page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
    page.get_by_role("menuitem", name="Formgrader", exact=True).click()
    return page.frame_locator("#formgrader-iframe iframe")


def row_of(formgrader: FrameLocator, text: str) -> Locator:
    return formgrader.locator("#main-table tr", has_text=text)


def press(formgrader: FrameLocator, row: str, button: str) -> str:
    """Press one of a row's buttons, wait for the message that it worked, and close it; what it said."""
    row_of(formgrader, row).locator(f".{button} a").click()
    message = formgrader.locator("#success-modal")
    expect(message).to_contain_text("Successfully")
    said = message.inner_text()
    message.locator(".modal-footer .close").click()
    expect(message).to_have_count(0)
    return said


def ada_hands_in(course: Course) -> None:
    """Fetch what was released, divide by d_k instead of its root, answer the questions, and submit."""
    course.student_does("FetchAssignment")
    questions = syllabus.units()["attention"].questions
    answers = {f"question-{q.name}": written_answer(q.name, 0) for q in questions} | dict(DIVIDES_BY_D_K)
    path = course.home / ASSIGNMENT / NOTEBOOK
    path.write_text(json.dumps(submission(SOURCE, RELEASE, answers)), encoding="utf-8")
    course.student_does("Submit")


def mark_by_hand(page: Page, formgrader: FrameLocator) -> str:
    """Open Ada's notebook, give 1.5 points and full credit, and comment in two ways; the comment."""
    formgrader.get_by_role("link", name="Manual Grading").click()
    formgrader.get_by_role("link", name=ASSIGNMENT, exact=True).click()
    formgrader.get_by_role("link", name="attention", exact=True).click()
    expect(row_of(formgrader, "Submission #")).to_have_count(len(NAMES))  # the button shows those that are there
    formgrader.get_by_role("button", name="Show All Names").click()
    formgrader.get_by_role("link", name="Lovelace, Ada").click()
    for question, score in (("variance", "1.5"), ("mask_first", "1")):
        field = formgrader.locator(f"#question-{question}")
        expect(field).to_contain_class("needs_manual_grade")  # once the page has read its grades
        with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.ok):
            field.fill(score)
            field.press("Tab")
    comment = formgrader.locator("#question-variance-comment")
    expect(comment).to_have_attribute("placeholder", re.compile("Type any comments here"))  # once it has read comments
    with page.expect_response(lambda answer: "/api/comment/" in answer.url and answer.ok):
        formgrader.locator("button.pick").first.click()
    picked = comment.input_value()
    assert picked == syllabus.units()["attention"].questions[0].marks[0].if_missing
    with page.expect_response(lambda answer: "/api/comment/" in answer.url and answer.ok):
        comment.fill(f"{picked}\n\n{COMMENT}")
        comment.press("Tab")
    page.screenshot(path=SHOWN / "instructors_day_marking.png")
    return picked


def to_submissions(formgrader: FrameLocator) -> None:
    formgrader.get_by_role("link", name="Manage Assignments").click()
    row_of(formgrader, ASSIGNMENT).locator(".num-submissions a").click()


@pytest.fixture
def lab(course: Course, tmp_path: Path, monkeypatch) -> Iterator[str]:
    monkeypatch.chdir(course.home)
    with jupyter_lab(course.folder, home=tmp_path) as address:
        yield address


def test_instructors_day(page, course):
    formgrader = open_formgrader(page)
    press(formgrader, ASSIGNMENT, "release")
    ada_hands_in(course)
    press(formgrader, ASSIGNMENT, "collect")
    expect(row_of(formgrader, ASSIGNMENT).locator(".num-submissions")).to_have_text("2")

    to_submissions(formgrader)
    assert "seconds late" not in press(formgrader, "Lovelace, Ada", "autograde")
    assert f"{SECONDS_LATE} seconds late" in press(formgrader, "Babbage, Charles", "autograde")
    expect(row_of(formgrader, "Lovelace, Ada").locator(".status")).to_have_text("needs manual grading")

    picked = mark_by_hand(page, formgrader)
    formgrader.get_by_role("link", name="Manual Grading").click()
    to_submissions(formgrader)
    expect(row_of(formgrader, "Lovelace, Ada").locator(".status")).to_have_text("graded")
    for student in ("Lovelace, Ada", "Babbage, Charles"):
        press(formgrader, student, "generate-feedback")
    press(formgrader, "Lovelace, Ada", "release-feedback")
    check_what_came_of_it(page, course, picked)


def check_what_came_of_it(page: Page, course: Course, picked: str) -> None:
    """The gradebook has the points given by hand, Ada fetches her page, and Charles reads that he was late."""
    with Gradebook(course.api.coursedir.db_url) as gradebook:
        grade = gradebook.find_grade("question-variance", "attention", ASSIGNMENT, ADA)
        assert (grade.manual_score, grade.needs_manual_grade) == (1.5, False)
        assert gradebook.find_submission(ASSIGNMENT, CHARLES).total_seconds_late == SECONDS_LATE
    course.student_does("FetchFeedback")
    (fetched,) = course.home.rglob("attention.html")
    feedback = page.context.new_page()
    feedback.goto(fetched.as_uri())
    for text in (picked, COMMENT, "not by its square root"):
        expect(feedback.locator("body")).to_contain_text(text)
    late = page.context.new_page()
    late.goto((course.folder / "feedback" / CHARLES / ASSIGNMENT / "attention.html").as_uri())
    expect(late.get_by_role("row", name="handed in late")).to_be_visible()
