"""Reading a table into columns of text: CSV of any delimiter and encoding, Excel, Parquet; by polars and calamine."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from charset_normalizer import from_bytes

from trainer.data.own.choices import DELIMITERS, ENCODINGS, Choices
from trainer.data.own.entries import refuse_bomb
from trainer.errors import BadData
from trainer.messages.message import Message
from trainer.system.regular_files import open_regular

# Windows writes a superset of Latin-1, and most files that are called Latin-1 are of it (encoding.spec.whatwg.org).
CODECS = {"utf-8": "utf-8-sig", "gb18030": "gb18030", "latin-1": "cp1252"}
MOST_BYTES = 2 * 2**30
MOST_COLUMNS = 10_000
SAMPLE_LINES = 100
SAMPLE_BYTES = 2**20


@dataclass(frozen=True)
class TextTable:
    """All cells as text, missing ones as null, and what was understood of the file."""

    columns: pl.DataFrame
    layout: Message
    has_decimal_commas: bool = False


def read_table(path: Path, choices: Choices) -> TextTable:
    """Read the file at ``path``. Raises :class:`BadData` when it is no table."""
    if path.stat().st_size > MOST_BYTES:
        most = MOST_BYTES // 2**30
        raise BadData(Message("{file} has more than {most} GiB. Split it up.", file=path.name, most=most))
    ending = path.suffix.lower()
    try:
        if ending == ".parquet":
            with open_regular(path) as file:
                table = pl.read_parquet(file).select(pl.all().cast(pl.String, strict=False))
            return _checked(TextTable(table, Message("A table in Parquet")))
        return _checked(_of_excel(path, choices) if ending == ".xlsx" else _of_text(path, choices))
    except (pl.exceptions.PolarsError, csv.Error, UnicodeError) as error:
        reason = str(error).splitlines()[0][:200]
        damage = Message("{file} cannot be read as a table ({error}). Save it again.", file=path.name, error=reason)
        raise BadData(damage) from None


def _checked(table: TextTable) -> TextTable:
    _refuse_wide(table.columns.width)
    if table.columns.width < 2 or table.columns.height < 2:
        raise BadData(Message("The table needs at least two columns and two rows. Check what separates the columns."))
    return table


def _refuse_wide(width: int) -> None:
    if width > MOST_COLUMNS:
        raise BadData(
            Message("The table has {count:,} columns; accepted: at most {most:,}.", count=width, most=MOST_COLUMNS)
        )


def _of_text(path: Path, choices: Choices) -> TextTable:
    with open_regular(path) as file:
        content = file.read()
    if b"\0" in content[:SAMPLE_BYTES] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadData(Message("{file} is no text: it holds zero bytes. Save it as CSV.", file=path.name))
    text, encoding = _decoded_as(content, choices.encoding) if choices.encoding != "auto" else decoded_text(content)
    delimiter = choices.delimiter if choices.delimiter != "auto" else delimiter_of(text)
    rows = list(csv.reader(_first_lines(text), delimiter=delimiter))
    has_header = _is_named(rows, choices)
    _refuse_wide(max(map(len, rows), default=0))
    table = pl.read_csv(
        io.BytesIO(text.encode()),
        separator=delimiter,
        has_header=has_header,
        infer_schema=False,
        truncate_ragged_lines=True,
        null_values=[""],
    )
    if not has_header:
        table.columns = _unnamed(table.width)
    separator = DELIMITERS[delimiter]
    if has_header:
        layout = Message(
            "A table in text, {encoding}, its columns separated by {separator} and named",
            encoding=encoding,
            separator=separator,
        )
    else:
        layout = Message(
            "A table in text, {encoding}, its columns separated by {separator} and not named",
            encoding=encoding,
            separator=separator,
        )
    may_be_commas = delimiter != "," if choices.decimal == "auto" else choices.decimal == ","
    return TextTable(table, layout, may_be_commas)


def _decoded_as(content: bytes, chosen: str) -> tuple[str, str]:
    """What is not of the chosen encoding becomes a replacement character, to be seen among the classes and samples."""
    return content.decode(CODECS[chosen], errors="replace"), ENCODINGS[chosen]


def decoded_text(content: bytes) -> tuple[str, str]:
    """The text and its encoding: UTF-8 where it can be that, else what fits the letters best."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding), "UTF-8" if encoding == "utf-8-sig" else "UTF-16"
    try:
        return content.decode(), "UTF-8"
    except UnicodeDecodeError:
        best = from_bytes(content[:SAMPLE_BYTES], cp_isolation=["gb18030", "cp1252"]).best()
    encoding = best.encoding if best else "cp1252"
    return content.decode(encoding, errors="replace"), {"gb18030": "GB18030"}.get(encoding, "Latin-1")


def delimiter_of(text: str) -> str:
    """The one that splits most lines into the same number of columns; a comma may also be that of decimals."""

    lines = _first_lines(text)

    def score(delimiter: str) -> tuple[float, bool, int]:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        except csv.Error:  # what another delimiter splits may be one enormous cell to this one
            return (-1.0, False, 0)
        width, alike = widths.most_common(1)[0] if widths else (1, 0)
        return (round(alike / widths.total(), 1) if width > 1 else 0.0, delimiter != ",", width)

    return max(DELIMITERS, key=score)


def _first_lines(text: str) -> list[str]:
    return text[:SAMPLE_BYTES].splitlines()[:SAMPLE_LINES]


def _is_named(rows: list[list[str]], choices: Choices) -> bool:
    return bool(rows) and (_has_header(rows) if choices.header == "auto" else choices.header == "yes")


def _has_header(rows: list[list[str]]) -> bool:
    """Names are no numbers, and each is used once."""
    first = [cell.strip() for cell in rows[0]]
    return all(first) and len(set(first)) == len(first) and not any(map(_is_number, first))


def _unnamed(width: int) -> list[str]:
    return [f"column_{number + 1}" for number in range(width)]


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _of_excel(path: Path, choices: Choices) -> TextTable:
    """The first sheet."""
    from python_calamine import CalamineError, load_workbook

    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(sum(info.file_size for info in archive.infolist()), path.stat().st_size)
        with load_workbook(path) as workbook:
            sheet = workbook.get_sheet_by_index(0)
            rows = [["" if cell is None else _cell(cell) for cell in row] for row in sheet.iter_rows()]
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        reason = str(error)[:200]
        damage = Message("{file} cannot be read as a table ({error}). Save it again.", file=path.name, error=reason)
        raise BadData(damage) from None
    has_header = _is_named(rows, choices)
    width = max(map(len, rows), default=0)
    _refuse_wide(width)
    names = rows[0] if has_header else _unnamed(width)
    filled = [[cell or None for cell in row] + [None] * (width - len(row)) for row in rows[has_header:]]
    return TextTable(pl.DataFrame(filled, schema=names, orient="row"), Message("The first sheet of an Excel file"))


def _cell(cell: object) -> str:
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)
