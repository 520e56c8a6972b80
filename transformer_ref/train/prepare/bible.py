"""Verses in the English of 1611 and of today: writes `data/bible.tsv.gz`.

    apt-get download sword-text-kjv sword-text-web     # Debian; then dpkg -x each into a folder
    pip install pysword
    python -m transformer_ref.train.prepare.bible FOLDER

FOLDER holds `usr/share/sword` of both packages. The King James Version and the World English Bible are in the public
domain. Verses that are short enough are kept. One with the words of an earlier verse, in either language, is left out,
so that no unseen verse is one of those learnt.
"""

import gzip
import re
import sys
from itertools import chain
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "data" / "bible.tsv.gz"
LONGEST = 95  # letters, on each side


def plain(text: str) -> str:
    """A verse without marks, notes, signs of a paragraph and repeated blanks."""
    text = re.sub(r"<note.*?</note>|<title.*?</title>", " ", text, flags=re.DOTALL)
    text = re.sub(r"<[^>]*>|¶", "", text).replace("’", "'").replace("“", '"').replace("”", '"').replace("‘", "'")
    return " ".join(text.split())


def main() -> None:
    """Read both, verse by verse, and write the pairs."""
    from pysword.modules import SwordModules

    modules = SwordModules(str(Path(sys.argv[1]) / "usr" / "share" / "sword"))
    found = modules.parse_modules()
    names = [next(name for name in found if version in name) for version in ("KJV", "WEB")]
    old, new = map(modules.get_bible_from_module, names)
    lines, before = [], set[str]()
    for book in chain(*old.get_structure().get_books().values()):
        for chapter in range(1, book.num_chapters + 1):
            for verse in range(1, book.chapter_lengths[chapter - 1] + 1):
                place = {"books": [book.name], "chapters": [chapter], "verses": [verse]}
                pair = [plain(bible.get(**place, clean=False)) for bible in (old, new)]
                words = {re.sub("[^a-z]+", " ", text.lower()).strip() for text in pair}
                if all(0 < len(text) <= LONGEST for text in pair) and not words & before:
                    lines.append("\t".join(pair))
                    before |= words
    FILE.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    print(f"{len(lines)} verses, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
