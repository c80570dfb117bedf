"""What becomes of old runs: the trash, what a removed run leaves, and how long a project keeps what.

Called by `catalog` inside its transactions.
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from yoloscope.records import ids
from yoloscope.store import ports
from yoloscope.store.catalog import tables

_OF_RUN = (tables.console, tables.run_lost, tables.run_deferred, tables.ending, tables.attempt)
"""The tables whose rows belong to a run, in an order that foreign keys allow."""


def set_deleted(connection: sa.Connection, runs: Sequence[ids.RunId], *, deleted_ns: int | None) -> None:
    """Move runs to the trash or back; those that are there already keep the time at which they came."""
    is_there = tables.run.c.deleted_ns.is_not(None)
    of_these = tables.run.c.id.in_(runs), ~is_there if deleted_ns is not None else is_there
    connection.execute(tables.run.update().where(*of_these).values(deleted_ns=deleted_ns))


def remove(connection: sa.Connection, run: ids.RunId) -> None:
    """Forget a run and all that belongs to it."""
    for table in _OF_RUN:
        connection.execute(table.delete().where(table.c.run == run))
    connection.execute(tables.run.delete().where(tables.run.c.id == run))


def retention(connection: sa.Connection, project: ids.ProjectName) -> ports.Retention:
    """Return how long a project keeps what."""
    query = sa.select(tables.retention.c.fields).where(tables.retention.c.project == project)
    text = connection.execute(query).scalar()
    return ports.Retention() if text is None else msgspec.json.decode(text, type=ports.Retention)


def set_retention(connection: sa.Connection, project: ids.ProjectName, wanted: ports.Retention) -> None:
    """Say how long a project keeps what."""
    connection.execute(tables.retention.delete().where(tables.retention.c.project == project))
    connection.execute(tables.retention.insert().values(project=project, fields=msgspec.json.encode(wanted).decode()))
