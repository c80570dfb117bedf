"""Rules that measure a run by earlier ones of the same project and data (H02, H03). They work from three runs on and say how many there were."""

from collections.abc import Mapping

import numpy as np

from yoloscope.curves import robust
from yoloscope.diagnose import forecast, history, rule, thresholds, view
from yoloscope.records import finding

MAP, BATCH = forecast.MAP, "time/batch_s"


def _behind_history(run: view.View) -> rule.Outcome:
    metric = run.series(MAP)
    peers = _alike(run)
    if len(peers) < thresholds.H02_PEERS_FEW or metric is None:
        return rule.missing({MAP: metric, "history": peers if len(peers) >= thresholds.H02_PEERS_FEW else None})
    return _map_behind(run, metric, peers) or _start_behind(run, peers) or _slower(run, peers)


def _alike(run: view.View) -> tuple[history.Peer, ...]:
    """Return the peers whose budget is within a factor of two: at the same epoch the schedules of others are elsewhere."""
    budget = run.facts.epochs
    if budget is None:
        return run.peers.runs
    return tuple(
        peer
        for peer in run.peers.runs
        if budget / thresholds.H02_BUDGETS <= peer.epochs <= budget * thresholds.H02_BUDGETS
    )


def _map_behind(run: view.View, metric: view.Series, peers: tuple[history.Peer, ...]) -> rule.Hit | None:
    levels = [level for peer in peers if (level := peer.at(run.epoch)) is not None]
    if len(levels) < thresholds.H02_PEERS_FEW or not metric.ema < min(levels):
        return None
    median = float(np.median(levels))
    values: dict[str, finding.Value] = {
        "now": metric.ema,
        "median": median,
        "worst": min(levels),
        "epoch": run.epoch,
    } | _compared(run, len(levels))
    if len(levels) < thresholds.H02_PEERS:
        if run.epoch < thresholds.LATE * (run.facts.epochs or run.epoch):
            return None
        return rule.Hit(
            severity="info",
            strength=min(levels) / max(metric.ema, 1e-3),
            variant="few",
            values=values,
            series=(MAP,),
            since=run.epoch,
        )
    z = _robust_z(metric.ema, levels, least=thresholds.H02_SPREAD_LEAST)
    if not (z < thresholds.H02_Z or len(levels) >= thresholds.H02_PEERS_RANKS):
        return None
    return rule.Hit(
        severity="warning",
        strength=max(z / thresholds.H02_Z, 1.0),
        values=values | {"z": -z},
        series=(MAP,),
        since=run.epoch,
    )


def _start_behind(run: view.View, peers: tuple[history.Peer, ...]) -> rule.Hit | None:
    for name in run.names("train/"):
        series = run.series(name)
        starts = [loss for peer in peers if (loss := peer.start_losses.get(name)) is not None]
        if series is None or len(starts) < thresholds.H02_PEERS:
            continue
        median = float(np.median(starts))
        z = _robust_z(series.first, starts, least=thresholds.H02_START_SPREAD * median)
        if z > -thresholds.H02_Z:
            values: dict[str, finding.Value] = {"name": name, "start": series.first, "median": median} | _compared(
                run, len(starts)
            )
            return rule.Hit(
                severity="info",
                strength=z / -thresholds.H02_Z,
                variant="start",
                values=values,
                series=(name,),
                since=run.epoch,
            )
    return None


def _slower(run: view.View, peers: tuple[history.Peer, ...]) -> rule.Hit | None:
    """Return a hit where batches take longer than in runs of the same size and model."""
    now = run.steps.median(BATCH)
    times = [peer.batch_s for peer in peers if peer.batch_s and _same(run, peer, ("imgsz", "batch", "model"))]
    if now is None or len(times) < thresholds.H02_PEERS_FEW:
        return None
    median = float(np.median(times))
    if not now > thresholds.H02_SLOWER * median or not now > max(times):
        return None
    values: dict[str, finding.Value] = {"seconds": now, "median": median, "times": now / median} | _compared(
        run, len(times)
    )
    return rule.Hit(
        severity="info",
        strength=now / median / thresholds.H02_SLOWER,
        variant="slower",
        values=values,
        series=(BATCH,),
        since=run.epoch,
    )


def _same(run: view.View, peer: history.Peer, keys: tuple[str, ...]) -> bool:
    return all(run.facts.value(key) == peer.settings.get(key) for key in keys)


def _compared(run: view.View, count: int) -> dict[str, finding.Value]:
    """Return the three nearest runs, and what is set otherwise than in the nearest."""
    settings = _settings(run)
    nearest = history.nearest(settings, run.peers, thresholds.H02_NEAREST)
    return {
        "peers": count,
        "nearest": [_named(peer) for peer in nearest],
        "differences": [*history.differences(settings, nearest[0])] or ["—"],
    }


def _named(peer: history.Peer) -> str:
    return peer.name if peer.final is None else f"{peer.name} ({peer.final:.3f})"


def _settings(run: view.View) -> Mapping[str, object]:
    return {**run.facts.given, **run.facts.settings}


def _robust_z(value: float, others: list[float], *, least: float) -> float:
    """Return by how many robust deviations a value lies above the median of others; never taken for less apart than `least` allows."""
    return (value - float(np.median(others))) / max(robust.sigma(np.array(others)), least, 1e-9)


def _config_repeat(run: view.View) -> rule.Outcome:
    failed = [place for place, peer in enumerate(run.peers.runs) if peer.failed]
    settings = _settings(run)
    if not run.peers.runs or not settings:
        return rule.missing({"history": run.peers.runs, "settings": settings})
    if not failed:
        return None
    distances = history.distances(settings, run.peers)
    place = min(failed, key=lambda one: (distances[one], -one))
    as_near = [peer for at, peer in enumerate(run.peers.runs) if not peer.failed and distances[at] <= distances[place]]
    if not distances[place] < thresholds.H03_DISTANCE or as_near:
        return None
    peer = run.peers.runs[place]
    differences = history.differences(settings, peer)
    return rule.Hit(
        severity="info",
        strength=thresholds.H03_DISTANCE / max(distances[place], thresholds.H03_DISTANCE / 4),
        variant="" if differences else "same",
        values={"name": peer.name, "failed": peer.failed, "distance": distances[place], "differences": [*differences]},
    )


RULES: tuple[rule.Rule, ...] = (
    rule.Rule(
        id="H02",
        name="behind_history",
        family="history",
        cadence="epoch",
        worst="warning",
        test=_behind_history,
        hits=thresholds.H02_HITS,
        waits=True,
    ),
    rule.Rule(
        id="H03",
        name="config_repeat",
        family="history",
        cadence="start",
        worst="info",
        test=_config_repeat,
        hits=1,
        is_muted_at_cuts=False,
    ),
)
