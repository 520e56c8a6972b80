"""What looks like a student's work, and what is a module of tests that may be imported."""

from pathlib import Path

import pytest

from autograder.intake.files import LARGEST_CODE, LARGEST_TEXT
from autograder.intake.looks import holds_work, looks_like_work

LONG = "# This line is here for its length.\n" * (LARGEST_CODE // 30)
TESTS = "def test_one():\n    assert True\n"
WORK = "def softmax(x, axis=-1):\n    return x\n"
MODULES_OF_TESTS = {
    "test_mine.py": TESTS,
    "mine_test.py": "import unittest\nclass Mine(unittest.TestCase):\n    def test_one(self): pass\n",
    "checks.py": "import pytest\nfrom elsewhere import *\n",
    "more.py": "class TestMine:\n    def test_one(self):\n        softmax = 1\n",
    "test_softmax.py": f"softmax = object()\n{TESTS}    def softmax(): pass\n",
    "test_empty.py": "",
    "long.py": TESTS + LONG,
    "test_long.py": TESTS + LONG,
    "broken.py": f"{TESTS}(",
    "notes.txt": WORK,
}


@pytest.mark.parametrize(("name", "source"), MODULES_OF_TESTS.items(), ids=list(MODULES_OF_TESTS))
def test_a_module_of_tests_is_no_work(tmp_path, name, source):
    (tmp_path / name).write_text(source)
    assert not looks_like_work(tmp_path / name)


FILES_OF_STUDENTS = {
    "attention.ipynb": "{",
    "mine.py": WORK,
    "MINE.PY": WORK,
    "with_tests.py": WORK + TESTS,
    "test_mine.py": WORK + TESTS,
    "mine_test.py": f"if True:\n    class EncoderLayer: pass\n{TESTS}",
    "test_tried.py": f"try:\n    pass\nexcept ValueError:\n    async def softmax(): pass\n{TESTS}",
    "long.py": WORK + TESTS + LONG,
    "assigned.py": f"softmax = len\n{TESTS}{LONG}",
    "test_long.py": WORK + TESTS + LONG,
    "test_far_too_long.py": TESTS + LONG * (1 + LARGEST_TEXT // len(LONG)),
    "empty.py": "",
    "misspelt.py": "def sofmax(x):\n    return x\n",
    "attention.py": TESTS,
    "02_Attention.py": TESTS,
    "broken.py": "def softmax(:\n    pass\n" + TESTS,
    "null.py": f"{TESTS}\0\0",
    "test_null.py": f"{TESTS}\0\0",
}


@pytest.mark.parametrize(("name", "source"), FILES_OF_STUDENTS.items(), ids=list(FILES_OF_STUDENTS))
def test_a_students_file_is_work_also_where_it_is_refused(tmp_path, name, source):
    (tmp_path / name).write_text(source)
    assert looks_like_work(tmp_path / name)


def test_a_link_is_what_it_leads_to(tmp_path):
    for name, source in (("work.py", WORK), ("tests.py", TESTS)):
        (tmp_path / name).write_text(source)
        for link in (f"link_to_{name}", f"test_link_to_{name}"):
            (tmp_path / link).symlink_to(name)
    found = {path.name for path in tmp_path.iterdir() if looks_like_work(path)}
    assert found == {"work.py", "link_to_work.py", "test_link_to_work.py"}
    assert looks_like_work(tmp_path / "not_there.py")


def test_a_folder_holds_work_where_it_holds_no_tests(tmp_path):
    assert not holds_work(tmp_path)
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "attention.ipynb").write_text("{}")
    (tmp_path / "helpers.py").write_text(TESTS)
    assert holds_work(tmp_path)
    (tmp_path / "test_mine.py").write_text(TESTS)
    assert not holds_work(tmp_path)


def test_the_tests_of_the_course_are_no_work():
    assert [path.name for path in Path(__file__).parents[1].glob("**/test_*.py") if looks_like_work(path)] == []
