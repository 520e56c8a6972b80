"""How students are called on a page: by their own names, or by pseudonyms that are the same each time."""

import base64
import builtins
import hashlib
import hmac
import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

import transformer_ref

LONG = 4  # letters from which on a name is found inside a word, too
LETTERS = 6
WORD = re.compile(r"[^\W_]+")


class Names:
    """Students by their own names, and texts as they are."""

    def of(self, student: str) -> str:
        """What a student is called."""
        return student

    def clean(self, text: str) -> str:
        """A text that a student wrote, or in which a file is named."""
        return text


class Pseudonyms(Names):
    """Students by pseudonyms, which depend on the course's secret alone; in texts, too, whatever of a name is in them.

    `also` are other names of a student, such as those in the roster. A word that the course's own code uses stays where
    it is: it tells nothing, and without it no code could be read.
    """

    def __init__(self, secret: str, students: Iterable[str], also: Mapping[str, Iterable[str]] | None = None) -> None:
        self.secret, self.known = secret, dict[str, str]()
        for student in sorted(set(students)):
            self.known[student] = self._make(student)
        self.words = {name: pseudonym for name, pseudonym in self.known.items()}
        for student, names in (also or {}).items():
            self.words |= {
                name.strip(): self.known[student] for name in names if name.strip() and student in self.known
            }

    def of(self, student: str) -> str:
        """The pseudonym of a student."""
        if student not in self.known:
            self.known[student] = self._make(student)
        return self.known[student]

    def clean(self, text: str) -> str:
        """The text with the pseudonym for each name, however it is written: capitals, accents, underscores."""
        text = unicodedata.normalize("NFC", text)
        plain, origin = _fold(text)
        pieces, end = [], 0
        for found in self._pattern.finditer(plain) if self._by_word else ():
            start, stop = origin[found.start()], origin[found.end() - 1] + 1
            if start >= end:
                pieces += [text[end:start], self._by_word[found[0]]]
                end = stop
        return "".join([*pieces, text[end:]])

    def _make(self, student: str) -> str:
        digest = hmac.new(self.secret.encode(), f"pseudonym/{student}".encode(), hashlib.sha256).digest()
        letters = base64.b32encode(digest).decode()
        taken = set(self.known.values())
        sizes = range(LETTERS, len(letters))
        return next(name for size in sizes if (name := f"student {letters[:size]}") not in taken)

    @cached_property
    def _by_word(self) -> dict[str, str]:
        folded = {_fold(word)[0]: pseudonym for word, pseudonym in self.words.items()}
        return {word: pseudonym for word, pseudonym in folded.items() if word and word not in words_of_the_course()}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._by_word, key=len, reverse=True)
        return re.compile("|".join(map(_as_pattern, longest_first)))


def _as_pattern(word: str) -> str:
    """A short name is found as a word of its own or with an s, which an underscore ends, too; a long one everywhere."""
    found = re.escape(word)
    return found if len(word) >= LONG else rf"(?<![^\W_]){found}(?=s?(?![^\W_]))"


def _fold(text: str) -> tuple[str, list[int]]:
    """The text in small letters without accents, and for each letter the place that it had."""
    letters, origin = [], []
    for place, letter in enumerate(text):
        for part in unicodedata.normalize("NFKD", letter.casefold()):
            if not unicodedata.combining(part):
                letters.append(part)
                origin.append(place)
    return "".join(letters), origin


def words_of_the_course() -> set[str]:
    """The words of the course's own code, of Python's grammar and of its built-in functions, in small letters."""
    if not _WORDS:
        for folder in transformer_ref.__path__:
            for path in Path(folder).glob("in_*/*.py"):
                _WORDS.update(WORD.findall(path.read_text(encoding="utf-8").casefold()))
        _WORDS.update(name.casefold() for name in (*keyword.kwlist, *dir(builtins)))
    return _WORDS


_WORDS: set[str] = set()
