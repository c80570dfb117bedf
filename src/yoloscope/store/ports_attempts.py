"""What the catalogue knows of one attempt of a run.

A part of `ports`, where everybody finds it.
"""

from collections.abc import Sequence

import msgspec

from yoloscope.curves import supersede
from yoloscope.records import ids, row


class AttemptInfo(msgspec.Struct, frozen=True):
    """One attempt of a run: from where on it supersedes older ones, and what became of it.

    ``number`` is its key in the store, given out from 1 on as attempts arrive. ``rank`` is the place of its process in a distributed
    training, ``has_rows`` tells whether it logged any of the training. ``alive``, ``stalled`` and ``heard_ns`` are what its sidecar saw last, ``paused`` tells that it holds because it was asked to, the rest what was said of its end.
    """

    number: int
    writer: ids.WriterId
    index: int
    wall_ns: int
    mono_ns: int
    start_epoch: float | None
    start_step: int | None
    rank: int = 0
    provenance: dict[str, object] = {}
    life: dict[str, object] = {}
    alive: bool | None = None
    stalled: bool = False
    heard_ns: int | None = None
    end_state: row.EndState | None = None
    ended_ns: int | None = None
    end_reason: str | None = None
    exit_code: int | None = None
    has_rows: bool = True
    paused: bool = False

    @property
    def start(self) -> supersede.Start:
        """When and where it began."""
        return supersede.Start(
            self.number, self.writer, self.index, self.wall_ns, self.start_epoch, self.start_step, self.rank
        )


def main_attempts(attempts: Sequence[AttemptInfo]) -> list[AttemptInfo]:
    """Return those that people count, in the order given: other ranks only add what they see.

    A process that resumes has begun before it says from where on. Such an opening, without a row or an end, belongs to what follows.
    """
    main = [one for one in attempts if one.rank == 0]
    newest_of_writer = {one.writer: one.index for one in sorted(main, key=lambda one: one.index)}
    return [
        one
        for one in main
        if one.has_rows or one.end_state or one.alive is False or one.index == newest_of_writer[one.writer]
    ]
