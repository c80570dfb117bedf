"""Recall that arguments of validation give away: confidence, NMS, the most detections of an image (V01)."""

from yoloscope.diagnose import facts, rule, view
from yoloscope.diagnose import thresholds as t
from yoloscope.records import finding

MISSED = "errors/missed"
CORRECT = "errors/correct"
DUPLICATE = "errors/duplicate"
RECALL = "metrics/recall"
_KINDS = ("correct", "duplicate", "classification", "localisation", "both", "background")


def _recall_lost(of: view.View) -> rule.Outcome:
    known = {key: of.facts.number(key) for key in ("conf", "iou", "max_det")}
    if not any("conf" in given for given in (of.facts.given, of.facts.settings)) and not any(known.values()):
        return rule.Missing(("conf", "iou", "max_det"))
    missed = _missed(of)
    found = (
        _full_images(of.facts, most=known["max_det"], missed=missed),
        _confidence(known["conf"], missed=missed),
        _nms(of, limit=known["iou"], missed=missed),
    )
    hits = [hit for hit in found if hit is not None]
    return max(hits, key=lambda hit: (finding.SEVERITIES.index(hit.severity), hit.strength), default=None)


def _missed(of: view.View) -> float | None:
    """Return the share of objects that validation missed last: from counts of mistakes, else what recall leaves."""
    missed, correct, recall = of.series(MISSED), of.series(CORRECT), of.series(RECALL)
    if missed is not None and correct is not None and missed.last + correct.last > 0:
        return missed.last / (missed.last + correct.last)
    return 1 - recall.last if recall is not None and 0 <= recall.last <= 1 else None


def _full_images(known: facts.Facts, *, most: float | None, missed: float | None) -> rule.Hit | None:
    val = known.val if known.val.instances else known.train
    if not most or not val.images or not val.instances:
        return None
    mean, fullest = val.instances / val.images, val.fullest or 0
    if fullest <= most and mean <= t.V01_FULL * most:
        return None
    fits = int(max(2 * fullest, 4 * mean))
    return rule.Hit(
        severity="warning" if mean > most or _is_much(missed) else "info",
        variant="max_det",
        strength=max(fullest / most, mean / most / t.V01_FULL),
        values={"max_det": int(most), "mean": mean, "fullest": fullest, "fits": fits},
        changes={"max_det": fits},
        series=(RECALL, MISSED),
    )


def _confidence(conf: float | None, *, missed: float | None) -> rule.Hit | None:
    if conf is None or conf <= t.V01_CONF:
        return None
    is_high = conf >= t.V01_CONF_WARNING
    return rule.Hit(
        severity="warning" if is_high and _is_much(missed) else "info",
        variant="conf",
        strength=conf / t.V01_CONF_WARNING if is_high else 1.0,
        values={"conf": conf},
        changes={"conf": t.V01_CONF_USUAL},
        series=(RECALL, MISSED),
    )


def _nms(of: view.View, *, limit: float | None, missed: float | None) -> rule.Hit | None:
    """Neighbours that NMS takes for one are missed; doubles that it lets through cost precision. Models without NMS have neither."""
    if not limit or of.facts.value("nms") is False:
        return None
    val = of.facts.val
    crowd = val.instances / val.images if val.instances and val.images else 0.0
    if limit < t.V01_NMS_LOW and crowd >= t.V01_CROWDED and _is_much(missed):
        return rule.Hit(
            severity="warning",
            variant="nms_low",
            strength=t.V01_NMS_LOW / limit,
            values={"iou": limit, "mean": crowd, "missed": missed or 0.0},
            changes={"iou": t.V01_NMS_USUAL},
            series=(RECALL, MISSED),
        )
    doubles = _doubles(of)
    if limit <= t.V01_NMS_HIGH or doubles is None or doubles <= t.V01_DUPLICATES:
        return None
    return rule.Hit(
        severity="info",
        variant="nms_high",
        strength=doubles / t.V01_DUPLICATES,
        values={"iou": limit, "share": doubles},
        changes={"iou": t.V01_NMS_USUAL},
        series=(DUPLICATE, CORRECT),
    )


def _doubles(of: view.View) -> float | None:
    counts = [series.last for kind in _KINDS if (series := of.series(f"errors/{kind}")) is not None]
    doubles = of.series(DUPLICATE)
    return doubles.last / sum(counts) if doubles is not None and sum(counts) > 0 else None


def _is_much(missed: float | None) -> bool:
    return missed is not None and missed > t.V01_MISSED


RULES = (
    rule.Rule(
        id="V01",
        name="recall_lost_to_settings",
        family="generalisation",
        cadence="epoch",
        worst="warning",
        test=_recall_lost,
        waits=True,
    ),
)
