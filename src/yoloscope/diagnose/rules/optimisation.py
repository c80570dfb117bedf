"""The course of the training loss: it swings early, stands still, rises, or is all noise (N10, N12, N13, N15)."""

import math

import numpy as np

from yoloscope.curves import robust, trend
from yoloscope.diagnose import losses, rates, rule, view
from yoloscope.diagnose import thresholds as t

MAP = "metrics/mAP50-95"
NOISE_SCALE = "grad/noise_scale"


def _early_oscillation(of: view.View) -> rule.Outcome:
    batches = of.steps.blocks(losses.TOTAL)
    total = of.series(losses.TOTAL)
    if len(batches) < t.N10_BLOCKS_LEAST and total is None:
        return rule.Missing((losses.TOTAL,))
    return _batches_swing(of, batches) or (None if total is None else _epochs_swing(of, total))


def _batches_swing(of: view.View, blocks: view.Floats) -> rule.Hit | None:
    is_early = of.epoch <= t.N10_EPOCHS or of.steps.seen <= t.N10_BATCHES
    if not is_early or of.attempt or len(blocks) < t.N10_BLOCKS_LEAST:
        return None
    variation, half = robust.detrended_variation(blocks), len(blocks) // 2
    progress = float(np.median(blocks[half:]) / np.median(blocks[:half])) if np.median(blocks[:half]) else math.inf
    is_wild = variation > t.N10_WILD
    if not is_wild and not (variation > t.N10_VARIATION and progress >= t.N10_PROGRESS):
        return None
    values = {"variation": variation, "batches": 4 * len(blocks), "progress": 1 - progress}
    return _swing(of, strength=variation / t.N10_VARIATION, values=values)


def _epochs_swing(of: view.View, total: view.Series) -> rule.Hit | None:
    values = losses.settled(of, total, epochs=t.N10_EPOCH_WINDOW, grace=t.N_GRACE)
    budget = of.facts.epochs
    if len(values) < t.N10_EPOCH_WINDOW or budget is None or of.epoch > t.N10_UNTIL * budget:
        return None
    variation = robust.detrended_variation(values)
    if not variation > t.N10_EPOCH_VARIATION:
        return None
    told = {"variation": variation, "epochs": t.N10_EPOCH_WINDOW}
    return _swing(of, strength=variation / t.N10_EPOCH_VARIATION, values=told)


def _swing(of: view.View, *, strength: float, values: dict[str, float]) -> rule.Hit:
    rate, usual = rates.base(of), rates.usual(of)
    is_high = rate is not None and rate >= t.N10_LR_HIGH * usual
    unit = "batches" if "batches" in values else "epochs"
    changes: dict[str, object] = rates.at(usual) if is_high else rates.scaled(of, 1 / t.N12_LR_STEP)
    return rule.Hit(
        severity="warning",
        variant=f"{unit}_high" if is_high else unit,
        strength=strength * (2.0 if is_high else 1.0),
        values={**values, "lr": rate or 0.0, "usual": usual},
        changes={**changes, **rates.warmer(of)},
        series=(losses.TOTAL, *(name for name in of.names("lr"))),
    )


def _loss_not_decreasing(of: view.View) -> rule.Outcome:
    total = of.series(losses.TOTAL)
    if total is None or not total.count:
        return rule.Missing((losses.TOTAL,))
    budget, metric = of.facts.epochs, of.series(MAP)
    if budget is not None and of.epoch >= t.N12_UNTIL * budget:
        return None
    window = min(t.WINDOW_MOST, max(losses.span(budget), int(t.N12_SHARE * (budget or 0))))
    values = robust.finite(losses.settled(of, total, epochs=window, grace=t.N_GRACE))
    if len(values) < window or not np.any(values) or (metric is not None and _learns(metric, epochs=window)):
        return None
    z, fall = trend.corrected(values), -trend.change(values)
    if z <= t.N12_Z or fall >= t.N12_FALL:
        return None
    heat, middle = rates.heat(of), float(np.median(values))
    is_rising = fall < -t.N12_RISING
    factor = t.N12_LR_STEP if heat == "cold" else 1 / t.N12_LR_STEP
    return rule.Hit(
        severity="warning",
        variant=heat or ("rising" if is_rising else ""),
        strength=1 + (t.N12_FALL - fall) / t.N12_FALL,
        values={
            "fall": fall,
            "rise": -fall,
            "epochs": len(values),
            "from": middle * (1 + fall / 2),
            "to": middle * (1 - fall / 2),
        },
        changes=rates.scaled(of, factor) if heat or is_rising else {},
        series=(losses.TOTAL, *losses.batch_names(of), *of.names("lr")),
        since=len(values),
    )


def _learns(metric: view.Series, *, epochs: int) -> bool:
    """Tell whether mAP is high already or still rises: then a loss that stands still is no fault."""
    return metric.most >= t.N12_MAP or metric.stale(t.GAINS[1]) < epochs


def _divergence(of: view.View) -> rule.Outcome:
    total = of.series(losses.TOTAL)
    if total is None or not total.count:
        return rule.Missing((losses.TOTAL,))
    blown = _validation_blown_up(of, total)
    if blown is not None:
        return blown
    grace = _grace(of.facts.epochs)
    values = robust.finite(losses.settled(of, total, grace=grace))
    if of.epoch <= grace or len(values) < 3:
        return None
    least = total.least if total.least_epoch > grace else float(values.min())
    recent = values[-t.N_SPAN_MOST :]
    is_twice = bool(np.all(values[-3:] > t.N13_TWICE * least))
    rises = total.ema > t.N13_RISE * least and trend.mann_kendall(recent) > t.N13_Z
    if not (is_twice or rises) or least <= 0:
        return None
    return rule.Hit(
        severity="critical",
        strength=total.ema / (t.N13_RISE * least),
        values={"times": total.ema / least, "least": least, "now": float(values[-1]), "epoch": of.epoch},
        changes=rates.scaled(of, 1 / t.N13_LR_STEP),
        series=(losses.TOTAL, *losses.batch_names(of)),
        since=len(recent),
    )


def _validation_blown_up(of: view.View, total: view.Series) -> rule.Hit | None:
    """Return what is said where the averaged weights that are validated give losses beyond all measure, which the training's own need not show."""
    validated = of.series("val/total")
    if validated is None or not math.isfinite(validated.last) or not math.isfinite(total.last):
        return None
    if validated.last < t.N13_VAL_LEAST or validated.last < t.N13_VAL_TIMES * max(total.last, 0.0):
        return None
    return rule.Hit(
        severity="critical",
        variant="validation",
        strength=2.0,
        values={"val": validated.last, "train": total.last, "epoch": of.epoch},
        changes=rates.scaled(of, 1 / t.N13_LR_STEP),
        series=("val/total", losses.TOTAL, *(f"val/{one}_loss" for one in of.components("val"))),
        since=t.N13_VAL_EPOCHS,
    )


def _grace(budget: int | None) -> int:
    return min(t.N13_GRACE_MOST, max(t.N13_GRACE_LEAST, int(t.N13_GRACE_SHARE * (budget or 0))))


def _noise_dominated(of: view.View) -> rule.Outcome:
    noise, total, batch = of.series(NOISE_SCALE), of.series(losses.TOTAL), of.facts.number("batch")
    if noise is None or total is None or batch is None:
        return rule.missing({NOISE_SCALE: noise, losses.TOTAL: total, "batch": batch})
    per_epoch = of.facts.number("batches") or t.N15_STEPS
    epochs = max(3, math.ceil(t.N15_STEPS / per_epoch))
    scales = noise.window(epochs)
    effective = batch * (of.facts.number("accumulate") or 1) * (of.facts.number("world_size") or 1)
    values = losses.settled(of, total, epochs=t.N15_EPOCHS, grace=t.N_GRACE)
    if len(scales) < min(epochs, t.WINDOW_LEAST) or len(values) < t.N15_EPOCHS:
        return None
    variation = robust.detrended_variation(values)
    if not np.all(scales > t.N15_RATIO * effective) or not variation > t.N15_VARIATION:
        return None
    scale = float(np.median(scales))
    return rule.Hit(
        severity="info",
        strength=scale / (t.N15_RATIO * effective),
        values={"scale": scale, "batch": effective, "times": scale / effective, "variation": variation},
        changes={"nbs": int(4 * effective)},
        series=(NOISE_SCALE, losses.TOTAL),
        since=epochs,
    )


RULES: tuple[rule.Rule, ...] = (
    rule.Rule(
        id="N10",
        name="early_oscillation",
        family="numerics",
        cadence="epoch",
        worst="warning",
        test=_early_oscillation,
        hits=1,
        is_muted_at_cuts=False,
        explains=("N14", "L02"),
    ),
    rule.Rule(
        id="N12",
        name="loss_not_decreasing",
        family="numerics",
        cadence="epoch",
        worst="warning",
        test=_loss_not_decreasing,
    ),
    rule.Rule(
        id="N13",
        name="divergence",
        family="numerics",
        cadence="epoch",
        worst="critical",
        test=_divergence,
        explains=("L02", "N12"),
    ),
    rule.Rule(
        id="N15",
        name="noise_dominated",
        family="numerics",
        cadence="epoch",
        worst="info",
        test=_noise_dominated,
        hits=1,
    ),
)
