"""Rules on what the validation metrics say side by side: precision and recall, mAP50 and mAP50-95, classes, sizes, noise (G06 to G09, G13)."""

import math

import numpy as np

from yoloscope.curves import robust, trend
from yoloscope.diagnose import forecast, losses, mistakes, rule, thresholds, view
from yoloscope.records import finding

MAP, MAP50, PRECISION, RECALL = forecast.MAP, "metrics/mAP50", "metrics/precision", "metrics/recall"
SMALL, MEDIUM = "metrics/recall_small", "metrics/recall_medium"
NEWEST = thresholds.G06_EPOCHS


def _pr_skew(run: view.View) -> rule.Outcome:
    precision, recall = run.series(PRECISION), run.series(RECALL)
    if precision is None or recall is None:
        return rule.missing({PRECISION: precision, RECALL: recall})
    first, second = _mean(precision), _mean(recall)
    if not _is_late(run) or not abs(first - second) > thresholds.G06_GAP:
        return None
    return rule.Hit(
        severity="info",
        strength=abs(first - second) / thresholds.G06_GAP,
        variant="misses" if first > second else "false_alarms",
        values={"precision": first, "recall": second, "epochs": NEWEST},
        series=(PRECISION, RECALL),
        since=NEWEST,
    )


def _localisation_gap(run: view.View) -> rule.Outcome:
    return _displaced(run) or _loose(run)


def _displaced(run: view.View) -> rule.Hit | None:
    """Return what is said where objects are found and hardly a box fits, though those of the training do: the two splits place boxes otherwise."""
    counted = mistakes.recent(run, epochs=NEWEST)
    box = losses.part(run, "box")
    unit = None if box is None else losses.iou_unit(run, box)
    if counted is None or box is None or unit is None or not _is_late(run):
        return None
    ciou = 1 - box.series.ema / unit
    is_seen = counted.displaced > thresholds.G07_SEEN * counted.missed
    if not is_seen or counted.displaced <= thresholds.G07_DISPLACED * counted.placed or not ciou >= thresholds.G07_CIOU:
        return None
    return rule.Hit(
        severity="warning",
        strength=2.0,
        variant="displaced",
        values={
            "displaced": counted.displaced / (counted.displaced + counted.placed),
            "ciou": ciou,
            "epochs": NEWEST,
        },
        series=("errors/localisation", "errors/correct", box.name),
        since=NEWEST,
    )


def _loose(run: view.View) -> rule.Outcome:
    strict, loose = run.series(MAP), run.series(MAP50)
    if strict is None or loose is None:
        return rule.missing({MAP: strict, MAP50: loose})
    high, ratio = _mean(loose), _mean(strict) / max(_mean(loose), 1e-9)
    if not _is_late(run) or not high > thresholds.G07_MAP50 or not ratio < thresholds.G07_RATIO:
        return None
    gain = run.facts.gain("box") if run.facts.framework != "yolov5" else None
    return rule.Hit(
        severity="info",
        strength=thresholds.G07_RATIO / max(ratio, 1e-3),
        values={"map": high * ratio, "map50": high, "ratio": ratio, "epochs": NEWEST},
        changes={"box": 10.0} if gain is not None and gain < 10 else {},
        series=(MAP, MAP50),
        since=NEWEST,
    )


def _class_ap_collapse(run: view.View) -> rule.Outcome:
    classes = [one for one in run.classes() if one.count]
    if len(classes) < 2:
        return rule.missing({"class/*/AP50": tuple(classes)}) if not classes and run.facts.classes != 1 else None
    if run.epoch < thresholds.LATE * (run.facts.epochs or 0) or run.epoch < thresholds.WAIT_LEAST:
        return None
    return _far_below_others(run, classes) or _fallen_from_best(run, classes)


def _far_below_others(run: view.View, classes: list[view.ClassSeries]) -> rule.Hit | None:
    middle = float(np.median([one.last for one in classes]))
    counted = {one.name: run.facts.val.per_class.get(one.name, 0) for one in classes}
    limit = thresholds.G08_RATIO * middle
    weak = sorted(
        (one.last, one.name) for one in classes if one.last < limit and counted[one.name] >= thresholds.G08_INSTANCES
    )
    if not weak:
        return None
    lowest, name = weak[0]
    trained = run.facts.train.per_class.get(name)
    return rule.Hit(
        severity="warning",
        strength=min(limit / max(lowest, 1e-3), 4.0),
        variant="below" if trained is None else "below_counted",
        values={
            "names": [name for _, name in weak[:5]],
            "lowest": lowest,
            "median": middle,
            "instances": counted[name],
            "trained": trained or 0,
        },
        changes={"cls_pw": 0.25} if run.facts.framework == "ultralytics" else {},
        series=tuple(f"class/{name}/AP50" for _, name in weak[:5]),
        since=thresholds.WINDOW_LEAST,
    )


def _fallen_from_best(run: view.View, classes: list[view.ClassSeries]) -> rule.Hit | None:
    metric = run.series(MAP)
    if metric is None or trend.slope(metric.window(thresholds.window(run.facts.epochs))) <= 0:
        return None
    chances = {one.name: _chance(one) for one in classes}
    found = [
        one
        for one in classes
        if one.best - one.last > thresholds.G08_DROP and chances[one.name] <= _discovery_limit(list(chances.values()))
    ]
    if not found:
        return None
    worst = max(found, key=lambda one: one.best - one.last)
    return rule.Hit(
        severity="warning",
        strength=(worst.best - worst.last) / thresholds.G08_DROP,
        variant="fallen",
        values={
            "names": [one.name for one in found[:5]],
            "name": worst.name,
            "last": worst.last,
            "best": worst.best,
            "best_epoch": worst.best_epoch,
        },
        series=(*(f"class/{one.name}/AP50" for one in found[:4]), MAP),
        since=run.epoch - worst.best_epoch,
    )


def _chance(one: view.ClassSeries) -> float:
    """Return how likely noise alone puts a class so far below its best; a normal one, whose mean absolute change is 2 sigma / sqrt(pi)."""
    sigma = one.noise * math.sqrt(math.pi) / 2
    return 0.5 * math.erfc((one.best - one.last) / (sigma * math.sqrt(2))) if sigma > 0 else float(one.best <= one.last)


def _discovery_limit(chances: list[float]) -> float:
    """Return the greatest chance that passes. Source: Benjamini and Hochberg (1995), the step-up procedure."""
    ranked = sorted(chances)
    passed = [
        chance for rank, chance in enumerate(ranked, start=1) if chance <= thresholds.G08_LEVEL * rank / len(ranked)
    ]
    return max(passed, default=-1.0)


def _small_recall_drop(run: view.View) -> rule.Outcome:
    small, medium, whole = run.series(SMALL), run.series(MEDIUM), run.series(RECALL)
    if small is None or whole is None:
        return rule.missing({SMALL: small, RECALL: whole})
    width = thresholds.window(run.facts.epochs)
    window = small.window(width)
    fall = -trend.slope(window) * (len(window) - 1)
    falls = len(window) >= width and fall >= thresholds.G09_FALL and trend.corrected(window) < thresholds.G09_Z
    if (
        run.epoch >= thresholds.wait(run.facts.epochs)
        and falls
        and trend.corrected(whole.window(width)) > thresholds.G09_STEADY_Z
    ):
        values: dict[str, finding.Value] = {"fall": fall, "epochs": width, "small": _mean(small), "whole": _mean(whole)}
        return _small(run, "falls", fall / thresholds.G09_FALL, values, width)
    if medium is None or not _is_late(run) or not _mean(medium) >= thresholds.G09_RECALL_MEDIUM:
        return None
    ratio = _mean(small) / _mean(medium)
    if not ratio < thresholds.G09_RATIO:
        return None
    return _small(
        run,
        "low",
        thresholds.G09_RATIO / max(ratio, 1e-2),
        {"small": _mean(small), "medium": _mean(medium), "epochs": NEWEST},
        NEWEST,
    )


def _small(run: view.View, variant: str, strength: float, values: dict[str, finding.Value], since: int) -> rule.Hit:
    """Return what small objects are told to lack: pixels, or a scale that augmentation takes away."""
    changes: dict[str, object] = {}
    size, scale = run.facts.number("imgsz"), run.facts.number("scale")
    if size:
        changes["imgsz"] = int(32 * math.ceil(1.5 * size / 32))
    if scale and scale > 0.3:
        changes["scale"] = 0.25
    if (run.facts.number("mosaic") or 0) > 0.5:
        changes["mosaic"] = 0.5
    return rule.Hit(
        severity="warning",
        strength=strength,
        variant=variant,
        values=values,
        changes=changes,
        series=(SMALL, MEDIUM, RECALL),
        since=since,
    )


def _val_too_noisy(run: view.View) -> rule.Outcome:
    metric, val = run.series(MAP), run.facts.val
    wavers = _noise(run, metric)
    if wavers is not None and wavers > thresholds.G13_NOISE:
        is_small = val.instances is not None and val.instances < thresholds.G13_INSTANCES
        severity = "warning" if is_small and wavers > thresholds.G13_NOISE_WARNS else "info"
        values: dict[str, finding.Value] = {"noise": wavers, "twice": 2 * wavers, "images": val.images or 0}
        return rule.Hit(
            severity=severity,
            strength=wavers / thresholds.G13_NOISE,
            variant="noise",
            values=values,
            series=(MAP,),
            since=thresholds.NOISE_WINDOW,
        )
    if val.instances is not None and val.instances < thresholds.G13_INSTANCES:
        strength = thresholds.G13_INSTANCES / max(val.instances, 1)
        return rule.Hit(
            severity="info",
            strength=strength,
            variant="few",
            values={"instances": val.instances, "images": val.images or 0},
            series=(MAP,),
        )
    rare = {name: count for name, count in val.per_class.items() if count < thresholds.G13_CLASS_INSTANCES}
    if rare:
        name = min(rare, key=lambda one: rare[one])
        values = {"name": name, "instances": rare[name], "rare": len(rare)}
        return rule.Hit(
            severity="info",
            strength=thresholds.G13_CLASS_INSTANCES / max(rare[name], 1),
            variant="rare",
            values=values,
            series=(MAP,),
        )
    return rule.missing({MAP: metric}) if metric is None and val.instances is None else None


def _noise(run: view.View, metric: view.Series | None) -> float | None:
    """Return how far mAP wavers between epochs, once its rise at the start is over; ``None`` before."""
    if metric is None or run.epoch < thresholds.wait(run.facts.epochs):
        return None
    window = metric.window(thresholds.NOISE_WINDOW)
    return robust.noise(window) if len(window) >= thresholds.WINDOW_LEAST else None


def _mean(series: view.Series) -> float:
    """Return the mean of the newest epochs; NaN, which passes no threshold, while there are fewer since a cut."""
    window = robust.finite(series.window(NEWEST))
    return float(window.mean()) if len(window) >= NEWEST else math.nan


def _is_late(run: view.View) -> bool:
    return run.epoch >= max(thresholds.WAIT_LEAST, thresholds.LATE * (run.facts.epochs or 0))


def _rule(rule_id: str, name: str, test: rule.Test, *, worst: finding.Severity, hits: int = 3) -> rule.Rule:
    return rule.Rule(id=rule_id, name=name, family="generalisation", cadence="epoch", worst=worst, test=test, hits=hits)


RULES: tuple[rule.Rule, ...] = (
    _rule("G06", "pr_skew", _pr_skew, worst="info"),
    _rule("G07", "localisation_gap", _localisation_gap, worst="warning"),
    _rule("G08", "class_ap_collapse", _class_ap_collapse, worst="warning", hits=5),
    _rule("G09", "small_recall_drop", _small_recall_drop, worst="warning"),
    _rule("G13", "val_too_noisy", _val_too_noisy, worst="warning"),
)
