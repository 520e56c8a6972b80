"""The report on a class as a page: what it says, that it runs nothing, and that pseudonyms hide every name."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder import syllabus
from autograder.__main__ import main
from autograder.verdict import Finding, Grade, Outcome, Verdict
from instructor.shells.class_page import svg
from instructor.shells.class_page.graded import read_graded
from instructor.shells.class_page.names import Pseudonyms
from instructor.shells.class_page.own_code import differing_lines, likeness
from instructor.shells.class_page.page import breakable, in_line
from instructor.shells.class_page.picture import ONLY_ELSEWHERE, ClassPicture, make_picture

PROJECT = Path(__file__).resolve().parent.parent
OVERFLOW = "The exponentials overflow."
RIGHT = """
def softmax(x, axis=-1):
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)
"""
NO_MAX = """
def softmax(x, axis=-1):  # thanks to {other}
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)
"""
NO_MAX_IN_ONE = """
def softmax(x, axis=-1):
    '''By {own}.'''
    return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)
"""
TOO_LARGE_A_SUM = """
def softmax(x, axis=-1):
    z = np.exp(x - x.max(axis=axis, keepdims=True))
    return z / (z.sum(axis=axis, keepdims=True) + 0.37)
"""
HOSTILE = """
def softmax(x, axis=-1):
    # </div></span><script>alert(1)</script><img src=x onerror=alert(2)>
    return '<b onclick="x">' + x
"""
LONG = """
def multi_head_attention({q}, k, v, weights, num_heads, mask=None):
    {d} = {q}.shape[-1] // num_heads
    parts = []
    for {h} in range(num_heads):
        rows = slice({h} * {d}, ({h} + 1) * {d})
        a = {q} @ weights["w_q.weight"][rows].T + weights["w_q.bias"][rows]
        b = k @ weights["w_k.weight"][rows].T + weights["w_k.bias"][rows]
        parts.append(a @ b.swapaxes(-1, -2) / np.sqrt({d}))
    return np.stack(parts, axis=1)
"""
MALICIOUS = "<img src=x onerror=alert(3)>"


def grade(
    exercise: str, failing: dict[str, str], named: dict[str, str] | None = None, hidden: tuple[str, ...] = ()
) -> Grade:
    """Four cases, of which some fail, as `where` says; `named` are the cases that the one mistake explains."""
    points = syllabus.exercise(exercise).points
    verdicts = [
        Verdict(
            exercise,
            case,
            f"promise {case}",
            Outcome.WRONG if case in failing else Outcome.PASSED,
            points / 4,
            failing.get(case, ""),
            "",
            "",
            "",
            case in hidden,
        )
        for case in ("a", "b", "c", "d")
    ]
    findings = tuple(Finding(name, sentence, tuple(failing), points / 2) for name, sentence in (named or {}).items())
    return Grade(exercise, "attention", points, False, tuple(verdicts), "the seed", findings)


def left_open(exercise: str) -> Grade:
    verdict = Verdict(exercise, "a", "promise a", Outcome.NOT_ATTEMPTED, 2, "not written yet", "", "", "", False)
    return Grade(exercise, "attention", 2, False, (verdict,), None)


MISTAKE = {"softmax-no-max-subtraction": OVERFLOW}
ALIKE = {"a": "output[0] should be 0.5, is 0.4", "b": "output[1] should be 0.5, is 0.3"}
CLASS: dict[str, tuple[str, list[Grade]]] = {
    "ada_lovelace": (RIGHT + LONG.format(q="q", d="d_k", h="head"), [grade("softmax", {})]),
    "Béla": (NO_MAX.format(other="ada_lovelace"), [grade("softmax", {"a": "nan"}, MISTAKE)]),
    "chidi": (NO_MAX_IN_ONE.format(own="CHIDI, bela and Ada_Lovelace"), [grade("softmax", {"a": "nan"}, MISTAKE)]),
    "dora": (NO_MAX.format(other="nobody"), [grade("softmax", {"a": "nan"}, MISTAKE)]),
    "nora": (TOO_LARGE_A_SUM, [grade("softmax", ALIKE), grade("multi_head_attention", {"c": "is 7"})]),
    "omar": (
        TOO_LARGE_A_SUM.replace("z", "shares"),
        [grade("softmax", ALIKE), grade("multi_head_attention", {"c": "is 7"})],
    ),
    "kofi": (
        LONG.format(q="q", d="size", h="n"),
        [grade("softmax", {"a": "other"}), grade("multi_head_attention", {})],
    ),
    "lena": (RIGHT, [grade("softmax", {"d": "wrong"}, hidden=("d",)), left_open("multi_head_attention")]),
    "mo": (RIGHT, [grade("softmax", {"c": f"{ONLY_ELSEWHERE}the numbers differ"})]),
    MALICIOUS: (HOSTILE, [grade("softmax", {"a": "<script>alert(4)</script>"})]),
}


def write_class(folder: Path) -> Path:
    rows = []
    for number, (student, (code, grades)) in enumerate(CLASS.items()):
        path = folder / (f"{student}.py" if student.isidentifier() else f"{number}.py")
        path.write_text(f"import numpy as np\n\n{code}", encoding="utf-8")
        records = [given.as_dict() for given in grades]
        rows.append({"student": student, "unit": "attention", "file": path.name, "exercises": records})
    (folder / "grades.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder / "grades.json"


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Path:
    return write_class(tmp_path_factory.mktemp("class"))


@pytest.fixture(scope="module")
def picture(graded) -> ClassPicture:
    return make_picture(read_graded(graded), PROJECT)


def run(*arguments: object) -> str:
    result = CliRunner().invoke(main, ["report", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


# ---- what it says


def test_the_commonest_mistake_comes_first_with_who_made_it_and_its_line(picture):
    (mistake,) = picture.misunderstandings
    assert (mistake.sentence, mistake.students) == (OVERFLOW, ("Béla", "chidi", "dora"))
    first, second = mistake.samples
    assert (first.student, second.student) == ("Béla", "chidi")
    assert [line.strip() for matters, line in first.lines if matters] == ["e = np.exp(x)"]
    assert [line.strip()[:16] for matters, line in second.lines if matters] == ["return np.exp(x)"]
    assert first.first == 4


def test_what_fails_alike_without_a_name_is_one_group_and_what_follows_from_it_is_no_other(picture):
    groups = {group.students: group for group in picture.unnamed}
    both = groups["nora", "omar"]
    assert (both.exercise, both.also) == ("softmax", ("multi_head_attention",))
    assert both.returns == tuple((f"promise {case}", where) for case, where in ALIKE.items())
    assert [Path(file).name for file in both.files] == ["nora.py", "omar.py"]
    assert groups["kofi",].returns == (("promise a", "other"),)
    assert picture.unnamed[0] == both
    assert not any({"chidi", "ada_lovelace"} & set(students) for students in groups)


def test_cases_are_hard_by_the_share_that_fails_of_those_who_tried(picture):
    found = {(case.exercise, case.case): (case.failed, case.tried) for case in picture.hard_cases}
    assert found["softmax", "a"] == (7, 10)
    assert found["multi_head_attention", "c"] == (2, 3)
    assert ("multi_head_attention", "a") not in found  # who left it open did not try
    assert picture.hard_cases[0].case == "a"
    assert sum(case.exercise == "softmax" for case in picture.hard_cases) == 3


def test_what_looks_right_fails_hidden_cases_or_other_inputs_alone(picture):
    (found,) = picture.looks_right
    assert (found.exercise, found.students) == ("softmax", ("lena", "mo"))
    assert dict(found.promises) == {"promise d": 1, "promise c": 1}


def test_code_is_shared_whatever_its_names_are_and_only_where_it_is_long(picture):
    assert [(one.exercise, one.students, one.original) for one in picture.shared] == [
        ("multi_head_attention", ("ada_lovelace", "kofi"), "")
    ]


def test_points_are_counted_by_level(picture):
    (unit,) = picture.units
    exercise = {e.name: e for e in unit.exercises}
    assert exercise["softmax"].levels == {"all": 1, "most": 9, "some": 0, "none": 0, "open": 0}
    assert exercise["multi_head_attention"].levels == {"all": 1, "most": 2, "some": 0, "none": 0, "open": 1}
    assert picture.students == len(unit.shares) == len(CLASS)


def test_nbgraders_notebooks_have_no_cases_and_the_page_says_how_to_get_them(tmp_path):
    told = {"score": 1, "points": 2, "bonus": False, "outcome": "wrong", "mistakes": MISTAKE, "mend": ""}
    path = tmp_path / "autograded" / "ada" / "02_attention" / "attention.ipynb"
    path.parent.mkdir(parents=True)
    said = {"unit": "attention", "exercises": {"softmax": told}}
    path.write_text(json.dumps({"cells": [], "metadata": {"autograder": said}}), encoding="utf-8")
    run(tmp_path, "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert OVERFLOW in page and "autograder grade submitted/ --json grades.json" in page
    assert "hardest cases</h2>" not in page


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        (RIGHT, set()),
        (RIGHT.replace("powers", "e"), set()),
        (RIGHT.replace("x, axis=-1", "x: np.ndarray, axis: int = -1").replace("):\n", ") -> np.ndarray:\n", 1), set()),
        (RIGHT.replace("    powers =", "    '''Softmax.'''\n    # e\n    powers ="), set()),
        (RIGHT.replace("axis=axis, keepdims=True)", "\n        axis=axis,\n        keepdims=True,\n    )"), set()),
        (RIGHT.replace("axis=-1", "axis=0"), {1}),
        (RIGHT.replace("powers.sum(axis=axis, keepdims=True)", "powers.sum(\n        axis=axis)"), {3, 4}),
        (RIGHT.replace("np.exp(x - ", "np.exp(-x - "), {2}),
    ],
)
def test_lines_that_matter_differ_in_more_than_names_comments_types_and_layout(text, marked):
    assert differing_lines(text, RIGHT) == marked


def test_where_only_names_differ_these_matter():
    right = "def f(w, k, v):\n    a = w\n    b = v\n    return a @ b"
    assert differing_lines(right.replace("a @ b", "b @ a"), right) == {3}
    assert likeness(right, right.replace("a", "c")) == 1.0


def test_a_line_that_other_right_code_has_does_not_matter():
    wrong = "def f(x):\n    y = x + 1\n    return y * 3"
    right, other = "def f(x):\n    y = 1 + x\n    return y * 2", "def f(x):\n    z = x + 1\n    return 2 * z"
    assert differing_lines(wrong, right) == {1, 2}
    assert differing_lines(wrong, right, [other]) == {2}


# ---- the page


class Reader(HTMLParser):
    """Notes every tag and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.pictures: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.pictures += [dict(attrs)] * (tag == "svg")


def read_page(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


@pytest.fixture(scope="module")
def page(graded) -> str:
    run(graded, "--html", graded.with_name("page.html"), "--json", graded.with_name("page.json"))
    return graded.with_name("page.html").read_text(encoding="utf-8")


def test_the_page_runs_nothing_and_needs_nothing_beside_it(page):
    read = read_page(page)
    assert not read.tags & {"script", "img", "link", "iframe", "object", "form", "base", "b"}
    assert not [name for name in read.attributes if name.startswith("on") or name in ("src", "srcset", "action")]
    assert not re.search(r"https?://|url\(|@import", page)
    assert "default-src 'none'" in page


def test_what_a_student_wrote_is_shown_as_it_was_written(page):
    for text in ("&lt;script&gt;alert(1)", "&lt;script&gt;alert(4)", "&lt;img src=x onerror=alert(3)&gt;"):
        assert text in page


def test_the_page_is_for_dark_rooms_phones_and_paper(page):
    for wanted in ("prefers-color-scheme:dark", "@media print", "width=device-width", "max-width:36rem"):
        assert wanted in page


def test_every_figure_says_what_it_shows(page):
    read = read_page(page)
    assert len(read.pictures) >= 3
    assert all(picture["role"] == "img" and picture["aria-label"] for picture in read.pictures)
    assert page.count("<svg") == page.count("<title>") - 1
    assert "softmax: 1 all points, 9 at least half" in page


def test_the_json_holds_what_the_page_shows(page, graded, picture):
    found = json.loads(graded.with_name("page.json").read_text(encoding="utf-8"))
    assert found == json.loads(json.dumps(picture.as_dict()))
    assert "the seed" not in json.dumps(found)


def test_several_units_have_a_line_from_one_to_the_next():
    drawn = svg.draw_progress([("one", (0.0, 0.5, 1.0)), ("two", (1.0,))], "said")
    assert drawn.count("<circle") == 2 and drawn.count("<polyline") == 1
    assert svg.quartiles((0.0, 0.25, 0.5, 0.75, 1.0)) == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert svg.quartiles((0.2,)) == (0.2,) * 5


def test_a_histogram_counts_everybody_once():
    drawn = svg.draw_histogram([0.0, 0.3, 0.3, 0.1 + 0.2, 1.0, 1.0], "said")
    assert re.findall(r'text-anchor="middle">(\d+)<', drawn) == ["1", "3", "2"]


def test_code_in_a_sentence_is_code_and_a_lonely_backtick_is_none():
    assert in_line("use `a<b`") == "use <code>a&lt;b</code>"
    assert in_line("a ` b") == "a ` b"
    assert breakable("a_<b>") == "a_<wbr>&lt;b&gt;"


def test_where_a_unit_has_no_grades_a_sentence_says_so(graded, tmp_path):
    result = CliRunner().invoke(main, ["report", str(graded), "-u", "encoder", "--html", str(tmp_path / "x.html")])
    assert result.exit_code == 2 and "nothing has been graded" in result.output


# ---- pseudonyms


def texts_of(graded: Path, folder: Path) -> Iterator[str]:
    html, as_json = folder / "anonymous.html", folder / "anonymous.json"
    run(graded, "--course", folder, "--anonymous", "--html", html, "--json", as_json)
    yield html.read_text(encoding="utf-8")
    yield json.dumps(json.loads(as_json.read_text(encoding="utf-8")), ensure_ascii=False)
    yield run(graded, "--course", folder, "--anonymous")


def test_no_name_is_left_and_pseudonyms_stay_the_same(graded, tmp_path):
    first, second = list(texts_of(graded, tmp_path)), list(texts_of(graded, tmp_path))
    assert first == second
    for text in first:
        for student in ("ada_lovelace", "béla", "chidi", "dora", "nora", "omar", "kofi", "lena"):
            assert not re.search(rf"(?<![a-z]){student}", text.casefold()), student
        assert not re.search(r"\bbela\b|\bmo\b|onerror=alert\(3", text.casefold())
    assert re.search(r"# thanks to student [A-Z2-7]{6}\n?", first[0])
    assert "--from FILE" in first[0]


def test_another_course_has_other_pseudonyms():
    assert Pseudonyms("a" * 40, ["ada"]).of("ada") != Pseudonyms("b" * 40, ["ada"]).of("ada")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("# Ada wrote this", "# {ada} wrote this"),
        ("ada_softmax(x)", "{ada}_softmax(x)"),
        ("adas_powers, ADA's", "{ada}s_powers, {ada}'s"),
        ("readable adapter", "readable adapter"),
        ("JOSÉ, José and jose", "{jose}, {jose} and {jose}"),
        ("/home/josegarcia/x.py", "/home/{jose}garcia/x.py"),
        ("# 4711, Ünal", "# {ada}, {ada}"),
        ("np.where(mask, x, 0)", "np.where(mask, x, 0)"),
    ],
)
def test_names_are_found_however_they_are_written(text, left):
    names = Pseudonyms("s" * 40, ["ada", "José", "mask"], {"ada": ["4711", "Ünal"]})
    assert names.clean(text) == left.format(ada=names.of("ada"), jose=names.of("José"))
    assert names.clean("") == ""


def test_the_rosters_names_are_hidden_too(graded, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("id,first_name,last_name,email,lms_user_id\ndora,No,Nobody,n@x.org,12345\n", encoding="utf-8")
    target = tmp_path / "page.json"
    run(graded, "--course", tmp_path, "--anonymous", "--roster", roster, "--json", target)
    assert "nobody" not in target.read_text(encoding="utf-8")
