"""Rules on how a training generalises over its course: saturation, no learning at all, phases, and jumps that are no fault (G03 to G05, G10 to G12)."""

import math

import numpy as np

from yoloscope.curves import robust, trend
from yoloscope.diagnose import facts, forecast, phases, rule, thresholds, view
from yoloscope.records import finding

MAP, MAP50, TRAIN, VAL, VAL_CLS = forecast.MAP, "metrics/mAP50", "train/total", "val/total", "val/cls_loss"
UNDECIDED = rule.Undecided()


def _saturated(run: view.View) -> rule.Outcome:
    metric, budget = run.series(MAP), run.facts.epochs
    if metric is None or budget is None:
        return rule.missing({MAP: metric, "epochs": budget})
    stale = metric.stale(thresholds.GAINS[1])
    least = max(thresholds.G03_STALE, thresholds.G03_STALE_SHARE * budget)
    if stale < least or metric.ema_most < thresholds.G03_MAP_LEAST:
        return None
    if run.epoch >= thresholds.G03_UNTIL * budget:
        return UNDECIDED
    left = budget - run.epoch
    closes = run.facts.closes_mosaic_at
    return rule.Hit(
        severity="info",
        strength=stale / least,
        variant="mosaic_ahead" if closes and closes > run.epoch else "",
        values={
            "stale": stale,
            "best": metric.most,
            "best_epoch": metric.most_epoch,
            "left": left,
            "hours": run.wall_s / max(run.epoch, 1) * left / 3600,
            "share": left / budget,
            "closing": budget - (closes or budget),
        },
        changes={"epochs": 10 * math.ceil((run.epoch - stale + budget - (closes or budget)) / 10)},
        series=(MAP,),
        since=stale,
    )


def _zero_until(known: facts.Facts) -> int:
    """Return for how many epochs mAP may be 0: from scratch nearly half of a short training."""
    if known.starts_pretrained:
        return thresholds.G04_EPOCHS_PRETRAINED
    short = thresholds.G04_SHARE_SCRATCH * (known.epochs or math.inf)
    return round(min(thresholds.G04_EPOCHS_SCRATCH, max(thresholds.G04_EPOCHS_LEAST, short)))


def _map_zero(run: view.View) -> rule.Outcome:
    metric = run.series(MAP50)
    if metric is None:
        return rule.missing({MAP50: metric})
    epochs = _zero_until(run.facts)
    if run.epoch < epochs or not metric.most < thresholds.G04_MAP:
        return None
    total = run.series(TRAIN)
    fell = total is not None and total.ema < thresholds.G04_FALLS * total.most
    return rule.Hit(
        severity="critical",
        strength=run.epoch / epochs,
        variant="loss_falls" if fell else "",
        values={"most": metric.most, "epochs": run.epoch},
        series=(MAP50, TRAIN) if total is not None else (MAP50,),
        since=run.epoch,
    )


def _map_stuck_low(run: view.View) -> rule.Outcome:
    metric, strict = run.series(MAP50), run.series(MAP)
    if metric is None:
        return rule.missing({MAP50: metric})
    epochs = max(thresholds.G05_EPOCHS, thresholds.G05_SHARE * (run.facts.epochs or 0))
    changes: dict[str, object] = {}
    size = run.facts.number("imgsz")
    if size:
        changes["imgsz"] = int(32 * math.ceil(1.5 * size / 32))
    if run.epoch >= epochs and thresholds.G04_MAP <= metric.most < thresholds.G05_MAP:
        values: dict[str, finding.Value] = {"most": metric.most, "epochs": run.epoch}
        return rule.Hit(
            severity="warning",
            strength=thresholds.G05_MAP / metric.most,
            values=values,
            changes=changes,
            series=(MAP50,),
            since=run.epoch,
        )
    return None if strict is None else _stuck_below_peers(run, strict, changes)


def _stuck_below_peers(run: view.View, metric: view.Series, changes: dict[str, object]) -> rule.Outcome:
    width = thresholds.window(run.facts.epochs)
    levels = [level for peer in run.peers.runs if (level := peer.at(run.epoch)) is not None]
    window = metric.window(width)
    if (
        len(levels) < thresholds.G05_PEERS
        or len(window) < width
        or run.epoch < thresholds.LATE * (run.facts.epochs or 0)
    ):
        return None
    low = float(np.quantile(levels, thresholds.G05_QUANTILE))
    if metric.ema >= low or trend.slope(window) >= thresholds.G05_SLOPE:
        return None
    values: dict[str, finding.Value] = {"now": metric.ema, "low": low, "peers": len(levels), "epochs": width}
    return rule.Hit(
        severity="warning",
        strength=low / max(metric.ema, 1e-3),
        variant="peers",
        values=values,
        changes=changes,
        series=(MAP,),
        since=width,
    )


def _stage_jump(run: view.View) -> rule.Outcome:
    if not 1 < run.since_cut <= 2 * thresholds.CUT_MUTE or run.since_cut >= run.epoch:
        return None
    jumps = [
        jump
        for name in (*run.names("train/"), *run.names("val/"))
        if (jump := _jump(name, run.series(name))) is not None
    ]
    if not jumps:
        return None
    sigmas, relative, name = max(jumps)
    at = run.epoch - run.since_cut
    return rule.Hit(
        severity="info",
        strength=sigmas / thresholds.G10_SIGMA,
        variant="mosaic" if at == run.facts.closes_mosaic_at else "resume" if run.attempt else "",
        values={"name": name, "step": relative, "epoch": at + 1, "sigmas": min(sigmas, 99.0)},
        series=tuple(name for _, _, name in sorted(jumps, reverse=True)[:3]),
        since=run.since_cut + thresholds.CUT_MUTE,
    )


def _jump(name: str, series: view.Series | None) -> tuple[float, float, str] | None:
    """Return by how many sigma, and by which share, a loss stands elsewhere than before the cut; ``None`` if it does not."""
    newest = robust.finite(series.window()) if series is not None else np.empty(0)
    if (
        series is None
        or series.before is None
        or not len(newest)
        or not np.isfinite(series.before[0])
        or not series.before[0]
    ):
        return None
    level, noise = series.before
    relative = float(newest.mean()) / level - 1
    sigmas = abs(relative * level) / max(noise, 1e-9)
    return (
        (sigmas, relative, name) if sigmas > thresholds.G10_SIGMA and abs(relative) > thresholds.G10_RELATIVE else None
    )


def _phase(run: view.View) -> rule.Outcome:
    total, budget = run.series(TRAIN), run.facts.epochs
    if total is None or budget is None:
        return rule.missing({TRAIN: total, "epochs": budget})
    found, metric = phases.of(run), run.series(MAP)
    if found is None:
        return None
    level = metric.ema_most if metric is not None else math.nan
    is_low = level < thresholds.G11_MAP_LOW
    values: dict[str, finding.Value] = {
        "slow_from": found.slow_from or 0,
        "plateau_from": found.plateau_from or 0,
        "map": level,
        "budget": budget,
    }
    if found.name == "fast":
        if run.epoch < thresholds.G11_LATE * budget:
            return None
        return rule.Hit(
            severity="warning" if is_low else "info",
            variant="long",
            values=values | {"epoch": run.epoch},
            series=(TRAIN,),
            since=run.epoch,
        )
    if (
        is_low
        and found.slow_from is not None
        and found.slow_from < thresholds.G11_EARLY
        and run.epoch >= thresholds.wait(budget)
    ):
        return rule.Hit(severity="warning", variant="short", values=values, series=(TRAIN, MAP), since=run.epoch)
    return rule.Hit(
        severity="info",
        variant="plateau" if found.name == "plateau" else "",
        values=values,
        series=(TRAIN,),
        since=run.epoch,
    )


def _still_improving(run: view.View) -> rule.Outcome:
    metric, budget = run.series(MAP), run.facts.epochs
    if metric is None or budget is None:
        return rule.missing({MAP: metric, "epochs": budget})
    closes = run.facts.closes_mosaic_at
    asked = closes - 1 <= run.epoch <= closes if closes else run.epoch >= thresholds.G12_FROM * budget
    width = min(thresholds.WINDOW_MOST, max(thresholds.WINDOW_LEAST, int(thresholds.G12_SHARE * budget)))
    window = metric.window(width)
    if not asked or len(window) < thresholds.WINDOW_LEAST:
        return UNDECIDED
    gain = trend.slope(window) * (len(window) - 1)
    if not (trend.corrected(window) > thresholds.G12_Z and gain > thresholds.G12_GAIN):
        return None
    epochs = 10 * math.ceil(thresholds.G12_EPOCHS_FACTOR * budget / 10)
    values: dict[str, finding.Value] = {"gain": gain, "epochs": len(window), "more": epochs, "budget": budget}
    return rule.Hit(
        severity="info",
        strength=gain / thresholds.G12_GAIN,
        values=values,
        changes={"epochs": epochs},
        series=(MAP,),
        since=len(window),
    )


def _rule(
    rule_id: str,
    name: str,
    test: rule.Test,
    *,
    worst: finding.Severity = "warning",
    waits: bool = False,
    explains: tuple[str, ...] = (),
) -> rule.Rule:
    return rule.Rule(
        id=rule_id,
        name=name,
        family="generalisation",
        cadence="epoch",
        worst=worst,
        test=test,
        waits=waits,
        explains=explains,
    )


RULES: tuple[rule.Rule, ...] = (
    _rule("G03", "saturated", _saturated, worst="info", waits=True),
    _rule("G04", "map_zero", _map_zero, worst="critical"),
    _rule("G05", "map_stuck_low", _map_stuck_low),
    rule.Rule(
        id="G10",
        name="stage_jump",
        family="generalisation",
        cadence="epoch",
        worst="info",
        test=_stage_jump,
        hits=1,
        is_muted_at_cuts=False,
        explains=("L05", "N13", "N14"),
    ),
    rule.Rule(
        id="G11",
        name="phase",
        family="generalisation",
        cadence="epoch",
        worst="warning",
        test=_phase,
        is_muted_at_cuts=False,
    ),
    rule.Rule(
        id="G12",
        name="still_improving",
        family="generalisation",
        cadence="epoch",
        worst="info",
        test=_still_improving,
        hits=1,
        is_muted_at_cuts=False,
    ),
)
