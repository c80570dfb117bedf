"""Files as responses: whole, or the range of bytes that a client asks for; large ones in the memory of a piece.

Called by the media routes. Source: RFC 9110, 14.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import BinaryIO

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from yoloscope.server import problems

_PIECE_BYTES = 1024 * 1024
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})\Z")

Opened = Callable[[], AbstractContextManager[BinaryIO]]


def response(request: Request, opened: Opened, *, media_type: str, tag: str, headers: Mapping[str, str]) -> Response:
    """Return a file, or the one range of it that is asked for; other wishes are answered with the whole. Blocking.

    Raises:
        HTTPException: 416 where nothing of the range is in the file.
        NotFound: if there is no such file.
    """
    with opened() as file:
        size_bytes = file.seek(0, 2)
    said = {**headers, "ETag": tag, "Accept-Ranges": "bytes"}
    if request.headers.get("if-range", tag) != tag or "range" not in request.headers:
        return _part(opened, (0, size_bytes), media_type=media_type, headers=said, status=200)
    wanted = _wanted(request.headers["range"], size_bytes)
    if wanted is None:
        return _part(opened, (0, size_bytes), media_type=media_type, headers=said, status=200)
    if wanted[0] >= wanted[1]:
        told = problems.problem("outside", f"the file has {size_bytes} bytes", field="Range", fix="ask for less")
        return problems.response(told, headers={"Content-Range": f"bytes */{size_bytes}"})
    said["Content-Range"] = f"bytes {wanted[0]}-{wanted[1] - 1}/{size_bytes}"
    return _part(opened, wanted, media_type=media_type, headers=said, status=206)


def _wanted(text: str, size_bytes: int) -> tuple[int, int] | None:
    """Return where a range begins and ends; ``None`` for what is no single range, which RFC 9110 lets a server ignore."""
    match = _RANGE.match(text.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return max(0, size_bytes - int(match[2])), size_bytes
    first, last = int(match[1]), int(match[2]) if match[2] else size_bytes - 1
    if last < first and match[2]:
        return None
    return first, min(last + 1, size_bytes)


def _part(
    opened: Opened, wanted: tuple[int, int], *, media_type: str, headers: Mapping[str, str], status: int
) -> Response:
    length = wanted[1] - wanted[0]
    if length <= _PIECE_BYTES:
        data = b"".join(_pieces(opened, wanted))
        return Response(data, status_code=status, media_type=media_type, headers=dict(headers))
    all_said = {**headers, "Content-Length": str(length)}
    return StreamingResponse(_pieces(opened, wanted), status_code=status, media_type=media_type, headers=all_said)


def _pieces(opened: Opened, wanted: tuple[int, int]) -> Iterator[bytes]:
    with opened() as file:
        file.seek(wanted[0])
        left = wanted[1] - wanted[0]
        while left > 0 and (piece := file.read(min(left, _PIECE_BYTES))):
            left -= len(piece)
            yield piece
