"""Built files compressed for browsers: once for each file as it is now, because they change only with the package."""

import functools
import gzip
import mimetypes
from pathlib import Path

from starlette.responses import Response

_SUFFIXES = {".js", ".css", ".svg", ".json", ".webmanifest"}
_LEAST_BYTES = 1024
_LEVEL = 9  # paid once: 50 ms for the largest
_HELD = 512


def answer(path: Path, *, accepts: str, headers: dict[str, str]) -> Response | None:
    """Return the compressed file for a client that `accepts` it (the header ``Accept-Encoding``); None where that gains nothing. Blocking.

    Raises:
        OSError: if it cannot be read.
    """
    if path.suffix not in _SUFFIXES or not _takes_gzip(accepts):
        return None
    state = path.stat()
    if state.st_size < _LEAST_BYTES:
        return None
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    told = {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(_gzipped(path, state.st_mtime_ns), media_type=kind, headers=told)


def _takes_gzip(accepts: str) -> bool:
    """Tell whether ``gzip`` is named and not refused by ``q=0``."""
    for part in accepts.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


@functools.lru_cache(maxsize=_HELD)
def _gzipped(path: Path, modified_ns: int) -> bytes:
    del modified_ns  # a new build of the same name is another entry
    return gzip.compress(path.read_bytes(), _LEVEL, mtime=0)
