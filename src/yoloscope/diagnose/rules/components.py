"""What the level of a part of the loss says: too high a start, parts that are solved while others stand still, good losses without mAP (L01, L03, L04, L07, L08)."""

import math

import numpy as np

from yoloscope.curves import robust, trend
from yoloscope.diagnose import losses, mistakes, rule, view
from yoloscope.diagnose import thresholds as t
from yoloscope.records import finding

MAP50 = "metrics/mAP50"
ERRORS = "errors/"


def _box_start_high(of: view.View) -> rule.Outcome:
    box = losses.part(of, "box")
    unit = None if box is None else losses.iou_unit(of, box)
    if box is None or unit is None:
        return rule.missing({"train/box_loss": box, "gain": unit})
    first, last = box.series.first / unit, box.series.last / unit
    if not math.isfinite(first + last):
        return None
    limit = _start_limit(of)
    is_early = of.epoch < t.L01_TENTH_EPOCH and (_is_pretrained(of) or of.epoch >= t.L01_SCRATCH_EPOCH)
    if is_early and min(first, last) > limit:
        variant, shown = "start", first
    elif _is_high_at_ten(of, last):
        variant, shown, limit = "tenth", last, t.L01_TENTH
    else:
        return None
    is_pretrained = _is_pretrained(of)
    is_critical = is_pretrained and variant == "start" and shown > t.L01_START_CRITICAL
    return rule.Hit(
        severity="critical" if is_critical else "warning",
        variant=variant if is_pretrained or variant == "tenth" else "scratch",
        strength=shown / limit,
        values={
            "name": box.name,
            "loss": shown * unit,
            "ciou": 1 - shown,
            "usual": (1 - limit) if variant == "tenth" or not is_pretrained else t.L01_USUAL,
            "limit": limit * unit,
            "epoch": of.epoch,
        },
        series=(box.name,),
        since=of.epoch,
    )


def _start_limit(of: view.View) -> float:
    if of.facts.framework == "yolov5":
        return t.L01_YOLOV5
    return t.L01_START if _is_pretrained(of) else t.L01_SCRATCH


def _is_pretrained(of: view.View) -> bool:
    """Tell whether what is known of pretrained starts applies: it was measured on Ultralytics' models."""
    return bool(of.facts.starts_pretrained) and of.facts.framework != "yolov5"


def _is_high_at_ten(of: view.View, miss: float) -> bool:
    is_long = (of.facts.epochs or t.L01_BUDGET_LEAST) >= t.L01_BUDGET_LEAST
    return _is_pretrained(of) and is_long and of.epoch >= t.L01_TENTH_EPOCH and miss > t.L01_TENTH


def _cls_solved_obj_stuck(of: view.View) -> rule.Outcome:
    cls, obj = losses.part(of, "cls"), losses.part(of, "obj")
    count = losses.classes(of)
    if count is None or cls is None:
        return rule.missing({"classes": count, "train/cls_loss": cls})
    if count < 2:
        return None
    return _confuses_background(of, cls) if obj is None else _obj_stuck(of, cls, obj)


def _obj_stuck(of: view.View, cls: losses.Part, obj: losses.Part) -> rule.Outcome:
    metric = of.series(MAP50)
    if metric is None:
        return rule.Missing((MAP50,))
    at_five = obj.series.early()[t.L03_FROM_EPOCH - 1 : t.L03_FROM_EPOCH]
    values, scores = obj.series.window(t.L03_EPOCHS), metric.window(t.L03_EPOCHS)
    if len(at_five) == 0 or min(len(values), len(scores)) < t.L03_EPOCHS or at_five[0] <= 0:
        return None
    is_solved = cls.series.last < t.L03_CLS and cls.series.last < t.L03_CLS_SHARE * cls.series.first
    obj_fall = 1 - float(np.median(values)) / float(at_five[0])
    spread = float(np.ptp(scores))
    is_flat = spread < t.L03_MAP_RANGE and spread <= max(
        t.L03_MAP_SIGMAS * robust.noise(scores) * 2, t.L03_MAP_RANGE / 2
    )
    if not is_solved or not obj_fall < t.L03_OBJ_FALL or not is_flat:
        return None
    return rule.Hit(
        severity="warning",
        variant="obj",
        strength=1 + (t.L03_OBJ_FALL - obj_fall) / t.L03_OBJ_FALL,
        values={
            "cls": cls.series.last,
            "obj": obj.series.last,
            "obj_fall": obj_fall,
            "map50": metric.last,
            "epochs": t.L03_EPOCHS,
        },
        changes={"obj": 1.5, "fl_gamma": 1.5},
        series=(cls.name, obj.name, MAP50),
        since=t.L03_EPOCHS,
    )


def _confuses_background(of: view.View, cls: losses.Part) -> rule.Outcome:
    kinds = {name.removeprefix(ERRORS): of.series(name) for name in of.names(ERRORS)}
    counts = {kind: one.last for kind, one in kinds.items() if one is not None and kind != "correct"}
    precision, recall = of.series("metrics/precision"), of.series("metrics/recall")
    if not {"background", "missed"} <= counts.keys() or precision is None or recall is None:
        return rule.missing({"errors/*": counts or None, "metrics/precision": precision, "metrics/recall": recall})
    values = losses.judged(of, cls.series)
    errors = sum(counts.values())
    if len(values) < losses.span(of.facts.epochs) or not errors > 0:
        return None
    share = (counts["background"] + counts["missed"]) / errors
    is_poor = min(precision.last, recall.last) < t.L03_PR and math.isfinite(precision.last + recall.last)
    if share <= t.L03_BACKGROUND or not is_poor or trend.change(values) < -t.L03_FLAT:
        return None
    return rule.Hit(
        severity="warning",
        variant="errors",
        strength=share / t.L03_BACKGROUND,
        values={
            "share": share,
            "precision": precision.last,
            "recall": recall.last,
            "change": trend.change(values),
            "epochs": len(values),
        },
        series=(cls.name, "errors/background", "errors/missed"),
        since=len(values),
    )


def _box_falls_cls_flat(of: view.View) -> rule.Outcome:
    box, cls = losses.part(of, "box"), losses.part(of, "cls")
    count = losses.classes(of)
    if count is None or box is None or cls is None:
        return rule.missing({"classes": count, "train/box_loss": box, "train/cls_loss": cls})
    if count < 2:
        return None
    said = _untrained(of, cls, classes=count) or _hardly_weighed(of, cls, classes=count)
    return said or _confused(of, cls, classes=count, splits_disagree=False) or _parts_apart(of, box, cls, classes=count)


def _parts_apart(of: view.View, box: losses.Part, cls: losses.Part, *, classes: int) -> rule.Hit | None:
    window = losses.span(of.facts.epochs)
    boxes, others = (losses.judged(of, one.series) for one in (box, cls))
    if min(len(boxes), len(others)) < window or not math.isfinite(cls.series.last):
        return None
    fall, change = -trend.change(boxes), trend.change(others)
    if fall <= t.L04_BOX_FALL or abs(change) >= t.L04_CLS_FLAT:
        return None
    return rule.Hit(
        severity="warning",
        strength=fall / t.L04_BOX_FALL,
        values={
            "box_fall": fall,
            "cls_change": change,
            "cls": cls.series.last,
            "epochs": window,
            "classes": classes,
        },
        changes={"cls": 2 * (of.facts.gain(cls.component) or 0.5), "cls_pw": 0.5},
        series=(box.name, cls.name),
        since=window,
    )


def _untrained(of: view.View, cls: losses.Part, *, classes: int) -> rule.Hit | None:
    if cls.series.most != 0 or of.epoch <= 1:
        return None
    return rule.Hit(
        severity="warning",
        variant="zero",
        strength=2.0,
        values={"epochs": of.epoch, "classes": classes},
        changes={"cls": t.L04_GAIN},
        series=(cls.name,),
        since=of.epoch,
    )


def _hardly_weighed(of: view.View, cls: losses.Part, *, classes: int) -> rule.Hit | None:
    gain = of.facts.gain(cls.component)
    if of.facts.framework != "ultralytics" or not gain or gain >= t.L04_GAIN_LEAST:
        return None
    return rule.Hit(
        severity="warning",
        variant="gain",
        strength=t.L04_GAIN_LEAST / gain,
        values={"gain": gain, "usual": t.L04_GAIN, "classes": classes},
        changes={"cls": t.L04_GAIN},
        series=(cls.name,),
        since=of.epoch,
    )


def _confused(of: view.View, cls: losses.Part, *, classes: int, splits_disagree: bool) -> rule.Hit | None:
    """Return what is said where boxes fit and classes do not, for one of its two reasons: both splits show it, or validation alone."""
    counted = mistakes.recent(of, epochs=t.L_ERRORS_EPOCHS)
    before = mistakes.recent(of, epochs=t.L_ERRORS_EPOCHS, ago=t.L_ERRORS_EPOCHS)
    if (
        counted is None
        or before is None
        or classes < 2
        or of.epoch < max(t.L_ERRORS_FROM, t.L08_FROM * (of.facts.epochs or 0))
    ):
        return None
    seen = counted.placed + counted.displaced + counted.missed
    wrong = counted.confused
    if counted.placed < t.L_ERRORS_PLACED * seen or wrong <= t.L_ERRORS_WRONG:
        return None
    validated = of.series("val/cls_loss")
    trained, val = _level(cls.series), math.nan if validated is None else _level(validated)
    if not math.isfinite(trained + val):
        return None
    apart = val > t.L08_APART * trained
    steady = t.L08_STEADY if apart else t.L04_STEADY
    if apart != splits_disagree or wrong < steady * before.confused:
        return None
    return rule.Hit(
        severity="warning",
        variant="confused",
        strength=wrong / t.L_ERRORS_WRONG,
        values={
            "share": wrong,
            "epochs": t.L_ERRORS_EPOCHS,
            "cls": trained,
            "val_cls": val,
        },
        series=(f"{ERRORS}classification", f"{ERRORS}correct", cls.name, *(("val/cls_loss",) if validated else ())),
        since=t.L_ERRORS_EPOCHS,
    )


def _level(series: view.Series) -> float:
    values = robust.finite(series.across()[-t.L_ERRORS_EPOCHS :])
    return float(np.median(values)) if len(values) else math.nan


def _dfl_stuck(of: view.View) -> rule.Outcome:
    dfl = losses.part(of, "dfl")
    gain = None if dfl is None else of.facts.gain(dfl.component)
    if dfl is None or not gain:
        return rule.missing({"train/dfl_loss": dfl, "gain": gain or None})
    uniform = gain * math.log(t.L07_BINS)
    if of.epoch <= t.L07_FROM_EPOCH or not dfl.series.last > t.L07_SHARE * uniform:
        return None
    return rule.Hit(
        severity="warning",
        strength=dfl.series.last / (t.L07_SHARE * uniform),
        values={"loss": dfl.series.last, "uniform": uniform, "epoch": of.epoch},
        series=(dfl.name,),
        since=of.epoch,
    )


def _low_loss_poor_map(of: view.View) -> rule.Outcome:
    classes = losses.part(of, "cls")
    said = None if classes is None else _confused(of, classes, classes=losses.classes(of) or 0, splits_disagree=True)
    return said or _low_loss(of)


def _low_loss(of: view.View) -> rule.Outcome:
    box, cls, metric = losses.part(of, "box"), losses.part(of, "cls"), of.series(MAP50)
    unit = None if box is None else losses.iou_unit(of, box)
    low, budget = t.L08_CLS.get(of.facts.framework), of.facts.epochs
    if box is None or cls is None or metric is None or unit is None or low is None or budget is None:
        inputs = {"train/box_loss": box, "train/cls_loss": cls, MAP50: metric, "gain": unit, "framework": low}
        return rule.missing({**inputs, "epochs": budget})
    ciou = 1 - box.series.last / unit
    if of.epoch <= t.L08_FROM * budget or not metric.last < t.L08_MAP50:
        return None
    if not ciou > t.L08_CIOU or not 0 < cls.series.last < low or box.series.last <= 0:
        return None
    return rule.Hit(
        severity="warning",
        variant="zero" if metric.most < 0.01 else "",
        strength=1 + (t.L08_MAP50 - metric.last),
        values={
            "ciou": ciou,
            "box": box.series.last,
            "cls": cls.series.last,
            "cls_low": low,
            "map50": metric.last,
            "best": metric.most,
        },
        series=(box.name, cls.name, MAP50),
        since=5,
    )


def _rule(rule_id: str, name: str, test: rule.Test, *, worst: finding.Severity = "warning", hits: int = 3) -> rule.Rule:
    return rule.Rule(id=rule_id, name=name, family="components", cadence="epoch", worst=worst, test=test, hits=hits)


RULES: tuple[rule.Rule, ...] = (
    rule.Rule(
        id="L01",
        name="box_start_high",
        family="components",
        cadence="epoch",
        worst="critical",
        test=_box_start_high,
        hits=1,
        clears=1,
        is_muted_at_cuts=False,
    ),
    _rule("L03", "cls_solved_obj_stuck", _cls_solved_obj_stuck),
    _rule("L04", "box_falls_cls_flat", _box_falls_cls_flat, hits=5),
    _rule("L07", "dfl_stuck", _dfl_stuck, hits=2),
    _rule("L08", "low_loss_poor_map", _low_loss_poor_map, hits=5),
)
