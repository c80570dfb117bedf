"""What the run table knows of one run: everything that a filter, an order or a row of the table can ask for, in a few kilobytes.

Made by `table` and `runs` from what the stores say; `row` is the one place where it becomes a row of the table, so that what is sorted by
is what is shown. What depends on the clock (a silent run is unreachable) is told at the time of asking.
"""

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from yoloscope.query import attempts, elapsed, packed, texts
from yoloscope.records import names, row, state
from yoloscope.store import ports

_SHOWN_FAMILIES = ("metric", "loss", "lr")
_EPOCH_SLACK = 1e-9  # an epoch counted as a sum of 1/batches ends a rounding error short of whole
_Number = texts.Number


class RunRow(msgspec.Struct, frozen=True):
    """One row of the run table; times are ISO 8601 in UTC."""

    id: str
    project: str
    name: str
    state: str
    created: str
    updated: str
    ended: str | None
    epoch: int
    epochs: int | None
    step: int | None
    elapsed_s: float | None
    eta_s: float | None
    rows: int
    attempt: int
    host: str | None
    framework: str | None
    tags: list[str]
    group: str | None
    lost: dict[str, int]
    deferred: int
    last: dict[str, _Number]
    best_epoch: int | None
    patience_left: int | None
    end_reason: str | None
    exit_code: int | None
    note: str
    starred: bool
    archived: bool
    health: str | None
    findings: int


class Said(NamedTuple):
    """What the stores say of one run."""

    info: ports.RunInfo
    stat: ports.RunStat | None
    series: Sequence[ports.SeriesStat]


class Facts(msgspec.Struct, frozen=True):
    """One run; ``state`` is what was last said of it, ``left_s`` the seconds it needs from there if it runs."""

    ref: row.RunRef
    state: state.State
    updated_ns: int
    heard_ns: int
    ended_ns: int | None
    deleted_ns: int | None
    end_reason: str | None
    exit_code: int | None
    epoch: int
    epochs: int | None
    step: int | None
    elapsed_s: float | None
    left_s: float | None
    rows: int
    attempt: int
    lost: dict[str, int]
    deferred: int
    best_epoch: int | None
    patience_left: int | None
    config: packed.Values
    settings: packed.Values
    provenance: packed.Values
    totals: packed.Totals
    note: str = ""
    starred: bool = False
    archived: bool = False
    health: str | None = None
    findings: int = 0


def facts(said: Said, *, pool: packed.Pool) -> Facts:
    """Return what is known of a run, packed."""
    info, stat = said.info, said.stat
    epoch = epoch_reached(info, stat=stat)
    epochs = _int_or_none(info.progress.get("epochs"))
    return Facts(
        ref=info.ref,
        state=info.state,
        updated_ns=info.updated_ns,
        heard_ns=attempts.heard_ns(info),
        ended_ns=info.ended_ns,
        deleted_ns=info.deleted_ns,
        end_reason=info.end_reason,
        exit_code=info.exit_code,
        epoch=completed_epochs(info, stat=stat),
        epochs=epochs,
        step=None if stat is None else stat.step,
        elapsed_s=elapsed.total_s(info.attempts, stat=stat),
        left_s=_left_s(info, epoch=epoch, epochs=epochs, stat=stat),
        rows=0 if stat is None else stat.rows,
        attempt=len(ports.main_attempts(info.attempts)),
        lost=info.lost,
        deferred=info.deferred,
        best_epoch=_int_or_none(info.progress.get("best_epoch")),
        patience_left=_int_or_none(info.progress.get("patience_left")),
        config=pool.values(info.config),
        settings=pool.values(info.settings),
        provenance=pool.values(info.provenance),
        totals=pool.totals(said.series),
        note=info.note,
        starred=info.starred,
        archived=info.archived_ns is not None,
        health=info.health.verdict,
        findings=info.health.open,
    )


def run_row(of: Facts, *, now_ns: int) -> RunRow:
    """Return a run as a row of the table."""
    return RunRow(
        id=of.ref.id,
        project=of.ref.project,
        name=of.ref.name,
        state=state_at(of, now_ns=now_ns),
        created=texts.iso_from_ns(of.ref.created_ns),
        updated=texts.iso_from_ns(of.updated_ns),
        ended=None if of.ended_ns is None else texts.iso_from_ns(of.ended_ns),
        epoch=of.epoch,
        epochs=of.epochs,
        step=of.step,
        elapsed_s=of.elapsed_s,
        eta_s=eta_s(of, now_ns=now_ns),
        rows=of.rows,
        attempt=of.attempt,
        host=of.ref.host,
        framework=of.ref.framework,
        tags=list(of.ref.tags),
        group=of.ref.group,
        lost=of.lost,
        deferred=of.deferred,
        last={name: texts.number(value) for name, value in of.totals.last() if _is_shown(name)},
        best_epoch=of.best_epoch,
        patience_left=of.patience_left,
        end_reason=of.end_reason,
        exit_code=of.exit_code,
        note=of.note,
        starred=of.starred,
        archived=of.archived,
        health=of.health,
        findings=of.findings,
    )


def state_at(of: Facts, *, now_ns: int) -> state.State:
    """Return the state of the run as a reader sees it now: one that fell silent is unreachable or stalled until it is heard of again."""
    return state.after_silence(of.state, heard_ns=of.heard_ns, now_ns=now_ns, framework=of.ref.framework)


def eta_s(of: Facts, *, now_ns: int) -> float | None:
    """Return the seconds left at the pace so far; ``None`` unless the run is running."""
    if of.left_s is None or state_at(of, now_ns=now_ns) != "running":
        return None
    return of.left_s


def epoch_reached(info: ports.RunInfo, *, stat: ports.RunStat | None) -> float | None:
    """Return the epoch reached, without what a later attempt superseded; ``None`` where nothing says it."""
    newest = attempts.newest(info.attempts)
    said = (None if newest is None else newest.start_epoch, None if stat is None else stat.epoch)
    finite = [epoch for epoch in said if epoch is not None and math.isfinite(epoch)]
    return max(finite, default=None)


def completed_epochs(info: ports.RunInfo, *, stat: ports.RunStat | None) -> int:
    """Return how many epochs are complete, without what a later attempt superseded."""
    epoch = epoch_reached(info, stat=stat)
    return 0 if epoch is None else math.floor(epoch + _EPOCH_SLACK)


def _left_s(
    info: ports.RunInfo, *, epoch: float | None, epochs: int | None, stat: ports.RunStat | None
) -> float | None:
    """Return the seconds left at the pace of the newest attempt, which may run on another machine than the one before."""
    newest = attempts.newest(info.attempts)
    if epoch is None or epochs is None or newest is None:
        return None
    done, taken_s = epoch - (newest.start_epoch or 0.0), elapsed.length_s(newest, stat=stat)
    if done <= 0 or not taken_s:
        return None
    return taken_s / done * max(0.0, epochs - epoch)


@functools.lru_cache(maxsize=10_000)
def _is_shown(name: str) -> bool:
    return names.meaning(name).family in _SHOWN_FAMILIES


def _int_or_none(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
