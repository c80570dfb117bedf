"""What writers say of rows that are missing: lost for good by reason, or held back for later.

Called by `catalog` within its transactions.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from yoloscope.records import ids
from yoloscope.store.catalog import tables


def raise_lost(connection: sa.Connection, run: ids.RunId, writer: ids.WriterId, *, lost: Mapping[str, int]) -> None:
    """Bring the writer's totals up; a batch that comes late does not bring them down."""
    for reason, total in lost.items():
        mine = (tables.run_lost.c.run == run, tables.run_lost.c.writer == writer, tables.run_lost.c.reason == reason)
        known = connection.execute(sa.select(tables.run_lost.c.total).where(*mine)).scalar()
        if known is None:
            connection.execute(tables.run_lost.insert().values(run=run, writer=writer, reason=reason, total=total))
        elif known < total:
            connection.execute(tables.run_lost.update().where(*mine).values(total=total))


def lost(connection: sa.Connection, run_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the totals of lost rows by reason, over all writers of each run; summed here, where no sum overflows."""
    columns = tables.run_lost.c.run, tables.run_lost.c.reason, tables.run_lost.c.total
    found: dict[str, dict[str, int]] = {}
    for run, reason, total in connection.execute(sa.select(*columns).where(tables.run_lost.c.run.in_(run_ids))):
        totals = found.setdefault(run, {})
        totals[reason] = totals.get(reason, 0) + total
    return found


def deferred(
    connection: sa.Connection, run_ids: Sequence[str], *, writer: ids.WriterId | None = None
) -> dict[str, int]:
    """Return how many rows the writers of each run, or one of them, hold back."""
    table = tables.run_deferred
    query = sa.select(table.c.run, table.c.total).where(table.c.run.in_(run_ids))
    if writer is not None:
        query = query.where(table.c.writer == writer)
    totals: dict[str, int] = {}
    for run, total in connection.execute(query):
        totals[run] = totals.get(run, 0) + total
    return totals


def set_deferred(connection: sa.Connection, run: ids.RunId, writer: ids.WriterId, *, total: int) -> None:
    """Replace how many rows a writer holds back."""
    table = tables.run_deferred
    connection.execute(table.delete().where(table.c.run == run, table.c.writer == writer))
    if total:
        connection.execute(table.insert().values(run=run, writer=writer, total=total))
