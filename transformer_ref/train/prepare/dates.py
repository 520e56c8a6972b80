"""Dates as people write them, in eight languages, each with its ISO form: writes `data/dates.tsv.gz`.

    pip install babel
    python -m transformer_ref.train.prepare.dates

The names of months and days, and the order of the parts, are those of the Unicode CLDR, in the package Babel. A text
that could be two dates is left out, such as 3/4/2021.
"""

import datetime
import gzip
import random
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "data" / "dates.tsv.gz"
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "sv")
FORMATS = ("full", "long", "medium", "EEE d MMM y", "d MMMM y", "MMM d, y", "dd.MM.y", "y, d MMMM")
FIRST, DAYS, COUNT = datetime.date(1900, 1, 1), 73049, 24000  # up to 2099


def main() -> None:
    """Draw dates, languages and formats, and write what is unambiguous."""
    from babel.dates import format_date

    draw = random.Random(9)
    meanings: dict[str, set[str]] = {}
    while len(meanings) < COUNT:
        day = FIRST + datetime.timedelta(draw.randrange(DAYS))
        text = format_date(day, draw.choice(FORMATS), locale=draw.choice(LANGUAGES))
        text = draw.choice((text, text, text.lower())).replace("\xa0", " ").replace("\u202f", " ")
        meanings.setdefault(text, set()).add(day.isoformat())
    lines = [f"{text}\t{min(days)}" for text, days in meanings.items() if len(days) == 1]
    FILE.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    print(f"{len(lines)} dates, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
