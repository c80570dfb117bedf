"""Values of any kind as text, numbers, lists and dicts: what an event may hold, so that no reader and no server refuses it.

Called with what a user passed as configuration, tags and names. One odd leaf becomes text; it never costs the rest.
"""

import dataclasses
import enum
from collections.abc import Iterable, Mapping
from typing import Protocol, cast

from yoloscope.sdk import guard

DEPTH_MOST = 32
LEAVES_MOST = 50_000
"""Far above any configuration; it ends what refers to itself."""
TEXT_MOST_CHARS = 10_000
WORD_MOST_CHARS = 200
TAGS_MOST = 100
_INT64 = 2**63


def section(values: Mapping[str, object]) -> dict[str, object]:
    """Return a mapping with text for keys and plain values; floats keep NaN and infinities."""
    return _Plain().dict(values)


def text(value: object) -> str:
    """Return the value as text that can be encoded, cut to a sensible length."""
    return guard.text_of(value).encode("utf-8", "replace").decode()[:TEXT_MOST_CHARS]


def word(value: object, *, most: int = WORD_MOST_CHARS) -> str:
    """Return the value as one line of printable characters."""
    return "".join(letter for letter in guard.text_of(value) if letter.isprintable()).strip()[:most]


def tags(given: Iterable[object] | None) -> tuple[str, ...]:
    """Return tags as words; a single text is a single tag."""
    if given is None:
        return ()
    words = (word(tag) for tag in ((given,) if isinstance(given, str) else given))
    return tuple(tag for tag in words if tag)[:TAGS_MOST]


class _Scalar(Protocol):
    def item(self) -> object: ...


class _Plain:
    def __init__(self) -> None:
        self._leaves = 0

    def dict(self, values: Mapping[str, object], *, depth: int = 0) -> dict[str, object]:
        return {text(key): self.value(value, depth=depth + 1) for key, value in values.items()}

    def value(self, value: object, *, depth: int) -> object:
        self._leaves += 1
        if depth < DEPTH_MOST and self._leaves < LEAVES_MOST:
            if isinstance(value, Mapping):
                return self.dict(cast("Mapping[str, object]", value), depth=depth)
            if isinstance(value, list | tuple | set | frozenset):
                return [self.value(item, depth=depth + 1) for item in cast("Iterable[object]", value)]
            if dataclasses.is_dataclass(value) and not isinstance(value, type):
                fields = {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
                return self.dict(fields, depth=depth)
        return _leaf(value)


def _leaf(value: object) -> object:
    if isinstance(value, enum.Enum):
        value = value.value
    if getattr(value, "shape", None) == ():  # a numpy or torch scalar
        value = cast("_Scalar", value).item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return int(value)
    return float(value) if isinstance(value, float) else text(value)
