"""What people may say of runs and views: checked words, in the form in which they are kept.

Called by the routes by which people change something. The limits of tags and groups are those of trainings.
"""

import unicodedata
from collections.abc import Sequence

import msgspec

from yoloscope import errors
from yoloscope.ingest import limits
from yoloscope.records import ids, row
from yoloscope.store import ports_edits
from yoloscope.wire import recording

NOTE_MAX_CHARS = 10_000
REASON_MAX_CHARS = 1_000
STATE_MAX_BYTES = 64 * 1024
_KEPT = "\n\t"
_REFUSED = frozenset(("Cc", "Cs"))  # control characters, and halves of letters that no encoding has


def name(text: str) -> str:
    """Return the name of a run or a view, without surrounding white space.

    Raises:
        InvalidRecord: naming the field and the fix; as the next ones.
    """
    said = text.strip()
    if not said or len(said) > ids.RUN_NAME_MAX_CHARS or not said.isprintable():
        raise errors.InvalidRecord(
            f"name {text[:80]!r} is not usable; nothing was changed",
            field="name",
            fix=f"use 1-{ids.RUN_NAME_MAX_CHARS} printable characters",
        )
    return said


def tags(words: Sequence[str], *, field: str) -> tuple[str, ...]:
    """Return tags, each once, without surrounding white space."""
    found = tuple(dict.fromkeys(_word(one, field=field) for one in words))
    if len(found) > row.TAGS_MAX:
        raise errors.InvalidRecord(
            f"{len(found)} tags are too many; nothing was changed", field=field, fix=f"use at most {row.TAGS_MAX}"
        )
    return found


def group(word: str | None) -> str | None:
    """Return the name of a group; None is none."""
    return None if word is None else _word(word, field="group")


def note(text: str) -> str:
    """Return a note with the line ends that are kept."""
    return _text(text, field="note", most_chars=NOTE_MAX_CHARS)


def reason(text: str) -> str:
    """Return why a finding was dismissed, without surrounding white space."""
    return _text(text, field="reason", most_chars=REASON_MAX_CHARS).strip()


def _text(text: str, *, field: str, most_chars: int) -> str:
    said = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(said) > most_chars:
        raise errors.InvalidRecord(
            f"the {field} has {len(said)} characters; nothing was changed", field=field, fix=f"use at most {most_chars}"
        )
    if any(unicodedata.category(one) in _REFUSED and one not in _KEPT for one in said):
        raise errors.InvalidRecord(
            f"the {field} holds control characters; nothing was changed", field=field, fix="send text alone"
        )
    return said


def change_from_recording(said: recording.Said) -> ports_edits.Change:
    """Return what people said of a run elsewhere, checked like what they say here."""
    return ports_edits.Change(
        name=msgspec.UNSET if said.name is None else name(said.name),
        tags=msgspec.UNSET if said.tags is None else tags(said.tags, field="tags"),
        group=group(said.group) if said.group_said else msgspec.UNSET,
        note=note(said.note),
        starred=said.starred,
        archived=said.archived,
    )


def state(found: dict[str, object]) -> dict[str, object]:
    """Return the state of a view, which is the page's own."""
    fix = f"keep at most {STATE_MAX_BYTES // 1024} KiB of JSON, {limits.SECTION_MAX_DEPTH} levels deep"
    if limits.depth(found) > limits.SECTION_MAX_DEPTH:
        raise errors.InvalidRecord("state is nested too deeply; nothing was stored", field="state", fix=fix)
    size_bytes = len(msgspec.json.encode(found))
    if size_bytes > STATE_MAX_BYTES:
        raise errors.InvalidRecord(f"state has {size_bytes} bytes; nothing was stored", field="state", fix=fix)
    return found


def _word(word: str, *, field: str) -> str:
    said = word.strip()
    limits.check_word(said, field=field)
    if not said:
        raise errors.InvalidRecord(
            f"{field} holds an empty word; nothing was changed",
            field=field,
            fix="send null for no group" if field == "group" else "leave it out",
        )
    return said
