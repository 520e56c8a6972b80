"""Numbers that belong to written questions: recorded in `autograder/recorded/numbers.json`, and open in a release.

In a lesson, such a cell says what is asked for. Then it says why the right number is right, what is wrong with those
that people calculate by mistake, and what to do with all others. It ends with the right one:

    # %% number="equal_cost"
    # With d_model = 512: at how many tokens do both cost the same?
    #
    # 1024: This is n = 2d.
    # 2048: You left out the four maps of attention.
    # otherwise: Set your two counts equal, and solve for n.
    number_equal_cost = 1024
    check_number("equal_cost", number_equal_cost)

A number with a decimal point may be rounded; one without must be met exactly.
"""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.student.calculated import is_same
from instructor.authoring.percent import read_cells
from instructor.authoring.tables_and_headers import BadLesson

SAID = re.compile(r"# (otherwise|-?[\d.]+): (.*)")
OTHERWISE = "otherwise"


@dataclass(frozen=True)
class Number:
    """What is asked for, the right number, and what is said about each that is known, by how it is written."""

    name: str
    asked: str
    right: str
    said: dict[str, str]

    def write(self, answer: str) -> str:
        """The cell in a notebook, with this answer."""
        return f"{self.asked}\n{_write_code(self.name, answer)}"

    def record(self) -> dict[str, object]:
        """What students have of it."""
        wrong = [[ast.literal_eval(n), why] for n, why in self.said.items() if n not in (self.right, OTHERWISE)]
        right = ast.literal_eval(self.right)
        return {"right": right, "why": self.said[self.right], "wrong": wrong, OTHERWISE: self.said[OTHERWISE]}


def _write_code(name: str, answer: str) -> str:
    return f'number_{name} = {answer}\ncheck_number("{name}", number_{name})'


def read_number(name: str, source: str) -> Number:
    """The number in a lesson's cell. Raises BadLesson."""
    asked, _, rest = source.strip().partition("\n#\n")
    comments = [line for line in rest.splitlines() if line.startswith("#")]
    code = "\n".join(line for line in rest.splitlines() if not line.startswith("#"))
    said: dict[str, str] = {}
    number = ""
    for line in comments:
        if started := SAID.fullmatch(line):
            number, said[number] = started[1], started[2]
        elif number:
            said[number] += " " + line.removeprefix("#").strip()
    right = next((n for n in said if n != OTHERWISE and code == _write_code(name, n)), "")
    if OTHERWISE not in said or not right or _are_mixed_up(right, said):
        raise BadLesson(
            f"the number {name} must say what is asked, then why its number is right (# 12: …), perhaps what is wrong "
            f"with others, what to do otherwise (# otherwise: …), and end with number_{name} = 12 and its check"
        )
    return Number(name, asked, right, said)


def _are_mixed_up(right: str, said: dict[str, str]) -> bool:
    """Whether a number that is called wrong would be taken for the right one."""
    return any(is_same(ast.literal_eval(right), float(n)) for n in said if n not in (right, OTHERWISE))


def read_numbers(lesson: Path) -> list[Number]:
    """The numbers of a lesson, in order. Raises BadLesson."""
    cells = read_cells(lesson)
    return [read_number(cell.metadata["number"], cell.source) for cell in cells if "number" in cell.metadata]


def render_numbers(lessons: list[Path]) -> str:
    """All numbers of a course as JSON. Raises BadLesson."""
    numbers = [number for lesson in lessons for number in read_numbers(lesson)]
    told = {number.name: number.record() for number in numbers}
    if len(told) < len(numbers):
        raise BadLesson("two numbers of the course have one name")
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
