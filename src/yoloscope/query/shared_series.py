"""Which series runs have between them, without reading a point.

Called by the series route, for pages that draw many runs and have to know first what there is to draw.
"""

from collections.abc import Sequence

import msgspec

from yoloscope.query import answers, derived
from yoloscope.query.runs import Title
from yoloscope.records import ids, names
from yoloscope.store import ports


class SharedSeries(msgspec.Struct, frozen=True):
    """One series, stored or derived, and how many of the runs have it."""

    name: str
    family: str
    unit: str
    direction: str
    title: Title
    runs: int


class Shared(msgspec.Struct, frozen=True):
    """The series in order of first arrival, and how many of the asked runs there are."""

    items: list[SharedSeries]
    runs: int


def shared_series(store: ports.SeriesStore, catalog: ports.Catalog, *, runs: Sequence[ids.RunId]) -> Shared:
    """Return the series that any of the runs has, stored ones first; runs that do not exist are left out."""
    infos = {info.ref.id: info for info in catalog.some_runs(runs)}
    totals = answers.totals_of(store, list(infos.values()))
    stored = [[stat.name for stat in totals.get(run, ())] for run in dict.fromkeys(runs)]
    counts = _counts(stored), _counts([derived.names_from_stored(of_run) for of_run in stored])
    items = [_shared(name, names.meaning(name), runs=count) for name, count in counts[0].items()]
    items += [_shared(name, derived.meaning(name), runs=count) for name, count in counts[1].items()]
    return Shared(items, len(infos))


def _counts(of_runs: Sequence[Sequence[str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for of_run in of_runs:
        for name in of_run:
            found[name] = found.get(name, 0) + 1
    return found


def _shared(name: str, means: names.Meaning, *, runs: int) -> SharedSeries:
    title = Title(means.title_en, means.title_zh)
    return SharedSeries(name, means.family, means.unit, means.direction, title, runs)
