"""How the parts of the loss move against their sum: one that drives its swings, one that rebounds, one that its weight hides (L02, L05, L06)."""

import numpy as np

from yoloscope.curves import robust, swings, trend
from yoloscope.diagnose import losses, rates, rule, view
from yoloscope.diagnose import thresholds as t
from yoloscope.records import finding

BRANCH = "loss_weight/one_to_many"
"""The share of the branch that models without NMS train at first; while it falls the level of all losses drifts by design."""


def _component_swing(of: view.View) -> rule.Outcome:
    total = of.series(losses.TOTAL)
    if total is None or not total.count:
        return rule.Missing((losses.TOTAL,))
    by_epoch = {name: _epochs(of, name) for name in (losses.TOTAL, *losses.batch_names(of))}
    by_batch = {name: of.steps.blocks(name) for name in by_epoch}
    return _swinging(of, by_epoch, unit="epochs") or _swinging(of, by_batch, unit="batches")


def _epochs(of: view.View, name: str) -> view.Floats:
    series = of.series(name)
    return np.zeros(0) if series is None else losses.settled(of, series, epochs=t.L02_WINDOW, grace=t.L02_GRACE)


def _swinging(of: view.View, curves: dict[str, view.Floats], *, unit: str) -> rule.Hit | None:
    total = curves[losses.TOTAL]
    least = t.L02_WINDOW // 2 if unit == "epochs" else t.N10_BLOCKS_LEAST
    middle = float(np.median(total)) if len(total) >= least and np.all(np.isfinite(total)) else 0.0
    if middle <= 0 or of.epoch < t.L02_GRACE:
        return None
    swing = (float(total.max()) - float(total.min())) / middle
    driver, share = _driver(curves)
    if swing <= t.L02_SWING or share <= t.L02_SHARE:
        return None
    if swings.turns(total, amplitude=t.L02_TURN * t.L02_SWING * middle) < t.L02_TURNS:
        return None
    explosions = of.steps.count("explosion")
    is_exploding = explosions >= t.N05_COUNT
    return rule.Hit(
        severity="critical" if is_exploding else "warning",
        variant=f"{unit}_explosion" if is_exploding else unit,
        strength=swing / t.L02_SWING,
        values={
            "low": float(total.min()),
            "high": float(total.max()),
            "swing": swing,
            "driver": driver,
            "share": share,
            "window": len(total) * (1 if unit == "epochs" else 4),
            "explosions": explosions,
        },
        changes=rates.warmer(of),
        series=(losses.TOTAL, driver, "grad/norm"),
        since=len(total) if unit == "epochs" else 1,
    )


def _driver(curves: dict[str, view.Floats]) -> tuple[str, float]:
    """Return which part moves with the total most, and how much of the total's variance that is."""
    scale = max(float(np.abs(values).max(initial=0.0)) for values in curves.values()) or 1.0
    total = curves[losses.TOTAL] / scale
    power = float(np.var(total))
    shares = {
        name: float(np.dot(values / scale - (values / scale).mean(), total - total.mean())) / len(total) / power
        for name, values in curves.items()
        if name != losses.TOTAL and len(values) == len(total) and power > 0
    }
    return max(shares.items(), key=lambda pair: pair[1]) if shares else ("", 0.0)


def _cls_rebound(of: view.View) -> rule.Outcome:
    box, cls = losses.part(of, "box"), losses.part(of, "cls")
    budget = of.facts.epochs
    if budget is None or box is None or cls is None:
        return rule.missing({"epochs": budget, "train/box_loss": box, "train/cls_loss": cls})
    window = losses.span(budget)
    boxes, classes = (losses.judged(of, one.series) for one in (box, cls))
    if of.epoch <= t.L05_FROM * budget or min(len(boxes), len(classes)) < window:
        return None
    rise = trend.change(classes)
    if rise < t.L05_RISE or trend.corrected(classes) <= t.L05_Z or trend.corrected(boxes) >= -t.L05_Z:
        return None
    is_large = rise >= t.L05_RISE_WARNING
    return rule.Hit(
        severity="warning" if is_large else "info",
        strength=rise / t.L05_RISE,
        values={"rise": rise, "box_fall": -trend.change(boxes), "epochs": window, "since": of.epoch - window},
        changes=_smoother(of),
        series=(cls.name, box.name, *of.names("lr")),
        since=window,
    )


def _smoother(of: view.View) -> dict[str, object]:
    mixup = of.facts.number("mixup")
    return {"cos_lr": True, "mixup": mixup / 2} if mixup else {"cos_lr": True}


def _weight_masking(of: view.View) -> rule.Outcome:
    weights = {name: one for name in of.names("loss_weight/") if (one := of.series(name)) is not None and one.count}
    total = of.series(losses.TOTAL)
    if not weights or total is None:
        return rule.missing({"loss_weight/*": weights, losses.TOTAL: total})
    window = t.window(of.facts.epochs)
    if BRANCH in weights:
        return _by_design(weights[BRANCH], window)
    totals = losses.settled(of, total, epochs=window, grace=t.N_GRACE)
    fall = -trend.change(totals)
    if len(totals) < window:
        return None
    return _masked(of, weights, fall=fall, window=window) or _reweighted(weights, fall=fall, window=window)


def _by_design(branch: view.Series, window: int) -> rule.Hit | None:
    shares = robust.finite(branch.window(window))
    if len(shares) < 2 or shares[0] == shares[-1]:
        return None
    values: dict[str, float] = {"from": float(shares[0]), "to": float(shares[-1])}
    return rule.Hit(
        severity="info",
        variant="branches",
        values={**values, "epochs": len(shares)},
        series=(BRANCH, losses.TOTAL),
        since=window,
    )


def _masked(of: view.View, weights: dict[str, view.Series], *, fall: float, window: int) -> rule.Hit | None:
    """Find a part that rises once its changing weight is divided out, while the weighted total falls."""
    if fall <= t.L06_FALL:
        return None
    for name, weight in weights.items():
        component = name.removeprefix("loss_weight/")
        part = of.series(losses.series_name(component))
        factors = weight.window(window)
        values = np.zeros(0) if part is None else part.window(len(factors))
        if len(values) < t.WINDOW_LEAST or len(factors) > len(values) or not np.all(factors > 0):
            continue
        if factors.max() == factors.min():
            continue
        raw = values / factors
        rise = trend.change(raw)
        if rise > t.L06_RAW_RISE and trend.corrected(raw) > t.L06_Z:
            told: dict[str, finding.Value] = {"component": component, "rise": rise, "fall": fall, "epochs": window}
            return rule.Hit(
                severity="warning",
                variant="masked",
                strength=rise / t.L06_RAW_RISE,
                values={**told, "from": float(factors[0]), "to": float(factors[-1])},
                series=(losses.TOTAL, losses.series_name(component), name),
                since=window,
            )
    return None


def _reweighted(weights: dict[str, view.Series], *, fall: float, window: int) -> rule.Hit | None:
    for name, weight in weights.items():
        factors = robust.finite(weight.window(window))
        if len(factors) < 2 or factors.min() <= 0:
            continue
        factor = float(factors.max() / factors.min())
        if factor > t.L06_FACTOR:
            component = name.removeprefix("loss_weight/")
            values: dict[str, finding.Value] = {
                "component": component,
                "factor": factor,
                "fall": fall,
                "epochs": window,
            }
            return rule.Hit(
                severity="warning",
                variant="weights",
                strength=factor / t.L06_FACTOR,
                values={**values, "from": float(factors[0]), "to": float(factors[-1])},
                series=(name, losses.series_name(component), losses.TOTAL),
                since=window,
            )
    return None


RULES: tuple[rule.Rule, ...] = (
    rule.Rule(
        id="L02",
        name="component_swing",
        family="components",
        cadence="epoch",
        worst="critical",
        test=_component_swing,
        hits=2,
    ),
    rule.Rule(
        id="L05",
        name="cls_rebound",
        family="components",
        cadence="epoch",
        worst="warning",
        test=_cls_rebound,
        hits=3,
    ),
    rule.Rule(
        id="L06",
        name="weight_masking",
        family="components",
        cadence="epoch",
        worst="warning",
        test=_weight_masking,
        hits=3,
    ),
)
