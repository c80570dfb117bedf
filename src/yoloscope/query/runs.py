"""Runs shaped for the run table and the run page.

Called by the server's run routes. The records have the field names of the HTTP schemas, so that
``RunSummary(**msgspec.to_builtins(row))`` is all a route does. Points are never read: everything comes from the catalogue
and from what the store keeps beside its points.
"""

import math
from collections.abc import Sequence

import msgspec

from yoloscope.query import attempts, elapsed, texts
from yoloscope.records import ids, names, state
from yoloscope.store import ports

Number = texts.Number
_LAST_FAMILIES = ("metric", "loss", "lr")
_EPOCH_SLACK = 1e-9  # an epoch counted as a sum of 1/batches ends a rounding error short of whole


class Title(msgspec.Struct, frozen=True):
    """One title in both languages."""

    en: str
    zh: str


class SeriesInfo(msgspec.Struct, frozen=True):
    """What is known of one series without reading its points; ``best`` is by the name's direction."""

    name: str
    family: str
    unit: str
    direction: str
    title: Title
    count: int
    nan_count: int
    last: Number | None
    last_step: int | None
    last_epoch: float | None
    min: Number | None
    max: Number | None
    best: Number | None
    best_step: int | None
    best_epoch: float | None


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
    last: dict[str, Number]
    best_epoch: int | None
    patience_left: int | None
    end_reason: str | None
    exit_code: int | None


class RunDetail(RunRow, frozen=True, kw_only=True):
    """A run row with everything the run page shows beside its curves."""

    config: dict[str, object]
    settings: dict[str, object]
    provenance: dict[str, object]
    life: dict[str, object]
    attempts: list[attempts.Attempt]
    series: list[SeriesInfo]


class RunRows(msgspec.Struct, frozen=True):
    """A page of runs, newest first, and where the next page starts."""

    items: list[RunRow]
    next: str | None


def run_rows(
    store: ports.SeriesStore,
    catalog: ports.Catalog,
    *,
    project: ids.ProjectName | None,
    limit: int,
    cursor: str | None = None,
    now_ns: int,
) -> RunRows:
    """Return a page of the run table.

    Raises:
        InvalidRecord: if the cursor was not given out by this function.
    """
    page = catalog.runs(project, limit=limit, cursor=cursor)
    stats: dict[ids.RunId, ports.RunStat] = {}
    last: dict[ids.RunId, dict[str, float]] = {}
    for name, run_ids in _by_project(page.runs).items():
        stats |= store.run_stats(name, run_ids)
        last |= store.last_values(name, run_ids)
    items = [
        _row(as_seen(info, now_ns=now_ns), stat=stats.get(info.ref.id), last=last.get(info.ref.id, {}))
        for info in page.runs
    ]
    return RunRows(items, page.next_cursor)


def run_row(store: ports.SeriesStore, catalog: ports.Catalog, *, run: ids.RunId, now_ns: int) -> RunRow:
    """Return one run as a row of the table.

    Raises:
        NotFound: if the run is unknown.
    """
    info = as_seen(catalog.run(run), now_ns=now_ns)
    project = info.ref.project
    return _row(
        info, stat=store.run_stats(project, [run]).get(run), last=store.last_values(project, [run]).get(run, {})
    )


def run_detail(store: ports.SeriesStore, catalog: ports.Catalog, *, run: ids.RunId, now_ns: int) -> RunDetail:
    """Return everything the run page shows beside the curves.

    Raises:
        NotFound: if the run is unknown.
    """
    info = catalog.run(run)
    base = run_row(store, catalog, run=run, now_ns=now_ns)
    return RunDetail(
        **{field: getattr(base, field) for field in RunRow.__struct_fields__},
        config=info.config,
        settings=info.settings,
        provenance=info.provenance,
        life=info.life,
        attempts=attempts.shown(info, now_ns=now_ns),
        series=[_series_info(stat) for stat in store.series(info.ref.project, run)],
    )


def series_infos(store: ports.SeriesStore, catalog: ports.Catalog, *, run: ids.RunId) -> list[SeriesInfo]:
    """Return what is known of each series of a run, in order of first arrival.

    Raises:
        NotFound: if the run is unknown.
    """
    project = catalog.run(run).ref.project
    return [_series_info(stat) for stat in store.series(project, run)]


def as_seen(info: ports.RunInfo, *, now_ns: int) -> ports.RunInfo:
    """Return the run as a reader sees it now: one that fell silent is unreachable or stalled until it is heard of again."""
    heard_ns = attempts.heard_ns(info)
    seen = state.after_silence(info.state, heard_ns=heard_ns, now_ns=now_ns, framework=info.ref.framework)
    return info if seen == info.state else msgspec.structs.replace(info, state=seen)


def _by_project(infos: Sequence[ports.RunInfo]) -> dict[ids.ProjectName, list[ids.RunId]]:
    run_ids: dict[ids.ProjectName, list[ids.RunId]] = {}
    for info in infos:
        run_ids.setdefault(info.ref.project, []).append(info.ref.id)
    return run_ids


def _row(info: ports.RunInfo, *, stat: ports.RunStat | None, last: dict[str, float]) -> RunRow:
    epoch = epoch_reached(info, stat=stat)
    epochs = _int_or_none(info.progress.get("epochs"))
    return RunRow(
        id=info.ref.id,
        project=info.ref.project,
        name=info.ref.name,
        state=info.state,
        created=texts.iso_from_ns(info.created_ns),
        updated=texts.iso_from_ns(info.updated_ns),
        ended=None if info.ended_ns is None else texts.iso_from_ns(info.ended_ns),
        epoch=0 if epoch is None else math.floor(epoch + _EPOCH_SLACK),
        epochs=epochs,
        step=None if stat is None else stat.step,
        elapsed_s=elapsed.total_s(info.attempts, stat=stat),
        eta_s=_eta(info, epoch=epoch, epochs=epochs, stat=stat),
        rows=0 if stat is None else stat.rows,
        attempt=len(ports.main_attempts(info.attempts)),
        host=info.ref.host,
        framework=info.ref.framework,
        tags=list(info.ref.tags),
        group=info.ref.group,
        lost=info.lost,
        deferred=info.deferred,
        last={
            name: texts.number(value) for name, value in last.items() if names.meaning(name).family in _LAST_FAMILIES
        },
        best_epoch=_int_or_none(info.progress.get("best_epoch")),
        patience_left=_int_or_none(info.progress.get("patience_left")),
        end_reason=info.end_reason,
        exit_code=info.exit_code,
    )


def epoch_reached(info: ports.RunInfo, *, stat: ports.RunStat | None) -> float | None:
    """Return the epoch reached, without what a later attempt superseded; ``None`` where nothing says it."""
    newest = attempts.newest(info.attempts)
    said = (None if newest is None else newest.start_epoch, None if stat is None else stat.epoch)
    finite = [epoch for epoch in said if epoch is not None and math.isfinite(epoch)]
    return max(finite, default=None)


def _eta(info: ports.RunInfo, *, epoch: float | None, epochs: int | None, stat: ports.RunStat | None) -> float | None:
    """Return the seconds left at the pace of the newest attempt, which may run on another machine than the one before."""
    newest = attempts.newest(info.attempts)
    if info.state != "running" or epoch is None or epochs is None or newest is None:
        return None
    done, taken_s = epoch - (newest.start_epoch or 0.0), elapsed.length_s(newest, stat=stat)
    if done <= 0 or not taken_s:
        return None
    return taken_s / done * max(0.0, epochs - epoch)


def _series_info(stat: ports.SeriesStat) -> SeriesInfo:
    means = names.meaning(stat.name)
    least = (stat.min, stat.min_step, stat.min_epoch)
    greatest = (stat.max, stat.max_step, stat.max_epoch)
    best, best_step, best_epoch = {"lower": least, "higher": greatest}.get(means.direction, (math.nan, None, None))
    return SeriesInfo(
        name=stat.name,
        family=means.family,
        unit=means.unit,
        direction=means.direction,
        title=Title(means.title_en, means.title_zh),
        count=stat.count,
        nan_count=stat.nan_count,
        last=texts.number(stat.last) if stat.count else None,
        last_step=stat.last_step,
        last_epoch=stat.last_epoch,
        min=_extreme(stat.min),
        max=_extreme(stat.max),
        best=_extreme(best),
        best_step=best_step,
        best_epoch=best_epoch,
    )


def _extreme(value: float) -> Number | None:
    return None if math.isnan(value) else texts.number(value)


def _int_or_none(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
