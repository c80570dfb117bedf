"""Rows as lines of InfluxDB's line protocol, each number such that it comes back bit for bit.

Called by `writer`. One row is one line: project, tags, a float field a metric, and fields of ours that start with ``_``:

    _place  number of the row in its run by arrival, and above it the term (see `ledger`)
    _step, _epoch, _mono, _wall
    _special  what is in no field, because a float field cannot say it or there is none: {"train/box_loss": "nan"}; also inf, -inf, -0,
              and, of the step and the epoch, that the row has none

``_special`` alone decides what a row holds: a row that takes the place of one that never counted may keep fields of it in InfluxDB.
"""

import hashlib
import re
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.records import ids, row

Ints = NDArray[np.int64]

GROUPS_SUFFIX = ":groups"  # no project's name holds a colon
BLOCKS_SUFFIX = ":blocks"
PLACE_BITS = 32  # 4 billion rows a run; the bits above hold the term
TIME_MAX_NS = 7_000_000_000_000_000_000  # the year 2191; later clocks are wrong, and InfluxDB ends in 2262
_NAME_MAX_BYTES = 512  # percent signs included; far from InfluxDB's limit of 64 KB a key, which the tags share
_RESERVED = frozenset(("time", "store", "run", "lane", "attempt", "shape"))
_NOT_PLAIN = re.compile(r'[\x00-\x1f\x7f"\\%]')
_ESCAPED = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})


class Head(msgspec.Struct, frozen=True):
    """What the lines of one lane and shape begin with."""

    project: ids.ProjectName
    store: str
    run: ids.RunId
    lane: str
    attempt: int
    shape: int

    def text(self) -> str:
        """Return measurement and tags."""
        return (
            f"{measurement(self.project)},attempt={self.attempt},lane={self.lane},run={self.run},shape={self.shape},"
            f"store={self.store} "
        )


class SealedHead(msgspec.Struct, frozen=True):
    """What the lines of the groups or blocks of one run and shape begin with."""

    project: ids.ProjectName
    store: str
    run: ids.RunId
    shape: int

    def text(self, suffix: str) -> str:
        """Return measurement and tags."""
        return f"{measurement(self.project + suffix)},run={self.run},shape={self.shape},store={self.store} "


def lane_of(writer: str, lane: int) -> str:
    """Return the tag of a writer's lane."""
    return f"{writer}.{lane}"


def measurement(name: str) -> str:
    """Return a measurement's name as a line begins with it."""
    return name.replace(",", "\\,").replace(" ", "\\ ")


def field_of(name: str) -> str:
    """Return the field that holds a series: its own name wherever InfluxDB can take it, else one that no other name has.

    Backslashes, quotes and control characters cannot be told from escapes everywhere, so they are percent-encoded.
    """
    plain = _NOT_PLAIN.sub(lambda match: f"%{ord(match[0]):02X}", name)
    if plain.startswith("_") or plain in _RESERVED:
        plain = f"%{ord(plain[0]):02X}{plain[1:]}"
    if len(plain.encode()) <= _NAME_MAX_BYTES:
        return plain
    return "%sha256-" + _digest(name)


def escaped(field: str) -> str:
    """Return a field's name as it stands in a line."""
    return field.translate(_ESCAPED)


def quoted(text: str) -> str:
    """Return a text as the value of a string field."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def times(wall_ns: Ints, *, after: int) -> Ints:
    """Return the times of a lane's rows: their wall times, but each after the one before, so that no row hides another.

    The same rows behind the same one get the same times, so that what is sent again overwrites itself.
    """
    wanted = np.minimum(np.maximum(wall_ns, 0), TIME_MAX_NS)
    steps = np.arange(len(wall_ns), dtype=np.int64)
    if len(wanted):
        wanted[0] = max(int(wanted[0]), after + 1)
    return np.maximum.accumulate(wanted - steps) + steps


def wall_ns(matrix: row.Matrix) -> Ints:
    """Return the wall times of a matrix' rows."""
    return np.frombuffer(matrix.wall_ns, np.int64)


def of_matrix(matrix: row.Matrix, *, head: str, place: int, at: Ints) -> list[str]:
    """Return a line for each row; ``place`` is that of the first with its term, ``at`` the times."""
    values = np.reshape(np.frombuffer(matrix.values, np.float64), (matrix.rows, len(matrix.names)))
    epoch = np.frombuffer(matrix.epoch, np.float64)
    keys = [escaped(field_of(name)) + "=" for name in matrix.names]
    every = ",".join(key.replace("%", "%%") + "%r" for key in keys)
    special = (_is_special(values).any(axis=1) | _is_special(epoch)).tolist()
    epochs = epoch.tolist()
    wall_ns = np.frombuffer(matrix.wall_ns, np.int64).tolist()
    mono_ns = np.frombuffer(matrix.mono_ns, np.int64).tolist()
    lines: list[str] = []
    for number, (numbers, step, time) in enumerate(
        zip(values.tolist(), np.frombuffer(matrix.step, np.int64).tolist(), at.tolist(), strict=True)
    ):
        said = f"_mono={mono_ns[number]}i,_place={place + number}i,_wall={wall_ns[number]}i"
        if special[number] or step == row.NO_STEP:
            said += _specially(numbers, epochs[number], step=step, names=matrix.names, keys=keys)
        else:
            said += f",_epoch={epochs[number]!r},_special={_PLAIN},_step={step}i,{every % tuple(numbers)}"
        lines.append(f"{head}{said} {time}")
    return lines


def _specially(numbers: Sequence[float], epoch: float, *, step: int, names: Sequence[str], keys: Sequence[str]) -> str:
    told: dict[str, str] = {}
    said = ""
    for value, name, key in zip((*numbers, epoch), (*names, EPOCH), (*keys, "_epoch="), strict=True):
        if is_plain(value):
            said += f",{key}{value!r}"
        else:
            told[name] = "-0" if value == 0 else repr(value)
    if step == row.NO_STEP:
        told[STEP] = "none"
    else:
        said += f",_step={step}i"
    return f"{said},_special={quoted(msgspec.json.encode(told).decode())}"


_PLAIN = '"{}"'
EPOCH = ""
STEP = "\t"
"""What epoch and step are called among a row's series, none of which is empty or not printable."""


def is_plain(value: float) -> bool:
    """Tell whether a float field gives the value back bit for bit."""
    return -_INFINITE < value < _INFINITE and not (value == 0 and repr(value) == "-0.0")


_INFINITE = float("inf")


def _is_special(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return ~np.isfinite(values) | ((values == 0) & np.signbit(values))


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
