"""Rows of a log: CSV, TSV, JSON lines, plain lines or an Excel workbook, one at a time.

Lines may be in UTF-8 or GB 18030, and even change in the middle of a file: each is read as what it is.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chatwright.errors import Location, MissingExtraError, ProjectError

__all__ = ["Row", "read_rows"]

Row = Mapping[str, str]
"""Column → cell, as text."""

DELIMITERS = "\t;|,"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ZIP = b"PK\x03\x04"
_SAMPLE = 4096
TITLES = 4
"""Lines of one cell that may stand above the names of columns."""
_SENTENCE = re.compile(r"[，。！？!?…]|[.,] |[吗呢吧]\W*$")
MAX_BROKEN = 100
"""Broken lines, and no more good ones: not read to the end."""
MAX_LINE = 10_000_000
"""Bytes; a longer line is no line of a log."""


def read_rows(path: Path, broken: list[ProjectError] | None = None) -> Iterator[tuple[int, Row]]:
    """Number of the line (from 1) and cells of every row that is not empty.

    ``.csv`` and ``.tsv`` begin with a line of column names; of ``.xlsx`` the first sheet does (titles of one
    cell may stand above it); ``.jsonl`` has an object a line; any other file has a message a line, in the
    column ``text``.

    Args:
        broken: gets an error for each line of JSON lines that is none and is passed over; such a line is an
            error in itself where this is None.

    Raises:
        ProjectError: not there, empty, or not what its name says: half of the lines are broken, or more.
        MissingExtraError: a workbook, and the extra ``sheets`` is not installed.
    """
    start = _first_bytes(path)
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm"):
        if not start.startswith(_ZIP):
            raise _wrong(path, "is no Excel workbook", "name it .csv if it is text, or save it anew as .xlsx")
        return _sheet(path)
    if start.startswith(_ZIP):
        raise _wrong(
            path, "is an Excel workbook or an archive", "name it .xlsx if it is a workbook, or unpack it"
        )
    if b"\x00" in start and not start.startswith(_UTF_16):
        raise _wrong(path, "is not text", "export it as .csv, .jsonl or .xlsx")
    if suffix in (".jsonl", ".ndjson", ".json"):
        return _json_lines(path, broken)
    if suffix in (".csv", ".tsv"):
        return _cells(path)
    return ((number, {"text": line.strip()}) for number, line in _lines(path) if line.strip())


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            start = stream.read(_SAMPLE)
    except OSError as error:
        raise _wrong(
            path, f"cannot be read: {error.strerror}", "check the name and the permissions"
        ) from error
    if not start.strip():
        raise _wrong(path, "is empty", "export the log again")
    return start


def _wrong(path: Path, what: str, fix: str, line: int = 0) -> ProjectError:
    return ProjectError(f"the log {what}", fix=fix, location=Location(str(path), line))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines with their number; of a line that is in no encoding the bad bytes become �."""
    if _first_bytes(path).startswith(_UTF_16):
        with path.open(encoding="utf-16", errors="replace", newline="") as text:
            yield from enumerate(text, 1)
        return
    with path.open("rb") as stream:
        number = 0
        while raw := stream.readline(MAX_LINE):
            number += 1
            yield number, _decoded(raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw)


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", errors="replace")


def _cells(path: Path) -> Iterator[tuple[int, Row]]:
    lines = (line.replace("\x00", "") for _, line in _lines(path))
    first = next((line for line in lines if line.strip()), "")
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(DELIMITERS, key=first.count)
    table = csv.reader(_again(first, lines), delimiter=delimiter)

    def numbered() -> Iterator[tuple[int, list[str]]]:
        try:
            for cells in table:
                yield table.line_num, cells
        except csv.Error as error:
            raise _wrong(
                path,
                f"has a cell that cannot be read: {error}",
                "is a quotation mark left open before this line?",
                table.line_num,
            ) from error

    yield from _table(numbered())


def _table(lines: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[tuple[int, Row]]:
    """Rows under a line of names; a title of one cell may stand above it."""
    names: list[str] = []
    above: list[tuple[int, Sequence[Any]]] = []  # lines of one cell: titles, or all that the table has
    for number, cells in lines:
        filled = sum(cell is not None and bool(str(cell).strip()) for cell in cells)
        if not filled:
            continue
        if not names:
            above.append((number, cells))
            if filled == 1 and len(above) <= TITLES:
                continue
            first, above = above if filled == 1 else above[-1:], []
            names = _names(first[0][1])
            yield from _rows(names, first[_has_names(first[0][1]) :])
        else:
            yield from _rows(names, [(number, cells)])
    if above:
        yield from _rows(_names(above[0][1]), above[_has_names(above[0][1]) :])


def _rows(names: list[str], lines: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[tuple[int, Row]]:
    for number, cells in lines:
        yield number, {name: _as_text(cell) for name, cell in zip(names, cells, strict=False)}


def _again(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _has_names(cells: Iterable[Any]) -> bool:
    """Whether it is a line of names, and no message of a table without one."""
    return not any(_SENTENCE.search(str(cell or "")) for cell in cells)


def _names(cells: Sequence[Any]) -> list[str]:
    """Column names; those without one are named by their number."""
    given = cells if _has_names(cells) else [""] * len(cells)
    return [str(cell or "").strip() or f"column {number}" for number, cell in enumerate(given, 1)]


def _json_lines(path: Path, broken: list[ProjectError] | None) -> Iterator[tuple[int, Row]]:
    good = 0
    for number, line in _lines(path):
        if not line.strip():
            continue
        try:
            row = _json_row(path, number, line)
        except ProjectError as error:
            if broken is None:
                raise
            broken.append(error)
            if len(broken) >= max(MAX_BROKEN, good):
                break
            continue
        good += 1
        yield number, row
    if broken and len(broken) >= good:
        raise broken[0]


def _json_row(path: Path, number: int, line: str) -> Row:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _wrong(
            path, f"has a line that is no JSON: {error}", "write one JSON object a line", number
        ) from error
    if not isinstance(record, dict):
        raise _wrong(path, "has a line that is no JSON object", "write one {…} a line", number)
    return {str(key): _as_text(value) for key, value in record.items()}


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _sheet(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtraError("reading an Excel workbook", "sheets") from error
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever its XML and ZIP readers do
        raise _wrong(path, f"cannot be read: {error}", "save it anew as .xlsx") from error
    try:
        yield from _table(enumerate(book.worksheets[0].iter_rows(values_only=True), 1))
    finally:
        book.close()
