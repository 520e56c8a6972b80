"""`autograder bundle`: what students get, as a folder and a zip, without a line of an answer.

README.md                       one page: install, work, check, hand in
requirements*.txt               every version, with PyTorch and without
transformers_from_scratch-*.whl the student's package: `autograder` without `instructor` and `transformer_ref`
work/NN_unit/                   the notebooks to work in
AGENTS.md CLAUDE.md             what AI assistants may help with
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from instructor.authoring.lessons import find_introduction, find_lessons, find_stale, unit_name
from instructor.bundle.leaks import find_leaks
from instructor.bundle.notebooks import prepare_notebook
from instructor.bundle.records import find_outdated
from instructor.bundle.requirements import ALL, WITHOUT_TORCH, list_requirements
from instructor.bundle.target import BadBundle, find_work, lay_down, refuse_what_is_no_bundle, write_zip
from instructor.bundle.wheel import build_wheel

FILES = Path(__file__).with_name("files")
MOST_BYTES = 3_000_000


def write_bundle(
    course: Path,
    target: Path,
    units: Sequence[str] = (),
    name: str = "",
    say: Callable[[str], object] = lambda _: None,
) -> tuple[Path, Path]:
    """Write the folder `target` and the zip beside it, for all units or for some of them. Returns both.

    Unit 0 always comes with them. `name` is the course's name in the README; `say` is told what is being done. An older
    bundle in `target` is replaced, and whatever else lies in it stays. Raises BadBundle, and writes nothing, where
    `target` is another folder or somebody has worked in it, where notebooks or records are not up to date, and where
    something in it would give an answer away.
    """
    target = target.resolve()
    lessons = _choose_lessons(course, units)
    refuse_what_is_no_bundle(target)
    if work := list(find_work(target)):
        raise BadBundle(f"somebody has worked in {work[0]}: move it elsewhere, or choose another folder for the bundle")
    say("comparing notebooks with lessons, and records with the bank")
    _refuse_outdated(course, lessons)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".bundle-") as folder:
        made = Path(folder, target.name)
        say("building the student's package")
        _write_files(course, made, lessons, name or "Transformers from Scratch")
        say("looking for answers in it")
        if leaks := find_leaks(course, made):
            raise BadBundle(f"nothing is written, because an answer would be in it: {leaks[0]}")
        archive = write_zip(made, target)
        lay_down(made, target)
    return target, archive


def _choose_lessons(course: Path, units: Sequence[str]) -> list[Path]:
    lessons = find_lessons(course)
    if not lessons:
        raise BadBundle(f"there is no lesson, solutions/NN_unit.py, in {course.resolve()}")
    known = {unit_name(lesson): lesson for lesson in lessons} | {lesson.stem: lesson for lesson in lessons}
    for unit in units:
        if unit not in known:
            raise BadBundle(f"there is no unit {unit!r}; there are {', '.join(map(unit_name, lessons))}")
    chosen = [lesson for lesson in lessons if not units or lesson in {known[unit] for unit in units}]
    return [*find_introduction(course), *chosen]


def _refuse_outdated(course: Path, lessons: Sequence[Path]) -> None:
    for path in find_stale(course, lessons):
        if path.parts[0] == "assignments":
            raise BadBundle(f"{path} is not what the lesson says: run `autograder build` first")
    introduction = find_introduction(course)
    for sentence in find_outdated(course, [unit_name(lesson) for lesson in lessons if lesson not in introduction]):
        raise BadBundle(sentence)


def _write_files(course: Path, target: Path, lessons: Sequence[Path], name: str) -> None:
    for lesson in lessons:
        released = course / "assignments" / lesson.stem / f"{unit_name(lesson)}.ipynb"
        prepare_notebook(released, target / "work" / lesson.stem / released.name)
    wheel = build_wheel(course, target, releases=target / "work")
    for file in (ALL, WITHOUT_TORCH):
        (target / file).write_text(list_requirements(course, wheel.name, file), encoding="utf-8")
    for page in sorted(FILES.iterdir()):
        text = page.read_text(encoding="utf-8").replace("{course}", name).replace("{wheel}", wheel.name)
        (target / page.name.removesuffix(".txt")).write_text(text, encoding="utf-8")
    shutil.copy(course / "LICENSE", target / "LICENSE")


def describe_bundle(folder: Path, archive: Path) -> Iterator[str]:
    """What was written, and what to do with it, in lines."""
    notebooks = len(list(folder.glob("work/*/*.ipynb")))
    yield f"written: {folder}/ and {archive} ({archive.stat().st_size / 1e6:.1f} MB)"
    yield f"  {notebooks} notebook{'s' * (notebooks != 1)} in work/, the student's package, and a README to begin with"
    yield "  no line of an answer is in it, and the notebooks as they are earn no point"
    yield "next: hand out the zip, or push the folder as a template repository (docs/bundle.md)"
