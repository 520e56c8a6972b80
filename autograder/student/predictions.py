"""Guesses before an experiment: what was chosen, who was right, and why. What is said is in `recorded/guesses.json`."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from autograder.recorded import FOLDER


class NoGuess(Exception):
    """Nothing was chosen, or nothing that there is; the message says what to do."""


@cache
def _guesses() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "guesses.json").read_text(encoding="utf-8"))
    return found


def choose(name: str, guess: object) -> str:
    """The letter that somebody chose for the guess `name`. Raises NoGuess where it is none of those that there are."""
    letters = list(_guesses()[name]["why"])
    choice = str(guess).strip().lower()
    if choice in letters:
        return choice
    choices = list_choices(letters)
    if guess is None:
        raise NoGuess(f"Guess first: write {choices} in place of None in the cell above, run it, then run this one.")
    raise NoGuess(f"{guess!r} is not one of the choices: write {choices} in the cell above, run it, then run this one.")


def list_choices(letters: Sequence[str]) -> str:
    """The choices in words: "a", "b" or "c"."""
    quoted = [f'"{letter}"' for letter in letters]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def explain(name: str, choice: str) -> str:
    """Whether a choice was right, and why, in Markdown."""
    right, why = _guesses()[name]["right"], _guesses()[name]["why"]
    if choice == right:
        return f"**Your guess, {choice}, was right.** {why[right]}"
    return f"**You guessed {choice}, but the answer is {right}.** {why[choice]}\n\n**Why {right}:** {why[right]}"
