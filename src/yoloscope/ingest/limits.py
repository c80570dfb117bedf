"""What a batch may say of its run, checked before anything is written, so that no refusal leaves half a run behind.

The codec has checked the form of rows, names and sequence numbers; this is about the words and numbers that go to the catalogue.
"""

import math
from typing import cast

import msgspec

from yoloscope import errors
from yoloscope.ingest import item_limits
from yoloscope.records import media, row

TAGS_MAX = row.TAGS_MAX
LOST_REASONS_MAX = 100
WORD_MAX_CHARS = 200
REASON_MAX_CHARS = 10_000
RESULT_MAX_BYTES = 16 * 1024  # of a command: every setting that it changed, several times over
SECTION_MAX_DEPTH = 64  # an answer takes 255 levels at most; no configuration needs a tenth of them
_INT64 = 2**63
_INT32 = 2**31


def check(batch: row.Batch) -> None:
    """Return if the catalogue can keep what the batch says.

    Raises:
        InvalidRecord: naming the field and the fix.
    """
    if len(batch.run.tags) > TAGS_MAX:
        raise _refusal("run.tags", f"has {len(batch.run.tags)} tags", fix=f"use at most {TAGS_MAX}")
    for tag in batch.run.tags:
        check_word(tag, field="run.tags")
    for field in ("group", "host", "framework"):
        word: str | None = getattr(batch.run, field)
        if word is not None:
            check_word(word, field=f"run.{field}")
    if len(batch.lost) > LOST_REASONS_MAX:
        raise _refusal("lost", f"has {len(batch.lost)} reasons", fix=f"use at most {LOST_REASONS_MAX}")
    for reason in batch.lost:
        check_word(reason, field="lost")
    _check_attempt(batch.attempt)
    for number, entry in enumerate(batch.entries):
        _check_entry(entry, place=f"entries[{number}]")


def _check_entry(entry: row.Entry, *, place: str) -> None:
    if isinstance(entry, row.Ended):
        _check_end(entry, place=place)
    elif isinstance(entry, row.Updated):
        _check_section(entry, place=place)
    elif isinstance(entry, media.Item):
        item_limits.check(entry, place=place)
    elif isinstance(entry, row.Acted):
        _check_acted(entry, place=place)


def check_word(word: str, *, field: str) -> None:
    """Return if a word can be a tag, a group and the like.

    Raises:
        InvalidRecord: naming the field and the fix.
    """
    if len(word) > WORD_MAX_CHARS or not word.isprintable():
        raise _refusal(field, f"is {word[:40]!r}", fix=f"use at most {WORD_MAX_CHARS} printable characters")


def _check_attempt(attempt: row.AttemptRef) -> None:
    if attempt.start_epoch is not None and not math.isfinite(attempt.start_epoch):
        raise _refusal("attempt.start_epoch", f"is {attempt.start_epoch!r}", fix="use a finite number")
    if attempt.start_step is not None and not -_INT64 < attempt.start_step < _INT64:
        raise _refusal("attempt.start_step", "is out of range", fix="use a 64-bit integer")


def _check_end(end: row.Ended, *, place: str) -> None:
    if not 0 <= end.wall_ns < _INT64:
        raise _refusal(f"{place}.wall_ns", "is out of range", fix="use Unix nanoseconds")
    if end.exit_code is not None and not -_INT32 <= end.exit_code < _INT32:
        raise _refusal(f"{place}.exit_code", "is out of range", fix="use a 32-bit integer")
    if end.reason is not None and len(end.reason) > REASON_MAX_CHARS:
        raise _refusal(f"{place}.reason", "is too long", fix=f"use at most {REASON_MAX_CHARS} characters")


def _check_acted(acted: row.Acted, *, place: str) -> None:
    if acted.epoch is not None and not math.isfinite(acted.epoch):
        raise _refusal(f"{place}.epoch", f"is {acted.epoch!r}", fix="use a finite number")
    _check_values(acted.result, field=f"{place}.result")
    if len(msgspec.json.encode(acted.result)) > RESULT_MAX_BYTES:
        raise _refusal(f"{place}.result", "is too large", fix=f"use at most {RESULT_MAX_BYTES} bytes of JSON")


def _check_section(updated: row.Updated, *, place: str) -> None:
    _check_values(updated.values, field=f"{place}.values")


def _check_values(values: dict[str, object], *, field: str) -> None:
    if depth(values) > SECTION_MAX_DEPTH:
        raise _refusal(field, "is nested too deeply", fix=f"use at most {SECTION_MAX_DEPTH} levels")
    try:
        msgspec.json.encode(values)
    except (TypeError, msgspec.MsgspecError) as error:
        raise _refusal(
            field,
            f"holds what JSON has no form for ({error})",
            fix="use text, numbers, true, false, null, lists and objects",
        ) from error


def depth(value: object, *, limit: int = SECTION_MAX_DEPTH) -> int:
    """Return how many lists and objects stand within each other, counted up to one more than `limit`."""
    if limit < 0 or not isinstance(value, (dict, list)):
        return 0
    inner = cast("dict[str, object]", value).values() if isinstance(value, dict) else cast("list[object]", value)
    return 1 + max((depth(one, limit=limit - 1) for one in inner), default=0)


def _refusal(field: str, what: str, *, fix: str) -> errors.InvalidRecord:
    return errors.InvalidRecord(f"{field} {what}; nothing was stored", field=field, fix=fix)
