"""Reducing a run to what the groups of its blocks tell: of each group the first, last, least and greatest value.

Called by `work`. Axes and groups stay, the values of the blocks go; `rollup.kept_rows` says what is left of them. An axis that an older
release made gets its groups on the way.
"""

import sqlite3

import msgspec
import numpy as np

from yoloscope.store.series import axes, jobs, rollup


def thinned(connection: sqlite3.Connection, job: jobs.ThinJob) -> jobs.Exchange | None:
    """Return the next few whole axes of a run without their values; ``None`` if none is left.

    Raises:
        StoreError: if something of them is damaged; the message names it.
    """
    of = axes.owner(connection, run=job.run)
    if of is None:
        return None
    whole = [one for one in axes.of_run(connection, run=of.key) if one.series and not one.is_thinned]
    if not whole:
        return None
    series = whole[0].series
    some = [one for one in whole if one.series == series][: axes.round_axes(len(series))]
    made = [new for one in some for new in _without_values(connection, one, of=of)]
    return jobs.Exchange(
        run=job.run,
        log_ids=[],
        old_axes=[one.axis for one in some],
        axes=made,
        log_rows={},
        count=sum(_values_gone(one) for one in made),
    )


def _without_values(connection: sqlite3.Connection, known: axes.Known, *, of: axes.Owner) -> list[jobs.NewAxis]:
    if known.span is None:
        rows = axes.rows_of_axis(connection, known.axis, series=known.series, of=of)
        return [_thin(new) for new in axes.from_rows(rows, series=known.series)]
    query = "SELECT axis.payload, axis_groups.payload FROM axis JOIN axis_groups ON axis_groups.axis = axis.id WHERE axis.id = ?"
    axis, axis_groups = connection.execute(query, (known.axis,)).fetchone()
    groups = [
        connection.execute("SELECT payload FROM groups WHERE series = ? AND axis = ?", (one, known.axis)).fetchone()[0]
        for one in known.series
    ]
    # What is damaged stays as it is: once the values are gone, nothing else tells what they were.
    axes.axis_of(connection, known.axis, of=of)
    axes.groups_of(connection, known.axis, rows=known.rows, series=known.series, of=of)
    return [_thin(jobs.NewAxis(known.span, axis, axis_groups, list(known.series), [], groups))]


def _thin(new: jobs.NewAxis) -> jobs.NewAxis:
    span = msgspec.structs.replace(new.span, flags=new.span.flags | rollup.THINNED)
    return msgspec.structs.replace(new, span=span, blocks=[None] * len(new.series))


def _values_gone(new: jobs.NewAxis) -> int:
    rows = np.full(len(new.series), new.span.rows)
    groups = rollup.groups_from_payloads(
        new.groups, rows=rows, what=lambda at: f"the groups of series {new.series[at]}"
    )
    return int(rows.sum()) - len(rollup.kept_rows(groups, rows=rows).value)
