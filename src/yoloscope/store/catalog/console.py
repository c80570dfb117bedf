"""Lines that trainings printed, each once, and of each run the newest, in the catalogue's database.

Made by `catalog`, which lends its transactions; implements `ports.Console`. Places are given out while the database is held for
writing, so that no reader ever sees a place before a smaller one that is still to come.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import sqlalchemy as sa

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import ports
from yoloscope.store.catalog import tables

LINES_MOST = 200_000
"""Lines of one run; about 20 MB, more than anybody reads and more than a browser should hold."""
LINES_AFTER_REMOVAL = LINES_MOST * 9 // 10  # removing a tenth at once, not a line with each line that comes
_RUNS_COUNTED_MAX = 10_000

_Transaction = Callable[[], AbstractContextManager[sa.Connection]]
_Values = dict[str, object]
_table = tables.console
_shown = (_table.c.place, _table.c.attempt, _table.c.stream, _table.c.line, _table.c.wall_ns, _table.c.left_out)


class SqlConsole:
    """The printed lines of a catalogue. Its methods may be called from any thread."""

    def __init__(self, *, reading: _Transaction, writing: _Transaction) -> None:
        self._reading = reading
        self._writing = writing
        self._most: dict[
            ids.RunId, int
        ] = {}  # a run has no more lines than this: spares counting them with each that comes

    def store(self, run: ids.RunId, *, attempt: int, printed: Sequence[row.Printed]) -> None:
        """Store lines of an attempt; a line takes the place of the one with its stream and number."""
        with self._writing() as connection:
            newest, _ = _standing(connection, run)
            fresh = _lines_from_printed(printed, left_out=_replaced(connection, run, attempt=attempt, printed=printed))
            if fresh:
                rows = [
                    {"run": run, "attempt": attempt, "place": newest + 1 + at, **values}
                    for at, values in enumerate(fresh)
                ]
                connection.execute(_table.insert(), rows)
            self._keep_newest(connection, run, added=len(fresh))

    def lines(
        self,
        run: ids.RunId,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int,
        attempts: Sequence[int] | None = None,
        stream: row.Stream | None = None,
    ) -> ports.Lines:
        """Return the first lines behind a place, or the last ones before one, in order of their places."""
        query = sa.select(*_shown, _table.c.text).where(_table.c.run == run).limit(limit)
        if attempts is not None:
            query = query.where(_table.c.attempt.in_(attempts))
        if stream is not None:
            query = query.where(_table.c.stream == stream)
        if before is not None:
            query = query.where(_table.c.place < before)
        forward = after is not None
        query = query.where(_table.c.place > after) if forward else query
        query = query.order_by(_table.c.place if forward else _table.c.place.desc())
        with self._reading() as connection:
            newest, removed = _standing(connection, run)
            found = [ports.Line(*values) for values in connection.execute(query)]
        return ports.Lines(tuple(found if forward else reversed(found)), newest, removed)

    def _keep_newest(self, connection: sa.Connection, run: ids.RunId, *, added: int) -> None:
        """Remove the oldest lines of a run that has too many, and note how many went."""
        if len(self._most) > _RUNS_COUNTED_MAX:
            self._most.clear()
        most = self._most.get(run)
        if most is None or most + added > LINES_MOST:
            most, added = _count(connection, run), 0
        if most > LINES_MOST:
            _remove_oldest(connection, run, count=most - LINES_AFTER_REMOVAL)
            most = LINES_AFTER_REMOVAL
        self._most[run] = most + added


def _standing(connection: sa.Connection, run: ids.RunId) -> tuple[int, int]:
    """Return the greatest place of a run's lines, 0 if it has none, and how many lines were removed.

    Raises:
        NotFound: if there is no such run.
    """
    removed = connection.execute(sa.select(tables.run.c.console_removed).where(tables.run.c.id == run)).scalar()
    if removed is None:
        raise errors.NotFound(f"there is no run {run[:80]!r}")
    newest = connection.execute(sa.select(sa.func.max(_table.c.place)).where(_table.c.run == run)).scalar()
    return newest or 0, removed


def _replaced(
    connection: sa.Connection, run: ids.RunId, *, attempt: int, printed: Sequence[row.Printed]
) -> dict[tuple[str, int], int]:
    """Remove the lines that are about to come again; return how many lines had been left out right before each."""
    left_out: dict[tuple[str, int], int] = {}
    for event in printed:
        mine = (
            _table.c.run == run,
            _table.c.attempt == attempt,
            _table.c.stream == event.stream,
            _table.c.line.between(event.first, event.first + len(event.lines) - 1),
        )
        gaps = sa.select(_table.c.line, _table.c.left_out).where(*mine, _table.c.left_out > 0)
        left_out |= {(event.stream, line): count for line, count in connection.execute(gaps)}
        connection.execute(_table.delete().where(*mine))
    return left_out


def _lines_from_printed(printed: Sequence[row.Printed], *, left_out: dict[tuple[str, int], int]) -> list[_Values]:
    """Return the last form of each line, in the order in which they got it; a gap before a line stays."""
    fresh: dict[tuple[str, int], _Values] = {}
    for event in printed:
        for line, text in enumerate(event.lines, start=event.first):
            key = (event.stream, line)
            gap = max(left_out.get(key, 0), event.left_out if line == event.first else 0)
            left_out[key] = gap
            fresh.pop(key, None)
            fresh[key] = {
                "stream": event.stream,
                "line": line,
                "wall_ns": event.wall_ns,
                "left_out": gap,
                "text": text.replace("\0", "\ufffd"),  # which some databases do not take
            }
    return list(fresh.values())


def _count(connection: sa.Connection, run: ids.RunId) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(_table).where(_table.c.run == run)).scalar_one()


def _remove_oldest(connection: sa.Connection, run: ids.RunId, *, count: int) -> None:
    mine = _table.c.run == run
    behind = sa.select(_table.c.place).where(mine).order_by(_table.c.place).offset(count - 1).limit(1)
    place = connection.execute(behind).scalar_one()
    connection.execute(_table.delete().where(mine, _table.c.place <= place))
    removed = tables.run.c.console_removed
    connection.execute(tables.run.update().where(tables.run.c.id == run).values(console_removed=removed + count))
