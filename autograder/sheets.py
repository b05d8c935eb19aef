"""Tables as spreadsheets and learning management systems write them: read in whatever form, written safely."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import CourseError

MAX_SHEET = 64 << 20
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?%?")


@dataclass
class Sheet:
    """Hold a table: its header, its rows, the form that it was read in, and the lines where its rows end."""

    header: list[str]
    rows: list[list[str]]
    delimiter: str = ","
    encoding: str = "utf-8"
    lines: list[int] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Sheet:
        """Read a CSV file, separated by commas, semicolons or tabs; raise `CourseError` where that is not possible."""
        try:
            if path.stat().st_size > MAX_SHEET:
                raise CourseError(f"{path}: this is too large for a table; name the CSV file itself")
            data = path.read_bytes()
        except OSError as error:
            raise CourseError(f"{path}: {error.strerror}; name a CSV file") from None
        text, encoding = decoded(data)
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            rows = [(row, reader.line_num) for row in reader if any(cell.strip() for cell in row)]
        except csv.Error as error:
            raise CourseError(f"{path}: this is no CSV file: {error}; export it again as CSV") from None
        if not rows or "\0" in text:
            raise CourseError(f"{path}: this is no CSV file with a header; export it again as CSV")
        (header, _), *below = rows
        kept, lines = [row for row, _ in below], [line for _, line in below]
        return cls([cell.strip() for cell in header], kept, delimiter, encoding, lines)

    def column(self, *names: str) -> int | None:
        """Return where the first column stands that has one of some names, in whatever case."""
        lowered = [cell.casefold() for cell in self.header]
        return next((lowered.index(name) for name in names if name in lowered), None)

    def text(self) -> str:
        """Return the table as CSV text in which no cell is a formula."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerows([harmless(cell) for cell in row] for row in [self.header, *self.rows])
        return stream.getvalue()

    def data(self) -> bytes:
        """Return the bytes of the CSV file, in the encoding that it was read in."""
        return self.text().encode(self.encoding)


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text of a table, and its encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        order = ("utf-16",)
    elif data.startswith(b"\xef\xbb\xbf"):
        order = ("utf-8-sig",)
    else:
        order = ("utf-8",)
    for encoding in (*order, "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeError:
            pass
    return data.decode("latin-1"), "latin-1"


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    bare = cell.strip()  # of whatever Unicode calls a space, line ends among them
    risky = bare[:1] in tuple("=+-@＝＋－＠") and len(bare) > 1 and not NUMBER.fullmatch(bare)
    return "'" + cell if risky or cell[:1] in ("\t", "\r", "\n") else cell


def padded(row: Sequence[str], length: int) -> list[str]:
    """Return a row with as many cells as the header has."""
    return [*row, *[""] * (length - len(row))]
