"""What is asked of the worker, and what it answers: rows as the file is to hold them from now on.

A job names a file and what of it to work on; whoever does it reads the file by itself and writes nothing. Its answer goes to the
file's writer, which exchanges old for new in one transaction. Jobs and answers travel between processes as msgpack.
"""

import msgspec

from yoloscope.records import ids


class SealJob(msgspec.Struct, frozen=True, tag="seal"):
    """Turn the oldest log rows of one shape, none newer than ``up_to``, into blocks; answered by `Exchange` or ``None``.

    While there are more than fill a block, full ones are made; fewer than ``least_rows`` are left in the log.
    """

    path: str
    run: ids.RunId
    shape: int
    up_to: int
    least_rows: int = 1


class CompactJob(msgspec.Struct, frozen=True, tag="compact"):
    """Merge the next few blocks of a run that are small, unsorted or without groups; answered by `Exchange`, ``None`` if none is."""

    path: str
    run: ids.RunId


class ThinJob(msgspec.Struct, frozen=True, tag="thin"):
    """Reduce the next few whole blocks of a run to their groups; answered by `Exchange`, ``None`` if none is left."""

    path: str
    run: ids.RunId


Job = SealJob | CompactJob | ThinJob


class Span(msgspec.Struct, frozen=True, array_like=True):
    """What the rows of an axis cover, a row of the table `span`; ``flags`` are those of `rollup`."""

    rows: int
    attempt: int
    flags: int
    step_min: int | None
    step_max: int | None
    epoch_min: float | None
    epoch_max: float | None
    wall_min: int
    wall_max: int
    mono_min: int
    mono_max: int
    place_min: int
    place_max: int


class NewAxis(msgspec.Struct, frozen=True, array_like=True):
    """An axis with its blocks: payloads in the order of ``series``; a block is ``None`` where its values were thinned."""

    span: Span
    axis: bytes
    axis_groups: bytes
    series: list[int]
    blocks: list[bytes | None]
    groups: list[bytes]

    @property
    def payload_bytes(self) -> int:
        """How much room the payloads take."""
        blocks = sum(len(block) for block in self.blocks if block is not None)
        return len(self.axis) + len(self.axis_groups) + blocks + sum(len(one) for one in self.groups)


class Exchange(msgspec.Struct, frozen=True):
    """What a file is to hold in place of what: log rows and axes that go, axes that come, all of the same series.

    ``log_rows`` counts the log rows' rows by shape, for the writer's book. ``count`` is what was worked on, for whoever asked: rows that
    were sealed or merged, values that thinning takes away.
    """

    run: ids.RunId
    log_ids: list[int]
    old_axes: list[int]
    axes: list[NewAxis]
    log_rows: dict[int, int]
    count: int

    @property
    def payload_bytes(self) -> int:
        """How much is to be written."""
        return sum(new.payload_bytes for new in self.axes)
