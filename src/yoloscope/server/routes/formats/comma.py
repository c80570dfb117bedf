"""Tables as CSV: RFC 4180, UTF-8, one line of names. Pure.

Numbers are the shortest text that reads back as the same float64; ``NaN``, ``inf`` and ``-inf`` stand for what is not finite, an empty
cell for what is not there. Texts that a spreadsheet would run as a formula get an apostrophe before them.
"""

import csv
import io
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from yoloscope.query import tables

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_END = b"\r\n"
_ROWS = 16_384  # as Python objects a row takes ten times the memory of its text


def parts(table: tables.Table) -> Iterator[bytes]:
    """Yield a table as CSV, some thousand lines at a time."""
    yield b",".join(_quoted(field.name) for field in table.fields) + _END
    labels = [[_quoted(label) for label in field.labels] for field in table.fields]
    for piece in table.pieces:
        for start in range(0, len(piece[0].values), _ROWS):
            some = slice(start, start + _ROWS)
            columns = [
                _texts(_cut(cells, some), field=field, labels=of)
                for cells, field, of in zip(piece, table.fields, labels, strict=True)
            ]
            yield _END.join(map(b",".join, zip(*columns, strict=True))) + _END


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _quoted(text: str) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([safe(text)])
    return line.getvalue().encode()


def _cut(cells: tables.Cells, some: slice) -> tables.Cells:
    return tables.Cells(cells.values[some], None if cells.missing is None else cells.missing[some])


def _texts(cells: tables.Cells, *, field: tables.Field, labels: Sequence[bytes]) -> list[bytes]:
    values = cells.values
    found: list[bytes]
    if field.kind == "label":
        found = [labels[place] for place in values.tolist()]
    elif field.kind == "bool":
        found = [b"true" if value else b"false" for value in values.tolist()]
    elif field.kind == "time":
        found = [f"{time}Z".encode() for time in np.datetime_as_string(values.astype("datetime64[ns]")).tolist()]
    else:
        found = _numbers(values)
    if cells.missing is not None:
        for place in np.flatnonzero(cells.missing).tolist():
            found[place] = b""
    return found


def _numbers(values: tables.Array) -> list[bytes]:
    if not len(values):
        return []
    found: list[bytes] = msgspec.json.encode(values.tolist())[1:-1].split(b",")
    for place in np.flatnonzero(~np.isfinite(values)).tolist():
        found[place] = b"NaN" if np.isnan(values[place]) else b"inf" if values[place] > 0 else b"-inf"
    return found
