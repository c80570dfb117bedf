"""Overfitting: validation turns while training goes on, few images learnt by heart, and the two curves that part (G01, G02)."""

import math

from yoloscope.curves import trend
from yoloscope.diagnose import forecast, rule, thresholds, view
from yoloscope.records import finding

MAP, TRAIN, VAL, VAL_CLS = forecast.MAP, "train/total", "val/total", "val/cls_loss"
UNDECIDED = rule.Undecided()


def _overfit_early(run: view.View) -> rule.Outcome:
    return _few_images(run) or _validation_rises(run)


def _validation_rises(run: view.View) -> rule.Outcome:
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


def _few_images(run: view.View) -> rule.Hit | None:
    """Return what is said where few images are seen again and again and validation stays behind: they are learnt by heart from the first third on."""
    images, total, val, metric = run.facts.train.images, run.series(TRAIN), run.series(VAL), run.series(MAP)
    if not images or images >= thresholds.G01_FEW_IMAGES or total is None or val is None or metric is None:
        return None
    if run.epoch < max(thresholds.G01_FEW_EPOCHS, thresholds.LATE * (run.facts.epochs or 0)):
        return None
    behind = val.ema / total.ema if total.ema > 0 else 1.0
    if not behind > thresholds.G01_FEW_BEHIND or not metric.most >= thresholds.G04_MAP:
        return None
    return rule.Hit(
        severity="warning",
        variant="few",
        strength=behind / thresholds.G01_FEW_BEHIND,
        values={
            "images": images,
            "times": run.epoch,
            "behind": behind,
            "best": metric.most,
            "best_epoch": metric.most_epoch,
        },
        changes=_against_overfitting(run),
        series=(TRAIN, VAL, MAP),
        since=thresholds.G01_STALE,
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


def _rule(rule_id: str, name: str, test: rule.Test, *, explains: tuple[str, ...] = ()) -> rule.Rule:
    return rule.Rule(
        id=rule_id,
        name=name,
        family="generalisation",
        cadence="epoch",
        worst="warning",
        test=test,
        waits=True,
        explains=explains,
    )


RULES: tuple[rule.Rule, ...] = (
    _rule("G01", "overfit_early", _overfit_early, explains=("G02",)),
    _rule("G02", "scissors", _scissors),
)
