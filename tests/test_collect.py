"""Archives of learning management systems end up in `submitted`, each file at the student it belongs to."""

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.__main__ import main
from instructor.shells.course.archives import BadArchive, read_archive
from instructor.shells.course.collect import read_record
from instructor.shells.course.roster import BadRoster, plain, read_roster
from instructor.shells.course.spreadsheet import BadSpreadsheet

ASSIGNMENT = "02_attention"
ROSTER = """\
id,first_name,last_name,email,lms_user_id
al1815,Ada,Lovelace,ada@example.org,4711
gb1,"George, Jr.",Boole,boole@example.org,4712
ev12,Évariste,Galois,ev12@example.org,4713
s_g_9,Sophie,Germain,germain@example.org,4714
quiet,Silent,Student,quiet@example.org,4715
"""
CANVAS = {
    "lovelaceada_4711_98_attention.ipynb": "ada",
    "boolegeorgejr_LATE_4712_99_attention-1.ipynb": "boole",
    "galoisevariste_4713_100_my_attention_2.ipynb": "galois",
    "galoisevariste_4713_101_notes.txt": "notes",
    "germainsophie_4714_text.html": "<p>I am ill</p>",
}
MOODLE = {
    "Ada Lovelace_201_assignsubmission_file/attention.ipynb": "ada",
    "George, Jr. Boole_202_assignsubmission_file/my work/attention.ipynb": "boole",
    "Évariste Galois_203_assignsubmission_file/attention (1).ipynb": "galois",
    "Sophie Germain_204_assignsubmission_onlinetext/onlinetext.html": "<p>I am ill</p>",
}
MOODLE_OLD = {name.replace("_file/", "_file_/").replace("text/", "text_/"): text for name, text in MOODLE.items()}
MOODLE_FLAT = {
    "Ada Lovelace_201_assignsubmission_file_attention.ipynb": "ada",
    "George, Jr. Boole_202_assignsubmission_file_attention.ipynb": "boole",
    "Évariste Galois_203_assignsubmission_file_my_attention.ipynb": "galois",
    "Sophie Germain_204_assignsubmission_onlinetext_.html": "<p>I am ill</p>",
}
BLACKBOARD = {
    "Unit_2_Attention_al1815_attempt_2026-01-30-12-30-00_attention.ipynb": "ada, a first try",
    "Unit_2_Attention_al1815_attempt_2026-01-30-12-30-00.txt": "Name: Ada Lovelace (al1815)",
    "Unit_2_Attention_al1815_attempt_2026-01-31-09-00-00_attention.ipynb": "ada",
    "Unit_2_Attention_al1815_attempt_2026-01-31-09-00-00.txt": "Name: Ada Lovelace (al1815)",
    "Unit_2_Attention_gb1_attempt_2026-02-01-00-00-01_attention.ipynb": "boole",
    "Unit_2_Attention_ev12_attempt_2026-01-31-23-59-59_attention.ipynb": "galois",
    "Unit_2_Attention_s_g_9_attempt_2026-01-31-10-00-00.txt": "I am ill",
}
PLAIN = {
    "class/al1815/attention.ipynb": "ada",
    "class/gb1/02_attention/attention.ipynb": "boole",
    "class/ev12@example.org/attention.ipynb": "galois",
    "class/__MACOSX/al1815/._attention.ipynb": "",
    "class/.DS_Store": "",
}
LOOSE = {"al1815.ipynb": "ada", "gb1_attention.ipynb": "boole", "ev12-02_attention.ipynb": "galois"}
ARCHIVES = {
    "canvas": CANVAS,
    "moodle": MOODLE,
    "moodle before 4.1": MOODLE_OLD,
    "moodle without folders": MOODLE_FLAT,
    "blackboard": BLACKBOARD,
    "plain": PLAIN,
    "loose": LOOSE,
}


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    (tmp_path / "assignments" / ASSIGNMENT).mkdir(parents=True)
    (tmp_path / "roster.csv").write_bytes(b"\xef\xbb\xbf" + ROSTER.replace("\n", "\r\n").encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def zipped(path: Path, members: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, text in members.items():
            file.writestr(name, text)
    return path


def collect(*arguments: object):
    return CliRunner().invoke(main, ["collect", *map(str, arguments)], env={"COLUMNS": "200"})


def handed_in(course: Path) -> dict[str, str]:
    files = [path for path in course.glob("submitted/*/*/**/*") if path.is_file() and path.name != "timestamp.txt"]
    assert all(path.relative_to(course).parts[2] == ASSIGNMENT for path in files)
    notebooks = [path for path in files if path.suffix == ".ipynb"]
    return {path.relative_to(course).parts[1]: path.read_text() for path in notebooks}


@pytest.mark.parametrize("top", ["", "Attention submissions/"])
@pytest.mark.parametrize("scheme", ARCHIVES)
def test_every_scheme_ends_in_the_folders_of_the_roster(course, scheme, top):
    members = {f"{top}{name}": text for name, text in ARCHIVES[scheme].items()}
    archive = zipped(course / "attention.zip", members)
    result = collect(archive, "--roster", "roster.csv")
    assert result.exit_code == 0, result.output
    assert handed_in(course) == {"al1815": "ada", "gb1": "boole", "ev12": "galois"}
    assert "quiet" in result.output and "handed in nothing" in result.output


@pytest.mark.parametrize("scheme", ["canvas", "moodle", "moodle before 4.1", "moodle without folders", "blackboard"])
def test_a_text_that_was_typed_into_the_system_is_named_and_is_no_notebook(course, scheme):
    result = collect(zipped(course / "attention.zip", ARCHIVES[scheme]), "--roster", "roster.csv")
    (line,) = [line for line in result.output.splitlines() if line.startswith("s_g_9")]
    assert "only a text that was typed in" in line
    assert not (course / "submitted" / "s_g_9").exists()


def test_canvas_says_who_was_late(course):
    collect(zipped(course / "attention.zip", CANVAS), "--roster", "roster.csv")
    late = {row["student"]: row["late"] for row in read_record(course / "collected.csv")}
    assert late == {"al1815": "in time", "gb1": "late", "ev12": "in time", "s_g_9": "in time"}


def test_blackboards_times_are_kept_and_compared_with_the_due_date(course):
    archive = zipped(course / "attention.zip", BLACKBOARD)
    collect(archive, "--roster", "roster.csv", "--due", "2026-02-01 00:00:00")
    late = {row["student"]: row["late"] for row in read_record(course / "collected.csv")}
    assert (late["al1815"], late["gb1"], late["ev12"]) == ("in time", "late", "in time")
    stamp = (course / "submitted" / "al1815" / ASSIGNMENT / "timestamp.txt").read_text()
    assert stamp.startswith("2026-01-3") and stamp.endswith("UTC\n")


def test_moodle_does_not_say_when_so_lateness_is_unknown(course):
    result = collect(zipped(course / "attention.zip", MOODLE), "--roster", "roster.csv", "--due", "2026-02-01")
    assert {row["late"] for row in read_record(course / "collected.csv")} == {"?"}
    assert result.exit_code == 0


@pytest.mark.parametrize("scheme", ["canvas", "moodle", "blackboard"])
def test_who_is_not_in_the_roster_is_named_and_stays_in_the_archive(course, scheme):
    stranger = {
        "canvas": "turingalan_99_102_attention.ipynb",
        "moodle": "Alan Turing_299_assignsubmission_file/attention.ipynb",
        "blackboard": "Unit_2_Attention_turing_attempt_2026-01-31-12-30-00_attention.ipynb",
    }[scheme]
    archive = zipped(course / "attention.zip", ARCHIVES[scheme] | {stranger: "turing"})
    result = collect(archive, "--roster", "roster.csv")
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if "turing" in line.lower()]
    assert line.startswith("not found") and "not in the roster: left in the archive" in line
    assert "turing" not in handed_in(course).values()


def test_two_students_of_one_name_are_told_apart_by_id_and_never_by_name(course):
    (course / "roster.csv").write_text(
        "id,first_name,last_name,email,lms_user_id\na1,Ada,Lovelace,,4711\na2,Ada,Lovelace,,4800\n"
    )
    members = {"lovelaceada_4711_1_attention.ipynb": "one", "lovelaceada_4800_2_attention.ipynb": "two"}
    assert collect(zipped(course / "attention.zip", members), "--roster", "roster.csv").exit_code == 0
    assert handed_in(course) == {"a1": "one", "a2": "two"}
    nameless = {f"Ada Lovelace_{n}_assignsubmission_file/attention.ipynb": "x" for n in (1, 2)}
    assert collect(zipped(course / "moodle.zip", nameless), "--roster", "roster.csv").exit_code == 1


def test_canvas_own_gradebook_is_a_roster(course):
    (course / "canvas.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Attention (77)\n"
        "    Points Possible,,,,,25\n"
        '"Lovelace, Ada",4711,S1,al1815@uni.example,A,\n'
        '"Boole, George, Jr.",4712,S2,gb1,A,\n'
        '"Galois, Évariste",4713,S3,ev12,A,\n'
        '"Germain, Sophie",4714,S4,s_g_9,A,\n'
    )
    result = collect(zipped(course / "attention.zip", CANVAS), "--roster", "canvas.csv")
    assert result.exit_code == 0, result.output
    assert handed_in(course) == {"al1815": "ada", "gb1": "boole", "ev12": "galois"}


def test_without_a_roster_students_are_called_as_the_archive_says(course):
    assert collect(zipped(course / "attention.zip", MOODLE)).exit_code == 0
    assert handed_in(course) == {"Ada_Lovelace": "ada", "George__Jr._Boole": "boole", "Évariste_Galois": "galois"}


def test_of_whole_repositories_the_asked_assignment_in_work_is_taken(course):
    for unit in ("03_feed_forward", "02_attention"):
        (course / "assignments" / unit).mkdir(exist_ok=True)
    members = {}
    for student in ("al1815", "gb1"):
        for folder in ("work", "assignments", "solutions"):
            for unit in ("02_attention", "03_feed_forward"):
                members[f"{student}/{folder}/{unit}/{unit[3:]}.ipynb"] = f"{student} {folder} {unit}"
        members[f"{student}/README.md"] = "read me"
    members["ev12/02_attention/attention.ipynb"] = "ev12"
    archive = zipped(course / "repositories.zip", members)
    assert collect(archive, "--roster", "roster.csv", "-a", ASSIGNMENT).exit_code == 0
    taken = {student: f"{student} work {ASSIGNMENT}" for student in ("al1815", "gb1")}
    assert handed_in(course) == taken | {"ev12": "ev12"}


def test_anonymous_students_of_canvas_are_several(course):
    members = {f"anon_{n}_{n + 1}_attention.ipynb": str(n) for n in (5, 7)}
    assert collect(zipped(course / "attention.zip", members)).exit_code == 0
    assert handed_in(course) == {"anon_5": "5", "anon_7": "7"}


def test_one_students_archive_is_that_students(course):
    assert collect(zipped(course / "al1815.zip", {"attention.ipynb": "ada", "data.npz": "0"})).exit_code == 0
    assert handed_in(course) == {"al1815": "ada"}
    assert (course / "submitted" / "al1815" / ASSIGNMENT / "data.npz").exists()
    two = {"gb1/attention.ipynb": "boole", "gb1/attention (1).ipynb": "boole"}
    assert collect(zipped(course / "gb1.zip", two)).exit_code == 0
    assert handed_in(course) == {"al1815": "ada", "gb1": "boole"}


def test_an_archive_that_a_student_handed_in_is_opened(course):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("work/attention.ipynb", "ada")
        file.writestr("__MACOSX/work/._attention.ipynb", "")
    members: dict[str, str | bytes] = {
        **CANVAS,
        "lovelaceada_4711_98_attention.zip": inner.getvalue(),
        "boolegeorgejr_LATE_4712_99_attention.zip": b"PK broken",
    }
    members.pop("lovelaceada_4711_98_attention.ipynb")
    members.pop("boolegeorgejr_LATE_4712_99_attention-1.ipynb")
    assert collect(zipped(course / "attention.zip", members), "--roster", "roster.csv").exit_code == 0
    assert handed_in(course) == {"al1815": "ada", "ev12": "galois"}
    assert (course / "submitted" / "gb1" / ASSIGNMENT / "attention.zip").read_bytes() == b"PK broken"


def test_handing_in_again_loses_nothing(course):
    archive = zipped(course / "attention.zip", MOODLE)
    collect(archive, "--roster", "roster.csv")
    assert "as before" in collect(archive, "--roster", "roster.csv").output
    changed = MOODLE | {"Ada Lovelace_201_assignsubmission_file/attention.ipynb": "better"}
    result = collect(zipped(course / "attention.zip", changed), "--roster", "roster.csv")
    assert "what was there is now in set_aside/al1815/02_attention/before-1" in result.output
    assert handed_in(course)["al1815"] == "better"
    assert (course / "set_aside" / "al1815" / ASSIGNMENT / "before-1" / "attention.ipynb").read_text() == "ada"
    assert len([row for row in read_record(course / "collected.csv") if row["student"] == "al1815"]) == 1


@pytest.mark.parametrize(
    "name",
    ["../../outside.ipynb", "/etc/outside.ipynb", "..\\..\\outside.ipynb", "C:\\outside.ipynb", "a\n\x1b[31m.ipynb"],
)
def test_no_name_leads_out_of_the_students_folder(course, name):
    member = f"Ada Lovelace_201_assignsubmission_file/{name}"
    collect(zipped(course / "attention.zip", {member: "x"}), "--roster", "roster.csv", "-a", ASSIGNMENT)
    written = [path for path in course.rglob("*") if path.is_file() and path.read_text(errors="replace") == "x"]
    assert [path.relative_to(course).parts[:3] for path in written] == [("submitted", "al1815", ASSIGNMENT)]
    assert all(path.name.isprintable() for path in written)


def test_links_stay_in_the_archive(course):
    link = zipfile.ZipInfo("Ada Lovelace_201_assignsubmission_file/attention.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(course / "attention.zip", "w") as file:
        file.writestr(link, "/etc/passwd")
        file.writestr("Évariste Galois_203_assignsubmission_file/attention.ipynb", "galois")
    collect(course / "attention.zip", "--roster", "roster.csv")
    assert handed_in(course) == {"ev12": "galois"}


def test_names_in_utf_8_that_do_not_say_so_are_read(course):
    zipped(course / "attention.zip", MOODLE)
    data = (course / "attention.zip").read_bytes()
    with zipfile.ZipFile(course / "attention.zip") as file:
        flagged = [info.filename for info in file.infolist() if info.flag_bits & 0x800]
    assert flagged
    data = data.replace(b"\x14\x00\x00\x08\x00\x00", b"\x14\x00\x00\x00\x00\x00")  # the flag, in both headers
    (course / "attention.zip").write_bytes(data)
    assert collect(course / "attention.zip", "--roster", "roster.csv").exit_code == 0
    assert handed_in(course)["ev12"] == "galois"


def test_what_is_no_archive_and_what_names_no_unit_is_said(course):
    (course / "broken.zip").write_bytes(b"PK\3\4")
    result = collect(course / "broken.zip")
    assert (result.exit_code, "no zip archive that can be read" in result.output) == (2, True)
    result = collect(zipped(course / "work.zip", {"ada/homework.ipynb": "x"}))
    assert (result.exit_code, "say which assignment it is with --assignment" in result.output) == (2, True)
    result = collect(zipped(course / "empty.zip", {"__MACOSX/x": ""}))
    assert (result.exit_code, "holds no file of a student" in result.output) == (2, True)
    result = collect(zipped(course / "attention.zip", MOODLE), "-a", "03_attention")
    assert (result.exit_code, "there is no assignment 03_attention" in result.output) == (2, True)


def test_too_large_a_member_is_refused(course):
    info = zipfile.ZipInfo("ada/attention.ipynb")
    with zipfile.ZipFile(course / "attention.zip", "w", zipfile.ZIP_DEFLATED) as file, file.open(info, "w") as member:
        for _ in range(201):
            member.write(bytes(1 << 20))
    with pytest.raises(BadArchive, match="has 201 MiB"):
        read_archive(course / "attention.zip")


def test_a_roster_without_ids_is_refused(tmp_path):
    for name, content, error in (
        ("names.csv", b"name,mail\nAda,ada@example.org\n", BadRoster),
        ("empty.csv", b"", BadSpreadsheet),
        ("roster.xlsx", b"PK\3\4\0\0", BadSpreadsheet),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(error):
            read_roster(tmp_path / name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rosters_of_every_spreadsheet_are_read(tmp_path, encoding, separator):
    rows = [line.split(",") for line in ROSTER.replace('"George, Jr."', "George").splitlines()]
    (tmp_path / "roster.csv").write_text("\n".join(map(separator.join, rows)), encoding=encoding)
    roster = read_roster(tmp_path / "roster.csv")
    found = roster.find(["4713"])
    assert found and (found.id, found.first_name) == ("ev12", "Évariste")


def test_names_are_compared_without_accents_case_and_commas():
    assert plain("Lovelace, Ada") == plain("LOVELACE ada") == "lovelaceada"
    assert plain("Évariste O'Galois-Müller") == "evaristeogaloismuller"
