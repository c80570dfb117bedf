"""What becomes of old runs: the trash, what a removed run leaves, how long a project keeps what, and by which clock.

Called by `catalog` inside its transactions; `SqlKeeping` borrows them.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import msgspec
import sqlalchemy as sa

from yoloscope.records import ids
from yoloscope.store import ports_keeping
from yoloscope.store.catalog import edits, rows, tables

_OF_RUN = (
    tables.waiting,
    tables.measure_event,
    tables.measure_spared,
    tables.effect,
    tables.command_event,
    tables.command,
    tables.finding_event,
    tables.finding,
    tables.diagnosis,
    tables.run_edit,
    tables.item_part,
    tables.item,
    tables.console,
    tables.run_lost,
    tables.run_deferred,
    tables.ending,
    tables.attempt,
)
"""The tables whose rows belong to a run, in an order that foreign keys allow."""
_CLOCK = "retention_clock"
_Transaction = Callable[[], AbstractContextManager[sa.Connection]]


def set_deleted(connection: sa.Connection, runs: Sequence[ids.RunId], *, deleted_ns: int | None) -> None:
    """Move runs to the trash or back; those that are there already keep the time at which they came."""
    is_there = tables.run.c.deleted_ns.is_not(None)
    of_these = tables.run.c.id.in_(runs), ~is_there if deleted_ns is not None else is_there
    values = {"deleted_ns": deleted_ns, "restored": deleted_ns is None}
    connection.execute(tables.run.update().where(*of_these).values(**values))


def remove(connection: sa.Connection, run: ids.RunId) -> None:
    """Forget a run and all that belongs to it."""
    for table in _OF_RUN:
        connection.execute(table.delete().where(table.c.run == run))
    connection.execute(tables.run.delete().where(tables.run.c.id == run))


def retention(connection: sa.Connection, project: ids.ProjectName) -> ports_keeping.Retention:
    """Return how long a project keeps what."""
    query = sa.select(tables.retention.c.fields).where(tables.retention.c.project == project)
    text = connection.execute(query).scalar()
    return ports_keeping.Retention() if text is None else msgspec.json.decode(text, type=ports_keeping.Retention)


def set_retention(connection: sa.Connection, project: ids.ProjectName, wanted: ports_keeping.Retention) -> None:
    """Say how long a project keeps what."""
    connection.execute(tables.retention.delete().where(tables.retention.c.project == project))
    connection.execute(tables.retention.insert().values(project=project, fields=msgspec.json.encode(wanted).decode()))


class SqlKeeping:
    """Implements `ports_keeping.Keeping`, whose methods say what each does."""

    def __init__(self, *, reading: _Transaction, writing: _Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def kept(self, project: ids.ProjectName | None) -> list[ports_keeping.Kept]:
        """Return what decides how long each run is kept."""
        run = tables.run.c
        said = edits.name.label("name"), edits.tags.label("tags")
        columns = (run.id, run.project, *said, run.state, run.updated_ns, run.ended_ns, run.deleted_ns, run.restored)
        query = sa.select(*columns).select_from(edits.joined).order_by(run.project, run.id)
        if project is not None:
            query = query.where(run.project == project)
        with self._reading() as connection:
            return [_kept(found) for found in connection.execute(query).mappings()]

    def clock(self) -> ports_keeping.Clock | None:
        """Return what was noted last."""
        query = sa.select(tables.meta.c.value).where(tables.meta.c.key == _CLOCK)
        with self._reading() as connection:
            text = connection.execute(query).scalar()
        return None if text is None else msgspec.json.decode(text, type=ports_keeping.Clock)

    def set_clock(self, clock: ports_keeping.Clock) -> None:
        """Note the time by which runs grow old."""
        with self._writing() as connection:
            connection.execute(tables.meta.delete().where(tables.meta.c.key == _CLOCK))
            connection.execute(tables.meta.insert().values(key=_CLOCK, value=msgspec.json.encode(clock).decode()))

    def remove_sessions(self, *, expired_ns: int) -> int:
        """Forget the browser sessions that had expired by then."""
        with self._writing() as connection:
            return connection.execute(tables.session.delete().where(tables.session.c.expires_ns <= expired_ns)).rowcount


def _kept(found: sa.RowMapping) -> ports_keeping.Kept:
    return ports_keeping.Kept(
        run=ids.RunId(found["id"]),
        project=ids.ProjectName(found["project"]),
        name=found["name"],
        state=found["state"],
        word_ns=max(found["updated_ns"], found["ended_ns"] or 0),
        tags=rows.tags_from_text(found["tags"]),
        deleted_ns=found["deleted_ns"],
        restored=found["restored"],
    )
