"""What is known of each derived series of a run, in the form of the stored ones; computed from points, so only where it is asked for.

Called by the run routes.
"""

import math

import numpy as np

from yoloscope.query import derived, runs, texts
from yoloscope.records import ids, row
from yoloscope.store import ports


def series_infos(store: ports.SeriesStore, catalog: ports.Catalog, *, run: ids.RunId) -> list[runs.SeriesInfo]:
    """Return what is known of each derived series of a run; none has a best value.

    Raises:
        NotFound: if the run is unknown.
    """
    info = catalog.run(run)
    stored = [stat.name for stat in store.series(info.ref.project, run)]
    return [_info(name, derived.points_of(store, info, name=name)) for name in derived.names_from_stored(stored)]


def _info(name: str, points: ports.Points) -> runs.SeriesInfo:
    means = derived.meaning(name)
    numbers = points.value[~np.isnan(points.value)]
    count = len(points.value)
    last_step = int(points.step[-1]) if count else row.NO_STEP
    last_epoch = float(points.epoch[-1]) if count else math.nan
    return runs.SeriesInfo(
        name=name,
        family=means.family,
        unit=means.unit,
        direction=means.direction,
        title=runs.Title(means.title_en, means.title_zh),
        count=count,
        nan_count=count - len(numbers),
        last=texts.number(float(points.value[-1])) if count else None,
        last_step=None if last_step == row.NO_STEP else last_step,
        last_epoch=None if math.isnan(last_epoch) else last_epoch,
        min=texts.number(float(numbers.min())) if len(numbers) else None,
        max=texts.number(float(numbers.max())) if len(numbers) else None,
        best=None,
        best_step=None,
        best_epoch=None,
    )
