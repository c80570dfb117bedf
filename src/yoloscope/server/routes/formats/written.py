"""Tables and parts as responses: small ones whole, large ones as they are made.

Called by the series, groups and export routes, in a worker thread: making the first part may read the store.
"""

import importlib
import itertools
from collections.abc import Iterator, Mapping
from typing import Literal, Protocol, cast
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from yoloscope import errors
from yoloscope.query import tables
from yoloscope.server.routes.formats import MEDIA_TYPES, comma

TableForm = Literal["csv", "arrow", "parquet"]
_MEDIA_TYPES: dict[TableForm, str] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "arrow": MEDIA_TYPES["arrow"],
    "parquet": "application/vnd.apache.parquet",
}
_PART_BYTES = 256 * 1024  # each part is a turn of the event loop
_WHOLE_BYTES = 1024 * 1024  # what fits is answered with its length, and what goes wrong in it with a problem


class _Arrow(Protocol):
    """The part of `formats.arrow` that is used here; it is loaded when it is needed."""

    def stream(self, table: tables.Table) -> Iterator[bytes]: ...

    def parquet(self, table: tables.Table) -> Iterator[bytes]: ...


def table(of: tables.Table, *, form: TableForm, name: str) -> Response:
    """Return a table as a response that a browser keeps as a file of that name.

    Raises:
        MissingExtra: if what writes the form is not installed.
    """
    parts = parts_of(of, form=form)
    return response(parts, media_type=_MEDIA_TYPES[form], file_name=f"{name}.{form}")


def parts_of(of: tables.Table, *, form: TableForm) -> Iterator[bytes]:
    """Return a table in a form, part by part.

    Raises:
        MissingExtra: if what writes the form is not installed.
    """
    if form == "csv":
        return comma.parts(of)
    arrow = _arrow()
    return arrow.stream(of) if form == "arrow" else arrow.parquet(of)


def response(parts: Iterator[bytes], *, media_type: str, file_name: str | None = None) -> Response:
    """Return parts as a response that the browser keeps as a file if it has a name. Raises what making the first megabyte raises."""
    headers = {"Vary": "Accept", **({} if file_name is None else attachment(file_name))}
    larger = _grouped(parts)
    first: list[bytes] = []
    for part in larger:
        first.append(part)
        if sum(map(len, first)) > _WHOLE_BYTES:
            return StreamingResponse(itertools.chain(first, larger), media_type=media_type, headers=headers)
    return Response(b"".join(first), media_type=media_type, headers=headers)


def attachment(file_name: str) -> Mapping[str, str]:
    """Return the header that names a file, whatever letters are in its name."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name)}", "Cache-Control": "no-store"}


def _grouped(parts: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size_bytes = 0
    for part in parts:
        held.append(part)
        size_bytes += len(part)
        if size_bytes >= _PART_BYTES:
            yield b"".join(held)
            held, size_bytes = [], 0
    if held:
        yield b"".join(held)


def _arrow() -> _Arrow:
    try:
        return cast("_Arrow", importlib.import_module("yoloscope.server.routes.formats.arrow"))
    except ImportError as error:
        raise errors.MissingExtra("writing Arrow and Parquet", extra="server") from error
