"""Rows of commands to records and back, and the lines of their audit.

Called by `commands` inside its transactions.
"""

import msgspec
import sqlalchemy as sa

from yoloscope.records import command, ids
from yoloscope.store import ports_commands
from yoloscope.store.catalog import tables
from yoloscope.store.ports_commands import Event, Kind, Known

_DETAIL_MAX_CHARS = 300
_command, _event = tables.command.c, tables.command_event.c
_from_text = msgspec.json.Decoder(dict[str, object])


def find(connection: sa.Connection, run: ids.RunId, command_id: str) -> Known | None:
    """Return a command of a run, None if there is none of the id."""
    query = sa.select(tables.command).where(_command.run == run, _command.id == command_id)
    found = connection.execute(query).mappings().first()
    return None if found is None else known_from_row(found)


def set_columns(connection: sa.Connection, known: Known, **columns: object) -> None:
    """Write what changed of a command."""
    mine = _command.run == known.run, _command.id == known.id
    connection.execute(tables.command.update().where(*mine).values(**columns))


def named(writer: str | None) -> str:
    """Return a writer as the audit names it."""
    return f"writer {(writer or '')[:40]}"


def tell_stray(  # noqa: PLR0913 - what a line of the audit is made of
    connection: sa.Connection,
    run: ids.RunId,
    command_id: str,
    *,
    known: Known | None,
    writer: str,
    at_ns: int,
    verb: str = "",
) -> None:
    """Note the word of a writer on a command that is not its own, or that there is not."""
    kind: Kind = "unknown" if known is None else "foreign"
    said = verb if known is None else known.verb
    write(connection, run, Event(kind=kind, command=command_id, verb=said, who=named(writer), at_ns=at_ns))


def tell(
    connection: sa.Connection, known: Known, kind: Kind, *, who: str, at_ns: int, why: tuple[str, str] = ("", "")
) -> None:
    """Write what happened to a command."""
    event = Event(kind=kind, command=known.id, verb=known.verb, who=who, at_ns=at_ns, reason=why[0], detail=why[1])
    write(connection, known.run, event)


def write(connection: sa.Connection, run: ids.RunId, event: Event) -> None:
    """Write a line; of those that tell of what changed nothing a run has only so many."""
    if event.kind in ports_commands.REJECTED:
        rejected = _event.run == run, _event.kind.in_(ports_commands.REJECTED)
        count = sa.select(sa.func.count()).select_from(tables.command_event).where(*rejected)
        if connection.execute(count).scalar_one() >= ports_commands.REJECTED_MAX:
            return
    values = {field: getattr(event, field) for field in Event.__struct_fields__}
    values |= {"run": run, "detail": event.detail[:_DETAIL_MAX_CHARS], "command": event.command[: command.ID_MAX_CHARS]}
    connection.execute(tables.command_event.insert().values(values))


def values_from_known(known: Known) -> dict[str, object]:
    """Return the columns of a command."""
    values = {field: getattr(known, field) for field in Known.__struct_fields__}
    result = None if known.result is None else msgspec.json.encode(known.result).decode()
    return {**values, "args": msgspec.json.encode(known.args).decode(), "result": result}


def known_from_row(found: sa.RowMapping) -> Known:
    """Return a command."""
    values: dict[str, object] = {field: found[field] for field in Known.__struct_fields__}
    result = None if found["result"] is None else _from_text.decode(found["result"])
    return Known(**{**values, "args": _from_text.decode(found["args"]), "result": result})  # pyright: ignore[reportArgumentType] - the table has the fields' types
