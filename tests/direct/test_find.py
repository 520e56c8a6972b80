"""Which file of a folder is graded, and what is kept out of everyone's way."""

import json
import os
from pathlib import Path

import pytest

from autograder.intake import files, find
from autograder.intake.files import BadSubmission
from autograder.intake.printable import printable
from autograder.intake.unit_files import read_unit_files

ATTENTION, ENCODER = "def softmax(x): pass", "def encoder_layer(x): pass"


def write(path: Path, source: str) -> Path:
    """A notebook with one cell, or a Python file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [{"cell_type": "code", "source": source, "metadata": {}}]
    path.write_text(source if path.suffix == ".py" else json.dumps({"cells": cells}), encoding="utf-8")
    return path


def found(folder: Path) -> Path:
    return find.find_submission(folder, "attention", "attention")


def refusal(folder: Path) -> str:
    with pytest.raises(BadSubmission) as refused:
        found(folder)
    return str(refused.value)


def test_the_file_of_the_right_name_is_graded_whatever_is_in_it(tmp_path):
    write(tmp_path / "other.ipynb", ATTENTION)
    assert found(tmp_path) == tmp_path / "other.ipynb"
    exact = write(tmp_path / "attention.ipynb", "")
    assert found(tmp_path) == exact
    exact.unlink()
    exact.symlink_to("nowhere")
    assert found(tmp_path) == exact
    exact.unlink()
    exact.mkdir()
    assert found(tmp_path) == tmp_path / "other.ipynb"


def test_a_notebook_comes_before_a_python_file_and_the_shallow_before_the_deep(tmp_path):
    deep = write(tmp_path / "deep" / "a.ipynb", ATTENTION)
    write(tmp_path / "b.py", ATTENTION)
    write(tmp_path / "c.ipynb", ENCODER)
    assert found(tmp_path) == deep
    copy = tmp_path / "z.ipynb"
    copy.write_bytes(deep.read_bytes())
    assert found(tmp_path) == copy
    for notebook in (deep, copy):
        notebook.unlink()
    (tmp_path / "c.ipynb").write_text("{")
    assert refusal(tmp_path).startswith(f"{tmp_path / 'c.ipynb'} is not a notebook")
    write(tmp_path / "d.ipynb", ENCODER)
    assert found(tmp_path) == tmp_path / "b.py"


def test_two_files_of_the_unit_are_refused_and_three_are_named(tmp_path):
    for name in "abcd":
        write(tmp_path / f"{name}.py", f"{ATTENTION}  # {name}")
    assert refusal(tmp_path) == (
        "there are 4 files of this unit (a.py, b.py, c.py and 1 more) and none is called attention.ipynb: "
        "hand in the one that counts, under this name"
    )


def test_a_notebook_of_another_unit_is_refused(tmp_path):
    path = write(tmp_path / "a.ipynb", ENCODER)
    assert refusal(tmp_path) == f"{path} belongs to the unit encoder, and attention is asked for: hand in that one"
    assert find.find_submission(tmp_path, "attention", "encoder") == path


def test_where_there_is_no_such_file_the_others_are_named(tmp_path):
    nothing = "there is no attention.ipynb{}: hand in the released notebook with your work in it"
    assert refusal(tmp_path) == nothing.format("")
    for hidden in (".a.ipynb", "__pycache__/a.py", ".ipynb_checkpoints/a.ipynb", "__MACOSX/a.ipynb"):
        write(tmp_path / hidden, ATTENTION)
    assert refusal(tmp_path) == nothing.format("")
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).touch()
    assert refusal(tmp_path) == nothing.format(", only a.txt, b.txt, c.txt")
    (tmp_path / "d.txt").touch()
    assert refusal(tmp_path) == nothing.format(", only a.txt, b.txt, c.txt and 1 more")


def test_a_folder_that_cannot_be_opened_is_refused(tmp_path):
    assert refusal(tmp_path / "no") == "no cannot be opened: No such file or directory"


def test_files_are_read_while_they_are_together_no_larger_than_one_may_be(tmp_path, monkeypatch):
    for module in (files, find):
        monkeypatch.setattr(module, "LARGEST_FILE", 200)
    write(tmp_path / "a.py", ATTENTION + " " * 900)  # too large by itself: it is refused, and delays nobody
    first, _ = (write(tmp_path / f"{name}.py", ATTENTION + " " * 60) for name in "bc")
    write(tmp_path / "d.py", ATTENTION + " " * 61)
    assert found(tmp_path) == first


def test_only_so_many_entries_are_listed_and_links_to_folders_are_not_entered(tmp_path, monkeypatch):
    write(tmp_path / "inner" / "a.py", ATTENTION)
    (tmp_path / "link").symlink_to(tmp_path / "inner")
    assert sorted(entry.name for entry in find.list_entries(tmp_path)) == ["a.py", "inner", "link"]
    monkeypatch.setattr(find, "MOST_ENTRIES", 2)
    assert sorted(entry.name for entry in find.list_entries(tmp_path)) == ["inner", "link"]
    assert list(find.list_entries(tmp_path / "no")) == []


def test_a_python_file_becomes_a_notebook_of_its_cells(tmp_path):
    path = write(tmp_path / "a.py", f"{ATTENTION}\n# %%\n{ENCODER}")
    sources = [ATTENTION, f"# %%\n{ENCODER}"]
    cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in sources]
    assert find.read_as_notebook(path) == {"metadata": {}, "cells": cells}
    assert find.read_as_notebook(write(tmp_path / "b.ipynb", ENCODER)) == {
        "metadata": {},
        "cells": [cells[0] | {"source": ENCODER}],
    }


def test_what_is_no_plain_file_or_is_bad_is_set_aside_and_told(tmp_path):
    folder, shelf = tmp_path / "submitted", tmp_path / "shelf"
    kept = write(folder / "inner" / "a.py", ATTENTION)
    os.mkfifo(folder / "inner" / "pipe")
    (folder / "link").symlink_to(tmp_path)
    write(folder / "bad\n.py", ATTENTION)
    assert find.describe_shelf(shelf) == ""
    moved = find.set_aside(folder, shelf, is_bad=lambda path: path.name.startswith("bad"))
    assert sorted(moved) == ["bad?.py (a file)", "inner/pipe (a pipe)", "link (a link)"]
    assert sorted(path.name for path in shelf.iterdir()) == ["bad\n.py", "link", "pipe"]
    assert find.describe_shelf(shelf) == "bad?.py (a file), link (a link), pipe (a pipe)"
    assert kept.is_file()
    (folder / "link").symlink_to(tmp_path)
    assert find.set_aside(folder, shelf) == ["link (a link)"]
    assert (shelf / "link.2").is_symlink()
    assert find.set_aside(folder, shelf) == []


def test_where_a_folder_holds_too_much_its_sub_folders_are_set_aside_too(tmp_path, monkeypatch):
    folder = tmp_path / "submitted"
    write(folder / "inner" / "a.py", ATTENTION)
    monkeypatch.setattr(find, "MOST_ENTRIES", 2)
    assert find.set_aside(folder, tmp_path / "shelf") == ["inner (a folder)"]
    assert list(folder.iterdir()) == []


def test_a_link_in_place_of_a_students_folder_becomes_an_empty_folder(tmp_path):
    (tmp_path / "submitted").mkdir()
    (tmp_path / "submitted" / "ada").symlink_to(tmp_path)
    folder, shelf = tmp_path / "submitted" / "ada" / "attention", tmp_path / "shelf"
    assert find.make_plain_folder(folder, tmp_path / "submitted", shelf) == ["ada (a link)"]
    assert folder.is_dir()
    assert not folder.parent.is_symlink()
    assert find.make_plain_folder(folder, tmp_path / "submitted", shelf) == []
    (tmp_path / "elsewhere").touch()
    assert find.make_plain_folder(tmp_path / "elsewhere", tmp_path / "submitted", shelf) == ["elsewhere (a file)"]


def test_what_cannot_be_printed_is_marked():
    assert printable("a\n\x1b\u202eb é") == "a???b é"
    assert printable(Path("a\tb\n"), keep="\t", mark="!") == "a\tb!"


def test_what_lies_beside_a_units_notebook_is_read_and_nothing_else(tmp_path):
    unit = tmp_path / "assignments" / "03_feed_forward"
    (unit / "data").mkdir(parents=True)
    for name in ("feed_forward.ipynb", "data/words.txt", ".hidden", "picture.png"):
        (unit / name).write_text(name)
    (unit / "link.txt").symlink_to("/etc/passwd")
    beside = {"data/words.txt": b"data/words.txt", "picture.png": b"picture.png"}
    assert read_unit_files(tmp_path, "feed_forward") == beside
    assert read_unit_files(tmp_path, "encoder") == {}
