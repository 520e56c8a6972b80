"""The commands that the README, the documentation and the lessons quote can be typed as they stand there."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import nbformat
import pytest
from click.testing import CliRunner
from nbgrader.apps import NbGraderApp

from autograder import syllabus
from autograder.__main__ import main
from instructor.authoring.lessons import find_lessons, unit_name
from tests.nested_pytest import run_here

pytestmark = pytest.mark.usefixtures("one_worker")

PROJECT = Path(__file__).resolve().parent.parent
LESSONS = find_lessons(PROJECT)
CONTEXT = click.Context(main)
COMMANDS = {name: command for name in main.list_commands(CONTEXT) if (command := main.get_command(CONTEXT, name))}
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
COMMAND = re.compile(r"(?:\.venv/bin/)?(autograder|make|nbgrader|pytest)((?: .*)?)")
FENCE = re.compile(r"^```\w*\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def markdown(notebook: Path) -> str:
    cells = nbformat.read(notebook, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def in_blocks(text: str) -> list[str]:
    lines = [line for block in FENCE.findall(text) for line in block.splitlines()]
    return lines + re.findall(r"^ {4}(.*)", FENCE.sub("", text), flags=re.MULTILINE)


def in_backticks(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", FENCE.sub("", text))


def words(arguments: str) -> list[str]:
    return shlex.split(arguments, comments=True)


RELEASES = [PROJECT / "assignments" / lesson.stem / f"{unit_name(lesson)}.ipynb" for lesson in LESSONS]
TEXTS = [page.read_text(encoding="utf-8") for page in PAGES] + [markdown(release) for release in RELEASES]
BLOCKS = [line for text in TEXTS for line in in_blocks(text)]
BACKTICKS = [line for text in TEXTS for line in in_backticks(text)]


def commands(program: str, quoted: list[str] = BLOCKS + BACKTICKS) -> list[str]:
    """What is said after the name of a program; nothing where only its name is."""
    found = (COMMAND.fullmatch(line.strip()) for line in quoted)
    return sorted({shlex.join(words(match[2])) for match in found if match and match[1] == program})


GIVEN = ("roster.csv", "hand-ins.zip", "gradebook.csv", "worksheet.csv", "nora.ipynb")
FIRST_IS_AN_ASSIGNMENT = {name for name in NbGraderApp.subcommands if name not in ("db", "export")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A copy of the course with the hand-ins of one student."""
    folder = tmp_path_factory.mktemp("whole")
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(PROJECT / name, folder)
    for name in ("assignments", "solutions"):
        shutil.copytree(PROJECT / name, folder / name)
    for name in ("02_attention", "08_tokenization"):
        shutil.copytree(PROJECT / "assignments" / name, folder / "submitted" / "ada" / name)
    shutil.copytree(PROJECT / "assignments", folder / "work")
    for name in GIVEN:  # what an instructor has from elsewhere
        (folder / name).touch()
    return folder


@pytest.fixture
def course(whole, monkeypatch) -> Path:
    """The folder in which commands are typed; nothing that an earlier one has written is there."""
    for path in whole.glob("grades.*"):
        path.unlink()
    monkeypatch.chdir(whole)
    return whole


def test_commands_are_found_in_blocks_and_in_backticks():
    text = "say `make x` and `.venv/bin/pytest y`\n\n    autograder doctor\n\n```\nnbgrader export   # z\n```\nmake no"
    assert in_blocks(text) == ["nbgrader export   # z", "autograder doctor"]
    assert in_backticks(text) == ["make x", ".venv/bin/pytest y"]
    assert {len(commands(program)) > 1 for program in ("autograder", "make", "nbgrader", "pytest")} == {True}


@pytest.mark.parametrize("arguments", [arguments for arguments in commands("autograder") if arguments])
def test_autograder_understands(course, arguments):
    name, *rest = words(arguments)
    assert name in COMMANDS
    (course / "grades.json").touch()  # what an earlier command has written
    command = COMMANDS[name]
    while isinstance(command, click.Group) and rest:
        assert rest[0] in command.commands
        command, name, rest = command.commands[rest[0]], rest[0], rest[1:]
    try:
        parsed = command.make_context(name, rest)
    except click.MissingParameter:
        assert arguments not in commands("autograder", BLOCKS)  # backticks may name a command without its files
    else:
        paths = [path for path in parsed.params.get("paths", ()) if not (PROJECT / "assignments" / path).is_dir()]
        assert [path for path in paths if not path.exists()] == []


def test_every_option_that_is_named_alone_is_one_of_autograders():
    named = {line for line in BACKTICKS if re.fullmatch(r"--[\w-]+", line)}
    groups = [command for command in COMMANDS.values() if isinstance(command, click.Group)]
    inner = [command for group in groups for command in group.commands.values()]
    every = [*COMMANDS.values(), *inner]
    known = {option for command in every for parameter in command.params for option in parameter.opts}
    training = (PROJECT / "transformer_ref" / "train" / "__main__.py").read_text(encoding="utf-8")
    assert named and named <= known | set(re.findall(r'"(--[\w-]+)"', training))


def test_everything_can_be_checked_and_an_unwritten_notebook_does_not_pass(course):
    paths = [path for arguments in commands("autograder") for path in words(arguments)[1:] if "/" in path]
    checked = sorted({path for path in paths if path.startswith("work/")})
    assert checked == [f"work/{release.parent.name}/{release.name}" for release in RELEASES]
    result = CliRunner().invoke(main, ["check", *checked])
    assert result.exit_code == 1, result.output


def test_a_class_is_graded_as_the_pages_say(course):
    quoted = [arguments for arguments in commands("autograder") if "submitted/" in arguments]
    assert quoted
    for arguments in quoted:
        result = CliRunner().invoke(main, words(arguments))
        assert result.exit_code == 0, result.output
        files = [word for word in words(arguments) if word.startswith("grades.")]
        assert files and all((course / name).exists() for name in files)


def test_every_exercise_has_a_command_and_it_selects_that_exercise_alone(course):
    selected = [arguments for arguments in commands("pytest") if arguments]
    cases = {
        f"work/{lesson.stem}/{unit}.ipynb::{e.name}": [c.name for c in e.cases if not c.hidden]
        for lesson in LESSONS
        for unit in [unit_name(lesson)]
        for e in syllabus.units()[unit].exercises
    }
    assert selected == sorted(cases)
    expected = [f"{selection}[{case}]" for selection in selected for case in cases[selection]]
    result = run_here(course, "--collect-only", "-q", *selected)
    assert result.returncode == 0, result.stdout
    assert [line for line in result.stdout.splitlines() if "::" in line] == expected


@pytest.mark.parametrize("arguments", commands("make"))
def test_make_knows_the_target(course, arguments):
    result = subprocess.run(["make", "-n", *words(arguments)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("arguments", [arguments for arguments in commands("nbgrader") if arguments])
def test_nbgrader_has_the_command_and_the_course_the_assignment(course, arguments):
    name, *assignments = [word for word in words(arguments) if not word.startswith("--")]
    assert name in NbGraderApp.subcommands
    assignments = assignments if name in FIRST_IS_AN_ASSIGNMENT else [w for w in assignments if w[:2].isdigit()]
    assert [assignment for assignment in assignments if not Path("solutions", assignment).is_dir()] == []
