"""Memory that grows without end, on cards and beside them, and cards that are nearly full (S04-S06)."""

import numpy as np

from yoloscope.curves import robust, trend
from yoloscope.diagnose import cards, rule, view
from yoloscope.diagnose import thresholds as t
from yoloscope.records import finding

Values = dict[str, finding.Value]


def _gpu_leak(of: view.View) -> rule.Outcome:
    if of.facts.value("multi_scale") or of.facts.value("rect"):
        return None
    names = [
        *of.names("system/process/gpu_reserved_bytes"),
        *(name for name in of.names("system/gpu.") if name.endswith("/training_memory_bytes")),
    ]
    pairs = [(name, of.series(name)) for name in names]
    totals = [
        total.last
        for name in of.read("/memory_total_bytes")
        if "gpu." in name and (total := of.readings(name)) is not None
    ]
    if not pairs or not totals:
        return rule.Missing(
            ("system/process/gpu_reserved_bytes",) if not pairs else ("system/gpu.*/memory_total_bytes",)
        )
    capacity = min(totals)
    for name, series in pairs:
        growth = _steady_growth(of, series)
        if growth is not None and growth * t.S04_EPOCHS > t.S04_GROWTH * capacity:
            return _leaking(of, name, growth=growth, now=_last(series), capacity=capacity)
    return None


def _host_leak(of: view.View) -> rule.Outcome:
    names = [
        name
        for name in ("system/process/rss_bytes", "system/process/children_rss_bytes")
        if of.series(name) is not None
    ]
    if not names:
        return rule.Missing(("system/process/rss_bytes",))
    limits = [
        one.last
        for name in ("system/container/memory_limit_bytes", "system/memory_total_bytes")
        if (one := of.readings(name)) is not None
    ]
    capacity = min((limit for limit in limits if limit > 0), default=None)
    for name in names:
        series = of.series(name)
        growth = _steady_growth(of, series)
        if growth is None:
            continue
        grown, level = growth * t.S04_EPOCHS, _last(series)
        of_machine = capacity is not None and grown > t.S05_GROWTH * capacity
        of_itself = grown > max(t.S05_RELATIVE * (level - grown), t.S05_LEAST_BYTES)
        if of_machine or of_itself:
            return _leaking(of, name, growth=growth, now=level, capacity=capacity)
    return None


def _last(series: view.Series | None) -> float:
    values = np.zeros(0) if series is None else robust.finite(series.across())
    return float(values[-1]) if len(values) else 0.0


def _steady_growth(of: view.View, series: view.Series | None) -> float | None:
    """Return by how many bytes an epoch memory grows, if it does so throughout the window: what finds its level grows in the first half alone.

    The test is Mann and Kendall's without the correction for autocorrelation, which takes a smooth rise for noise; the second half stands in its place.
    """
    if series is None or of.epoch < t.S04_AFTER + t.S04_EPOCHS:
        return None
    values = robust.finite(series.across()[-(of.epoch - t.S04_AFTER) :])
    if len(values) < t.S04_EPOCHS or trend.mann_kendall(values) <= t.S04_Z:
        return None
    middle = len(values) // 2
    early, late = trend.slope(values[:middle]), trend.slope(values[middle:])
    return trend.slope(values) if late > 0 and late >= t.S04_STEADY * early else None


def _leaking(of: view.View, name: str, *, growth: float, now: float, capacity: float | None) -> rule.Hit:
    left = of.facts.epochs - of.epoch if of.facts.epochs else None
    until = (capacity - now) / growth if capacity is not None else None
    values: Values = {"growth": growth / 2**20, "now": now / 2**30, "epochs": t.S04_EPOCHS}
    ends = until is not None and left is not None and until < left
    if ends and until is not None:
        values["epoch"] = int(of.epoch + max(until, 0))
    return rule.Hit(
        severity="critical" if ends else "warning",
        variant="ends" if ends else "",
        strength=1.0 + growth * t.S04_EPOCHS / now,
        values=values,
        series=(name,),
        since=t.S04_EPOCHS,
    )


def _oom_risk(of: view.View) -> rule.Outcome:
    asked, effective, images = of.facts.asked("batch"), of.facts.settings.get("batch"), of.facts.train.images
    count = max(of.facts.gpus or 1, 1)
    is_filled = asked is not None and (images is None or images >= asked)
    if is_filled and asked and isinstance(effective, int) and 1 <= effective * count <= asked / 2:
        values: Values = {"asked": int(asked), "batch": effective * count}
        return rule.Hit(
            severity="warning",
            variant="halved",
            strength=asked / effective / count,
            values=values,
            changes={"batch": effective * count},
        )
    filled = cards.filled(of, peak=True)
    if filled is None:
        return rule.Missing(("system/gpu.*/memory_bytes",))
    if filled <= t.S06_PEAK:
        return None
    batch = of.facts.number("batch")
    changes: dict[str, object] = {"batch": max(1, int(batch * t.S06_BATCH))} if batch and batch > 1 else {}
    return rule.Hit(
        severity="warning",
        strength=filled / t.S06_PEAK,
        values={"share": filled},
        changes=changes,
        series=of.read("/memory_bytes"),
    )


def _rule(number: str, name: str, test: rule.Test, worst: finding.Severity, *, hits: int = 3) -> rule.Rule:
    return rule.Rule(
        id=number,
        name=name,
        family="system",
        cadence="epoch",
        worst=worst,
        test=test,
        hits=hits,
        is_muted_at_cuts=False,
    )


RULES = (
    _rule("S04", "gpu_mem_leak", _gpu_leak, "critical"),
    _rule("S05", "host_mem_leak", _host_leak, "critical"),
    _rule("S06", "oom_risk", _oom_risk, "warning", hits=1),
)
