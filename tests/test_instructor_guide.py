"""The worked examples of `docs/instructor.md`, and the settings that `nbgrader_config.py` has as comments."""

import re
import runpy
import subprocess
from dataclasses import replace
from pathlib import Path

import jupytext
import pytest
from traitlets.config import Config

from autograder import syllabus
from autograder.exercise import Mark, Question
from instructor.authoring.tables_and_headers import Markers
from instructor.shells.nbgrader import configure

pytestmark = pytest.mark.filterwarnings("ignore")  # nbgrader and its libraries warn about themselves

PROJECT = Path(__file__).resolve().parent.parent
GUIDE = (PROJECT / "docs" / "instructor.md").read_text(encoding="utf-8")
SETTINGS = (PROJECT / "nbgrader_config.py").read_text(encoding="utf-8")


def test_the_written_question_of_the_guide_can_be_built(monkeypatch):
    marks, cell = re.findall(r"^```python\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)
    (question,) = eval(f"({marks})", {"Mark": Mark, "Question": Question})
    unit = syllabus.units()["attention"]
    changed = replace(unit, questions=(*unit.questions, question))
    monkeypatch.setattr(syllabus, "units", lambda: {**dict.fromkeys(("attention",), changed)})
    lesson = (PROJECT / "solutions" / "02_attention.py").read_text(encoding="utf-8")
    text = Markers("02_attention", jupytext.reads(f"{lesson}\n{cell}", fmt="py:percent").cells).render()[-1]
    assert text.startswith("### Written question · a softmax that cannot decide (1 point)")
    assert "- ½: the weights become equal\n- ½: the output is the mean of the values" in text


def test_every_file_and_folder_that_the_guide_names_is_there():
    named = re.findall(r"`([\w./]+/[\w.*]*|[\w]+\.(?:py|md))`|\]\(([\w./]+)\)", GUIDE)
    inside = [name for name, _ in named if name.split("/")[0] in ("autograder", "solutions", "tests", "docs")]
    assert inside and all(list(PROJECT.glob(name)) for name in inside)
    assert all((PROJECT / "docs" / link).exists() for _, link in named if link)


def test_the_guide_fits_on_two_pages():
    assert len(GUIDE.splitlines()) < 170


@pytest.mark.parametrize(
    "name",
    ["work/x", "downloaded/x", "submitted/x", "collected.csv", "grades.csv", "set_aside/x", "feedback/x", ".grades.db"],
)
def test_whatever_holds_students_work_is_ignored_by_git(name):
    done = subprocess.run(["git", "check-ignore", "-q", name], cwd=PROJECT, check=False)
    assert done.returncode == 0


def settings() -> list[str]:
    return re.findall(r"^# (c\.\w+\.\w+ = .*)$", SETTINGS, flags=re.MULTILINE)


@pytest.mark.parametrize("line", settings())
def test_each_setting_that_is_a_comment_exists(line):
    from nbgrader.apps import NbGrader
    from nbgrader.preprocessors import AssignLatePenalties

    from instructor.shells.nbgrader.preprocessors import GradeIsolated

    holder, name = re.findall(r"\w+", line)[1:3]
    classes = {
        cls.__name__: cls for cls in (*NbGrader().all_configurable_classes(), GradeIsolated, AssignLatePenalties)
    }
    classes |= {cls.__name__: cls for found in list(classes.values()) for cls in found.__mro__}
    from nbgrader.exchange.default.exchange import Exchange

    classes["Exchange"] = Exchange
    assert name in classes[holder].class_trait_names(config=True)


def test_all_settings_together_can_be_read_and_the_late_policy_works(tmp_path):
    config = Config()
    uncommented = re.sub(
        r"^# ?(?=c\.|from |class |    |$)", "", SETTINGS.partition("says when.\n")[2], flags=re.MULTILINE
    )
    file = tmp_path / "settings.py"
    file.write_text(uncommented, encoding="utf-8")
    configure(config, tmp_path)
    runpy.run_path(str(file), {"c": config})
    assert config.GradeIsolated.require_sandbox is True
    policy = config.AssignLatePenalties.plugin_class()
    late = [policy.late_submission_penalty("ada", 20.0, seconds) for seconds in (1, 86_400, 86_401, 10**9)]
    assert late == [2, 2, 4, 20]
