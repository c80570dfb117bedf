"""Answers of the series endpoint: stored and derived curves of many runs, what is missing, and no more than a server can hold at once.

Called by the series and group routes. Built on `series`, which reads one stored curve.
"""

from collections.abc import Collection, Iterator, Sequence

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.query import derived, naming, series, tables
from yoloscope.records import ids
from yoloscope.store import ports

NUMBERS_MAX = 10_000_000
"""Numbers in one answer, 80 MB: a run of five million steps whole, or two thousand curves in 500 buckets."""
RAW = ("x", "y")
BUCKETS = ("x", "x_end", "first", "last", "min", "max", "mean", "count", "nan")
_INTS = ("count", "nan")


class Answer(msgspec.Struct, frozen=True):
    """Curves, runs outermost, and the names that none of the runs has."""

    columns: list[series.Columns]
    missing: list[naming.Missing]


class Meant(msgspec.Struct, frozen=True):
    """The series of one run that are meant, and what the store keeps of each that is stored."""

    info: ports.RunInfo
    names: list[str]
    stats: dict[str, ports.SeriesStat]


def answer(
    store: ports.SeriesStore,
    catalog: ports.Catalog,
    *,
    runs: Sequence[ids.RunId],
    names: Sequence[str],
    window: series.Window,
) -> Answer:
    """Return the columns of every asked series that exists; names may be patterns, and derived ones.

    Raises:
        NotFound: if a run is unknown.
        TooMuch: if there are more series than `naming.SERIES_MAX`, or more numbers in them than `NUMBERS_MAX`.
    """
    runs, names = list(dict.fromkeys(runs)), list(dict.fromkeys(names))
    if not any(naming.is_pattern(name) for name in names):
        naming.check_count(len(runs) * len(names), runs=len(runs))
    if _is_small(len(runs) * len(names), names=names, window=window):
        return _plain(store, catalog, runs=runs, names=names, window=window)
    meant, missing = resolved(store, naming.infos(catalog, runs), names=names)
    check_numbers(store, meant, window=window)
    found = [columns for one in meant for columns in of_run(store, one, window=window)]
    return Answer(found, missing)


def resolved(
    store: ports.SeriesStore, infos: Sequence[ports.RunInfo], *, names: Sequence[str]
) -> tuple[list[Meant], list[naming.Missing]]:
    """Return which series of each run are meant, and which names mean none of any run.

    Raises:
        TooMuch: if there are more series than `naming.SERIES_MAX`.
    """
    totals = totals_of(store, infos)
    meant: list[Meant] = []
    unseen, known = dict.fromkeys(names), dict[str, None]()
    for info in infos:
        stats = {stat.name: stat for stat in totals.get(info.ref.id, ())}
        fitting = naming.matching(names, stored=list(stats))
        meant.append(Meant(info, list(dict.fromkeys(name for some in fitting.values() for name in some)), stats))
        unseen = {name: None for name in unseen if not fitting[name]}
        known |= dict.fromkeys(stats)
    naming.check_count(sum(len(one.names) for one in meant), runs=len(infos))
    if not unseen:
        return meant, []
    return meant, naming.missing(unseen, known=[*known, *derived.names_from_stored(known)])


def of_run(store: ports.SeriesStore, one: Meant, *, window: series.Window) -> list[series.Columns]:
    """Return the columns of the series of one run, in the order meant."""
    stored = [name for name in one.names if name in one.stats]
    columns = series.columns_of(store, [one.info], names=stored, window=window) if stored else []
    found = {of.name: of for of in columns}
    for name in one.names:
        if name not in one.stats:
            found[name] = derived.series_columns(store, one.info, name=name, window=window)
    return [found[name] for name in one.names if name in found]


def check_numbers(store: ports.SeriesStore, meant: Sequence[Meant], *, window: series.Window) -> None:
    """Return if the answer can be held at once. What is kept of each series says it for most; else the window is counted.

    Raises:
        TooMuch: if it is more than `NUMBERS_MAX`.
    """
    rows = sum(_rows_at_most(store, one, window=window) for one in meant)
    if rows * _width(window) <= NUMBERS_MAX:
        return
    counting = msgspec.structs.replace(window, buckets=1)
    totals = [of.total for one in meant for of in of_run(store, one, window=counting)]
    numbers = sum(min(total, window.buckets or total) for total in totals) * _width(window)
    if numbers > NUMBERS_MAX:
        raise errors.TooMuch(
            f"the answer would hold {numbers:,} numbers, more than {NUMBERS_MAX:,}",
            field="buckets",
            fix=_smaller(len(totals), window=window),
        )


def table(columns: Sequence[series.Columns], *, raw: bool, kept: Collection[str] = ()) -> tables.Table:
    """Return curves in long form: a row for each point or bucket, with its run and name; with all columns or those that are kept."""
    runs = tuple(dict.fromkeys(of.run for of in columns))
    names = tuple(dict.fromkeys(of.name for of in columns))
    keys = [key for key in (RAW if raw else BUCKETS) if not kept or key in (*kept, "x")]
    fields = (
        tables.Field("run", "label", runs),
        tables.Field("name", "label", names),
        *(tables.Field(key, "int" if key in _INTS else "float") for key in keys),
    )
    return tables.Table(fields, _pieces(columns, keys=keys, runs=runs, names=names))


def _pieces(
    columns: Sequence[series.Columns], *, keys: Sequence[str], runs: Sequence[str], names: Sequence[str]
) -> Iterator[tables.Piece]:
    run_at, name_at = ({label: at for at, label in enumerate(labels)} for labels in (runs, names))
    for of in columns:
        rows = len(of.x)
        which = (tables.labels(run_at[of.run], rows=rows), tables.labels(name_at[of.name], rows=rows))
        yield (*which, *(tables.Cells(getattr(of, key)) for key in keys))


def _is_small(series_asked: int, *, names: Sequence[str], window: series.Window) -> bool:
    """Tell whether the answer is small whatever the series hold: then nothing needs to be looked up before."""
    if window.buckets == 0 or any(naming.is_pattern(name) or name.startswith(derived.PREFIX) for name in names):
        return False
    return 2 * series_asked * window.buckets * _width(window) <= NUMBERS_MAX  # twice: each name has two spellings


def _plain(
    store: ports.SeriesStore,
    catalog: ports.Catalog,
    *,
    runs: Sequence[ids.RunId],
    names: Sequence[str],
    window: series.Window,
) -> Answer:
    spelled = list(dict.fromkeys(one for name in names for one in naming.spellings(name)))
    columns = series.series_columns(store, catalog, runs=runs, names=spelled, window=window)
    found = {of.name for of in columns}
    unseen = [name for name in names if not found.intersection(naming.spellings(name))]
    if not unseen:
        return Answer(columns, [])
    totals = totals_of(store, naming.infos(catalog, runs))
    known = {stat.name for stats in totals.values() for stat in stats}
    return Answer(columns, naming.missing(unseen, known=known))


def totals_of(store: ports.SeriesStore, infos: Sequence[ports.RunInfo]) -> dict[ids.RunId, list[ports.SeriesStat]]:
    """Return what is kept of each series of some runs; a run without series is left out."""
    by_project: dict[ids.ProjectName, list[ids.RunId]] = {}
    for info in infos:
        by_project.setdefault(info.ref.project, []).append(info.ref.id)
    found: dict[ids.RunId, list[ports.SeriesStat]] = {}
    for project, runs in by_project.items():
        found |= store.totals(project, runs)
    return found


def _rows_at_most(store: ports.SeriesStore, one: Meant, *, window: series.Window) -> int:
    """Return how many points or buckets the series of a run can have in the answer; a derived one has fewer than those it comes from."""
    counts = np.array([one.stats[name].count for name in one.names if name in one.stats], np.int64)
    if window.which != "kept":
        stat = store.run_stats(one.info.ref.project, [one.info.ref.id]).get(one.info.ref.id)
        counts[:] = 0 if stat is None else stat.rows
    most = max((stat.count for stat in one.stats.values()), default=0)
    counts = np.append(counts, np.full(len(one.names) - len(counts), most, np.int64))
    return int((np.minimum(counts, window.buckets) if window.buckets else counts).sum())


def _width(window: series.Window) -> int:
    return len(BUCKETS if window.buckets else RAW)


def _smaller(count: int, *, window: series.Window) -> str:
    if window.buckets:
        most = NUMBERS_MAX // (len(BUCKETS) * count)
        return f"ask for at most {most} buckets, or for fewer runs or names at a time"
    return "ask for buckets, a narrower window, or fewer runs or names at a time; `yoloscope export` writes whole runs"
