"""One run shaped for the run page; many are shaped by `table_page`.

Called by the server's run routes. The records have the field names of the HTTP schemas, so that
``RunSummary(**msgspec.to_builtins(row))`` is all a route does. Points are never read: everything comes from the catalogue
and from what the store keeps beside its points.
"""

import math
from collections.abc import Sequence

import msgspec

from yoloscope.query import attempts, facts, packed, texts
from yoloscope.records import ids, names, state
from yoloscope.store import ports

Number = texts.Number


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


class RunDetail(facts.RunRow, frozen=True, kw_only=True):
    """A run row with everything the run page shows beside its curves."""

    config: dict[str, object]
    settings: dict[str, object]
    provenance: dict[str, object]
    life: dict[str, object]
    attempts: list[attempts.Attempt]
    series: list[SeriesInfo]


def run_detail(store: ports.SeriesStore, catalog: ports.Catalog, *, run: ids.RunId, now_ns: int) -> RunDetail:
    """Return everything the run page shows beside the curves.

    Raises:
        NotFound: if the run is unknown.
    """
    info = catalog.run(run)
    series = store.series(info.ref.project, run)
    base = _row(store, info, series, now_ns=now_ns)
    return RunDetail(
        **{field: getattr(base, field) for field in facts.RunRow.__struct_fields__},
        config=info.config,
        settings=info.settings,
        provenance=info.provenance,
        life=info.life,
        attempts=attempts.shown(info, now_ns=now_ns),
        series=[_series_info(one) for one in series],
    )


def run_row(store: ports.SeriesStore, catalog: ports.Catalog, *, run: ids.RunId, now_ns: int) -> facts.RunRow:
    """Return a run as a row of the run table.

    Raises:
        NotFound: if the run is unknown.
    """
    info = catalog.run(run)
    return _row(store, info, store.series(info.ref.project, run), now_ns=now_ns)


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


def _row(
    store: ports.SeriesStore, info: ports.RunInfo, series: Sequence[ports.SeriesStat], *, now_ns: int
) -> facts.RunRow:
    stat = store.run_stats(info.ref.project, [info.ref.id]).get(info.ref.id)
    return facts.run_row(facts.facts(facts.Said(info, stat, series), pool=packed.Pool()), now_ns=now_ns)


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
