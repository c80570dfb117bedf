"""Rules on what a network really gets to see: augmentation that is asked for and does nothing (G14)."""

import math
from collections.abc import Mapping

import numpy as np

from yoloscope.diagnose import facts, rule, thresholds, view
from yoloscope.records import finding

TRAIN, VAL, REPEATS = "train/total", "val/total", "inputs/repeat_share"
STITCHED = ("mosaic", "mixup", "cutmix")
FLIPS = ("flipud", "fliplr")
SOMETIMES = (*STITCHED, "copy_paste", *FLIPS)
"""Arguments that are probabilities; all others change every image a little."""
ALL = (
    *STITCHED,
    "copy_paste",
    "degrees",
    "translate",
    "scale",
    "shear",
    "perspective",
    "flipud",
    "fliplr",
    "hsv_h",
    "hsv_s",
    "hsv_v",
)


def _aug_off(run: view.View) -> rule.Outcome:
    off = {name: reason for name, reason in _switched_off(run.facts).items() if reason != "close_mosaic"}
    if not off:
        known = run.facts.value("augmentation") or run.facts.value("rect")
        return None if known is not None or not run.facts.given else rule.missing({"augmentation": known})
    reason = next(iter(off.values()))
    names = [name for name, why in off.items() if why == reason]
    return rule.Hit(
        severity="warning",
        strength=float(len(off)),
        variant=reason if reason in ("rect", "no_masks", "no_flip_idx") else "",
        values={"names": [*names], "asked": [f"{name}={run.facts.asked(name) or 0:g}" for name in names]},
        changes={"rect": False} if reason == "rect" else dict.fromkeys(names, 0.0),
    )


def _switched_off(of: facts.Facts) -> Mapping[str, str]:
    """Return arguments that do nothing, with the reason: as the live pipeline told, else as Ultralytics would read the arguments.

    Source: ``BaseDataset`` and ``YOLODataset.build_transforms`` of Ultralytics 8.4: rectangular batches leave no room for stitched pictures.
    """
    told = facts.mapping(facts.mapping(of.value("augmentation")).get("switched_off"))
    if told:
        return {name: str(reason) for name, reason in told.items()}
    if of.framework == "ultralytics" and of.value("rect") is True:
        return {name: "rect" for name in STITCHED if (of.asked(name) or 0) > 0}
    return {}


def _aug_not_seen(run: view.View) -> rule.Outcome:
    asked = [f"{name}={value:g}" for name in ALL if (value := run.facts.number(name) or 0) > 0]
    repeats, total, val = run.series(REPEATS), run.series(TRAIN), run.series(VAL)
    if not asked:
        return None if run.facts.given or run.facts.settings else rule.missing({"augmentation": None})
    if repeats is not None and repeats.last >= thresholds.G14_REPEATS and _chance(run) <= thresholds.G14_CHANCE:
        values: dict[str, finding.Value] = {"share": repeats.last, "asked": [*asked[:6]]}
        return rule.Hit(
            severity="warning",
            strength=repeats.last / thresholds.G14_REPEATS,
            variant="repeats",
            values=values,
            series=(REPEATS,),
            since=1,
        )
    if total is None or val is None:
        return rule.missing({REPEATS: repeats, TRAIN: total, VAL: val})
    return _too_easy(run, total, val) if run.facts.number("mosaic") == 1 else None


def _chance(run: view.View) -> float:
    """Return how likely an image comes twice alike although all works: mosaics end, and what is asked for seldom is seldom there."""
    known = {name: run.facts.number(name) or 0.0 for name in ALL}
    closes = run.facts.closes_mosaic_at
    if closes is not None and run.epoch >= closes:
        known |= dict.fromkeys(STITCHED, 0.0)
    if any(known[name] > 0 for name in ALL if name not in SOMETIMES):
        return 0.0
    alike = ((1 - known[name]) ** 2 + (known[name] ** 2 if name in FLIPS else 0.0) for name in SOMETIMES)
    return math.prod(alike)


def _too_easy(run: view.View, total: view.Series, val: view.Series) -> rule.Hit | None:
    """Return a hit where training pictures were much easier than validation pictures from the start: mosaics make them harder."""
    train, validation = (series.early()[thresholds.G14_FROM - 1 :] for series in (total, val))
    count = min(len(train), len(validation))
    if count < thresholds.G14_EPOCHS or not (np.all(validation[:count] > 0) and np.all(train[:count] > 0)):
        return None
    ratios = train[:count] / validation[:count]
    if not np.all(ratios < thresholds.G14_RATIO):
        return None
    ratio = float(np.median(ratios))
    values: dict[str, finding.Value] = {
        "ratio": ratio,
        "first": thresholds.G14_FROM,
        "last": thresholds.G14_FROM + count - 1,
    }
    return rule.Hit(
        severity="info",
        strength=thresholds.G14_RATIO / ratio,
        variant="easy",
        values=values,
        series=(TRAIN, VAL),
        since=run.epoch,
    )


def _aug_not_effective(run: view.View) -> rule.Outcome:
    off = _aug_off(run)
    return off if isinstance(off, rule.Hit) else _aug_not_seen(run)


RULES: tuple[rule.Rule, ...] = (
    rule.Rule(
        id="G14",
        name="aug_not_effective",
        family="generalisation",
        cadence="epoch",
        worst="warning",
        test=_aug_not_effective,
        hits=1,
        is_muted_at_cuts=False,
    ),
)
