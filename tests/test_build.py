"""The built notebooks: up to date, deterministic, and no line of a solution in a release."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from autograder import syllabus
from autograder.intake import submission
from instructor.authoring import lessons as authoring
from instructor.authoring.lessons import BadLesson, build, find_lessons, find_stale, render_lesson, unit_name
from instructor.authoring.percent import read_cells

PROJECT = Path(__file__).resolve().parent.parent
LESSONS = find_lessons(PROJECT)


def cells_of(text: str) -> list[dict]:
    return json.loads(text)["cells"]


rendered = cache(render_lesson)


@cache
def source_and_release(lesson: Path) -> tuple[list[dict], list[dict]]:
    source, release = rendered(lesson).values()
    return cells_of(source), cells_of(release)


def solution_lines(source_cells: list[dict]) -> set[str]:
    lines = set()
    for cell in source_cells:
        for region in re.findall(r"### BEGIN SOLUTION(.*?)### END SOLUTION", "".join(cell["source"]), flags=re.DOTALL):
            lines |= {re.sub(r"\s+", "", line) for line in region.splitlines()}
    return {line for line in lines if len(line) > 4}


def test_every_unit_has_a_lesson():
    assert [unit_name(lesson) for lesson in LESSONS] != []
    assert {unit_name(lesson) for lesson in LESSONS} == set(syllabus.units())


def test_committed_notebooks_are_a_fresh_build():
    assert list(find_stale(PROJECT)) == []


def test_no_cell_begins_with_an_empty_line():
    cells = [cell for lesson in LESSONS for cell in read_cells(lesson)]
    assert [cell.source for cell in cells if cell.source.startswith("\n")] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_two_builds_are_equal_byte_for_byte(lesson):
    assert render_lesson(lesson) == rendered(lesson)


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_no_line_of_a_solution_is_in_the_release(lesson):
    source, release = source_and_release(lesson)
    lines = solution_lines(source)
    assert len(lines) > 10
    released = {re.sub(r"\s+", "", line) for cell in release for line in "".join(cell["source"]).splitlines()}
    assert lines & released == set()


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_every_exercise_has_a_test_cell_that_says_only_check(lesson):
    _, release = source_and_release(lesson)
    tests = {
        cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
        for cell in release
        if cell["metadata"].get("nbgrader", {}).get("grade") and cell["cell_type"] == "code"
    }
    assert tests == {e.name: f'check("{e.name}")' for e in syllabus.units()[unit_name(lesson)].exercises}


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_points_are_those_of_the_bank_and_a_bonus_is_extra_credit(lesson):
    _, release = source_and_release(lesson)
    tags = [c["metadata"].get("nbgrader", {}) for c in release]
    points = {tag["grade_id"]: tag["points"] for tag in tags if tag.get("grade")}
    unit = syllabus.units()[unit_name(lesson)]
    expected = {e.name: 0 if e.bonus else e.points for e in unit.exercises}
    assert points == expected | {f"question-{q.name}": q.points for q in unit.questions}
    assert sum(points.values()) == unit.points


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_stubs_raise_not_implemented(lesson):
    _, release = source_and_release(lesson)
    stubs = ["".join(c["source"]) for c in release if c["metadata"].get("nbgrader", {}).get("solution")]
    assert all("raise NotImplementedError()" in stub or "YOUR ANSWER HERE" in stub for stub in stubs)


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_every_lesson_has_three_folded_hints_an_exercise_and_two_written_questions(lesson):
    _, release = source_and_release(lesson)
    text = "\n".join("".join(cell["source"]) for cell in release if cell["cell_type"] == "markdown")
    assert text.count("<details>") >= 3 * len(syllabus.units()[unit_name(lesson)].exercises)
    questions = [c for c in release if str(c["metadata"].get("nbgrader", {}).get("grade_id")).startswith("question-")]
    assert len(questions) >= 2
    assert all(cell["metadata"]["nbgrader"]["points"] > 0 for cell in questions)


def test_source_cells_raise_where_the_grader_did_not_run():
    source, _ = source_and_release(LESSONS[0])
    locked = ["".join(cell["source"]) for cell in source if cell["metadata"].get("nbgrader", {}).get("locked")]
    assert len(locked) == len(syllabus.units()[unit_name(LESSONS[0])].exercises)
    assert all("BEGIN HIDDEN TESTS" in cell and "raise RuntimeError" in cell for cell in locked)


def test_a_touched_experiment_is_run_and_an_untouched_one_is_not():
    _, release = rendered(LESSONS[0]).values()
    notebook = json.loads(release)
    before = submission.from_notebook(notebook, "x.ipynb").cells
    position, cell = next((n, c) for n, c in enumerate(notebook["cells"], 1) if "autograder" in c["metadata"])
    assert position not in before
    cell["source"] = ["def helper():\n", "    return 1\n"]
    assert position in submission.from_notebook(notebook, "x.ipynb").cells


def edited(tmp_path: Path, old: str, new: str) -> Path:
    lesson = tmp_path / "solutions" / LESSONS[0].name
    lesson.parent.mkdir()
    text = LESSONS[0].read_text(encoding="utf-8")
    assert old in text
    lesson.write_text(text.replace(old, new), encoding="utf-8")
    return lesson


def test_a_changed_lesson_makes_its_notebooks_stale_and_build_writes_them(tmp_path):
    edited(tmp_path, "# %%", "# %%")
    assert len(build(tmp_path)) == 2
    assert list(find_stale(tmp_path)) == []
    (tmp_path / "solutions" / LESSONS[0].name).write_text(
        LESSONS[0].read_text(encoding="utf-8") + "\n# %% [markdown]\n# more\n", encoding="utf-8"
    )
    assert len(list(find_stale(tmp_path))) == 2


def test_a_lesson_without_a_test_cell_is_refused(tmp_path):
    name = syllabus.units()[unit_name(LESSONS[0])].exercises[0].name
    lesson = edited(tmp_path, f'# %% check="{name}"\ncheck("{name}")\n', "")
    with pytest.raises(BadLesson, match=f"has no test cell for {name}"):
        render_lesson(lesson)


def test_a_test_cell_that_says_more_is_refused(tmp_path):
    name = syllabus.units()[unit_name(LESSONS[0])].exercises[0].name
    lesson = edited(tmp_path, f'\ncheck("{name}")\n', f'\ncheck("{name}")\nprint(1)\n')
    with pytest.raises(BadLesson, match="and nothing else"):
        render_lesson(lesson)


def test_a_test_cell_of_an_unknown_exercise_is_refused(tmp_path):
    name = syllabus.units()[unit_name(LESSONS[0])].exercises[0].name
    lesson = edited(tmp_path, f'# %% check="{name}"\ncheck("{name}")\n', '# %% check="sofmax"\ncheck("sofmax")\n')
    with pytest.raises(BadLesson, match="there is no exercise 'sofmax'"):
        render_lesson(lesson)


def test_kinds_of_cells_are_documented():
    assert all(f'{kind}="' in authoring.__doc__ for kind in authoring.KINDS)
