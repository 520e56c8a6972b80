"""What a lesson says about its exercises comes from the bank: the author writes a marker, the build puts in the words.

{exercises: 15 min}    the table of the unit's exercises and questions, with the minutes of all but the bonus added up;
                       the experiments take this time on top
{commands: softmax}    the commands that check one exercise, and all of them, in a terminal
{exercise: softmax}    the header of an exercise: number, points, section, and the command that checks it
{question: a title}    the heading of the written question in this cell, with its points
{number: softmax}      the number of an exercise, such as 2.1
{marks: variance}      what earns the points of a written question; for its solution
{picture: heads}        a picture of how heads are split and merged, with the same in words
{practice: dot_products}  the header of the exercise of unit 0, which is not graded
{candidates: test_layer_norm}  how many right implementations and wrong ones a student's test is tried on
{most_calls: }         how often a student's test may call its candidate
{largest_array: }      how many numbers an array that it hands over may have
{largest_together: }   what the longest axes of all that it hands over may give, multiplied
{longest_axis: }       how many numbers an array that it hands over may have along an axis
{most_arrays: }        how many arrays it may hand over in a call
{test_seconds: }       how many seconds of processor time it has for one candidate
{all_tests_seconds: }  how many it has for all of them
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from nbformat import NotebookNode

from autograder import syllabus
from autograder.execution.limits import Limits
from autograder.exercise import Exercise
from autograder.protocol.candidates import LARGEST_ARRAY, LARGEST_TOGETHER, LONGEST_AXIS, MOST_ARRAYS, MOST_CALLS
from instructor.authoring import shape_flow
from instructor.authoring.bad_lesson import BadLesson

FRACTIONS = {0: "", 0.25: "¼", 0.5: "½", 0.75: "¾"}
MARKER = re.compile(r"\{(\w+):\s*([^{}]*?)\s*\}")


class Row(NamedTuple):
    """A row of the table of a unit: what it says, and what is added up."""

    text: str
    points: float
    minutes: int
    is_bonus: bool = False


class Markers:
    """The markers in the cells of a lesson, whose name is one such as 02_attention."""

    def __init__(self, lesson: str, cells: list[NotebookNode]) -> None:
        chapter, _, unit = lesson.partition("_")
        self.lesson, self.cells = lesson, cells
        known = syllabus.units().get(unit, syllabus.Unit(unit, (), ()))  # unit 0 has no exercise that is graded
        self.exercises = {exercise.name: exercise for exercise in known.exercises}
        self.questions = {question.name: question for question in known.questions}
        self.numbers = {name: f"{int(chapter)}.{place}" for place, name in enumerate(self.exercises, 1)}
        self.code = {cell.metadata.exercise: cell for cell in reversed(cells) if "exercise" in cell.metadata}
        self.notebook = f"work/{lesson}/{unit}.ipynb"
        self.words = {
            "exercises": self._table,
            "commands": self._commands,
            "exercise": self._header,
            "question": self._heading,
            "number": self._number,
            "marks": self._marks,
            "picture": self._picture,
            "practice": self._practice,
            "candidates": self._candidates,
            "most_calls": lambda *_: f"{MOST_CALLS}",
            "largest_array": lambda *_: f"{LARGEST_ARRAY:,}",
            "largest_together": lambda *_: f"{LARGEST_TOGETHER:,}",
            "longest_axis": lambda *_: f"{LONGEST_AXIS}",
            "most_arrays": lambda *_: f"{MOST_ARRAYS}",
            "test_seconds": lambda *_: f"{Limits.case_seconds:g}",
            "all_tests_seconds": lambda *_: f"{Limits.total_seconds:g}",
        }

    def render(self) -> list[str]:
        """The text of each cell, with words in place of its markers. Raises BadLesson."""
        headers = [name for cell in self.cells for name in _arguments("exercise", cell)]
        if headers != list(self.exercises):
            raise self._bad(f"the bank has {', '.join(self.exercises)}, but the headers are for {', '.join(headers)}")
        if any(len(_arguments("question", cell)) != ("question" in cell.metadata) for cell in self.cells):
            raise self._bad("the cell of a written question, and no other, has one marker {question: title}")
        asked = [cell.metadata.question for cell in self.cells if "question" in cell.metadata]
        if asked != list(self.questions):
            raise self._bad(f"the bank asks {', '.join(self.questions)}, but the lesson {', '.join(asked)}")
        if any("points" in cell.metadata for cell in self.cells):
            raise self._bad("points are said in the bank: take points= out of the header")
        return [self._render(cell) if cell.cell_type == "markdown" else cell.source for cell in self.cells]

    def _render(self, cell: NotebookNode) -> str:
        def words(marker: re.Match) -> str:
            if marker[1] not in self.words:
                raise self._bad(f"there is no marker {marker[1]!r}; there are {', '.join(self.words)}")
            return self.words[marker[1]](marker[2], cell)

        return MARKER.sub(words, cell.source)

    def _table(self, experiments: str, _: NotebookNode) -> str:
        if not re.fullmatch(r"\d+ min", experiments):
            raise self._bad(f"say how long the experiments take, such as {{exercises: 15 min}}, not {experiments!r}")
        rows = list(self._rows())
        regular, bonus = ([row for row in rows if row.is_bonus is wanted] for wanted in (False, True))
        points, minutes = sum(row.points for row in regular), sum(row.minutes for row in regular)
        about = f"**{minutes} min**, and {experiments} for the experiments"
        head = ["| | exercise | points | about |", "|---|---|---|---|"]
        together = f"| | **together** | **{points:g}** | {about} |"
        return "\n".join([*head, *(row.text for row in regular), together, *(row.text for row in bonus)])

    def _rows(self) -> Iterator[Row]:
        """The row of each exercise and question."""
        for cell in self.cells:
            name = cell.metadata.get("exercise")
            if "question" in cell.metadata:
                title, points = _arguments("question", cell)[0], self.questions[cell.metadata.question].points
                minutes = self._said("minutes", cell)
                yield Row(f"| | *written:* {title} | {points:g} | {minutes} min |", points, minutes)
            elif name and cell is self.code[name]:
                exercise = self._exercise(name)
                title = f"`{name}`" + " (PyTorch)" * (exercise.library == "torch")
                worth, minutes = f"{exercise.points:g}" + " bonus" * exercise.bonus, self._said("minutes", cell)
                row = f"| {self.numbers[name]} | {title} | {worth} | {minutes} min |"
                yield Row(row, exercise.points, minutes, exercise.bonus)

    def _commands(self, name: str, _: NotebookNode) -> str:
        one = f"pytest {self.notebook}::{self._exercise(name).name}"
        every = f"autograder check {self.notebook}"
        width = max(len(one), len(every))
        return f"```\n{one:{width}}   # one exercise\n{every:{width}}   # all of them\n```"

    def _header(self, name: str, _: NotebookNode) -> str:
        exercise = self._exercise(name)
        if name not in self.code:
            raise self._bad(f"there is no code cell with exercise={name!r}")
        code = self.code[name]
        facts = [
            f"**{_points(exercise.points, exercise.bonus)}**",
            f"section{'s' * (' and ' in exercise.section)} {exercise.section}" if exercise.section else exercise.paper,
            f"difficulty {_dots(self._said('difficulty', code))}",
            f"importance {_dots(self._said('importance', code))}",
            f"about {self._said('minutes', code)} minutes",
        ]
        command = f"pytest {self.notebook}::{name}"
        return "\n".join(
            [
                f"### Problem {self.numbers[name]} · `{name}`",
                "",
                f"> {' · '.join(facts)}",
                ">",
                f"> **Check** with the cell below your code, or with `{command}`",
            ]
        )

    def _heading(self, title: str, cell: NotebookNode) -> str:
        return f"### Written question · {title} ({_points(self.questions[cell.metadata.question].points)})"

    def _number(self, name: str, _: NotebookNode) -> str:
        return self.numbers[self._exercise(name).name]

    def _marks(self, name: str, cell: NotebookNode) -> str:
        if name != cell.metadata.get("question"):
            raise self._bad(f"the marks of {name!r} belong into the cell of that question")
        question = self.questions[name]
        marks = [f"- {format_fraction(mark.points)}: {mark.earned_by}" for mark in question.marks]
        more = [line for note in question.notes for line in ("", note)]
        return "\n".join(
            [f"**Marks.** Full points ({format_fraction(question.points)}) for all of these:", "", *marks, *more]
        )

    def _picture(self, name: str, _: NotebookNode) -> str:
        if name not in shape_flow.PICTURES:
            raise self._bad(f"there is no picture {name!r}; there are {', '.join(shape_flow.PICTURES)}")
        return f"![{shape_flow.describe(name)}](attachment:{name}.png)"

    def _candidates(self, name: str, _: NotebookNode) -> str:
        """On how many implementations a student's test is tried when it is graded."""
        are_right = [bool(case.is_right) for case in self._exercise(name).cases if case.hidden]
        return f"{sum(are_right)} right implementations and {len(are_right) - sum(are_right)} wrong ones"

    def _practice(self, name: str, _: NotebookNode) -> str:
        if name not in {exercise.name for exercise in syllabus.PRACTICE.exercises}:
            raise self._bad(f"there is no exercise {name!r} in unit 0")
        return f"## Your first exercise · `{name}`"

    def _exercise(self, name: str) -> Exercise:
        if name not in self.exercises:
            raise self._bad(f"there is no exercise {name!r} in this unit; there are {', '.join(self.exercises)}")
        return self.exercises[name]

    def _said(self, fact: str, cell: NotebookNode) -> Any:
        """What the header of a cell says, such as its minutes."""
        if fact not in cell.metadata:
            name = cell.metadata.get("exercise") or cell.metadata.get("question")
            raise self._bad(f"the header of the cell {name!r} must say {fact}=")
        return cell.metadata[fact]

    def _bad(self, sentence: str) -> BadLesson:
        return BadLesson(f"{self.lesson}.py: {sentence}")


def _arguments(marker: str, cell: NotebookNode) -> list[str]:
    """What stands in the markers of this kind in a Markdown cell."""
    return [found[2] for found in MARKER.finditer(cell.source) if found[1] == marker and cell.cell_type == "markdown"]


def _points(points: float, bonus: bool = False) -> str:
    return f"{points:g}{' bonus' * bonus} point{'s' * (points != 1)}"


def format_fraction(points: float) -> str:
    """Points as people write them: 2, 1½, ¼."""
    whole, part = divmod(points, 1)
    return f"{whole:g}" * bool(whole) + FRACTIONS[part] if part in FRACTIONS and points else f"{points:g}"


def _dots(number: int) -> str:
    return "●" * number + "○" * (5 - number)
