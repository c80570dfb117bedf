"""A training as a sequence, whatever it was read from: rows as they were logged, attempts as they began, and how it ended."""

from collections.abc import Mapping

import msgspec

from yoloscope.records import row


class Logged(msgspec.Struct, frozen=True):
    """One row: global step or none, epochs as a fraction or none (3.0 is the end of the third), the trainer's clock, canonical names.

    ``attempt`` counts from 0 in the order in which attempts began. ``writer`` and ``sequence`` tell rows of one moment apart and put them in order.
    """

    attempt: int
    step: int | None
    epoch: float | None
    wall_ns: int
    values: Mapping[str, float]
    writer: str = ""
    sequence: int = 0


class Begun(msgspec.Struct, frozen=True):
    """An attempt began; rows of older ones at or after its start are superseded.

    ``is_repeat`` tells an epoch that is trained again by the same process, as after NaN or a lack of memory.
    """

    attempt: int
    wall_ns: int
    start_epoch: float | None = None
    start_step: int | None = None
    is_repeat: bool = False


class Ended(msgspec.Struct, frozen=True):
    """The training came to an end."""

    state: row.EndState
    wall_ns: int
    reason: str | None = None
