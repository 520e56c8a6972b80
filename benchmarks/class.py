"""Grade classes of several sizes with `autograder grade --feedback`, and say what a submission costs.

The submissions of unit 2 are made from what the tests know: right code, unusual right code, code that is wrong in one
way or in two, unfinished work, a few hostile ones; one in five is identical to another. No two others are alike. One
in ten has written the test that is a bonus.
Prints and records submissions a second, CPU seconds per submission and the largest memory, each of the whole tree of
processes; stock `nbgrader autograde` on some of the same submissions in the same run; and what a run costs that is
killed and begun again, whose gradebook must be that of an undisturbed one.

    python benchmarks/class.py [--submissions 30 --submissions 300] [--jobs 1 --jobs 2] [--stock 5] [--kills 3]
"""

import json
import os
import platform
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from pathlib import Path

import click
import nbformat
from rich.console import Console

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from autograder import syllabus  # noqa: E402
from autograder.intake import submission as intake  # noqa: E402
from benchmarks.grade_class import ASSIGNMENT, NOTEBOOK, nbgrader, our_course, stock_course  # noqa: E402
from demo.attention import STUDENTS  # noqa: E402
from demo.classroom import MARKER_LINE, submission  # noqa: E402

UNIT = "attention"
EXERCISES = [exercise.name for exercise in syllabus.units()[UNIT].exercises]
(A_TEST,) = (exercise.name for exercise in syllabus.units()[UNIT].exercises if exercise.tests)
SOURCE = nbformat.read(PROJECT / "solutions" / ASSIGNMENT / NOTEBOOK, as_version=4)
RELEASE = nbformat.read(PROJECT / "assignments" / ASSIGNMENT / NOTEBOOK, as_version=4)
SOLVED = {
    cell.metadata.nbgrader.grade_id.removesuffix("-solution"): MARKER_LINE.sub("", cell.source)
    for cell in SOURCE.cells
    if cell.metadata.get("nbgrader", {}).get("solution")
}
TESTS = PROJECT / "tests"
RESULTS = Path(__file__).with_name("results.md")
COMMAND = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--feedback", "--jobs"]
ATTACKS = (
    "import os\nos._exit(0)",
    "while True: print('x' * 100_000)",
    "held = [bytes(1 << 27) for _ in range(10_000)]",
)
SAMPLE_SECONDS = 2.0  # to ask ten processes for their memory takes a tenth of a second
GRADES = """SELECT s.student_id, c.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade
FROM grade g JOIN base_cell c ON c.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id
JOIN submitted_assignment s ON s.id = n.assignment_id ORDER BY 1, 2"""
Answers = Mapping[str, str | None]


@dataclass(frozen=True)
class Cost:
    """What a run took: wall and CPU seconds of all its processes, and their largest memory together, in MB."""

    wall: float
    cpu: float
    memory: float


def in_cells(source: str) -> Answers:
    """A whole file as answers: it stands in the cell of the first exercise that it defines."""
    code = intake.from_python(source, "file.py", UNIT).code
    first, *others = [name for name in EXERCISES if code.defines(name)]
    return {first: source, **dict.fromkeys(others, "# it is in another cell")}


def edited(plain: str, edits: list[dict[str, dict[str, str]]]) -> Answers:
    """The plain solution with some edits of `tests/causes/edits.json`, where they apply one after the other."""
    for edit in edits:
        for right, wrong in edit["edits"].items():
            plain = plain.replace(right, wrong)
    return in_cells(plain)


def all_kinds(chance: random.Random) -> Iterator[Answers]:
    """Different answers without end: right, unusual, wrong in one way and in two, unfinished."""
    plain = (TESTS / "causes" / "plain" / f"{UNIT}.py").read_text(encoding="utf-8")
    edits = [e for e in json.loads((TESTS / "causes" / "edits.json").read_text(encoding="utf-8")) if e["unit"] == UNIT]
    files = sorted((TESTS / "unusual" / UNIT).glob("*.py"))
    unusual = cycle([in_cells(path.read_text(encoding="utf-8")) for path in files])
    demo = cycle([answers for student, answers in STUDENTS.items() if student != "lena"])  # an endless loop
    while True:
        yield {}
        yield next(unusual)
        yield edited(plain, chance.sample(edits, 1))
        yield next(demo)
        yield edited(plain, chance.sample(edits, 2))
        yield dict.fromkeys(chance.sample(EXERCISES, chance.randrange(1, len(EXERCISES))))


def make_class(count: int, chance: random.Random) -> Iterator[tuple[str, Answers]]:
    """Students and their answers; every fifth has those of another, and one in a hundred is hostile."""
    kinds, made = all_kinds(chance), list[Answers]()
    for number in range(count):
        if number % 5 == 4:
            answers = chance.choice(made)
        elif number % 100 == 50:
            answers = {"softmax": f"{ATTACKS[number // 100 % len(ATTACKS)]}\n# {number}"}
        else:
            answers = dict(next(kinds))
            name = next((name for name, source in answers.items() if source), "softmax")
            answers[name] = f"{answers.get(name) or SOLVED[name]}\n# student {number}\n"
            if number % 10:
                answers.setdefault(A_TEST, None)
            made.append(answers)
        yield f"student{number:05d}", answers


def hand_in(course: Path, students: Mapping[str, Answers]) -> None:
    """Write the students' notebooks into `submitted`."""
    for student, answers in students.items():
        folder = course / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True)
        nbformat.write(submission(SOURCE, RELEASE, answers), folder / NOTEBOOK)


def measure(course: Path, jobs: int) -> Cost:
    """Grade a course."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = start(course, jobs)
    memory = 0.0
    while process.poll() is None:
        memory = max(memory, memory_of(process.pid))
        time.sleep(SAMPLE_SECONDS)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if process.returncode:
        sys.exit(f"the run failed with exit code {process.returncode}")
    return Cost(time.monotonic() - started, cpu, memory)


def start(course: Path, jobs: int) -> "subprocess.Popen[bytes]":
    """Begin to grade a course."""
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    return subprocess.Popen([*COMMAND, str(jobs)], cwd=course, env=environment, stdout=subprocess.DEVNULL)


def memory_of(root: int) -> float:
    """What a process and all that it has started hold, in MB; what several share is counted once."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended
            continue
    tree = {root}
    while more := {child for child, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return sum(map(_shared_fairly, tree)) / 1024


def _shared_fairly(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def make_course(folder: Path, students: Mapping[str, Answers]) -> Path:
    """A course in which these students have handed in, and nothing is graded."""
    course = our_course(folder)
    (course / ".course_secret").write_text("5" * 64)
    nbgrader(course, "generate_assignment")
    hand_in(course, students)
    return course


def stock_cost(folder: Path, students: Mapping[str, Answers]) -> float:
    """CPU seconds per submission of stock nbgrader."""
    course = stock_course(folder)
    nbgrader(course, "generate_assignment")
    hand_in(course, students)
    return nbgrader(course, "autograde")[0] / len(students)


def grades_in(course: Path) -> list[tuple[object, ...]]:
    """All that the gradebook says."""
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        return gradebook.execute(GRADES).fetchall()


def resume_cost(course: Path, undisturbed: list[tuple[object, ...]], jobs: int, after: float) -> float:
    """CPU seconds of the second run, where the first is killed after some seconds."""
    killed = start(course, jobs)
    time.sleep(after)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    time.sleep(2.0)  # its jobs notice, and end
    cost = measure(course, jobs)
    if grades_in(course) != undisturbed:
        sys.exit("after a kill, the gradebook is another")
    return cost.cpu


@click.command(help=__doc__)
@click.option("--submissions", "sizes", multiple=True, default=[30], show_default=True)
@click.option("--jobs", "counts", multiple=True, default=[2], show_default=True)
@click.option("--stock", default=5, show_default=True, help="Submissions that stock nbgrader grades, too.")
@click.option("--kills", default=1, show_default=True)
@click.option("--note", default="", help="What else to record, such as other work on the machine.")
def main(sizes: tuple[int, ...], counts: tuple[int, ...], stock: int, kills: int, note: str) -> None:
    """Run it all, print it, and record it."""
    lines, chance = [f"\n### A class, {date.today()}: `benchmarks/class.py`\n"], random.Random(1)
    lines += [
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    ]
    lines[-1] += f"; {note}" if note else ""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        students = dict(make_class(max(sizes), chance))
        stock_cpu = stock_cost(folder / "stock", dict(list(students.items())[:stock])) if stock else 0.0
        lines += [f"Stock nbgrader: {stock_cpu:.2f} CPU s each, on {stock} of them."] if stock else []
        lines += ["", *rows(folder, students, sizes, counts, stock_cpu), ""]
        for number in range(kills):
            course = make_course(folder / f"killed{number}", dict(list(students.items())[: min(sizes)]))
            whole = folder / f"{min(sizes)}-{max(counts)}"
            after = chance.uniform(3.0, 3.0 + 0.2 * min(sizes))
            cpu = resume_cost(course, grades_in(whole), max(counts), after)
            lines.append(
                f"Killed after {after:.1f} s and begun again, {min(sizes)} end the same for {cpu:.1f} CPU s more."
            )
    Console().print("\n".join(lines), markup=False)
    with RESULTS.open("a", encoding="utf-8") as results:
        results.write("\n".join(lines) + "\n")


def rows(
    folder: Path, students: Mapping[str, Answers], sizes: tuple[int, ...], counts: tuple[int, ...], stock: float
) -> Iterator[str]:
    """The table's rows: one for each size of a class and number of jobs."""
    yield "| submissions | jobs | submissions/s | CPU s each | stock / ours | MB | largest page, kB | again, CPU s |"
    yield "|---:|---:|---:|---:|---:|---:|---:|---:|"
    for size in sizes:
        for count in counts:
            course = make_course(folder / f"{size}-{count}", dict(list(students.items())[:size]))
            cost, again = measure(course, count), measure(course, count)
            largest = max(path.stat().st_size for path in (course / "feedback").rglob("*.html")) / 1000
            each = cost.cpu / size
            ratio = f"{stock / each:.0f}" if stock else ""
            yield (
                f"| {size} | {count} | {size / cost.wall:.2f} | {each:.3f} | {ratio} | {cost.memory:.0f} "
                f"| {largest:.0f} | {again.cpu:.1f} |"
            )


if __name__ == "__main__":
    main()
