"""Rules on how a training generalises over its course: overfitting, saturation, no learning at all, phases, and jumps that are no fault (G01 to G05, G10 to G12)."""

import math

import numpy as np

from yoloscope.curves import robust, trend
from yoloscope.diagnose import forecast, phases, rule, thresholds, view
from yoloscope.records import finding

MAP, MAP50, TRAIN, VAL, VAL_CLS = forecast.MAP, "metrics/mAP50", "train/total", "val/total", "val/cls_loss"
UNDECIDED = rule.Undecided()


def _overfit_early(run: view.View) -> rule.Outcome:
    classes, total, metric = run.series(VAL_CLS), run.series(TRAIN), run.series(MAP)
    if classes is None or total is None or metric is None:
        return rule.missing({VAL_CLS: classes, TRAIN: total, MAP: metric})
    width = thresholds.window(run.facts.epochs)
    rise = classes.ema / classes.ema_least if classes.ema_least > 0 else 1.0
    least = thresholds.G01_RISE if metric.most >= thresholds.G04_MAP else thresholds.G01_RISE_ZERO
    stale = metric.stale(thresholds.GAINS[0])
    if _mosaic_is_closing(run):
        return UNDECIDED
    if rise < 1 + (least - 1) / 2 or not stale:
        return None
    if rise <= least or stale < thresholds.G01_STALE:
        return UNDECIDED
    if not (_z(classes, width) > thresholds.G01_VAL_Z and _z(total, width) < thresholds.G01_TRAIN_Z):
        return UNDECIDED
    return rule.Hit(
        severity="warning",
        strength=(rise - 1) / (least - 1),
        values=_apart(run, total, metric, width) | {"rise": rise - 1, "least_epoch": classes.least_epoch},
        changes=_against_overfitting(run),
        series=(VAL_CLS, TRAIN, MAP),
        since=width,
    )


def _scissors(run: view.View) -> rule.Outcome:
    total, metric, val = run.series(TRAIN), run.series(MAP), run.series(VAL)
    if total is None or metric is None:
        return rule.missing({TRAIN: total, MAP: metric})
    budget = run.facts.epochs or 0
    width = thresholds.window(budget)
    stale = metric.stale(thresholds.GAINS[0])
    least = max(thresholds.G02_STALE, thresholds.G02_STALE_SHARE * budget)
    if stale < least or metric.most < thresholds.G04_MAP:
        return None
    if _mosaic_is_closing(run) or run.epoch < thresholds.LATE * budget:
        return UNDECIDED
    if not (_z(total, width) < thresholds.G02_TRAIN_Z and _z(metric, width) < thresholds.G02_MAP_Z):
        return UNDECIDED
    rises = val is not None and val.ema > thresholds.G01_RISE * val.ema_least and _z(val, width) > thresholds.G02_VAL_Z
    return rule.Hit(
        severity="warning" if rises else "info",
        strength=stale / least,
        variant="val_rises" if rises else "mosaic_ahead" if run.facts.closes_mosaic_at else "",
        values=_apart(run, total, metric, width) | {"stale": stale, "closes": run.facts.closes_mosaic_at or 0},
        changes=_against_overfitting(run),
        series=(TRAIN, MAP, VAL) if val is not None else (TRAIN, MAP),
        since=stale,
    )


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


def _map_zero(run: view.View) -> rule.Outcome:
    metric = run.series(MAP50)
    if metric is None:
        return rule.missing({MAP50: metric})
    epochs = thresholds.G04_EPOCHS_PRETRAINED if run.facts.starts_pretrained else thresholds.G04_EPOCHS_SCRATCH
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


def _z(series: view.Series, width: int) -> float:
    """Return Z of Mann and Kendall, uncorrected as it was measured, over a whole window; NaN, which passes no threshold, while there are fewer epochs."""
    window = series.window(width)
    return trend.mann_kendall(window) if len(window) >= width else math.nan


def _mosaic_is_closing(run: view.View) -> bool:
    """Whether mosaics are off or about to be: from there on losses are those of other pictures."""
    closes = run.facts.closes_mosaic_at
    return closes is not None and run.epoch >= closes - 1


def _apart(run: view.View, total: view.Series, metric: view.Series, width: int) -> dict[str, finding.Value]:
    return {
        "fall": -trend.change(total.window(width)),
        "epochs": width,
        "now": metric.ema,
        "best": metric.most,
        "best_epoch": metric.most_epoch,
        "left": max((run.facts.epochs or run.epoch) - run.epoch, 0),
    }


def _against_overfitting(run: view.View) -> dict[str, object]:
    """Return arguments against overfitting that are not in effect yet, the strongest first."""
    changes: dict[str, object] = {}
    if run.facts.number("mosaic") == 0:
        changes["mosaic"] = 1.0
    if not run.facts.number("mixup"):
        changes["mixup"] = 0.1
    decay = run.facts.number("weight_decay")
    if decay:
        changes["weight_decay"] = 2 * decay
    patience, budget = run.facts.number("patience"), run.facts.epochs
    if budget and (not patience or patience >= budget):
        changes["patience"] = max(20, budget // 5)
    return changes


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
    _rule("G01", "overfit_early", _overfit_early, waits=True, explains=("G02",)),
    _rule("G02", "scissors", _scissors, waits=True),
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
