"""Earlier runs of the same project and data, as a diagnosis compares by them; read when a run is opened for the first time.

Called by `desk`. They are kept with the diagnosis, so that a run is judged by the same ones whenever it is judged.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from yoloscope.diagnose import catalogue, causes, history
from yoloscope.query import facts, settings_of_run, table
from yoloscope.records import ids, state
from yoloscope.server.diagnosing import known
from yoloscope.store import ports

MOST = 20
"""The newest ones: what a project did a hundred runs ago says little, and they are kept with every run."""
LEAST = 3
_MAP = "metrics/mAP50-95"
_BATCH = "time/batch_s"
_ALPHA = 0.3
_LOSS = "_loss"


class Peers:
    """Makes the peers of runs from the stores."""

    def __init__(self, series: ports.SeriesStore, catalog: ports.Catalog, runs: table.Table) -> None:
        self._series = series
        self._catalog = catalog
        self._runs = runs

    def of(self, info: ports.RunInfo) -> history.Peers:
        """Return the runs that ended before this one began, from three on; none for a run whose data is not known.

        Raises:
            StoreError: if the stores cannot be read.
        """
        alike = self._alike(info)
        if len(alike) < LEAST:
            return history.Peers()
        of_run = {one.ref.id: one for one in self._catalog.some_runs([one.ref.id for one in alike])}
        return history.Peers(tuple(self._peer(of_run[one.ref.id], one) for one in alike if one.ref.id in of_run))

    def _alike(self, info: ports.RunInfo) -> Sequence[facts.Facts]:
        """Return the newest runs of the same project and data that ended before, in the order in which they began."""
        runs = self._runs.now().scope(info.ref.project, which="kept").runs
        mine = next((one for one in runs if one.ref.id == info.ref.id), None)
        data = None if mine is None else settings_of_run.data(mine)
        if data is None:
            return ()
        began_ns = info.ref.created_ns
        earlier = [one for one in runs if one.ref.created_ns < began_ns and one.state in state.ENDED]
        alike = [one for one in earlier if settings_of_run.data(one) == data and (one.ended_ns or 0) <= began_ns]
        return sorted(alike, key=table.newest_last)[-MOST:]

    def _peer(self, info: ports.RunInfo, one: facts.Facts) -> history.Peer:
        told = known.said(info).facts()
        epoch, metric = self._of_epochs(info, _MAP)
        budget = told.epochs or one.epoch
        return history.Peer(
            run=info.ref.id,
            name=info.ref.name,
            settings=history.comparable({**told.given, **told.settings}),
            epochs=budget,
            course=course(epoch, metric, epochs=budget),
            final=float(metric.max()) if len(metric) else None,
            batch_s=self._batch_s(info),
            start_losses=self._start_losses(info, one.totals.names.all),
            failed=self._failed(info.ref.id),
        )

    def _of_epochs(self, info: ports.RunInfo, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return epochs in order and the last finite value of each, later attempts before older ones."""
        points = self._series.points(info.ref.project, info.ref.id, name)
        is_there = np.isfinite(points.value) & np.isfinite(points.epoch)
        values = dict(zip(points.epoch[is_there].tolist(), points.value[is_there].tolist(), strict=True))
        epochs = sorted(values)
        return np.array(epochs, float), np.array([values[epoch] for epoch in epochs], float)

    def _batch_s(self, info: ports.RunInfo) -> float | None:
        values = self._series.points(info.ref.project, info.ref.id, _BATCH).value
        finite = values[np.isfinite(values)]
        return float(np.median(finite)) if len(finite) else None

    def _start_losses(self, info: ports.RunInfo, names: Sequence[str]) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for name in names:
            component = name.removeprefix("train/epoch/").removeprefix("train/")
            if not name.startswith("train/") or not component.endswith(_LOSS) or "/" in component:
                continue
            if f"train/epoch/{component}" in names and not name.startswith("train/epoch/"):
                continue
            points = self._series.points(info.ref.project, info.ref.id, name)
            first = points.value[(points.epoch <= 1) & np.isfinite(points.value)]
            if len(first):
                found[f"train/{component}"] = float(first.mean())
        return found

    def _failed(self, run: ids.RunId) -> str:
        """Return the rule of the critical finding that a run ended with, the root cause first."""
        held = [one for one in self._catalog.findings.of_run(run) if one.dismissal is None]
        order = causes.Causes(catalogue.RULES).ordered(one.finding for one in held)
        return next((one.rule for one in order if one.status == "open" and one.severity == "critical"), "")


def course(epoch: np.ndarray, metric: np.ndarray, *, epochs: int) -> tuple[float, ...]:
    """Return the exponential mean of a curve after 1/32, 2/32 … of a budget, as far as it came (`history.Peer.course`)."""
    if not len(metric) or not epochs:
        return ()
    mean = np.empty(len(metric))
    mean[0] = metric[0]
    for at in range(1, len(metric)):
        mean[at] = _ALPHA * metric[at] + (1 - _ALPHA) * mean[at - 1]
    wanted = np.arange(1, history.POINTS + 1) * epochs / history.POINTS
    wanted = wanted[wanted <= max(epoch[-1], wanted[0])]
    return tuple(np.interp(wanted, epoch, mean).tolist())
