"""Turning what the log holds of a run into parts: groups and blocks go to InfluxDB, then the ledger exchanges log rows for parts.

Called by `project`, one run after the other within a project. A part has one point in the measurement of groups and one in that of
blocks, each with a field a series, packed as `rollup` and `payload` do: from rows, a chart of a hundred runs would take seconds. Killed
at any moment, every row is in the log or in a part; what no part knows of is never read, and is overwritten or removed with its run.
"""

import base64
import itertools
import time
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from yoloscope.store import ports_view
from yoloscope.store.influxdb import client, fetch, ledger, lines, tail
from yoloscope.store.series import codec, grouping, payload, rollup

AXIS_FIELD = "_axis"
EPOCH_FIELD = "_epoch"
INT_COLUMNS: tuple[ports_view.IntColumn, ...] = ("place", "attempt", "step", "wall_ns", "mono_ns")


class Cut(msgspec.Struct, frozen=True):
    """A part to be and its rows, in the order of a part."""

    rows: payload.Rows
    part: ledger.NewPart


def cuts_of(tail_: tail.Tail, *, times: Sequence[tuple[int, int]], last_key: int) -> list[Cut]:
    """Return the parts that a tail becomes, each with its rows; ``times`` are those of the cuts that `edges` names.

    Their keys are new ones each time: what was written for a sealing that failed may arrive behind what is written for the next.
    """
    last_key = max(last_key, time.time_ns())
    cuts: list[Cut] = []
    for (start, end), (time_min, time_max) in zip(edges(tail_), times, strict=True):
        rows = fetch.in_part_order(fetch.taken_in(tail_.rows, np.arange(start, end)))
        last_key += 1
        cuts.append(Cut(rows, ledger.NewPart(last_key, time_min, time_max, grouping.span_of(axis(rows)))))
    return cuts


def edges(tail_: tail.Tail) -> list[tuple[int, int]]:
    """Return first row and end of the parts that a tail becomes, none larger than a block."""
    rows = len(tail_.rows.place)
    count = -(-rows // payload.BLOCK_ROWS)
    marks = [rows * number // count for number in range(count + 1)]
    return list(itertools.pairwise(marks))


def write(to: client.Client, cuts: Sequence[Cut], *, head: lines.SealedHead, names: Sequence[str]) -> None:
    """Write groups and blocks of some parts; raises as `client.Client.write`."""
    fields = [lines.field_of(name) for name in names]
    for cut in cuts:
        columns = np.ascontiguousarray(np.transpose(cut.rows.values))
        for suffix, of in ((lines.GROUPS_SUFFIX, _groups), (lines.BLOCKS_SUFFIX, _blocks)):
            for line in _lines(of(cut, columns, fields), head=head.text(suffix), key_ns=cut.part.key_ns):
                to.write(line.encode())


def _groups(cut: Cut, columns: payload.Floats, fields: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    yield AXIS_FIELD, rollup.payload_from_axis_groups(grouping.groups_of_axis(axis(cut.rows)))
    for field, groups in zip(fields, grouping.groups_of_values(columns), strict=True):
        yield field, rollup.payload_from_groups(groups)


def _blocks(cut: Cut, columns: payload.Floats, fields: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for column in INT_COLUMNS:
        yield f"_{column}", payload.wrapped(codec.bytes_from_ints(getattr(cut.rows, column)))
    yield EPOCH_FIELD, payload.block_from_values(cut.rows.epoch)
    for field, values in zip(fields, columns, strict=True):
        yield field, payload.block_from_values(values)


def _lines(contents: Iterator[tuple[str, bytes]], *, head: str, key_ns: int) -> Iterator[str]:
    """Yield fields as lines of one time, none much longer than InfluxDB likes a request."""
    said: list[str] = []
    size = 0
    for field, content in contents:
        said.append(f'{lines.escaped(field)}="{base64.b64encode(content).decode()}"')
        size += len(said[-1])
        if size > client.WRITE_MAX_BYTES:
            yield f"{head}{','.join(said)} {key_ns}"
            said, size = [], 0
    if said:
        yield f"{head}{','.join(said)} {key_ns}"


def axis(rows: payload.Rows) -> payload.Axis:
    """Return rows without their values."""
    return payload.Axis(rows.place, rows.attempt, rows.step, rows.epoch, rows.wall_ns, rows.mono_ns)
