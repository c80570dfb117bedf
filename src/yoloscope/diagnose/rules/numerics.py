"""Numbers that break: losses, weights and gradients that are not finite, overflow, explode, are clipped for good, or spike (N01-N06, N14)."""

import math

import numpy as np

from yoloscope.curves import robust, trend
from yoloscope.diagnose import losses, rates, rule, view
from yoloscope.diagnose import thresholds as t
from yoloscope.records import finding

NORM = "grad/norm"
SCALE = "amp/scale"
BROKEN_WEIGHTS = "weights/nonfinite"
MAP = "metrics/mAP50-95"


def _train_loss_nonfinite(of: view.View) -> rule.Outcome:
    names = losses.batch_names(of)
    if not names:
        return rule.Missing(("train/*_loss",))
    by_batch = [name for name in names if _is_broken(of.steps.now(name), of.steps.median(name))]
    if by_batch:
        return _broken(of, by_batch, variant=_cause(of))
    by_epoch = [name for name in names if _breaks(of.series(name))]
    return _broken(of, by_epoch, variant="epoch") if by_epoch else None


def _is_broken(value: float | None, usual: float | None) -> bool:
    if value is None:
        return False
    return not math.isfinite(value) or (usual is not None and 0 < usual < value / t.N01_HUGE)


def _breaks(series: view.Series | None) -> bool:
    if series is None or not series.count:
        return False
    before = robust.finite(series.window()[:-1])
    usual = float(np.median(before)) if len(before) else None
    return series.nonfinite_run > 0 or _is_broken(series.last, usual)


def _broken(of: view.View, names: list[str], *, variant: str) -> rule.Hit:
    return rule.Hit(
        severity="critical",
        variant="loop" if of.repeats >= t.N01_LOOP else variant,
        strength=2.0,
        values={"names": [*names], "step": of.steps.step, "epoch": of.epoch, "repeats": of.repeats},
        changes={"amp": False} if variant == "start" else {},
        series=(*names, NORM),
    )


def _cause(of: view.View) -> str:
    """Tell what came before the first bad batch: hardly any training, gradients that grew, or nothing."""
    if of.steps.seen <= t.N01_START_STEP and of.attempt == 0:
        return "start"
    norms = robust.finite(of.steps.blocks(NORM))
    if len(norms) > 5 and norms[-5:].max() > t.N01_GRADIENT_RISE * np.median(norms):
        return "explosion"
    return "single"


def _val_loss_nonfinite(of: view.View) -> rule.Outcome:
    found = {name: of.series(name) for name in of.names("val/") if name.endswith("_loss")}
    series = {name: one for name, one in found.items() if one is not None and one.count}
    if not series:
        return rule.Missing(("val/*_loss",))
    broken = [name for name, one in series.items() if one.nonfinite >= t.N02_EPOCHS and one.nonfinite_run]
    train = [of.series(name) for name in losses.batch_names(of)]
    if not broken or any(one is not None and one.nonfinite_run for one in train):
        return None
    metric = of.series(MAP)
    if metric is None or not math.isfinite(metric.most):
        return rule.Missing((MAP,))
    is_stuck = metric.stale(t.GAINS[1]) >= t.window(of.facts.epochs) and metric.most < t.N02_STUCK_MAP
    most = max(series[name].nonfinite for name in broken)
    return rule.Hit(
        severity="warning" if is_stuck else "info",
        variant="stuck" if is_stuck else "",
        strength=most / t.N02_EPOCHS,
        values={"names": [*broken], "epochs": most, "best": metric.most, "best_epoch": metric.most_epoch},
        changes={"amp": False},
        series=(*broken, MAP),
        since=t.N02_EPOCHS,
    )


def _weights_nonfinite(of: view.View) -> rule.Outcome:
    by_epoch = of.series(BROKEN_WEIGHTS)
    now = of.steps.now(BROKEN_WEIGHTS)
    count = now if now is not None else (by_epoch.last if by_epoch is not None and by_epoch.count else None)
    if count is None:
        return rule.Missing((BROKEN_WEIGHTS,))
    if not count > 0:
        return None
    values: dict[str, finding.Value] = {"count": count, "step": of.steps.step, "epoch": of.epoch}
    return rule.Hit(
        severity="critical",
        variant="epoch" if now is None else "",
        strength=2.0,
        values=values,
        series=(BROKEN_WEIGHTS, losses.TOTAL),
    )


def _amp_overflows(of: view.View) -> rule.Outcome:
    now, by_epoch = of.steps.now(SCALE), of.series(SCALE)
    scale = now if now is not None or by_epoch is None else by_epoch.last  # most batches do not tell it
    if scale is None or not math.isfinite(scale):
        return rule.Missing((SCALE,))
    if of.steps.seen < t.N04_FROM_STEP:
        return None
    overflows = of.steps.count("overflow")
    if overflows < t.N04_OVERFLOWS and not scale < t.N04_SCALE_LEAST:
        return None
    return rule.Hit(
        severity="warning",
        variant="low" if overflows < t.N04_OVERFLOWS else "",
        strength=max(overflows / t.N04_OVERFLOWS, 1.0),
        values={"overflows": overflows, "scale": scale, "least": t.N04_SCALE_LEAST},
        changes={"amp": False},
        series=(SCALE, NORM),
    )


def _gradient_explosion(of: view.View) -> rule.Outcome:
    norm, usual = of.steps.now(NORM), of.steps.median(NORM)
    if norm is None and usual is None:
        return rule.Missing((NORM,))
    explosions = of.steps.count("explosion")
    if usual is None or explosions < t.N05_COUNT:
        return None
    rise = _loss_rise(of)
    goes_with = rise is not None and rise >= t.N05_LOSS_RISE
    blocks = robust.finite(of.steps.blocks(NORM))
    return rule.Hit(
        severity="critical" if goes_with else "warning",
        variant="loss" if goes_with else "",
        strength=explosions / t.N05_COUNT,
        values={"count": explosions, "usual": usual, "most": float(blocks.max()), "rise": (rise or 1.0) - 1},
        changes={**rates.scaled(of, 1 / t.N13_LR_STEP), **rates.warmer(of)},
        series=(NORM, losses.TOTAL),
    )


def _loss_rise(of: view.View) -> float | None:
    """Return the total loss of the last 20 batches by that of the 20 before; ``None`` if there are not that many."""
    blocks = of.steps.blocks(losses.TOTAL)
    if len(blocks) < 10:
        return None
    before = float(np.median(blocks[-10:-5]))
    return float(np.median(blocks[-5:])) / before if before > 0 else None


def _clip_saturation(of: view.View) -> rule.Outcome:
    norm = of.steps.median(NORM)
    images = of.facts.number("batch")
    if norm is None or images is None:
        return rule.missing({NORM: norm, "batch": images})
    if of.epoch < (of.facts.number("warmup_epochs") or t.N_GRACE) or of.steps.seen < t.N06_SEEN:
        return None
    share = min(1.0, of.steps.count("clipped") / min(of.steps.seen, 1_000))
    per_image = norm / (images * (of.facts.number("accumulate") or 1))
    if share <= t.N06_SHARE or per_image <= t.N06_PER_IMAGE:
        return None
    total = of.series(losses.TOTAL)
    values = np.zeros(0) if total is None else losses.settled(of, total, epochs=losses.span(of.facts.epochs), grace=3)
    is_flat = len(values) >= t.N_SPAN_LEAST and trend.change(values) > -t.N06_FLAT_FALL
    return rule.Hit(
        severity="warning" if is_flat else "info",
        variant="flat" if is_flat else "",
        strength=per_image / t.N06_PER_IMAGE,
        values={"share": share, "norm": norm, "per_image": per_image, "ceiling": t.N06_NORM},
        series=(NORM, losses.TOTAL),
    )


def _loss_spikes(of: view.View) -> rule.Outcome:
    if not any(of.steps.now(name) is not None for name in losses.batch_names(of)):
        return rule.Missing(("train/*_loss by batch",))
    spikes = of.steps.count("spike")
    if not spikes:
        return None
    return rule.Hit(
        severity="warning" if spikes >= t.N14_COUNT else "info",
        strength=spikes / t.N14_COUNT,
        values={"count": spikes, "ratio": t.N14_RATIO, "batches": min(of.steps.seen, 1_000)},
        series=losses.batch_names(of),
    )


RULES: tuple[rule.Rule, ...] = (
    rule.Rule(
        id="N01",
        name="train_loss_nonfinite",
        family="numerics",
        cadence="step",
        worst="critical",
        test=_train_loss_nonfinite,
        hits=1,
        clears=t.STEP_CLEARS,
        is_muted_at_cuts=False,
        explains=("N05", "N13", "N14", "L02"),
    ),
    rule.Rule(
        id="N02",
        name="val_loss_nonfinite_only",
        family="numerics",
        cadence="epoch",
        worst="warning",
        test=_val_loss_nonfinite,
        hits=1,
        is_muted_at_cuts=False,
    ),
    rule.Rule(
        id="N03",
        name="weights_nonfinite",
        family="numerics",
        cadence="step",
        worst="critical",
        test=_weights_nonfinite,
        hits=1,
        clears=t.N03_CLEARS,
        is_muted_at_cuts=False,
        explains=("N01", "N02", "N05", "N13", "N14", "L02"),
    ),
    rule.Rule(
        id="N04",
        name="amp_overflow_rate",
        family="numerics",
        cadence="step",
        worst="warning",
        test=_amp_overflows,
        hits=1,
        clears=t.STEP_CLEARS,
    ),
    rule.Rule(
        id="N05",
        name="grad_explosion",
        family="numerics",
        cadence="step",
        worst="critical",
        test=_gradient_explosion,
        hits=1,
        clears=t.STEP_CLEARS,
        explains=("L02", "N14"),
    ),
    rule.Rule(
        id="N06",
        name="clip_saturation",
        family="numerics",
        cadence="epoch",
        worst="warning",
        test=_clip_saturation,
    ),
    rule.Rule(
        id="N14",
        name="loss_spike",
        family="numerics",
        cadence="step",
        worst="warning",
        test=_loss_spikes,
        hits=1,
        clears=t.STEP_CLEARS,
    ),
)
