"""How the points of one run are read: by parts, by groups within parts, by columns within parts.

A part of `ports`, where everybody finds it. A store keeps the rows of a run in parts of some thousand rows, and beside each part
what groups of `GROUP_ROWS` rows amount to. A reader looks at what parts cover, takes the groups of those it needs coarsely and the
columns of those it needs exactly. All answers of one `View` are of one moment.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

GROUP_ROWS = 64
"""Rows of a full group; the last of a part may have fewer."""
NO_ATTEMPT = -1
"""In place of an attempt's number where rows are of several."""

Axis = Literal["step", "epoch", "wall_ns", "mono_ns"]
IntColumn = Literal["step", "wall_ns", "mono_ns", "attempt", "place", "row"]


class Capabilities(msgspec.Struct, frozen=True):
    """What a kind of store can do beyond what every one must; told to users by the docs and by ``yoloscope store stats``."""

    kind: str
    keeps_nan_payloads: bool
    thins: bool
    verifies: bool


class Extent(msgspec.Struct, frozen=True):
    """What some rows cover on one axis, an entry for each part or group.

    ``low`` and ``high`` are the least and greatest x of the rows that have one, NaN if none has; steps and nanoseconds stand as int64,
    with ``low > high`` if none has. An infinite epoch counts as an x here. ``ascends`` tells that every row has an x and none is less than
    the one stored before it.
    """

    low: Ints | Floats
    high: Ints | Floats
    ascends: Bools


class Parts(msgspec.Struct, frozen=True):
    """The parts of a run in which a series has rows, columns of equal length, in no promised order.

    ``id`` names a part within its view. ``attempt`` is `NO_ATTEMPT` where rows are of several. ``grouped`` tells for which parts
    `View.groups` answers; ``whole`` is false where values were thinned to what their groups say (see `SeriesStore.thin`); ``rows`` counts
    what there was before that. Rows of a part that have one attempt and one monotonic time stand as they arrived.
    """

    id: Ints
    rows: Ints
    attempt: Ints
    grouped: Bools
    whole: Bools
    step: Extent
    epoch: Extent
    wall_ns: Extent
    mono_ns: Extent


def taken(parts: Parts, which: Bools | NDArray[np.intp]) -> Parts:
    """Return some parts, by a mask or by their places."""
    extents = (
        Extent(of.low[which], of.high[which], of.ascends[which])
        for of in (parts.step, parts.epoch, parts.wall_ns, parts.mono_ns)
    )
    return Parts(
        parts.id[which], parts.rows[which], parts.attempt[which], parts.grouped[which], parts.whole[which], *extents
    )


class Groups(msgspec.Struct, frozen=True):
    """What groups of rows stored one after the other amount to, columns of equal length, in order of parts asked and of rows within.

    ``part`` is the part's id, ``at`` the group's first row within it, ``count`` its rows, ``nan`` the NaN among their values. ``first`` and
    ``last`` are values in stored order; ``min``, ``max`` (NaN if all are) and ``sum`` (0 if all are) leave NaN out.
    """

    part: Ints
    at: Ints
    count: Ints
    attempt: Ints
    step: Extent
    epoch: Extent
    wall_ns: Extent
    mono_ns: Extent
    nan: Ints
    first: Floats
    last: Floats
    min: Floats
    max: Floats
    sum: Floats


class View(Protocol):
    """One moment of one run. For one thread; closed with the context it came from."""

    def names(self) -> list[str]:
        """Return the names of the run's series in order of first arrival."""
        ...

    def parts(self, name: str) -> Parts:
        """Return the parts that hold rows of a series, what is not yet in blocks included; empty if there is none.

        Cost: a look a part, no column is read.
        """
        ...

    def groups(self, name: str, parts: Sequence[int]) -> Groups:
        """Return the groups of a series in some parts, all of which are ``grouped``.

        Raises:
            StoreError: if something on disk is damaged; the message names it.
        """
        ...

    def values(self, name: str, parts: Sequence[int]) -> Floats:
        """Return all values of a series in some parts, in order of parts asked and of rows stored.

        Of a part that is not whole, the rows are those that were kept: the first, last, least and greatest of each group.

        Raises:
            StoreError: as `groups`.
        """
        ...

    def ints(self, name: str, parts: Sequence[int], column: IntColumn) -> Ints:
        """Return a column of the rows that `values` answers.

        ``place`` counts the run's rows in order of arrival, ``row`` those of a part as they were stored, before it was thinned.
        """
        ...

    def epochs(self, name: str, parts: Sequence[int]) -> Floats:
        """Return the epochs of the rows that `values` answers, NaN for none."""
        ...


ViewContext = AbstractContextManager[View]
