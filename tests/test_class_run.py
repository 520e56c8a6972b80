"""`autograder grade` of a course: several jobs, a store, one writer; killed, repeated, changed, attacked."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from rich.console import Console
from traitlets.config.loader import PyFileConfigLoader

from autograder import syllabus
from autograder.execution.executor import Executor
from autograder.execution.limits import Limits
from autograder.intake import find
from autograder.shells.command_line import main
from demo.classroom import submission
from demo.positional_encoding import CUTS_AT_THE_BATCH, DOUBLES_THE_EXPONENT, STUDENTS
from instructor.shells import class_jobs
from instructor.shells.class_jobs import JobProcess
from instructor.shells.class_store import FILE_NAME, Checks
from instructor.shells.course.one_run import one_run
from instructor.shells.nbgrader.class_progress import ClassProgress
from instructor.shells.nbgrader.grade_course import CannotGrade, CourseRun, Outcome
from instructor.shells.nbgrader.grade_isolated import GradeIsolated

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # nbgrader and its libraries warn about themselves
    pytest.mark.usefixtures("one_job", "one_worker", "one_engine"),
]

PROJECT = Path(__file__).resolve().parent.parent
ASSIGNMENT, UNIT = "01_positional_encoding", "positional_encoding"
NOTEBOOK = f"{UNIT}.ipynb"
SOURCE = nbformat.read(PROJECT / "solutions" / ASSIGNMENT / NOTEBOOK, as_version=4)
RELEASE = nbformat.read(PROJECT / "assignments" / ASSIGNMENT / NOTEBOOK, as_version=4)
CLASS: dict[str, Any] = {**STUDENTS, "ada's friend": {}, "a third": {}, "chidi's friend": DOUBLES_THE_EXPONENT}
DIFFERENT = len(STUDENTS)
ENVIRONMENT = os.environ | {"PYTHONPATH": str(PROJECT)}
HURRIED = Limits(case_seconds=2.0, import_seconds=4.0, cell_seconds=3.0, total_seconds=12.0, least_wall_seconds=20.0)


def hand_in(course: Path, student: str, answers: dict[str, str | None]) -> Path:
    folder = course / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(submission(SOURCE, RELEASE, answers), folder / NOTEBOOK)
    return folder


def nbgrader(course: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def nbgrader_here(course: Path, step: str, *arguments: object, **options: object) -> None:
    """What a command of nbgrader's does, in this process."""
    config = PyFileConfigLoader("nbgrader_config.py", str(course)).load_config()
    done = getattr(NbGraderAPI(CourseDirectory(config=config), config=config), step)(*arguments, **options)
    assert done["success"], done


def release(course: Path, assignment: str) -> None:
    nbgrader_here(course, "generate_assignment", assignment)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which nothing is graded yet. The tests work in copies of it, with the same secret."""
    course = tmp_path_factory.mktemp("released")
    shutil.copytree(PROJECT / "solutions" / ASSIGNMENT, course / "solutions" / ASSIGNMENT)
    shutil.copy(PROJECT / "nbgrader_config.py", course)
    (course / ".course_secret").write_text("5" * 64)
    release(course, ASSIGNMENT)
    for student, answers in CLASS.items():
        hand_in(course, student, answers)
    return course


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Path:
    return copy(released, tmp_path / "course")


def copy(course: Path, to: Path) -> Path:
    shutil.copytree(course, to)
    return to


@pytest.fixture(scope="module")
def undisturbed(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class as `nbgrader autograde` grades it, one after the other in one process, and with an empty store."""
    course = copy(released, tmp_path_factory.mktemp("undisturbed") / "course")
    nbgrader(course, "autograde", ASSIGNMENT)
    return course


@dataclass
class First:
    """The class, graded by two jobs: where, what came of it, and the processes that were started for it."""

    course: Path
    outcome: Outcome
    shown: str
    processes: list[str]


@pytest.fixture(scope="module")
def first(released: Path, tmp_path_factory: pytest.TempPathFactory) -> First:
    course, started = copy(released, tmp_path_factory.mktemp("first") / "course"), list[str]()
    with pytest.MonkeyPatch.context() as patch:
        note_processes(patch, started)
        patch.setattr(find, "read_as_notebook", None)  # that is for the jobs, in processes of their own
        return First(course, *run(course, jobs=2), started)


@pytest.fixture
def graded(first: First, tmp_path: Path) -> Path:
    """A copy of the graded class, in which nothing has changed since."""
    course = copy(first.course, tmp_path / "graded")
    for folder in course.glob(f"autograded/*/{ASSIGNMENT}"):
        os.utime(folder)  # later than the copies of what was handed in
    return course


def run(
    course: Path, jobs: int = 1, regrade: bool = False, student: str = "*", feedback: bool = False
) -> tuple[Outcome, str]:
    shown = StringIO()
    with ClassProgress(Console(file=shown, width=200)) as progress:
        return CourseRun(course, [], student).grade(jobs, regrade, progress, feedback), shown.getvalue()


def gradebook_of(course: Path) -> list[tuple]:
    """All that a gradebook holds about students, in order, without its random ids."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        submissions = gradebook.assignment_submissions(ASSIGNMENT)
        return (
            sorted(
                (
                    s.student_id,
                    g.name,
                    g.auto_score,
                    g.manual_score,
                    g.extra_credit,
                    g.needs_manual_grade,
                    g.failed_tests,
                )
                for s in submissions
                for notebook in s.notebooks
                for g in notebook.grades
            )
            + sorted((s.student_id, str(s.late_submission_penalty), str(s.timestamp)) for s in submissions)
            + sorted(
                (s.student_id, c.name, str(c.comment)) for s in submissions for n in s.notebooks for c in n.comments
            )
        )


def autograded_of(course: Path) -> dict[str, bytes]:
    files = sorted((course / "autograded").rglob("*"))
    return {str(path.relative_to(course)): path.read_bytes() for path in files if path.is_file()}


def same(course: Path, other: Path) -> bool:
    return gradebook_of(course) == gradebook_of(other) and autograded_of(course) == autograded_of(other)


def own_metadata(course: Path, student: str) -> dict:
    path = course / "autograded" / student / ASSIGNMENT / NOTEBOOK
    return json.loads(path.read_text(encoding="utf-8"))["metadata"]["autograder"]


def note_processes(patch: pytest.MonkeyPatch, started: list[str]) -> None:
    """Note what is started in this process, or lent to it: jobs, and workers for student code."""
    lend, start_worker = class_jobs.JobProcess, Executor.start

    def note_job() -> JobProcess:
        started.append("JobProcess")
        return lend()

    def note_worker(executor: Executor) -> None:
        started.append("Executor")
        start_worker(executor)

    patch.setattr(class_jobs, "JobProcess", note_job)
    patch.setattr(Executor, "start", note_worker)


def test_several_jobs_give_what_nbgrader_gives_alone_and_identical_work_is_run_once(first, undisturbed):
    assert (first.outcome.written, first.outcome.unchanged, first.outcome.ran) == (len(CLASS), 0, DIFFERENT)
    assert same(first.course, undisturbed)
    assert len({row[:1] for row in gradebook_of(first.course)}) == len(CLASS)
    assert 1 <= len(first.processes) <= 2 and set(first.processes) == {"JobProcess"}
    assert re.search(rf"{ASSIGNMENT}: {len(CLASS)} of {len(CLASS)}, [\d.]+ a second, 0 s left; \w+", first.shown)


def test_nothing_is_run_where_nothing_has_changed(graded, undisturbed, monkeypatch):
    processes: list[str] = []
    note_processes(monkeypatch, processes)
    outcome, _ = run(graded)
    assert (outcome.written, outcome.unchanged, outcome.ran, processes) == (0, len(CLASS), 0, [])
    shutil.rmtree(graded / "autograded")
    outcome, _ = run(graded)
    assert (outcome.written, outcome.ran) == (len(CLASS), 0)
    assert same(graded, undisturbed)
    hand_in(graded, "emil", {})  # what ada has, too
    outcome, _ = run(graded)
    assert (outcome.written, outcome.ran) == (1, 0)
    hand_in(graded, "emil", {**CUTS_AT_THE_BATCH, UNIT: None})
    outcome, _ = run(graded, student="emil")
    assert (outcome.written, outcome.ran) == (1, 1)
    assert set(processes) == {"JobProcess"}


def test_nbgraders_own_commands_read_the_same_store(graded):
    course = graded
    shutil.rmtree(course / "autograded")
    store = sqlite3.connect(course / FILE_NAME)
    known = store.execute("SELECT * FROM grades").fetchall()
    store.execute("UPDATE grades SET grades = (SELECT grades FROM grades LIMIT 1)")
    store.commit()
    nbgrader_here(course, "autograde", ASSIGNMENT, "*", force=False)
    sentences = {own_metadata(course, student)["sentence"] for student in CLASS}
    assert len(sentences) == 1 and len(known) == DIFFERENT
    assert store.execute("SELECT COUNT(*) FROM grades").fetchone() == (DIFFERENT,)


def test_a_regrade_runs_everything_again_and_mends_the_store(graded, undisturbed):
    course = graded
    store = sqlite3.connect(course / FILE_NAME)
    store.execute("UPDATE grades SET grades = (SELECT grades FROM grades LIMIT 1)")
    store.commit()
    outcome, _ = run(course, regrade=True)
    assert (outcome.written, outcome.ran) == (len(CLASS), DIFFERENT)
    assert same(course, undisturbed)


def test_only_the_unit_whose_checks_have_changed_is_graded_again(graded, monkeypatch):
    course = graded
    other = "08_tokenization"
    shutil.copytree(PROJECT / "solutions" / other, course / "solutions" / other)
    release(course, other)
    folder = course / "submitted" / "ada" / other
    folder.mkdir()
    shutil.copy(PROJECT / "assignments" / other / "tokenization.ipynb", folder)
    run(course)
    version = Checks.version.func  # type: ignore[attr-defined]
    changed = property(lambda self: version(self) + "*" * (self.unit == "tokenization"))
    monkeypatch.setattr(Checks, "version", changed)
    outcome, shown = run(course)
    assert (outcome.written, outcome.unchanged, outcome.ran) == (1, len(CLASS), 1)
    assert "tokenization: the checks have changed since it was graded" in shown
    assert run(course)[0].written == 0


def test_one_student_alone(course):
    outcome, _ = run(course, student="chidi")
    assert (outcome.written, outcome.ran) == (1, 1)
    assert [path.name for path in (course / "autograded").iterdir()] == ["chidi"]
    with pytest.raises(CannotGrade, match="nothing has been handed in by nobody"):
        run(course, student="nobody")


def test_what_people_gave_survives_a_regrade(graded):
    course = graded
    (course / "submitted" / "bela" / ASSIGNMENT / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-11-01 10:00:00 UTC")
    with open(course / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    run(course, student="bela")
    question = f"question-{syllabus.units()[UNIT].questions[0].name}"
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.find_grade(question, UNIT, ASSIGNMENT, "chidi").manual_score = 0.5
        gradebook.find_grade(UNIT, UNIT, ASSIGNMENT, "chidi").extra_credit = 0.25
        gradebook.find_comment(question, UNIT, ASSIGNMENT, "chidi").manual_comment = "well said"
        gradebook.db.commit()
    run(course, regrade=True)
    regraded = gradebook_of(course)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        late = gradebook.find_submission(ASSIGNMENT, "bela")
        assert late.late_submission_penalty == late.score > 0
        assert gradebook.find_grade(question, UNIT, ASSIGNMENT, "chidi").score == 0.5
        assert gradebook.find_grade(UNIT, UNIT, ASSIGNMENT, "chidi").extra_credit == 0.25
        assert gradebook.find_comment(question, UNIT, ASSIGNMENT, "chidi").comment == "well said"
    nbgrader_here(course, "autograde", ASSIGNMENT, "*", force=True)
    assert gradebook_of(course) == regraded


def pages_of(course: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(course)): path.read_bytes() for path in course.glob("feedback/*/*/*") if path.is_file()
    }


def test_pages_are_those_of_nbgrader_and_written_anew_where_something_has_changed(graded):
    (graded / "submitted" / "bela" / ASSIGNMENT / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC")
    question = f"question-{syllabus.units()[UNIT].questions[0].name}"
    outcome, _ = run(graded, feedback=True)
    assert (outcome.written, outcome.pages) == (1, len(CLASS))
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as gradebook:
        gradebook.find_grade(question, UNIT, ASSIGNMENT, "chidi").manual_score = 0.5
        gradebook.find_comment(question, UNIT, ASSIGNMENT, "chidi").manual_comment = "well said"
        gradebook.db.commit()
    before = pages_of(graded)
    assert run(graded, feedback=True)[0].pages == 1
    pages = pages_of(graded)
    assert {path for path in pages if pages[path] != before[path]} == {f"feedback/chidi/{ASSIGNMENT}/{UNIT}.html"}
    assert "feedback/bela/01_positional_encoding/timestamp.txt" in pages
    assert max(map(len, pages.values())) < 150_000
    shutil.rmtree(graded / "feedback")
    nbgrader(graded, "generate_feedback", ASSIGNMENT)
    assert pages == pages_of(graded)
    assert run(graded, feedback=True)[0].pages == 0


ANOTHER_STEP = """
from nbgrader.preprocessors import NbGraderPreprocessor


class Sign(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        nb.metadata["signed"] = "by the course"
        return nb, resources


c.Autograde.autograde_preprocessors = [*c.Autograde.autograde_preprocessors, Sign]
"""


def test_where_somebody_has_put_a_step_into_the_conversion_nbgrader_converts(graded):
    with open(graded / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write(ANOTHER_STEP)
    shutil.rmtree(graded / "autograded")
    rows = gradebook_of(graded)
    outcome, _ = run(graded, student="chidi")
    assert (outcome.written, outcome.ran) == (1, 0)
    text = (graded / "autograded" / "chidi" / ASSIGNMENT / NOTEBOOK).read_text(encoding="utf-8")
    assert json.loads(text)["metadata"]["signed"] == "by the course"
    assert gradebook_of(graded) == rows


def test_a_hand_in_that_cannot_even_be_read_has_no_grade_left_and_stops_no_other(graded, monkeypatch):
    call = JobProcess.call

    def killed(self, function, arguments, seconds):
        if getattr(arguments[0], "folder", Path()).parent.name == "bela":
            os.kill(self.pid, signal.SIGKILL)
        return call(self, function, arguments, seconds)

    monkeypatch.setattr(JobProcess, "call", killed)
    before = [row for row in gradebook_of(graded) if row[0] != "bela"]
    shutil.rmtree(graded / "autograded")
    outcome, shown = run(graded)
    assert (outcome.written, outcome.failed) == (len(CLASS) - 1, ("bela",))
    assert "bela: the process that graded it has ended" in shown
    assert [row for row in gradebook_of(graded) if row[0] != "bela"] == before
    assert all(row[2] is None and row[5] for row in gradebook_of(graded) if row[0] == "bela" and len(row) == 7)
    assert not (graded / "autograded" / "bela").exists()


def start(course: Path, jobs: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "autograder", "grade", "--jobs", str(jobs)]
    return subprocess.Popen(
        command, cwd=course, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def count_known(course: Path) -> int:
    try:
        with sqlite3.connect(f"file:{course / FILE_NAME}?mode=ro", uri=True) as store:
            return store.execute("SELECT COUNT(*) FROM grades").fetchone()[0]
    except sqlite3.OperationalError:  # not made yet
        return 0


def count_written(course: Path) -> int:
    return len(list(course.glob(f"autograded/*/{ASSIGNMENT}/{NOTEBOOK}")))


def find_descendants(pid: int) -> set[int]:
    found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in map(str.split, found.splitlines())}
    tree = {pid}
    while more := {child for child, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return tree - {pid}


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for what has to come; the limit is for a test that would otherwise never end."""
    end = time.monotonic() + 300
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_run_that_is_killed_at_any_moment_goes_on_and_ends_the_same(course, undisturbed):
    stop_at, pause = random.randrange(1, DIFFERENT), random.random() / 5
    count = random.choice([count_known, count_written])
    killed = start(course, jobs=2)
    wait_until(lambda: count(course) >= stop_at or killed.poll() is not None)
    time.sleep(pause)
    jobs = find_descendants(killed.pid)
    killed.kill()
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL, "it was done before it could be killed"
    wait_until(lambda: not any(map(is_running, jobs)))
    known = count_known(course)
    assert known >= stop_at or count is count_written
    outcome, _ = run(course)
    assert outcome.ran == DIFFERENT - known, (count, stop_at, pause)
    assert same(course, undisturbed), (count, stop_at, pause)


def test_a_second_run_waits_for_the_first_and_says_so(course, undisturbed):
    said: list[str] = []
    with one_run(course, said.append):
        second = start(course, jobs=1)
        assert second.stderr
        line = second.stderr.readline()
        assert f"another run grades this course (process {os.getpid()})" in line
        assert not (course / "autograded").exists()
    output, rest = second.communicate()
    assert (second.returncode, said) == (0, []), rest
    assert f"{len(CLASS)} hand-ins graded ({DIFFERENT} of them run, the others already known)" in output
    assert same(course, undisturbed)
    (course / ".grades.lock").write_text("1\n")  # of a run that was killed
    with one_run(course, said.append):
        assert said == []


HOSTILE = {
    "leaves": "import os\nos._exit(0)",
    "never ends": "while True: pass",
    "ends the group": "import os, signal\nos.killpg(0, signal.SIGKILL)",
    "forks": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "takes memory": "held = [bytes(1 << 27) for _ in range(10_000)]",
    "prints": "while True: print('x' * 1_000_000)",
    "deletes": "import shutil\nshutil.rmtree('/', ignore_errors=True)\nraise SystemExit(3)",
}


def test_the_worst_in_a_class_harms_nobody(course, undisturbed, monkeypatch):
    answer = SOURCE.cells[next(i for i, c in enumerate(SOURCE.cells) if f"def {UNIT}(" in c.source)].source
    for student, attack in HOSTILE.items():
        hand_in(course, student, {UNIT: f"{attack}\n{answer}"})
    (hand_in(course, "no notebook", {}) / NOTEBOOK).write_text("{")
    checks_of = GradeIsolated.checks_of
    monkeypatch.setattr(GradeIsolated, "checks_of", lambda *given: replace(checks_of(*given), limits=HURRIED))
    outcome, _ = run(course, jobs=2)
    assert (outcome.written, outcome.failed, outcome.given_up) == (len(CLASS) + len(HOSTILE) + 1, (), 0)
    assert all(own_metadata(course, student)["sentence"] for student in (*CLASS, *HOSTILE, "no notebook"))
    attackers = {*HOSTILE, "no notebook"}
    assert [row for row in gradebook_of(course) if row[0] not in attackers] == gradebook_of(undisturbed)
    assert all(row[2] is not None for row in gradebook_of(course) if row[1] == UNIT)


def test_what_cannot_be_graded_waits_for_a_person_and_is_tried_again(course, undisturbed, monkeypatch):
    ask = JobProcess.grade

    def killed(self, checks, written, *arguments):
        if any("2 * i / d_model" in source for source in written.cells.values()):  # chidi, and a friend
            os.kill(self.pid, signal.SIGKILL)
        return ask(self, checks, written, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(JobProcess, "grade", killed)
        outcome, _ = run(course)
    assert (outcome.written, outcome.given_up) == (len(CLASS), 1)
    assert "the process that graded it has ended" in own_metadata(course, "chidi")["sentence"]
    waiting = {row[0] for row in gradebook_of(course) if row[1] == UNIT and row[5] and row[2] is None}
    assert waiting == {"chidi", "chidi's friend"}
    outcome, _ = run(course)
    assert (outcome.written, outcome.ran, outcome.given_up) == (2, 1, 0)
    assert same(course, undisturbed)


def command(course: Path, *arguments: str):
    return CliRunner().invoke(main, ["grade", "--course", str(course), *arguments])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["02_attention"], "02_attention: there is no such file or folder"),
        ([ASSIGNMENT, "--csv", "x.csv"], "only --course, --jobs, --student, --regrade, --feedback and --scheduler go"),
        ([ASSIGNMENT, "submitted"], "cannot be mixed with files and folders"),
        (["submitted", "--jobs", "2"], "cannot be mixed with files and folders"),
        ([ASSIGNMENT, "--student", "nobody"], "nothing has been handed in for 01_positional_encoding by nobody"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_2(released, monkeypatch, arguments, words):
    monkeypatch.chdir(released)
    result = command(released, *arguments)
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_folder_that_is_no_course_is_said_to_be_none(tmp_path, released):
    assert "there is no nbgrader_config.py" in command(tmp_path).stderr
    shutil.copy(PROJECT / "nbgrader_config.py", tmp_path)
    result = command(tmp_path)
    assert (result.exit_code, "first run nbgrader generate_assignment" in result.stderr) == (2, True)
    (tmp_path / "solutions" / "02_attention").mkdir(parents=True)
    shutil.copy(released / "gradebook.db", tmp_path)
    assert "02_attention is not in the gradebook: first run" in command(tmp_path, "02_attention").stderr
