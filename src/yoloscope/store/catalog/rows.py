"""Rows of the catalogue to records and back, and the page cursor.

Called by `catalog`; touches no database.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.records.policy import Policy
from yoloscope.store import ports

_sections = msgspec.json.Decoder(dict[str, object])
_tags = msgspec.json.Decoder(tuple[str, ...])
_run_cursor = msgspec.json.Decoder(tuple[int, str])
_finding_cursor = msgspec.json.Decoder(tuple[int, str, str])

Values = Mapping[str, object]
_Place = tuple[int, str] | tuple[int, str, str]
_P = TypeVar("_P", tuple[int, str], tuple[int, str, str])


def section_from_text(text: str) -> dict[str, object]:
    """Return a section's values."""
    return _sections.decode(text)


def text_from_section(values: dict[str, object], *, section: row.Section) -> str:
    """Return a section's values as text; NaN and infinities, which JSON lacks, become null.

    Raises:
        InvalidRecord: if JSON has no form for a value.
    """
    try:
        return msgspec.json.encode(values).decode()
    except (TypeError, RecursionError, msgspec.MsgspecError) as error:
        raise errors.InvalidRecord(
            f"{section} holds a value that JSON has no form for ({error}); nothing was stored",
            field=section,
            fix="use text, numbers, true, false, null, lists and objects",
        ) from error


def tags_from_text(text: str) -> tuple[str, ...]:
    """Return the tags of a run."""
    return _tags.decode(text)


def text_from_policy(policy: Policy) -> str:
    """Return a policy as text."""
    return msgspec.json.encode(policy).decode()


def policy_from_text(text: str) -> Policy:
    """Return the policy of a text that `text_from_policy` made."""
    return msgspec.json.decode(text, type=Policy)


def cursor_from_run(created_ns: int, run_id: str) -> str:
    """Return the cursor of the page behind a run."""
    return _cursor((created_ns, run_id))


def run_from_cursor(cursor: str) -> tuple[int, str]:
    """Return creation time and id of the run that a page starts behind.

    Raises:
        InvalidRecord: if the text is not a cursor.
    """
    return _from_cursor(cursor, _run_cursor)


def cursor_from_finding(first_ns: int, run_id: str, rule: str) -> str:
    """Return the cursor of the page behind a finding."""
    return _cursor((first_ns, run_id, rule))


def finding_from_cursor(cursor: str) -> tuple[int, str, str]:
    """Return when the finding opened that a page starts behind, its run and its rule.

    Raises:
        InvalidRecord: if the text is not a cursor.
    """
    return _from_cursor(cursor, _finding_cursor)


def _cursor(place: _Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _from_cursor(cursor: str, decoder: "msgspec.json.Decoder[_P]") -> _P:
    refusal = errors.InvalidRecord(
        f"cursor {cursor[:80]!r} is not usable", field="cursor", fix="use the 'next' of the page before"
    )
    try:
        found = decoder.decode(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise refusal from error
    if not 0 <= found[0] < 2**63:
        raise refusal
    return found


def attempt_from_row(values: sa.RowMapping) -> ports.AttemptInfo:
    """Return an attempt."""
    return ports.AttemptInfo(
        number=values["number"],
        writer=ids.WriterId(values["writer"]),
        index=values["writer_index"],
        wall_ns=values["wall_ns"],
        mono_ns=values["mono_ns"],
        start_epoch=values["start_epoch"],
        start_step=values["start_step"],
        rank=values["rank"],
        provenance=section_from_text(values["provenance"]),
        life=section_from_text(values["life"]),
        alive=values["alive"],
        stalled=values["stalled"],
        heard_ns=values["heard_ns"],
        end_state=values["end_state"],
        ended_ns=values["ended_ns"],
        end_reason=values["end_reason"],
        exit_code=values["exit_code"],
        has_rows=values["has_rows"],
        paused=values["paused"],
    )


def run_from_row(
    values: sa.RowMapping,
    *,
    attempts: Iterable[ports.AttemptInfo],
    lost: Mapping[str, int],
    deferred: int,
    health: ports.Health,
) -> ports.RunInfo:
    """Return a run with its attempts."""
    return ports.RunInfo(
        ref=row.RunRef(
            id=ids.RunId(values["id"]),
            project=ids.ProjectName(values["project"]),
            name=values["name"],
            created_ns=values["created_ns"],
            tags=tags_from_text(values["tags"]),
            group=values["group_name"],
            host=values["host"],
            framework=values["framework"],
        ),
        state=values["state"],
        created_ns=values["created_ns"],
        updated_ns=values["updated_ns"],
        ended_ns=values["ended_ns"],
        end_reason=values["end_reason"],
        exit_code=values["exit_code"],
        config=section_from_text(values["config"]),
        settings=section_from_text(values["settings"]),
        provenance=section_from_text(values["provenance"]),
        progress=section_from_text(values["progress"]),
        life=section_from_text(values["life"]),
        lost=dict(lost),
        deferred=deferred,
        attempts=tuple(attempts),
        deleted_ns=values["deleted_ns"],
        health=health,
    )


def values_from_ref(ref: row.RunRef, *, name: str, state: str) -> dict[str, object]:
    """Return the columns of a new run."""
    return {
        "id": ref.id,
        "project": ref.project,
        "name": name,
        "created_ns": ref.created_ns,
        "updated_ns": ref.created_ns,
        "state": state,
        "end_said": False,
        "tags": msgspec.json.encode(ref.tags).decode(),
        "group_name": ref.group,
        "host": ref.host,
        "framework": ref.framework,
        **dict.fromkeys(("config", "settings", "provenance", "progress", "life"), "{}"),
    }


def name_made_unique(name: str, *, is_taken: Callable[[str], bool]) -> str:
    """Return `name`, or ``name-2``, ``name-3`` … if it is taken; never longer than a name may be.

    Asks about few names however many are taken: those of 2, 4, 8 … first, then between the last two.
    """
    if not is_taken(name):
        return name
    taken, free = 1, 2
    while is_taken(_numbered(name, free)):
        taken, free = free, 2 * free
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (middle, free) if is_taken(_numbered(name, middle)) else (taken, middle)
    return _numbered(name, free)


def _numbered(name: str, number: int) -> str:
    return f"{name[: ids.RUN_NAME_MAX_CHARS - len(str(number)) - 1]}-{number}"
