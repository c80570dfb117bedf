"""Merging axes, so that a run ends up with few, full ones in order, whatever way its rows came.

Called by `work`. Each job takes a few axes of the same series and answers with what is to stand in their place:

    first    those that an older release made, which have neither span nor groups
    then     those that overlap in the order of attempt and monotonic time, or are not in that order themselves
    last     neighbours that are less than half full

It ends. The first kind becomes fewer. Of what overlaps, always axes that hang together are taken: those made of them lie side by side in
what those taken covered, so that all axes together cover less. Merging neighbours makes them fewer by at least what it adds to what they cover.
"""

import sqlite3
from collections.abc import Sequence

import msgspec
import numpy as np

from yoloscope.store.ports_view import NO_ATTEMPT
from yoloscope.store.series import axes, jobs, payload, rollup

_REMOVALS = 6_000  # of blocks and groups in one exchange; each takes the writer some microseconds

_At = tuple[int, int]
"""Attempt and monotonic time."""


class _Covered(msgspec.Struct, frozen=True):
    """An axis, from where to where it reaches, and whether its rows are in order."""

    known: axes.Known
    low: _At
    high: _At
    is_in_order: bool


def compacted(connection: sqlite3.Connection, job: jobs.CompactJob) -> jobs.Exchange | None:
    """Return the next few axes of a run merged; ``None`` if none is worth it.

    Raises:
        StoreError: if something of them is damaged; the message names it.
    """
    of = axes.owner(connection, run=job.run)
    if of is None:
        return None
    for series, known in _by_series(axes.of_run(connection, run=of.key)).items():
        chosen = _chosen(connection, known, of=of)
        if chosen:
            return _merged(connection, chosen, series=series, of=of)
    return None


def _by_series(found: Sequence[axes.Known]) -> dict[tuple[int, ...], list[axes.Known]]:
    by_series: dict[tuple[int, ...], list[axes.Known]] = {}
    for known in found:
        if known.series and not known.is_thinned:
            by_series.setdefault(known.series, []).append(known)
    return by_series


def _merged(
    connection: sqlite3.Connection, chosen: Sequence[axes.Known], *, series: Sequence[int], of: axes.Owner
) -> jobs.Exchange:
    parts = [axes.rows_of_axis(connection, one.axis, series=series, of=of) for one in chosen]
    rows = axes.below_each_other(parts)
    return jobs.Exchange(
        run=of.run,
        log_ids=[],
        old_axes=[one.axis for one in chosen],
        axes=axes.from_rows(rows, series=series),
        log_rows={},
        count=len(rows.place),
    )


def _chosen(connection: sqlite3.Connection, known: list[axes.Known], *, of: axes.Owner) -> list[axes.Known]:
    """Return the axes to merge next, all of the same series; none if they are as they should be."""
    series = len(known[0].series)
    most = max(2, axes.round_axes(series))
    bare = [one for one in known if one.span is None]
    if bare:
        return bare[:most]
    covered = [_covered(connection, one, of=of) for one in known]
    covered.sort(key=lambda one: (one.low, one.high, one.known.axis))
    return _entangled(covered, most=most) or _small(covered, full=axes.full_rows(series))


def _covered(connection: sqlite3.Connection, known: axes.Known, *, of: axes.Owner) -> _Covered:
    span = known.span
    assert span is not None
    if span.attempt != NO_ATTEMPT:
        low, high = (span.attempt, span.mono_min), (span.attempt, span.mono_max)
        return _Covered(known, low, high, bool(span.flags & rollup.MONO_ASCENDS))
    axis = axes.axis_of(connection, known.axis, of=of)
    order = np.lexsort((axis.mono_ns, axis.attempt))
    return _Covered(known, _at(axis, order[0]), _at(axis, order[-1]), bool((np.diff(order) == 1).all()))


def _at(axis: payload.Axis, row: np.intp) -> _At:
    return int(axis.attempt[row]), int(axis.mono_ns[row])


def _entangled(covered: Sequence[_Covered], *, most: int) -> list[axes.Known]:
    """Return the first axes that hang together by overlaps, or one that is not in order."""
    chain: list[_Covered] = []
    for one in covered:
        if chain and one.low < max(other.high for other in chain):
            chain.append(one)
        elif _is_bad(chain):
            break
        else:
            chain = [one]
        if len(chain) == most:
            break
    return [one.known for one in chain] if _is_bad(chain) else []


def _is_bad(chain: Sequence[_Covered]) -> bool:
    return len(chain) > 1 or not all(one.is_in_order for one in chain)


def _small(covered: Sequence[_Covered], *, full: int) -> list[axes.Known]:
    """Return the first neighbours that are less than half full, as many as one axis takes."""
    some: list[axes.Known] = []
    most = max(2, _REMOVALS // (2 * len(covered[0].known.series)))
    for one in (found.known for found in covered):
        fits = sum(other.rows for other in some) + one.rows <= full and len(some) < most
        if one.rows >= full / 2 or not fits:
            if len(some) > 1:
                return some
            some = []
        if one.rows < full / 2:
            some.append(one)
    return some if len(some) > 1 else []
