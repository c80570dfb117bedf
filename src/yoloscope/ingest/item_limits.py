"""What an item may say of itself, checked with its batch before anything is written.

Called by `limits`. The codec has checked kinds, roles and needs; this is about names, numbers, and whether parts could ever be read.
"""

import math
import re

import msgspec

from yoloscope import errors
from yoloscope.records import media, names

FACTS_MOST = 64
_FACT = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
"""What a fact is called: a word of ours, in which no sentence fits."""
_INT64 = 2**63
_NUMBER_TOP = 2**62
_MOST_BYTES = {
    media.CONTENT: media.SUMMARY_MAX_BYTES,
    media.TEXT: media.TEXT_MAX_BYTES,
    media.WEBP: media.PICTURE_MAX_BYTES,
    media.PNG: media.PICTURE_MAX_BYTES,
    media.BYTES: media.FILE_MAX_BYTES,
}
_TYPES_OF: dict[media.Kind, dict[media.Role, tuple[str, ...]]] = {
    **{kind: {"data": (media.CONTENT,)} for kind in ("histogram", "curve", "matrix", "table", "graph", "embedding")},
    **{
        kind: {"image": (media.WEBP, media.PNG), "boxes": (media.CONTENT,), "mask": (media.WEBP, media.PNG)}
        for kind in ("image", "figure")
    },
    "text": {"data": (media.TEXT,)},
    "artifact": {"data": (media.BYTES,)},
}
"""The policy goes by the kind: no picture, text or file may come in as a part of a summary."""


def check(item: media.Item, *, place: str) -> None:
    """Return if an item can be stored; `place` is where it stands in its batch.

    Raises:
        InvalidRecord: naming the field and the fix.
    """
    _check_range(item.number, field=f"{place}.number", top=_NUMBER_TOP)
    _check_range(item.wall_ns, field=f"{place}.wall_ns", top=_INT64)
    _check_name(item.name, field=f"{place}.name")
    if item.step is not None and not -_INT64 < item.step < _INT64:
        raise _refusal(f"{place}.step", "is out of range", fix="use a 64-bit integer")
    if item.epoch is not None and not math.isfinite(item.epoch):
        raise _refusal(f"{place}.epoch", f"is {item.epoch!r}", fix="use a finite number")
    _check_facts(item.facts, field=f"{place}.facts")
    if len(set(item.needs)) != len(item.needs):
        raise _refusal(f"{place}.needs", "says something twice", fix="say each need once")
    _check_parts(item, field=f"{place}.parts")


def _check_name(name: str, *, field: str) -> None:
    names.check(name)
    if len(name) > media.NAME_MAX_CHARS:
        raise _refusal(field, f"has {len(name)} characters", fix=f"use at most {media.NAME_MAX_CHARS}")


def _check_facts(facts: dict[str, int | float], *, field: str) -> None:
    if len(facts) > FACTS_MOST:
        raise _refusal(field, f"holds {len(facts)} numbers", fix=f"use at most {FACTS_MOST}")
    for name, value in facts.items():
        if not _FACT.match(name):
            raise _refusal(field, f"names {name[:40]!r}", fix="use 1-64 letters, digits, '_', '.' and '-'")
        in_range = math.isfinite(value) if isinstance(value, float) else -_INT64 <= value < _INT64
        if not in_range:
            raise _refusal(f"{field}.{name}", "is no finite number of 64 bits", fix="leave it out")
    if len(msgspec.json.encode(facts)) > media.FACTS_MAX_BYTES:
        raise _refusal(field, "is too long", fix=f"use at most {media.FACTS_MAX_BYTES} bytes")


def _check_parts(item: media.Item, *, field: str) -> None:
    parts = item.parts
    if len(parts) > media.PARTS_MAX:
        raise _refusal(field, f"has {len(parts)} parts", fix=f"use at most {media.PARTS_MAX}")
    if len({part.role for part in parts}) != len(parts):
        raise _refusal(field, "has two parts of one role", fix="use each role once")
    for number, part in enumerate(parts):
        _check_part(part, kind=item.kind, field=f"{field}[{number}]")


def _check_part(part: media.Part, *, kind: media.Kind, field: str) -> None:
    if not media.DIGEST.match(part.digest):
        raise _refusal(
            f"{field}.digest", f"is {part.digest[:80]!r}", fix="use the SHA-256 of the part in 64 lower-case digits"
        )
    types = _TYPES_OF[kind]
    if part.role not in types:
        fix = f"use one of {', '.join(types)} for the kind {kind!r}"
        raise _refusal(f"{field}.role", f"is {part.role!r}", fix=fix)
    if part.media_type not in types[part.role]:
        fix = f"use one of {', '.join(types[part.role])} for the role {part.role!r} of the kind {kind!r}"
        raise _refusal(f"{field}.media_type", f"is {part.media_type[:80]!r}", fix=fix)
    is_large = kind == "embedding" and part.media_type == media.CONTENT
    most = media.EMBEDDING_MAX_BYTES if is_large else _MOST_BYTES[part.media_type]
    if not 0 <= part.size_bytes <= most:
        raise _refusal(f"{field}.size_bytes", f"is {part.size_bytes}", fix=f"use 0 to {most} bytes")


def _check_range(value: int, *, field: str, top: int) -> None:
    if not 0 <= value < top:
        raise _refusal(field, "is out of range", fix=f"use 0 to {top - 1}")


def _refusal(field: str, what: str, *, fix: str) -> errors.InvalidRecord:
    return errors.InvalidRecord(f"{field} {what}; nothing was stored", field=field, fix=fix)
