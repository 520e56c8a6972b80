"""What a student is told about an exercise reads from the top, in the terminal, in HTML and as plain text."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from autograder.shells.explanation import explain_case, explain_grade, has_more_to_say, record_of, summarize
from autograder.shells.report import render_html, render_plain, render_text
from autograder.verdict import Finding, Grade, Outcome, Verdict

SOURCE = "Vaswani et al. (2017), section 9: y = 2x"
AT = "your cell of `double`, line 6: `return y`"
NO_NAME = f"NameError: name 'y' is not defined, in {AT}"
OFF = "y[0] should be 2.0000, is 3.0000 (1 of 2 differs)"
NOT_WRITTEN = "not written yet (your cell of `double`, line 3)"


def case(name: str, outcome: Outcome = Outcome.PASSED, where: str = "", **said) -> Verdict:
    known: dict[str, Any] = {"exercise": "double", "points": 0.5, "misconception": "", "cause": ""}
    known |= {"source": SOURCE, "hidden": False}
    return Verdict(case=name, promise=f"{name} is right", outcome=outcome, where=where, **known | said)


def wrong(name: str, where: str = OFF, **said) -> Verdict:
    return case(name, Outcome.WRONG, where, **said)


def crashed(name: str, where: str = NO_NAME, at: str = AT, **said) -> Verdict:
    return case(name, Outcome.CRASHED, where, at=at, **said)


def named(name: str, *cases: str, cost: float = 0.5, counted_in: str = "") -> Finding:
    return Finding(name, f"You did {name}.", cases, cost, counted_in)


def graded(*verdicts: Verdict, findings: tuple[Finding, ...] = (), name: str = "double", bonus: bool = False) -> Grade:
    return Grade(name, "a unit", 0.5 * len(verdicts), bonus, verdicts, None, findings)


def lines(grade: Grade) -> list[str]:
    """The paragraphs, line by line."""
    return [
        line
        for paragraph in explain_grade(grade).paragraphs
        for line in (f"{paragraph.head} ({paragraph.cost})" if paragraph.cost else paragraph.head, *paragraph.details)
    ]


# ---- what is to blame


def test_the_main_mistake_comes_first_with_its_cost_and_its_first_case():
    verdicts = [wrong("a"), case("b"), wrong("c", "y differs"), wrong("d")]
    findings = (named("A", "a", "c", cost=1.0), named("B", "d", cost=0.2))
    assert lines(graded(*verdicts, findings=findings)) == [
        "You did A. (-1)",
        "It breaks 2 of 4 cases, the first:",
        f'"a is right": {OFF}',
        "Also: You did B. (-0.2)",
        "It breaks 1 of 4 cases:",
        f'"d is right": {OFF}',
    ]


@pytest.mark.parametrize(("cases", "words"), [(1, "its one case"), (2, "both cases"), (3, "all 3 cases")])
def test_a_mistake_that_breaks_every_case_is_said_to(cases, words):
    verdicts = [wrong(str(n)) for n in range(cases)]
    grade = graded(*verdicts, findings=(named("A", *(v.case for v in verdicts)),))
    assert lines(grade)[1].startswith(f"It breaks {words}")


def test_a_mistake_that_was_counted_elsewhere_says_where_and_one_that_costs_nothing_says_nothing():
    verdicts = [wrong("a"), wrong("b"), case("c")]
    findings = (named("A", "a", cost=0.0, counted_in="softmax"), named("B", "b", cost=0.0))
    told = lines(graded(*verdicts, findings=findings))
    assert (told[0], told[3]) == ("You did A. (counted in `softmax`)", "Also: You did B.")


def test_what_is_read_from_a_crash_has_the_students_own_line():
    grade = graded(crashed("a"), crashed("b"), case("c"), findings=(named("A", "a", "b"),))
    assert lines(grade) == [
        "You did A. (-0.5)",
        f"It breaks 2 of 3 cases, in {AT}",
        "NameError: name 'y' is not defined",
    ]


# ---- what else fails


def test_the_same_error_is_told_once_with_its_line():
    other = crashed("c", f"NameError: name 'z' is not defined, in {AT}")
    assert lines(graded(crashed("a"), crashed("b"), other, case("d"))) == [
        "NameError: name 'y' is not defined (-1.5)",
        f"3 cases fail with the same error, in {AT}",
    ]
    assert lines(graded(crashed("a"), crashed("b")))[1] == f"Both cases fail with the same error, in {AT}"
    assert lines(graded(*map(crashed, "abc")))[1] == f"All 3 cases fail with the same error, in {AT}"


def test_an_error_beside_a_mistake_is_another_one():
    elsewhere = crashed("b", "ValueError: no, in line 9", "line 9")
    told = lines(graded(wrong("a"), elsewhere, case("c"), findings=(named("A", "a"),)))
    assert told[3:] == ["Another error: ValueError: no (-0.5)", "One case fails with this error, in line 9"]


def test_errors_of_two_kinds_at_one_line_are_two():
    other = crashed("b", f"ValueError: no, in {AT}")
    assert [line for line in lines(graded(crashed("a"), other)) if "Error: " in line] == [
        "NameError: name 'y' is not defined (-0.5)",
        "ValueError: no (-0.5)",
    ]


def test_results_that_are_wrong_alike_but_for_the_numbers_are_told_together():
    alike = [
        "axis 0: y[1, 7] should be -0.5000, is nan (9 of 20 differ)",
        "y should be 1.0000, is -inf",
        "first: y[2] should be 1.0000, is 2.0000 (1 of 3 differs); still right: x",
    ]
    others = [wrong("c", "y should have dtype x"), wrong("d", "z[0] should be 2.0000, is 3.0000 (1 of 2 differs)")]
    assert lines(graded(wrong("a"), *map(wrong, "bef", alike), *others)) == [
        "4 cases fail alike, the first: (-2)",
        f'"a is right": {OFF}',
        '"c is right": y should have dtype x (-0.5)',
        '"d is right": z[0] should be 2.0000, is 3.0000 (1 of 2 differs) (-0.5)',
    ]


def test_results_of_another_shape_are_told_together():
    shapes = ["y should have shape (2, 3), has (3,)", "later: y should have shape (5,), has ()"]
    assert lines(graded(*map(wrong, "ab", shapes)))[0] == "Both cases fail alike, the first: (-1)"


def test_many_ways_to_fail_are_not_all_told():
    told = lines(graded(*(wrong(name, f"result {name} is wrong") for name in "abcdef")))
    assert told[4:] == ["2 cases fail in other ways. (-1)"]


def test_code_that_stops_in_what_is_not_written_says_so_first():
    stops = "stops in `helper`, which is not written yet (your cell of `helper`, line 2)"
    unwritten = [case(name, Outcome.NOT_ATTEMPTED, stops) for name in "bc"]
    assert lines(graded(wrong("a"), *unwritten, findings=(named("A", "a"),)))[:3] == [
        f"S{stops[1:]} (-1)",
        "2 cases fail for this reason",
        "Also: You did A. (-0.5)",
    ]


def test_what_is_forbidden_or_cannot_be_read_is_one_sentence():
    for outcome in (Outcome.FORBIDDEN, Outcome.UNREADABLE):
        assert lines(graded(case("a", outcome, "the file is empty"), wrong("b"))) == ["The file is empty"]


# ---- the paper, and what was printed


def test_the_paper_is_cited_once_and_not_for_a_crash():
    assert explain_grade(graded(wrong("a"), wrong("b"))).source == SOURCE
    for verdict in (crashed("a"), case("a", Outcome.NOT_ATTEMPTED), case("a", Outcome.TIMED_OUT)):
        assert explain_grade(graded(verdict)).source == ""
    assert render_plain(graded(crashed("a"), wrong("b"), wrong("c"))).count("Vaswani") == 1


def test_what_the_first_loud_case_printed_is_told():
    told = explain_grade(graded(wrong("a"), wrong("b", printed="x is 1\n"), wrong("c", printed="x is 2\n")))
    assert (told.printed_in, told.printed) == ('Your code printed, in "b is right":', "x is 1")
    for shown in renderings(graded(wrong("b", printed="x is 1\nand <2>\n"))):
        assert "x is 1" in shown
        assert "x is 2" not in shown


def test_of_much_that_was_printed_a_page_has_all_and_a_terminal_the_beginning():
    grade = graded(wrong("a", printed="".join(f"<line {n}>\n" for n in range(1, 31))))
    assert "&lt;line 30&gt;" in render_html(grade)
    for shown in (terminal(grade), render_plain(grade), "\n".join(explain_case(grade, grade.verdicts[0]))):
        assert "<line 12>" in shown
        assert "… and 18 more lines" in shown
        assert "<line 13>" not in shown
    assert "<line 13>" in render_plain(graded(wrong("a", printed="".join(f"<line {n}>\n" for n in range(1, 14)))))


def test_of_one_case_the_cause_is_told_first():
    mistaken = wrong("a", misconception="A", cause="You did A.", printed="x\ny\n")
    grade = graded(mistaken, wrong("b"), findings=(named("A", "a"),))
    assert explain_case(grade, mistaken) == [
        "You did A.   (-0.5)",
        f'"a is right": {OFF}',
        "Your code printed:",
        "    x",
        "    y",
        SOURCE,
    ]
    assert explain_case(grade, grade.verdicts[1]) == [f'"b is right": {OFF}', SOURCE]
    assert explain_case(graded(crashed("a")), crashed("a")) == [f'"a is right": {NO_NAME}']


# ---- a whole submission


def test_a_submission_is_summed_up_by_its_first_mistake_and_else_by_what_fails():
    not_written = graded(case("a", Outcome.NOT_ATTEMPTED, NOT_WRITTEN), name="first")
    broken = graded(crashed("a"), name="second")
    mistaken = graded(wrong("a"), findings=(named("A", "a"),), name="third")
    assert summarize([not_written, broken, mistaken]) == "third: You did A."
    assert summarize([not_written, broken]) == f"second: {NO_NAME}"
    assert summarize([not_written]) == f"first: {NOT_WRITTEN}"
    assert summarize([graded(case("a"))]) == "everything is right"
    assert summarize([graded(case("a", Outcome.NOT_ATTEMPTED), bonus=True)]) == "everything is right"


@pytest.mark.parametrize(
    ("where", "more"),
    [
        (NOT_WRITTEN, False),
        ("`double` is not defined", False),
        ("stops in `helper`, which is not written yet", True),
        ("`double` is not there, because the code that defines it failed: KeyError", True),
    ],
)
def test_below_the_table_stands_what_is_not_in_it(where, more):
    grade = graded(case("a", Outcome.NOT_ATTEMPTED, where), case("b", Outcome.NOT_ATTEMPTED, where))
    assert has_more_to_say(grade) is more
    assert (where in terminal(grade)) is (more and where[0] == "`")
    assert not has_more_to_say(graded(case("a")))


# ---- how it is shown


def terminal(*grades: Grade) -> str:
    shown = StringIO()
    Console(file=shown, width=200).print(render_text(grades))
    return shown.getvalue()


def renderings(grade: Grade) -> list[str]:
    return [terminal(grade), render_html(grade), render_plain(grade)]


def test_every_rendering_says_the_same_in_the_same_order():
    grade = graded(wrong("a"), crashed("b"), case("c"), findings=(named("A", "a"),))
    words = ["double", "You did A.", "(-0.5)", "It breaks 1 of 3 cases:", "should be 2.0000", "Another error:", SOURCE]
    for shown in renderings(grade):
        places = [shown.index(word) for word in words]
        assert places == sorted(places)
    assert render_plain(grade).splitlines()[0] == "✗ double: wrong, 0.5 of 1.5 points"
    assert render_plain(grade).splitlines()[-1] == "    1 of 3 cases pass"


def test_html_shows_markup_as_text_and_code_as_code():
    grade = graded(wrong("a", "<img src=x> `<b>y</b>`", printed="<script>"), findings=(named("<i>", "a"),))
    page = render_html(grade)
    assert "<code>&lt;b&gt;y&lt;/b&gt;</code>" in page
    assert not any(tag in page for tag in ("<img", "<script", "<i>"))


def test_a_page_lists_what_was_checked_below_all_else():
    page = render_html(graded(case("a"), wrong("b")))
    assert (
        page.index("should be 2.0000") < page.index("<summary>1 of 2 cases pass</summary>") < page.index("a is right")
    )
    assert "<summary>all 2 cases pass; your grade is made on other inputs, too</summary>" in render_html(
        graded(case("a"), case("b"))
    )
    assert "<summary>its case passes; your grade is made on other inputs, too</summary>" in render_html(
        graded(case("a"))
    )
    assert "<summary>0 of 1 case passes</summary>" in render_html(graded(wrong("a")))


def test_in_one_line_the_case_that_is_announced_is_named_and_no_number():
    mend = record_of(graded(wrong("a"), wrong("b"), case("c")))["mend"]
    assert mend == '2 cases fail alike, the first: "a is right"'
