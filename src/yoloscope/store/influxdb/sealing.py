"""Turning what the log holds of a run into parts: groups are written to InfluxDB, then the ledger exchanges log rows for parts.

Called by `project`, one run after the other within a project. Killed at any moment, every row is in the log or in a part; groups that
no part knows of are never read, and are overwritten or removed with their run.
"""

import base64
import itertools
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from yoloscope.store.influxdb import client, fetch, ledger, lines, tail
from yoloscope.store.series import grouping, payload, rollup

AXIS_FIELD = "_axis"
_FIELDS_A_LINE = 500  # of a few kilobytes each


class Cut(msgspec.Struct, frozen=True):
    """A part to be and its rows, in the order of a part."""

    rows: payload.Rows
    part: ledger.NewPart


def cuts_of(tail_: tail.Tail, *, times: Sequence[tuple[int, int]], last_key: int) -> list[Cut]:
    """Return the parts that a tail becomes, each with its rows; ``times`` are those of the cuts that `edges` names."""
    cuts: list[Cut] = []
    for (start, end), (time_min, time_max) in zip(edges(tail_), times, strict=True):
        rows = fetch.in_part_order(fetch.taken_in(tail_.rows, np.arange(start, end)))
        last_key = max(time_min, last_key + 1)
        cuts.append(Cut(rows, ledger.NewPart(last_key, time_min, time_max, grouping.span_of(axis(rows)))))
    return cuts


def edges(tail_: tail.Tail) -> list[tuple[int, int]]:
    """Return first row and end of the parts that a tail becomes, none larger than a block."""
    rows = len(tail_.rows.place)
    count = -(-rows // payload.BLOCK_ROWS)
    marks = [rows * number // count for number in range(count + 1)]
    return list(itertools.pairwise(marks))


def write_groups(to: client.Client, cuts: Sequence[Cut], *, head: lines.GroupsHead, names: Sequence[str]) -> None:
    """Write the groups of some parts; raises as `client.Client.write`."""
    fields = [lines.escaped(lines.field_of(name)) for name in names]
    for cut in cuts:
        body = "\n".join(_group_lines(cut, head=head.text(), fields=fields))
        to.write(body.encode())


def _group_lines(cut: Cut, *, head: str, fields: Sequence[str]) -> Iterator[str]:
    columns = np.ascontiguousarray(np.transpose(cut.rows.values))
    said = [f"{AXIS_FIELD}={_packed(rollup.payload_from_axis_groups(grouping.groups_of_axis(axis(cut.rows))))}"]
    for field, groups in zip(fields, grouping.groups_of_values(columns), strict=True):
        said.append(f"{field}={_packed(rollup.payload_from_groups(groups))}")
    for start in range(0, len(said), _FIELDS_A_LINE):
        yield f"{head}{','.join(said[start : start + _FIELDS_A_LINE])} {cut.part.key_ns}"


def _packed(content: bytes) -> str:
    return f'"{base64.b64encode(content).decode()}"'


def axis(rows: payload.Rows) -> payload.Axis:
    """Return rows without their values."""
    return payload.Axis(rows.place, rows.attempt, rows.step, rows.epoch, rows.wall_ns, rows.mono_ns)
