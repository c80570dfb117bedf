"""What a training printed, a page of lines at a time, as the run page shows it.

Called by the server's console route. Attempts are called by their number in order of time, as everywhere outside the store.
"""

from typing import Literal

import msgspec

from yoloscope.query import attempts as attempt_queries
from yoloscope.query import texts
from yoloscope.records import ids, row
from yoloscope.store import ports


class ConsoleLine(msgspec.Struct, frozen=True):
    """One line; the keys are those of `schemas.ConsoleLine`."""

    place: int
    attempt: int
    rank: int
    stream: Literal["out", "err"]
    line: int
    time: str
    text: str
    left_out: int


class ConsolePage(msgspec.Struct, frozen=True):
    """Lines in order of their places, the place to go on from, and how many of the run's oldest lines were removed."""

    items: list[ConsoleLine]
    next: int
    removed: int


def page(  # noqa: PLR0913 - which lines: whose, from where, how many
    catalog: ports.Catalog,
    run: ids.RunId,
    *,
    after: int | None,
    before: int | None,
    limit: int,
    attempt: int | None,
    stream: row.Stream | None,
) -> ConsolePage:
    """Return the first `limit` lines behind the place `after`, or without it the last ones, those before the place `before`.

    `next` is smaller than `after` only where the server's data are older than the asker's: a backup was restored.

    Raises:
        NotFound: if the run is unknown.
    """
    wanted: list[int] | None = None
    if attempt is not None:
        numbers = attempt_queries.number_of(catalog.run(run).attempts)
        wanted = [key for key, number in numbers.items() if number == attempt]
    found = catalog.console.lines(run, after=after, before=before, limit=limit, attempts=wanted, stream=stream)
    # After the lines: an attempt that begins in between would have lines that nobody knows whose they are.
    info = catalog.run(run)
    numbers = attempt_queries.number_of(info.attempts)
    ranks = {one.number: one.rank for one in info.attempts}
    items = [_line(line, number=numbers[line.attempt], rank=ranks[line.attempt]) for line in found.lines]
    last = found.lines[-1].place if found.lines else min(found.newest if after is None else after, found.newest)
    return ConsolePage(items, last, found.removed)


def _line(line: ports.Line, *, number: int, rank: int) -> ConsoleLine:
    return ConsoleLine(
        place=line.place,
        attempt=number,
        rank=rank,
        stream=line.stream,
        line=line.line,
        time=texts.iso_from_ns(line.wall_ns),
        text=line.text,
        left_out=line.left_out,
    )
