"""A CSV of another program's, to be read, changed in some cells and written as it was: BOM, separator, line ends."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BOM = "\ufeff"
SEPARATORS = ",;\t"


class BadSpreadsheet(Exception):
    """A file that is no CSV; the message says so."""


@dataclass
class Spreadsheet:
    """The cells of a CSV, and how it was written."""

    headings: list[str]
    rows: list[list[str]]
    separator: str = ","
    bom: bool = False
    line_end: str = "\r\n"

    def column(self, number: int) -> list[str]:
        """The cells of a column; a row that is too short has an empty one."""
        return [row[number] if number < len(row) else "" for row in self.rows]

    def put(self, row: int, column: int, value: str) -> None:
        """Write a cell."""
        cells = self.rows[row]
        cells += [""] * (column + 1 - len(cells))
        cells[column] = value

    def write(self, path: Path) -> None:
        """Write the file."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.separator, lineterminator=self.line_end)
        writer.writerows([self.headings, *self.rows])
        path.write_bytes((BOM * self.bom + text.getvalue()).encode("utf-8"))


def read_spreadsheet(path: Path) -> Spreadsheet:
    """Read a CSV in UTF-8 or UTF-16, or in what Windows writes. Raises BadSpreadsheet."""
    text = _decode(path.read_bytes(), path)
    bom, text = text.startswith(BOM), text.removeprefix(BOM)
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise BadSpreadsheet(f"{path} is no CSV: {error}") from error
    if not lines or not any(lines[0]):
        raise BadSpreadsheet(f"{path} is empty")
    end = "\r\n" if "\r\n" in text else "\n"
    return Spreadsheet(lines[0], [line for line in lines[1:] if any(line)], separator, bom, end)


def _decode(data: bytes, path: Path) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return BOM + data.decode("utf-16")
    if b"\0" in data[:4096]:
        raise BadSpreadsheet(f"{path} is no CSV: save the table as CSV")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def numbers(cells: list[str]) -> Iterator[float]:
    """The numbers among some cells, also with a comma for the point."""
    for cell in cells:
        value = read_number(cell)
        if value is not None:
            yield value


def read_number(cell: str) -> float | None:
    """A number as systems write it: 25.00, or 25,00."""
    try:
        return float(cell.strip().replace(",", "."))
    except ValueError:
        return None
