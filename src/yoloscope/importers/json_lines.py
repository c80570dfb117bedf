"""A file of one JSON object a line, read line by line; a last line that is still being written is left out."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import msgspec

from yoloscope import errors
from yoloscope.importers.notices import Notices

LINE_MAX_BYTES = 256 * 1024
LINES_MAX = 2_000_000
_TEXTS = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf"), "infinity": float("inf")}
_BARE = (b"NaN", b"Infinity")


def read(path: Path, *, notices: Notices, lines_max: int = LINES_MAX) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Yield each object with the number of its line, from 1.

    Raises:
        ImportFault: if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(LINE_MAX_BYTES), b""), 1):
                if number > lines_max:
                    notices.add(
                        f"has more than {lines_max:,} lines; only these were read",
                        zh=f"超过 {lines_max:,} 行，只读取了这些行",
                        line=number,
                    )
                    return
                found = _parsed(line)
                if found is not None:
                    yield number, found
                elif not line.isspace():
                    notices.add("is no JSON object; left out", zh="不是 JSON 对象，已忽略", line=number)
    except OSError as fault:
        raise errors.ImportFault(
            f"{path} cannot be read: {fault.strerror}", zh=f"{path} 无法读取：{fault.strerror}"
        ) from fault


def _parsed(line: bytes) -> Mapping[str, object] | None:
    """Return the object of a line. Python writes NaN and infinities bare, which JSON does not know."""
    try:
        found: object = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = _with_bare_numbers(line)
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else None


def _with_bare_numbers(line: bytes) -> object:
    if not any(word in line for word in _BARE):
        return None
    for word, text in ((b"-Infinity", b'"-inf"'), (b"Infinity", b'"inf"'), (b"NaN", b'"nan"')):
        line = line.replace(b": " + word, b": " + text).replace(b":" + word, b":" + text)
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def number(value: object) -> float | None:
    """Return a value as a number, also one that stands as text since JSON has no NaN; ``None`` for anything else."""
    if isinstance(value, str):
        return _TEXTS.get(value.lower())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def mapping(value: object) -> Mapping[str, object]:
    """Return a JSON object, or an empty one."""
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
