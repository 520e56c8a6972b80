"""Sheets for an oral defence: every answer is what the student's own code does, and no question has two answers."""

import json
import math
import re
import shutil
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from click.testing import CliRunner

from autograder import syllabus
from autograder.__main__ import main
from autograder.intake.code import Code
from autograder.intake.submission import read
from autograder.protocol.probe import Probe, perform
from autograder.random_inputs import Draw
from autograder.verdict import Grade, Outcome, Verdict
from instructor.answers.live import reference_of
from instructor.shells import class_jobs
from instructor.shells.class_jobs import Died, JobProcess, Jobs
from instructor.shells.class_page import defence
from instructor.shells.class_page.changed_lines import apply_change, change_lines, is_done_in_one_line
from instructor.shells.class_page.defence import ask
from instructor.shells.class_page.graded import Attempt, Graded, read_graded
from instructor.shells.class_page.names import Names
from instructor.shells.class_page.own_code import Definition, find_definitions
from instructor.shells.class_page.sheets import file_name, name_files, render_sheet
from instructor.shells.class_page.small_inputs import MAKERS
from tests import light_job

SECRET = "s" * 40
CODE = """
import numpy as np

def softmax(x, axis=-1):
    shifted = x - x.max(axis=axis, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=axis, keepdims=True)
"""
IN_TWO_LINES = [
    CODE.replace(
        "    shifted = x - x.max(axis=axis, keepdims=True)\n",
        f"    top = {largest}(axis=axis, keepdims=True)\n    shifted = x - top\n".replace("reduce(", "reduce(x, "),
    )
    for largest in ("x.max", "np.maximum.reduce")
]


def graded(path: Path, code: str, exercise: str = "softmax", outcome: Outcome = Outcome.PASSED) -> list[Graded]:
    path.write_text(code, encoding="utf-8")
    unit = syllabus.unit_of(exercise).name
    return [Graded(path.stem, unit, path, {exercise: Attempt(exercise, 1.0, 2.0, False, outcome, {})})]


@pytest.fixture
def questions(tmp_path, grader):
    def make(code: str, exercise: str = "softmax", outcome: Outcome = Outcome.PASSED, student: str = "ada"):
        return ask(graded(tmp_path / f"{student}.py", code, exercise, outcome), tmp_path, SECRET, grader)

    return make


def numbers_in(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"ln (\d+)", text)]


def test_right_code_is_asked_three_questions_with_the_answers_that_it_gives(questions):
    value, which, changed = questions(CODE)
    weights = np.array(numbers_in(value.given[0]))
    assert value.answer == str(np.round(weights / weights.sum(), 3).tolist())
    assert which.words == "Which line of your `softmax` keeps the exponentials from overflowing, and how?" or (
        which.words == "Which line of your `softmax` makes the numbers of a row sum to 1, and how?"
    )
    line = 5 if "overflow" in which.words else 7
    assert which.answer.startswith(f"Line {line} of your file: `")
    before = changed.given[0].removeprefix("before: ")
    assert before in [text for _, text in [(n, t.strip()) for n, t in changed.code]]
    assert before not in which.answer.split("\n")[0]
    assert re.search(r"(\d+ of \d+ cases fail|One of \d+ cases fails)\. The first is “", changed.answer)


def test_the_same_secret_asks_the_same_and_another_student_something_else(questions):
    assert questions(CODE) == questions(CODE)
    assert len({questions(CODE, student=f"student{n}")[0].given for n in range(2)}) > 1


def test_what_two_lines_do_together_is_not_asked_for_as_one_line(questions, monkeypatch):
    monkeypatch.setattr(defence, "KEEPS", {"softmax-no-max-subtraction": "keeps it small"})
    asked = {code: [q for q in questions(code) if "keeps it small" in q.words] for code in (CODE, *IN_TWO_LINES)}
    assert {code: len(found) for code, found in asked.items()} == {CODE: 1, **dict.fromkeys(IN_TWO_LINES, 0)}


def test_what_two_lines_do_each_on_its_own_is_not_asked_either(questions, monkeypatch):
    purposes = ("softmax-no-max-subtraction", "softmax-not-normalised")
    for known, asked in ((purposes[:1], 1), (purposes, 0)):
        monkeypatch.setattr(defence, "KEEPS", dict.fromkeys(known, "keeps it small"))
        assert sum("keeps it small" in question.words for question in questions(CODE)) == asked


def test_wrong_code_is_asked_what_it_returns_and_nothing_about_its_lines(questions):
    (value,) = questions(CODE.replace("keepdims=True)\n", "keepdims=True) + 1\n"), outcome=Outcome.WRONG)
    weights = np.array(numbers_in(value.given[0]))
    own, right = value.answer.split("\nCorrect code returns ")
    assert right == f"{np.round(weights / weights.sum(), 3).tolist()}." and own != right[:-1]


@pytest.mark.parametrize(
    "body",
    ["    return 'no array'", "    raise ValueError", "    return None", "    return x["],
)
def test_code_that_returns_nothing_that_can_be_read_is_asked_nothing(body, questions):
    assert questions(f"def softmax(x, axis=-1):\n{body}\n", outcome=Outcome.WRONG) == []


def test_a_file_that_is_gone_is_asked_nothing(tmp_path, grader):
    works = graded(tmp_path / "ada.py", CODE)
    (tmp_path / "ada.py").unlink()
    assert ask(works, tmp_path, SECRET, grader) == []


@pytest.mark.parametrize("exercise", MAKERS)
def test_right_code_answers_every_question_about_a_value(exercise):
    for seed in ("one", "another", "a third"):
        made, again = (MAKERS[exercise](Draw(seed)) for _ in range(2))
        assert (made.given, made.question) == (again.given, again.question)
        probe = Probe(exercise, "numpy", (made.action,))
        answer = made.read(perform(probe, reference_of(syllabus.exercise(exercise))))
        assert answer and "nan" not in answer and f"`{exercise}" in made.question


def test_the_attention_weights_of_a_query_can_be_found_with_a_pencil():
    made = MAKERS["scaled_dot_product_attention"](Draw("one"))
    probe = Probe("scaled_dot_product_attention", "numpy", (made.action,))
    answer = made.read(perform(probe, reference_of(syllabus.exercise(probe.target))))
    shown = [may == "True" for may in re.findall("True|False", made.given[3])[3:]]
    weights = np.array(numbers_in(made.given[0])) * shown
    assert answer == str(np.round(weights / weights.sum(), 3).tolist())
    assert math.isclose(sum(map(float, answer.strip("[]").split(", "))), 1, abs_tol=0.002)


def definition(text: str) -> Definition:
    return Definition(1, 1, text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("s = a / math.sqrt(d)", {"s = a", "s = a / d"}),
        ("s = a / d ** 0.5", {"s = a", "s = a / d"}),
        ("s = x - x.max(axis=-1, keepdims=True)", {"s = x", "s = x - x.max(axis=-1, keepdims=False)"}),
        ("s = i <= j", {"s = i < j"}),
        ("s = f(~mask)", {"s = f(mask)"}),
        ("s = np.where(mask, a, b)", {"s = np.where(mask, b, a)"}),
        ("s = torch.softmax(a, dim=-1)", {"s = torch.softmax(a, dim=0)"}),
        ("s = x.unflatten(dim=-1, sizes=n)", set()),
        ("s = np.tril(a)", {"s = np.triu(a)"}),
        ("é = x + y", {"é = x", "é = y"}),
        ("s = f(a)", set()),
        ("s = (", set()),
    ],
)
def test_one_expression_is_changed_at_a_time(before, after):
    made = list(change_lines(definition(before)))
    assert after <= {change.after for change in made} and bool(made) == bool(after)
    assert all(change.before == before and change.number == 1 for change in made)


def test_a_change_is_made_in_its_cell_and_nowhere_else(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(f"{CODE}\n\ndef causal_mask(n):\n    return np.tril(np.ones((n, n)))\n", encoding="utf-8")
    submission = read(path, "attention")
    found = find_definitions(submission.code, "attention")["softmax"]
    change = next(change for change in change_lines(found) if change.after == "shifted = x")
    changed = apply_change(submission, found, change)
    (cell, old), new = *submission.cells.items(), changed.cells
    assert new[cell] == old.replace("x - x.max(axis=axis, keepdims=True)", "x")
    assert submission.place(cell, change.number) == "line 5 of your file"


@pytest.mark.parametrize(
    ("lines", "alone"),
    [
        (["d = q.shape[-1]", "s = a / d"], True),
        (["d = q.size(-1)", "s = a / d"], True),
        (["d = math.sqrt(q.shape[-1])", "s = a / d"], False),
        (["m = x.max()", "s = x - m"], False),
    ],
)
def test_a_line_works_alone_where_it_uses_only_what_was_looked_up(lines, alone):
    text = "\n".join(lines)
    change = next(c for c in change_lines(definition(text)) if c.number == 2 and c.dropped)
    assert is_done_in_one_line(definition(text), change) is alone


def test_a_sheet_shows_answers_to_the_examiner_alone_and_escapes_code(questions):
    code = CODE.replace("shifted =", "shifted = '<script>' and", 1).replace("and x -", "and x -")
    found = questions(code)
    pages = {with_answers: render_sheet("<i>", found, Names(), with_answers) for with_answers in (False, True)}
    for page in pages.values():
        assert "<script" not in page and "<i>:" not in page and "&lt;i&gt;" in page
    assert found[0].answer in pages[True] and found[0].answer not in pages[False]
    assert 'class="answer"' not in pages[False]


@pytest.mark.parametrize(("student", "name"), [("ada", "ada"), ("../x", "___x"), ("a b.c", "a_b_c"), ("", "_")])
def test_a_sheet_cannot_be_written_elsewhere(student, name):
    assert file_name(student) == name


def test_no_two_students_have_one_sheet():
    names = name_files(["a b", "a_b", "A.B", "a_b2"])
    assert names == {"a b": "a_b.html", "a_b": "a_b2.html", "A.B": "A_B3.html", "a_b2": "a_b22.html"}


def right_softmax() -> Grade:
    e = syllabus.exercise("softmax")
    told = ("", "", "", "")
    verdicts = [
        Verdict("softmax", c.name, "", Outcome.PASSED, e.points / len(e.cases), *told, c.hidden) for c in e.cases
    ]
    return Grade("softmax", "attention", e.points, e.bonus, tuple(verdicts), None)


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> Path:
    """A class of two that was graded, and whose sheets two jobs have written, as `sheets/` beside `grades.json`."""
    course = tmp_path_factory.mktemp("asked")
    (course / ".course_secret").write_text(SECRET)
    (course / "submitted").mkdir()
    (course / "submitted" / "ada.py").write_text(CODE.replace("powers", "adas_powers"), encoding="utf-8")
    (course / "submitted" / "bela.py").write_text(CODE.replace("shifted", "moved"), encoding="utf-8")
    given = {"unit": "attention", "exercises": [right_softmax().as_dict()]}
    records = [given | {"student": name, "file": f"submitted/{name}.py"} for name in ("ada", "bela")]
    (course / "grades.json").write_text(json.dumps(records))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_jobs, "serve", light_job.serve)  # NumPy's exercise does without PyTorch
        result = report(course, "sheets", "--jobs", "2")
    assert result.exit_code == 0, result.output
    assert "questions: 2 of 2" in result.stderr
    return course


def report(course: Path, folder: str, *more: str):
    arguments = ["report", str(course / "grades.json"), "--defence", str(course / folder), "--course", str(course)]
    return CliRunner().invoke(main, [*arguments, *more])


def pages_in(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}


def test_two_jobs_write_for_each_student_what_one_asks(asked, grader):
    expected = {}
    for work in read_graded(asked / "grades.json"):
        questions = ask([work], asked, SECRET, grader)
        assert len(questions) == 3
        for part in ("students", "examiner"):
            page = render_sheet(work.student, questions, Names(), with_answers=part == "examiner")
            expected[f"{part}/{work.student}.html"] = page
    assert pages_in(asked / "sheets") == expected


@pytest.fixture
def processes(monkeypatch) -> list[JobProcess]:
    """The processes that are started for jobs."""
    started: list[JobProcess] = []
    begin = JobProcess.__init__

    def note(process: JobProcess) -> None:
        started.append(process)
        begin(process)

    monkeypatch.setattr(JobProcess, "__init__", note)
    return started


def test_what_has_not_changed_is_not_asked_again_under_pseudonyms_either(asked, processes):
    result = report(asked, "again")
    assert (result.exit_code, processes) == (0, [])
    assert "2 of them with the questions of an earlier run" in result.stdout
    assert pages_in(asked / "again") == pages_in(asked / "sheets")
    assert (report(asked, "anonymous", "--anonymous").exit_code, processes) == (0, [])
    pages = pages_in(asked / "anonymous")
    assert len(pages) == 4 and not any("ada" in name or "bela" in name for name in pages)
    assert not any("adas_powers" in page or "<h1>ada" in page for page in pages.values())
    assert any("adas_powers" in page for page in pages_in(asked / "sheets").values())


def test_what_has_changed_is_asked_again_and_a_failure_of_the_grader_stops_no_other(asked, tmp_path, monkeypatch):
    course = shutil.copytree(asked, tmp_path / "course")
    monkeypatch.setattr(Jobs, "call_with_grader", Mock(side_effect=Died("it has ended")))
    (course / "submitted" / "ada.py").write_text(CODE.replace("powers", "numbers"), encoding="utf-8")
    shutil.rmtree(course / "sheets")
    result = report(course, "sheets")
    assert (result.exit_code, set(pages_in(course / "sheets"))) == (3, {"students/bela.html", "examiner/bela.html"})
    assert "no sheet was written for ada (it has ended). The next run tries again" in result.stderr


def test_definitions_are_those_that_count():
    code = Code({1: "def softmax(x): return 1", 2: "@cache\ndef softmax(x):\n    return 2"})
    found = find_definitions(code, "attention")["softmax"]
    assert (found.cell, found.first, found.lines[0]) == (2, 1, "@cache")
