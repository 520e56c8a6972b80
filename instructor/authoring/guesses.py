"""Guesses before an experiment: recorded in `autograder/recorded/guesses.json`, and open in a release.

In a lesson, such a cell says of each choice why it is right or wrong, and then which one is right:

    # %% guess="similarity"
    # a: Each pair of features adds the cosine of an angle that grows with the distance.
    # b: The first rows look different, but they are as long as the others.
    guess_similarity = "a"

The choices themselves stand in the text above it, as a list: `- **a**: how far apart they are`.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.student.predictions import list_choices
from instructor.authoring.percent import read_cells
from instructor.authoring.tables_and_headers import BadLesson

FEWEST, MOST = 2, 4
CHOICE = re.compile(r"# ([a-z]): (.*)")
ASSIGNED = re.compile(r'guess_(\w+) = "([a-z])"')


@dataclass(frozen=True)
class Guess:
    """What may be guessed: the choice that is right, and for each choice, by its letter, why it is or is not."""

    name: str
    right: str
    why: dict[str, str]

    def write(self, choice: str | None) -> str:
        """The cell in a notebook, with this choice or open."""
        chosen = f'"{choice}"' if choice else "None"
        return f"guess_{self.name} = {chosen}  # your guess: {list_choices(list(self.why))}"


def read_guess(name: str, source: str) -> Guess:
    """The guess in a lesson's cell. Raises BadLesson."""
    *comments, last = source.strip().splitlines()
    why: dict[str, str] = {}
    for line in comments:
        if started := CHOICE.fullmatch(line):
            letter, why[letter] = started[1], started[2]
        else:
            why[letter] += " " + line.removeprefix("#").strip()
    assigned = ASSIGNED.fullmatch(last)
    if not assigned or assigned[1] != name or assigned[2] not in why or not FEWEST <= len(why) <= MOST:
        raise BadLesson(f'the guess {name} must explain 2 to 4 choices ("# a: …") and end with guess_{name} = "…"')
    return Guess(name, assigned[2], why)


def read_guesses(lesson: Path) -> list[Guess]:
    """The guesses of a lesson, in order. Raises BadLesson."""
    cells = read_cells(lesson)
    return [read_guess(cell.metadata["guess"], cell.source) for cell in cells if "guess" in cell.metadata]


def render_guesses(lessons: list[Path]) -> str:
    """All guesses of a course as JSON. Raises BadLesson."""
    guesses = [guess for lesson in lessons for guess in read_guesses(lesson)]
    told = {guess.name: {"right": guess.right, "why": guess.why} for guess in guesses}
    if len(told) < len(guesses):
        raise BadLesson("two guesses of the course have one name")
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
