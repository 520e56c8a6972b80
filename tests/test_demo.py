"""The class of the demo can hand in every unit; that it is graded, `make demo` shows."""

import importlib
from pathlib import Path

import nbformat
import pytest

from autograder import syllabus
from demo.classroom import hand_in
from demo.written import ANSWERS, written_answer
from instructor.authoring.lessons import find_lessons, unit_name

PROJECT = Path(__file__).resolve().parent.parent
LESSONS = find_lessons(PROJECT)


def test_every_written_question_is_answered_in_several_ways():
    assert set(ANSWERS) == {question.name for unit in syllabus.units().values() for question in unit.questions}
    assert {name for name, answers in ANSWERS.items() if len(set(answers)) < 3} == set()


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_the_class_hands_in_a_unit_with_its_answers(tmp_path, lesson):
    unit = unit_name(lesson)
    for folder in ("solutions", "assignments"):
        (tmp_path / folder).symlink_to(PROJECT / folder)
    students = importlib.import_module(f"demo.{unit}").STUDENTS
    hand_in(tmp_path, lesson.stem, students)
    for place, (student, own) in enumerate(students.items()):
        notebook = nbformat.read(tmp_path / "submitted" / student / lesson.stem / f"{unit}.ipynb", as_version=4)
        text = "\n".join(cell.source for cell in notebook.cells)
        for question in syllabus.units()[unit].questions:
            answer = own.get(f"question-{question.name}", written_answer(question.name, place))
            assert (answer or "").strip() in text
