"""Which items a later attempt took the place of, as a condition in SQL: what is hidden need not be read to be left out.

Called by `items`. The rules are those of `curves.supersede`, which decides about whatever this leaves.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from yoloscope.curves import supersede
from yoloscope.store.catalog import tables

GROUPS_MOST = 200
"""Attempts that are cut off differently, in one question: databases bound how deep a condition may be (SQLite 1,000 levels)."""
_item = tables.item.c


def shown(starts: Sequence[supersede.Start]) -> sa.ColumnElement[bool]:
    """Return the condition that no later attempt took an item's place; of attempts beyond `GROUPS_MOST` it tells nothing."""
    groups: dict[tuple[supersede.Cut, ...], list[int]] = {}
    for one in starts:
        cuts = tuple(supersede.later_cuts(starts, number=one.number))
        if cuts:
            groups.setdefault(cuts, []).append(one.number)
        if len(groups) >= GROUPS_MOST:
            break
    hidden = [sa.and_(_item.attempt.in_(numbers), sa.or_(*map(_cut_off, cuts))) for cuts, numbers in groups.items()]
    return sa.and_(sa.true(), *map(sa.not_, hidden))


def _cut_off(by: supersede.Cut) -> sa.ColumnElement[bool]:
    """Return the condition that a cut hides an item of its attempt; never NULL, so that it can be turned round."""
    hides = _from(_item.epoch, by.start_epoch)
    if by.start_step is not None:
        hides = sa.or_(_from(_item.step, by.start_step), sa.and_(_item.step.is_(None), hides))
    return hides if by.before_ns is None else sa.and_(hides, _item.wall_ns < by.before_ns)


def _from(column: sa.Column[float] | sa.Column[int], least: float | None) -> sa.ColumnElement[bool]:
    return sa.false() if least is None else sa.and_(column.is_not(None), column >= least)
