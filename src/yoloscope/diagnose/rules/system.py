"""What holds a training up beside the model: waiting for data, idle cards, steps that get slower, uneven processes (S01-S03, S10)."""

import numpy as np

from yoloscope.curves import robust
from yoloscope.diagnose import cards, facts, rule, view
from yoloscope.diagnose import thresholds as t
from yoloscope.records import finding

BATCH = "time/batch_s"
DATA = "time/data_s"

Values = dict[str, finding.Value]


def _input_bound(of: view.View) -> rule.Outcome:
    share = _data_share(of)
    if share is None:
        return rule.Missing((BATCH, DATA))
    if of.steps.seen < t.S_SEEN or share <= t.S01_SHARE:
        return None
    util = cards.busiest(of)
    values: Values = {"share": share, "workers": int(of.facts.number("workers") or 0)}
    if share > t.S01_SHARE_CRITICAL and util is not None and util < t.S01_UTIL:
        more: Values = {"util": util, "minutes": t.S01_SECONDS / 60}
        return rule.Hit(
            severity="critical",
            variant="idle",
            strength=share / t.S01_SHARE,
            values=values | more,
            changes=_faster_loading(of),
            series=(*of.read(cards.UTIL), DATA, BATCH),
        )
    return rule.Hit(
        severity="warning",
        strength=share / t.S01_SHARE,
        values=values,
        changes=_faster_loading(of),
        series=(DATA, BATCH),
    )


def _data_share(of: view.View) -> float | None:
    """Return the share of the training's time that is waiting for data, by medians of the last 200 batches; a batch's own time is without it."""
    batch, data = of.steps.median(BATCH), of.steps.median(DATA)
    return data / (data + batch) if batch and data is not None else None


def _faster_loading(of: view.View) -> dict[str, object]:
    workers = of.facts.number("workers") or 0
    cpus = of.facts.cpus or 0
    reached = min(cpus // max(of.facts.gpus or 1, 1), t.S01_MOST_WORKERS)
    changes: dict[str, object] = {} if of.facts.value("cache") else {"cache": "disk"}
    return {**changes, "workers": reached} if reached > workers else changes


def _gpu_underused(of: view.View) -> rule.Outcome:
    share, util, filled = _data_share(of), cards.busiest(of), cards.filled(of, peak=False)
    if share is None or util is None or filled is None:
        missing = {DATA: share, "system/gpu.*/util_percent": util, "system/gpu.*/memory_bytes": filled}
        return rule.Missing(tuple(name for name, value in missing.items() if value is None))
    if util >= t.S02_UTIL or share >= t.S02_SHARE or filled >= t.S02_MEMORY:
        return None
    batch = of.facts.number("batch")
    changes: dict[str, object] = {"batch": int(batch * 2)} if batch and batch >= 1 else {}
    values: Values = {"util": util, "share": share, "memory": filled}
    return rule.Hit(
        severity="info",
        strength=t.S02_UTIL / max(util, 1.0),
        values=values,
        changes=changes,
        series=of.read(cards.UTIL),
    )


def _slower_steps(of: view.View) -> rule.Outcome:
    series = of.series(BATCH)
    if series is None or not series.count:
        return rule.Missing((BATCH,))
    if of.facts.value("multi_scale"):
        return None
    found = [_slower(of, series, epochs=epochs, least=least) for epochs, least in _spans(of.facts)]
    return next((hit for hit in found if hit is not None), None) or _pauses(of, mean=series.last)


def _spans(known: facts.Facts) -> tuple[tuple[int, float], ...]:
    """Return how many epochs are compared and by which factor they have to be slower: few only where that is large, since machines have neighbours."""
    batches = known.number("batches")
    long = max(t.S03_EPOCHS, int(np.ceil(t.S03_BATCHES / batches))) if batches else t.S03_BASELINE
    return (long, t.S03_SLOWER), (t.S03_EPOCHS, t.S03_MUCH_SLOWER)


def _slower(of: view.View, series: view.Series, *, epochs: int, least: float) -> rule.Hit | None:
    first, newest = robust.finite(series.early()[1 : 1 + epochs]), robust.finite(series.across()[-epochs:])
    if len(first) < epochs or len(newest) < epochs or of.epoch < 1 + 2 * epochs:
        return None
    usual, now = float(np.median(first)), float(np.median(newest))
    if usual <= 0 or now <= least * usual:
        return None
    values: Values = {"now": now, "usual": usual, "ratio": now / usual}
    return rule.Hit(
        severity="warning", strength=now / usual / least, values=values, series=(BATCH, DATA), since=of.epoch
    )


def _pauses(of: view.View, *, mean: float) -> rule.Hit | None:
    """Return a hit if single slow batches take much of the time, more of them than epochs begin."""
    median, count = of.steps.median(BATCH), of.steps.count("slow_step")
    epochs = 1000 / (of.facts.number("batches") or 1000)
    if median is None or not np.isfinite(mean) or count < max(t.S03_COUNT, t.S03_EDGES * epochs):
        return None
    cost = 1 - median / mean if mean > 0 else 0.0
    if cost <= t.S03_COST:
        return None
    values: Values = {"cost": cost, "count": count, "usual": median}
    return rule.Hit(
        severity="warning", variant="pauses", strength=cost / t.S03_COST, values=values, series=(BATCH, DATA)
    )


def _rank_imbalance(of: view.View) -> rule.Outcome:
    times = {
        name: series
        for name in of.names("time/rank.")
        if name.endswith("/batch_s") and (series := of.series(name)) is not None
    }
    own = of.series(BATCH)
    if not times or own is None:
        return rule.Missing(("time/rank.*/batch_s",))
    means = {"0": own.ema, **{name.split(".")[1].split("/")[0]: series.ema for name, series in times.items()}}
    slowest, fastest = max(means, key=lambda rank: means[rank]), min(means, key=lambda rank: means[rank])
    if means[fastest] > 0 and means[slowest] > t.S10_SLOWER * means[fastest]:
        ratio = means[slowest] / means[fastest]
        values: Values = {"slowest": slowest, "fastest": fastest, "ratio": ratio}
        return rule.Hit(severity="warning", strength=ratio / t.S10_SLOWER, values=values, series=(BATCH, *times))
    utils = {cards.number(name): mean for name in of.read(cards.UTIL) if (mean := cards.mean(of, name)) is not None}
    used = {card: mean for card, mean in utils.items() if _holds_training(of, card)}
    if len(used) < 2 or max(used.values()) - min(used.values()) <= t.S10_UTIL:
        return None
    values = {"card": min(used, key=lambda card: used[card]), "least": min(used.values()), "most": max(used.values())}
    return rule.Hit(severity="info", variant="cards", values=values, series=of.read(cards.UTIL))


def _holds_training(of: view.View, card: str) -> bool:
    held = of.readings(f"system/gpu.{card}/training_memory_bytes")
    return held is not None and held.last > 0


def _rule(
    number: str, name: str, test: rule.Test, worst: finding.Severity, explains: tuple[str, ...] = ()
) -> rule.Rule:
    return rule.Rule(
        id=number,
        name=name,
        family="system",
        cadence="epoch",
        worst=worst,
        test=test,
        is_muted_at_cuts=False,
        explains=explains,
    )


RULES = (
    _rule("S01", "input_bound", _input_bound, "critical", explains=("S02",)),
    _rule("S02", "gpu_underused", _gpu_underused, "info"),
    _rule("S03", "step_time_regression", _slower_steps, "warning"),
    _rule("S10", "rank_imbalance", _rank_imbalance, "warning"),
)
