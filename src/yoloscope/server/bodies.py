"""Request bodies, read within a limit and of the content type asked for."""

from starlette.requests import Request

from yoloscope.server import problems

_DRAINED_MAX_BYTES = (
    64 * 1024 * 1024
)  # read and dropped, so that a client that sends too much can still read why it was refused


async def read(request: Request, *, content_type: str, limit_bytes: int) -> bytes:
    """Return the whole body.

    Raises:
        HTTPException: a problem "content-type" or "body-too-large".
    """
    check_content_type(request, expected=content_type)
    parts: list[bytes] = []
    size_bytes = 0
    async for part in request.stream():
        size_bytes += len(part)
        if size_bytes <= limit_bytes:
            parts.append(part)
        elif size_bytes > limit_bytes + _DRAINED_MAX_BYTES:
            break
        else:
            parts.clear()
    if size_bytes > limit_bytes:
        raise problems.refusal(
            "body-too-large",
            f"the body is larger than {limit_bytes} bytes; nothing was stored",
            field="body",
            fix="send less in one request",
        )
    return b"".join(parts)


def check_content_type(request: Request, *, expected: str) -> None:
    """Return if a request says that its body is of the expected type.

    Raises:
        HTTPException: a problem "content-type".
    """
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() != expected:
        raise problems.refusal(
            "content-type",
            f"the content type is {given[:80]!r}; nothing was stored",
            field="Content-Type",
            fix=f"send Content-Type: {expected}",
        )
