"""What a store keeps of what trainings printed.

A part of `ports`, where everybody finds it.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from yoloscope.records import ids, row


class Line(msgspec.Struct, frozen=True):
    """One printed line; ``attempt`` is the attempt's key in the store, ``left_out`` counts lines right before it that are not kept.

    ``place`` grows within a run with every line that is stored, and with every one that is stored again.
    """

    place: int
    attempt: int
    stream: row.Stream
    line: int
    wall_ns: int
    left_out: int
    text: str


class Lines(msgspec.Struct, frozen=True):
    """Lines in order of their places, the greatest place of any line of the run, and how many of its oldest lines were removed."""

    lines: tuple[Line, ...]
    newest: int
    removed: int


class Console(Protocol):
    """What trainings printed. Storing is idempotent but for places. Safe to call from any thread."""

    def store(self, run: ids.RunId, *, attempt: int, printed: Sequence[row.Printed]) -> None:
        """Store lines of an attempt; a line takes the place of the one with its stream and number.

        A run keeps a number of lines that the back end sets; its oldest go.

        Raises:
            NotFound: if there is no such run.
        """
        ...

    def lines(
        self,
        run: ids.RunId,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int,
        attempts: Sequence[int] | None = None,
        stream: row.Stream | None = None,
    ) -> Lines:
        """Return the first lines behind the place ``after``; without it the last ones, those before the place ``before`` if it is given.

        Whoever asks with the last place of the answer before gets each change of a line once, and in order.

        Raises:
            NotFound: if there is no such run.
        """
        ...
