"""Grades and feedback for Canvas, Moodle and spreadsheets: written into files as these systems export them."""

import csv
import io
import os
import shutil
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook

from autograder.__main__ import main
from instructor.shells.course.export import CannotExport, fill_canvas, fill_moodle, write_csv
from instructor.shells.course.gradebook import Line, read_lines
from instructor.shells.course.spreadsheet import Spreadsheet, read_spreadsheet
from tests.test_collect import MOODLE, MOODLE_FLAT, zipped

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # nbgrader and its libraries warn about themselves
    pytest.mark.usefixtures("one_engine"),
]

ASSIGNMENT = "02_attention"


def line(student: str, first: str, last: str, lms_id: str, total: float, **facts: Any) -> Line:
    said: dict[str, Any] = {"handed_in": True, "possible": 25.0, "exercises": {"softmax": 2.0}} | facts
    return Line(student, first, last, f"{student}@example.org", lms_id, ASSIGNMENT, total=total, **said)


def lines() -> list[Line]:
    return [
        line("al1815", "Ada", "Lovelace", "4711", 24.5),
        line("gb1", "George, Jr.", "Boole", "4712", 27.0),
        line("ev12", "Évariste", "Galois", "4713", 7.25),
        line("quiet", "Silent", "Student", "4715", 0.0, handed_in=False),
    ]


CANVAS = """\
\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Feed-forward (811),Attention (812),Current Score,Final Score
,,,,,,Manual Posting,(read only),(read only)
    Points Possible,,,,,10,25,(read only),(read only)
"Galois, Évariste",4713,S3,ev12,"Group A and B",9,,90,90
"Lovelace, Ada",4711,S1,al1815,A,10,3,100,100
"Boole, George, Jr.",4712,S2,gb1,A,8,,80,80
"Student, Silent",4715,S5,quiet,A,,,,
"Turing, Alan",4799,S9,turing,A,7,11,70,70
"Student, Test",4800,,98af,A,,,,
"""


def sheet(text: str, tmp_path: Path, encoding: str = "utf-8") -> Spreadsheet:
    (tmp_path / "given.csv").write_bytes(text.encode(encoding))
    return read_spreadsheet(tmp_path / "given.csv")


def test_canvas_gets_the_identifying_columns_and_one_of_the_assignment(tmp_path):
    filled, said = fill_canvas(sheet(CANVAS, tmp_path), lines())
    assert filled.headings == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Attention (812)"]
    assert {row[0]: row[5] for row in filled.rows} == {
        "": "Manual Posting",
        "    Points Possible": "25",
        "Galois, Évariste": "7.25",
        "Lovelace, Ada": "24.5",
        "Boole, George, Jr.": "27",
        "Student, Silent": "",  # blank is unchanged
        "Turing, Alan": "11",
        "Student, Test": "",
    }
    assert (said.filled, said.sentences) == (3, [])
    filled.write(tmp_path / "written.csv")
    assert (tmp_path / "written.csv").read_bytes().startswith(b"\xef\xbb\xbfStudent,ID,")
    assert read_spreadsheet(tmp_path / "written.csv") == filled


def test_canvas_students_are_known_by_id_first_then_by_login_then_by_name(tmp_path):
    text = CANVAS.replace('"Lovelace, Ada",4711,S1,al1815', '"King, Augusta",4711,S1,aking')
    text = text.replace('"Boole, George, Jr.",4712,S2,gb1', '"Other, Name",9,S2,gb1')
    text = text.replace("4713,S3,ev12", "10,S3,x")
    filled, said = fill_canvas(sheet(text, tmp_path), lines())
    assert [row[5] for row in filled.rows if row[0] in ("King, Augusta", "Other, Name", "Galois, Évariste")] == [
        "7.25",
        "24.5",
        "27",
    ]
    assert said.filled == 3


def test_an_excused_student_stays_excused_and_who_is_missing_is_named(tmp_path):
    text = CANVAS.replace("al1815,A,10,3,", "al1815,A,10,EX,").replace('"Boole, George, Jr.",4712,S2,gb1', "X,1,2,3")
    filled, said = fill_canvas(sheet(text, tmp_path), lines())
    assert [row[5] for row in filled.rows if row[1] == "4711"] == ["EX"]
    assert said.sentences == ["not in this gradebook: gb1"]


def test_canvas_with_semicolons_and_decimal_commas_is_written_likewise(tmp_path):
    rows = list(csv.reader(io.StringIO(CANVAS)))
    rows[2][6] = "25,00"
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    filled, said = fill_canvas(sheet(text.getvalue(), tmp_path), lines())
    assert filled.separator == ";"
    assert [row[5] for row in filled.rows if row[1] == "4711"] == ["24,5"]
    assert said.sentences == []


@pytest.mark.parametrize("wanted", ["812", "Attention", "Attention (812)"])
def test_the_canvas_column_can_be_named(tmp_path, wanted):
    text = CANVAS.replace("Feed-forward (811)", "Attention again (811)")
    with pytest.raises(CannotExport, match=r"say with --column .* Attention again \(811\), Attention \(812\)"):
        fill_canvas(sheet(text, tmp_path), lines())
    filled, _ = fill_canvas(sheet(text, tmp_path), lines(), wanted)
    assert filled.headings[-1] == "Attention (812)"


def test_another_number_of_points_in_canvas_is_said(tmp_path):
    _, said = fill_canvas(sheet(CANVAS.replace(",10,25,(", ",10,100,("), tmp_path), lines())
    assert said.sentences == ["the column is out of 100 points, the assignment out of 25"]


@pytest.mark.parametrize("text", ["Student,ID\nx,1\n", "a,b,c,d,e\n1,2,3,4,5\n", CANVAS.replace(",Section,", ",,")])
def test_what_is_no_gradebook_of_canvas_is_refused(tmp_path, text):
    with pytest.raises(CannotExport):
        fill_canvas(sheet(text, tmp_path), lines())


MOODLE_ENGLISH = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\r\n'
    '"Participant 201","Ada Lovelace",al1815@example.org,"Submitted for grading - ",,25.00,Yes,'
    '"Friday, 30 January 2026, 11:58 PM",-,\r\n'
    '"Participant 202","George, Jr. Boole",gb1@example.org,"Submitted for grading - 2 hours late",3.00,25.00,Yes,'
    '"Sunday, 1 February 2026, 2:00 AM","Monday, 2 February 2026, 9:00 AM","<p>see me</p>"\r\n'
    '"Participant 203","Évariste Galois",ev12@example.org,"Submitted for grading - ",,25.00,Yes,'
    '"Friday, 30 January 2026, 11:00 PM",-,\r\n'
    '"Participant 209","Silent Student",quiet@example.org,"No submission",,25.00,Yes,-,-,\r\n'
)
MOODLE_GERMAN = (
    "\ufeffID;Vollständiger Name;ID-Nummer;E-Mail-Adresse;Status;Gruppe;Bewertung;Bestwertung;Bewertungs-Workflow;"
    "Bewertung kann geändert werden;Zuletzt geändert (Abgabe);Zuletzt geändert (Bewertung);Feedback als Kommentar\n"
    "Teilnehmer/in201;Ada Lovelace;4711;ada@uni.example;Zur Bewertung abgegeben - ;1;10,00;25,00;Nicht bewertet;Ja;"
    "Freitag, 30. Januar 2026, 23:58;Montag, 2. Februar 2026, 09:00;\n"
    "Teilnehmer/in202;George, Jr. Boole;4712;gb@uni.example;Zur Bewertung abgegeben - ;1;10,00;25,00;Nicht bewertet;Ja;"
    "Freitag, 30. Januar 2026, 23:58;Montag, 2. Februar 2026, 09:00;\n"
    "Teilnehmer/in203;Évariste Galois;4713;eg@uni.example;Zur Bewertung abgegeben - ;1;10,00;25,00;Nicht bewertet;Nein;"
    "Freitag, 30. Januar 2026, 23:58;Montag, 2. Februar 2026, 09:00;\n"
)
MOODLE_BLIND = (
    'Identifier,Status,Grade,"Maximum Grade","Grade can be changed","Last modified (submission)",'
    '"Last modified (grade)"\n'
    '"Participant 201","Submitted for grading - ",,25.00,Yes,"Friday, 30 January 2026, 11:58 PM",-\n'
    '"Participant 202","Submitted for grading - ",,25.00,Yes,"Friday, 30 January 2026, 11:58 PM",-\n'
    '"Participant 203","Submitted for grading - ",,25.00,Yes,"Friday, 30 January 2026, 11:58 PM",-\n'
)
RECORD = "assignment,student,name,lms_id,scheme,archive,files,late,note\n" + "".join(
    f"02_attention,{student},x,{number},moodle,a.zip,a.ipynb,?,\n"
    for student, number in (("al1815", 201), ("gb1", 202), ("ev12", 203))
)


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        (MOODLE_ENGLISH, 4, ["24.5", "25", "7.25", ""]),
        (MOODLE_GERMAN, 6, ["24,5", "25", "7,25"]),
        (MOODLE_BLIND, 2, ["24.5", "25", "7.25"]),
    ],
    ids=["english", "german", "blind"],
)
def test_moodles_worksheet_comes_back_with_the_grades_and_nothing_else_changed(tmp_path, text, column, expected):
    (tmp_path / "collected.csv").write_text(RECORD)
    before = sheet(text, tmp_path)
    given = [list(row) for row in before.rows]
    filled, said = fill_moodle(before, lines(), tmp_path / "collected.csv")
    assert filled.column(column) == expected
    for row, old in zip(filled.rows, given, strict=True):
        assert [c for n, c in enumerate(row) if n != column] == [c for n, c in enumerate(old) if n != column]
    assert said.sentences[0].startswith("Moodle takes no grade above 25, so gb1 got just that: raise")
    filled.write(tmp_path / "written.csv")
    written = (tmp_path / "written.csv").read_bytes().decode()
    assert written.startswith(text[:11])
    assert ("\r\n" in written) == ("\r\n" in text)


@pytest.mark.parametrize(("text", "column"), [(MOODLE_ENGLISH, 4), (MOODLE_GERMAN, 6)], ids=["english", "german"])
def test_without_a_record_moodles_students_are_known_by_address_number_or_name(tmp_path, text, column):
    filled, said = fill_moodle(sheet(text, tmp_path), lines(), tmp_path / "none.csv")
    assert filled.column(column)[0].startswith("24")
    assert said.filled == 3


def test_comments_go_where_there_are_none_yet(tmp_path):
    (tmp_path / "collected.csv").write_text(RECORD)
    filled, _ = fill_moodle(sheet(MOODLE_ENGLISH, tmp_path), lines(), tmp_path / "collected.csv", comments=True)
    assert filled.column(9) == ["softmax: 2", "<p>see me</p>", "softmax: 2", ""]
    blind = [list(row) for row in sheet(MOODLE_BLIND, tmp_path).rows]
    filled, _ = fill_moodle(sheet(MOODLE_BLIND, tmp_path), lines(), tmp_path / "collected.csv", comments=True)
    assert [row[-1] for row in filled.rows] == [row[-1] for row in blind]


def test_who_is_not_in_the_worksheet_is_named(tmp_path):
    text = "\r\n".join(MOODLE_ENGLISH.split("\r\n")[:3]) + "\r\n"
    _, said = fill_moodle(sheet(text, tmp_path), lines(), tmp_path / "none.csv")
    assert said.sentences[-1] == "not in this worksheet: ev12"


@pytest.mark.parametrize("text", [CANVAS, MOODLE_ENGLISH.replace("25.00", "Good"), "a,b\n1,2\n", "a,b,c,d\n"])
def test_what_is_no_worksheet_of_moodles_is_refused(tmp_path, text):
    with pytest.raises(CannotExport):
        fill_moodle(sheet(text.replace(",25,", ",,"), tmp_path), lines(), tmp_path / "none.csv")


def test_our_own_csv_has_every_part_and_no_formula(tmp_path):
    odd = line("=1+1", "@Ada", "-x", "4711", 4.0, regular=2.0, bonus=1.0, manual=2.0, late=1.0)
    write_csv([odd, lines()[3]], tmp_path / "grades.csv")
    first, missing = csv.DictReader((tmp_path / "grades.csv").open(encoding="utf-8", newline=""))
    assert (first["student_id"], first["first_name"], first["lms_user_id"]) == ("'=1+1", "'@Ada", "4711")
    parts = {
        name: float(first[name]) for name in ("regular", "bonus", "manual", "late", "total", "possible", "softmax")
    }
    assert parts == {"regular": 2, "bonus": 1, "manual": 2, "late": 1, "total": 4, "possible": 25, "softmax": 2}
    assert missing["total"] == "0.0"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A course with a gradebook: ada has everything, her bonus and one of two marks, and is late; boole handed in."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}")  # for alembic
        fill(Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "test"))
    return folder


def fill(opened: Gradebook) -> None:
    with opened as gradebook:
        gradebook.add_assignment(ASSIGNMENT)
        gradebook.add_notebook("attention", ASSIGNMENT)
        for name, points, kind in (
            ("softmax", 2, "code"),
            ("softmax_backward", 0, "code"),
            ("question-variance", 2, "markdown"),
            ("question-mask_first", 1, "markdown"),
        ):
            gradebook.add_grade_cell(name, "attention", ASSIGNMENT, max_score=points, cell_type=kind)
        for person in lines():
            who = {"first_name": person.first_name, "last_name": person.last_name, "lms_user_id": person.lms_user_id}
            gradebook.add_student(person.student, email=person.email, **who)
        for student in ("al1815", "gb1"):
            gradebook.add_submission(ASSIGNMENT, student)
            for grade in gradebook.find_submission_notebook("attention", ASSIGNMENT, student).grades:
                grade.auto_score = {"softmax": 2.0, "softmax_backward": 0.0}.get(grade.name)
                grade.needs_manual_grade = grade.auto_score is None
        notebook = gradebook.find_submission_notebook("attention", ASSIGNMENT, "al1815")
        for grade in notebook.grades:
            if grade.name == "softmax_backward":
                grade.extra_credit = 1.0
            if grade.name == "question-variance":
                grade.manual_score, grade.needs_manual_grade = 1.5, False
        notebook.late_submission_penalty = 0.5
        gradebook.db.commit()


@pytest.fixture
def course(made, tmp_path, monkeypatch) -> Path:
    """A copy of that course, as the folder in which commands are typed."""
    shutil.copy(made / "gradebook.db", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def export(*arguments: object):
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


def test_the_gradebook_is_read_in_parts(course):
    ada, galois, boole, quiet = read_lines(course)
    assert [one.student for one in (galois, boole, quiet)] == ["ev12", "gb1", "quiet"]
    assert (ada.regular, ada.bonus, ada.manual, ada.late, ada.total, ada.possible) == (2, 1, 1.5, 0.5, 4, 5)
    assert ada.exercises == {
        "softmax": 2,
        "softmax_backward": 1,
        "question-mask_first": 0,
        "question-variance": 1.5,
    }
    assert (ada.waiting, boole.waiting, boole.total, quiet.handed_in, quiet.total) == (1, 2, 2, False, 0)


@pytest.mark.parametrize(
    ("system", "text", "grade"), [("canvas", CANVAS, "4"), ("moodle", MOODLE_ENGLISH, "4")], ids=["canvas", "moodle"]
)
def test_the_commands_fill_what_they_are_given(course, system, text, grade):
    (course / "given.csv").write_bytes(text.encode())
    result = export(system, "given.csv", "-a", ASSIGNMENT, "-o", "filled.csv")
    assert "3 answers of 2 students are not marked yet" in result.output
    assert "2 grades written to filled.csv" in result.output
    sheet = read_spreadsheet(course / "filled.csv")
    (row,) = [row for row in sheet.rows if "Ada" in row[0] + row[1]]
    assert grade in row
    assert (course / "given.csv").read_bytes() == text.encode()


def test_the_csv_command_writes_all(course):
    assert export("csv", "-o", "grades.csv").exit_code == 0
    rows = list(csv.DictReader((course / "grades.csv").open(encoding="utf-8", newline="")))
    assert [row["student_id"] for row in rows] == sorted(row["student_id"] for row in rows)
    assert {row["student_id"]: row["total"] for row in rows}["al1815"] == "4.0"


def test_without_a_gradebook_or_assignment_a_sentence_says_so(course, tmp_path):
    result = export("csv", "-a", "09_none", "-o", "x.csv")
    assert (result.exit_code, "there is no assignment 09_none" in result.output) == (2, True)
    (tmp_path / "elsewhere").mkdir()
    result = export("csv", "-o", "x.csv", "--course", tmp_path / "elsewhere")
    assert (result.exit_code, "there is no gradebook" in result.output) == (2, True)
    assert list((tmp_path / "elsewhere").iterdir()) == []


CANVAS_HAND_INS = {
    "lovelaceada_4711_98_attention.ipynb": "x",
    "lovelaceada_4711_99_notes.txt": "x",
    "boolegeorgejr_LATE_4712_99_attention-1.ipynb": "x",
}


@pytest.mark.parametrize(
    ("members", "names"),
    [
        (CANVAS_HAND_INS, ["boolegeorgejr_LATE_4712_99_attention.html", "lovelaceada_4711_98_attention.html"]),
        (
            MOODLE,
            [
                "Ada Lovelace_201_assignsubmission_file/attention.html",
                "George, Jr. Boole_202_assignsubmission_file/attention.html",
            ],
        ),
        (
            MOODLE_FLAT,
            [
                "Ada Lovelace_201_assignsubmission_file_attention.html",
                "George, Jr. Boole_202_assignsubmission_file_attention.html",
            ],
        ),
    ],
    ids=["canvas", "moodle", "moodle without folders"],
)
def test_feedback_goes_back_under_the_names_of_the_hand_ins(course, members, names):
    for student in ("al1815", "gb1"):
        page = course / "feedback" / student / ASSIGNMENT / "attention.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"the page of {student}")
    people = [f'{p.student},"{p.first_name}",{p.last_name},,{p.lms_user_id}' for p in lines()]
    (course / "roster.csv").write_text(
        "\n".join(["id,first_name,last_name,email,lms_user_id", *people]), encoding="utf-8"
    )
    zipped(course / "hand-ins.zip", members)
    result = export("feedback", "hand-ins.zip", "-a", ASSIGNMENT, "-o", "feedback.zip", "--roster", "roster.csv")
    assert "2 pages written" in result.output
    with zipfile.ZipFile(course / "feedback.zip") as file:
        assert sorted(file.namelist()) == names
        assert {file.read(name).decode() for name in names} == {"the page of al1815", "the page of gb1"}
    assert ("there is no page in feedback/ev12" in result.output) == (members is not CANVAS_HAND_INS)
