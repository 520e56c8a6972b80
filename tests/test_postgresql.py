"""The gradebook in PostgreSQL, which nbgrader recommends where several people grade: with a server of its own."""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from traitlets.config import Config

from demo.classroom import submission
from instructor.shells.nbgrader import configure
from tests.test_nbgrader import ASSIGNMENT, EARNED, RELEASE, SOURCE, WRONG, Course, solved

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # nbgrader and its libraries warn about themselves
    pytest.mark.usefixtures("one_worker", "one_engine"),
]

NO_SERVER = "There is no PostgreSQL server on this machine (Debian: apt install postgresql), so its test is left out."
DATABASE = "grades"


def find_programs() -> Path:
    """The folder of the server's programs: the newest of Debian's, or where the command is found. Without a server the
    test is skipped, but fails on GitHub, where the workflow installs one."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = folders[-1] if folders else shutil.which("initdb")
    if not found:
        assert not os.environ.get("GITHUB_ACTIONS"), NO_SERVER
        pytest.skip(NO_SERVER)
    return Path(found).resolve().parent


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a database on a server that runs as long as the tests of this file. It has no port."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="postgresql"))  # short: a socket's path has at most 107 characters
    user = "postgres" if os.getuid() == 0 else getpass.getuser()  # it does not run as root
    shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), *arguments]
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, timeout=120)

    data = str(folder / "data")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    run("initdb", "-D", data, "-U", "grader", "--auth=trust", "--encoding=UTF8", "--no-locale")
    run("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        run("createdb", "-h", str(folder), "-U", "grader", DATABASE)
        yield f"postgresql://grader@/{DATABASE}?host={folder}"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


class CourseInPostgreSQL(Course):
    """A course whose gradebook is in PostgreSQL."""

    def configure(self, folder: Path) -> Config:
        config = Config()
        config.CourseDirectory.db_url = self.db_url
        configure(config, folder)
        return config

    def __init__(self, folder: Path, db_url: str) -> None:
        self.db_url = db_url
        super().__init__(folder)


def test_a_class_is_graded_into_postgresql(server, tmp_path):
    course = CourseInPostgreSQL(tmp_path, server)
    assert course.api.coursedir.db_url == server
    assert course.graded("right", solved()) == EARNED
    assert course.graded("wrong", submission(SOURCE, RELEASE, WRONG))["scaled_dot_product_attention"] == 2.5
    assert set(course.graded("right", RELEASE).values()) == {0.0}  # what it earned before is forgotten
    course.must(course.api.generate_feedback(ASSIGNMENT, force=True))
    assert "not by its square root" in (tmp_path / "feedback" / "wrong" / ASSIGNMENT / "attention.html").read_text()
    exporter = CsvExportPlugin(to=str(tmp_path / "grades.csv"))
    with Gradebook(server) as gradebook:
        exporter.export(gradebook)
    assert not (tmp_path / "gradebook.db").exists()
    assert (tmp_path / "grades.csv").read_text().count("02_attention") == 2


def test_without_a_server_it_is_skipped_with_a_sentence_but_never_in_ci(monkeypatch):
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(AssertionError, match="There is no PostgreSQL server"):
        find_programs()
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="so its test is left out"):
        find_programs()
