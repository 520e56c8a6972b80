"""How many of mutmut's mutants the direct tests kill, file by file, and which they do not: `make mutants`.

    python -m tests.mutants ROOM     after `mutmut run 'autograder.ROOM.*'`

Mutants that do nothing different are listed, with the reason, in `equivalent_mutants.md`.
"""

import json
import re
import sys
from pathlib import Path

FLOOR = 0.95
PROJECT = Path(__file__).resolve().parent.parent
KILLED = (1, 3, 36, 24, -24, 152, 255, -9, -11)  # failed, or ran out of time
NAME = re.compile(r"^\| `([\w.ǁ]+)`", re.MULTILINE)


def known_equivalent() -> set[str]:
    """The names in the list."""
    return set(NAME.findall(Path(__file__).with_name("equivalent_mutants.md").read_text(encoding="utf-8")))


def main(room: str) -> bool:
    """Print the score of each file of a room, and the survivors; whether one is below the floor."""
    equivalent, too_low = known_equivalent(), False
    for path in sorted((PROJECT / "mutants" / "autograder" / room).glob("*.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        names = {name.removeprefix("autograder."): code for name, code in codes.items() if code is not None}
        if not names:
            continue
        survivors = [name for name, code in names.items() if code not in KILLED]
        same = equivalent.intersection(survivors)
        killed = len(names) - len(survivors)
        score = killed / (len(names) - len(same))
        too_low |= score < FLOOR
        print(f"{path.stem}: {score:.1%} ({killed} killed, {len(survivors)} survived, {len(same)} of them equivalent)")
        for name in survivors:
            print("" if name in same else f"    {name}\n", end="")
        for name in equivalent.intersection(names) - same:
            print(f"    {name} is listed as equivalent, but was killed")
    return too_low


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
