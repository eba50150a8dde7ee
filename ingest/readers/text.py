"""From bytes to lines: encodings, and what is no table at all. Pure."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator

from ingest.tidy import Document, Finding, StructuralError

#: A table of a province's year stays far below; a small archive that unpacks to more is a bomb.
MAX_UNPACKED_BYTES = 64 * 1024**2

#: So many rows are read in half a minute; a file with more is several files, or none.
MAX_ROWS = 1_000_000
#: A line with its end; a file of a web page's or an old Macintosh's line ends is no other table.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def unpacked(document: Document) -> Document:
    """The document itself, or what a .gz holds. Raises StructuralError when the archive is damaged or too large."""
    if not document.data.startswith(b"\x1f\x8b"):
        return document
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(document.data)) as archive:
            data = archive.read(MAX_UNPACKED_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise StructuralError(Finding("unreadable_archive")) from error
    if len(data) > MAX_UNPACKED_BYTES:
        raise StructuralError(Finding("too_large", details={"limit_mb": MAX_UNPACKED_BYTES // 1024**2}))
    return Document(document.name.removesuffix(".gz"), data)


def decoded(document: Document) -> str:
    """The text of a document in UTF-8, UTF-16 or GB 18030. Raises StructuralError for what is no text."""
    data = document.data
    if not data.strip():
        raise StructuralError(Finding("empty_file"))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _decode(data, "utf-16")
    if b"\x00" in data:
        raise StructuralError(Finding("not_text"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode(data, "gb18030")


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise StructuralError(Finding("unknown_encoding")) from error


def looks_like_markup(text: str) -> bool:
    """Whether the text is a web page, which archives serve in place of a missing file."""
    head = text.lstrip()[:200].lower()
    return head.startswith(("<!doctype", "<html", "<?xml", "<head", "<body"))


def lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text that are not blank, each with its number from 1; no copy of the whole is made."""
    end = "\n" if "\n" in text else "\r"
    begins, number = 0, 1
    while begins < len(text):
        ends = text.find(end, begins)
        ends = len(text) if ends < 0 else ends
        line = text[begins:ends].rstrip("\r")
        _not_too_many(number)
        if line and not line.isspace():
            yield number, line
        begins, number = ends + 1, number + 1


def _not_too_many(number: int) -> None:
    if number > MAX_ROWS:
        raise StructuralError(Finding("too_many_rows", number, details={"limit": MAX_ROWS}))


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV text with the physical line on which each begins, from 1; blank lines are left out."""
    # strict: a quote left open is a file cut short
    reader = csv.reader((found[0] for found in _LINE.finditer(text)), strict=True)
    begins = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise StructuralError(Finding("broken_csv", row=begins)) from error
        _not_too_many(begins)
        if any(cell.strip() for cell in row):
            yield begins, row
        begins = reader.line_num + 1


def header_of(text: str) -> list[str]:
    """The cells of the first row that is not blank."""
    for _line, row in csv_rows(text):
        return [cell.strip() for cell in row]
    return []


def wrong_width(row: int, found: int, wanted: int) -> Finding:
    """A row whose cells cannot be told apart, because there are too few or too many."""
    return Finding("wrong_field_count", row, details={"found": found, "wanted": wanted})


def records(text: str, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str] | Finding]]:
    """The rows below the header as dictionaries; a Finding in place of a row with the wrong number of cells.

    Raises StructuralError at once when the header lacks one of the `needed` columns or names a column twice.
    """
    header = header_of(text)
    missing = [name for name in needed if name not in header]
    if missing:
        raise StructuralError(Finding("column_missing", row=1, details={"columns": "、".join(missing)}))
    doubled = {name for name in header if name and header.count(name) > 1}
    if doubled:
        raise StructuralError(Finding("column_twice", row=1, details={"columns": "、".join(sorted(doubled))}))
    return _records(text, header)


def _records(text: str, header: list[str]) -> Iterator[tuple[int, dict[str, str] | Finding]]:
    rows = csv_rows(text)
    next(rows)
    for line, row in rows:
        if len(row) != len(header):
            yield line, wrong_width(line, len(row), len(header))
        else:
            yield line, dict(zip(header, (cell.strip() for cell in row), strict=True))
