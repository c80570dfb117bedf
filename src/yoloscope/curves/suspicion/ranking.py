"""Which labels a model has steadily contradicted: from looks at many epochs to a ranking. Pure; called by `cli.suspects`.

A look (`looks`) gives four measures, each on a scale where right labels scatter alike whether the model is sure or not:

    wrong class         log of (greatest support of another class + 0.02) / (support of the labelled class + 0.02)
    badly placed        minus logit of the overlap between the label and what the model sees there
    nothing there       minus logit of the chance of the surest thing seen there
    missing label       logit of the chance of something seen where nothing is labelled (`missing`)

Most labels are right. So each measure is compared with those of all labels looked at about the same time: minus their median, divided by their
spread above it. That takes away how good the model was by then, and what is left has one scale for all kinds: by how many usual deviations a
label stands out. Classes that are hard to learn are set off by their own median. A label's score is the mean over its looks, weighted by how good the
model was; few looks count for less.

Sources: a label is judged by what the model says of it over the epochs, not at the end, when wrong labels are learnt by heart (Swayamdipta 2020,
dataset cartography; Pleiss 2020, area under the margin). Classes have their own usual confidence (Northcutt 2021, confident learning). Kinds, and
one score for each, as in ObjectLab (Tkachenko 2023) and, with an extra model that is trained for it, Chachula 2022. The measures, the comparison
at equal time and the common scale are our own.
"""

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves.suspicion import looks as seeing
from yoloscope.curves.suspicion import missing, scale
from yoloscope.curves.suspicion.scale import Doubles, Suspect

LOOKS_LEAST = 100
"""Looks at boxes before anything is compared: a spread of fewer says little."""
SCORE_LEAST = 2.0
"""Below it most labels are right; from 3 on hardly any is, as measured (docs/suspects.md)."""
_CLASS_LOOKS = 50.0  # looks after which a class's own median counts half
_TINY, _LITTLE = 0.01, 0.02


def rank(
    visits: seeing.Rows,
    looks: seeing.Rows,
    extras: seeing.Rows,
    *,
    classes: list[NDArray[np.int64]],
    least: float = SCORE_LEAST,
) -> list[Suspect]:
    """Return labels and missing ones that score `least` or more, most suspicious first; none before `LOOKS_LEAST` looks.

    ``classes`` holds the labelled classes of each picture, by the pictures' numbers.
    """
    if len(looks) < LOOKS_LEAST:
        return []
    looks = looks[np.argsort(looks["epoch"], kind="stable")]
    visits = visits[np.argsort(visits["epoch"], kind="stable")]
    times = scale.Times.of(looks["epoch"])
    quality = times.medians(looks["said"].astype(np.float64))
    few = scale.FEW * float(np.median(quality))
    good = np.interp(visits["epoch"], looks["epoch"], quality)
    deviations = _deviations(looks, times=times, classes=classes)
    found = _judged(looks, deviations, weights=quality * looks["looks"], few=few, least=least)
    found += missing.found(visits, extras, weights=good * visits["looks"], few=few, least=least)
    return sorted(found, key=lambda one: (-one.score, one.image, one.box))


def _deviations(looks: seeing.Rows, *, times: scale.Times, classes: list[NDArray[np.int64]]) -> Doubles:
    """Return for each look by how many deviations it stands out as each of the first three kinds: shape ``(n, 3)``."""
    said, other, sure, iou = (looks[name].astype(np.float64) for name in ("said", "other", "sure", "iou"))
    starts = np.cumsum([0, *map(len, classes)])
    labelled = np.concatenate(classes)[starts[looks["image"]] + looks["box"]]
    measures = (np.log((other + _LITTLE) / (said + _LITTLE)), -scale.logit(iou), -scale.logit(sure))
    found = np.empty((len(looks), len(measures)))
    for at, values in enumerate(measures):
        ours = values - _class_offsets(values - times.medians(values), labelled)
        usual, spread = times.spreads(ours, floor=scale.FLOORS[scale.KINDS[at]])
        found[:, at] = scale.limited((ours - usual) / spread)
    found[:, 1] *= np.minimum(1.0, sure / np.maximum(times.medians(sure), _TINY))  # what is not seen has no place
    return found


def _class_offsets(values: Doubles, labelled: NDArray[np.int64]) -> Doubles:
    """Return by how much each label's class lies above all of them, less for a class with few looks."""
    offsets = np.zeros(len(values))
    for number in np.unique(labelled):
        of_class = labelled == number
        count = int(of_class.sum())
        offsets[of_class] = count / (count + _CLASS_LOOKS) * np.median(values[of_class])
    return offsets


def _judged(looks: seeing.Rows, deviations: Doubles, *, weights: Doubles, few: float, least: float) -> list[Suspect]:
    key = looks["image"].astype(np.int64) << 16 | looks["box"]
    labels, of_label = np.unique(key, return_inverse=True)
    total = np.bincount(of_label, weights) + few
    scores = np.zeros((len(labels), deviations.shape[1]))
    np.add.at(scores, of_label, weights[:, None] * deviations)
    scores /= total[:, None]
    order = np.argsort(of_label, kind="stable")  # rows of a label together, by epoch
    ends = np.cumsum(np.bincount(of_label, minlength=len(labels)))
    found: list[Suspect] = []
    for at in np.flatnonzero(scores.max(1) >= least).tolist():
        rows, kind = order[ends[at - 1] if at else 0 : ends[at]], int(scores[at].argmax())
        found.append(_suspect(looks[rows], kind, score=float(scores[at, kind]), deviations=deviations[rows, kind]))
    return found


def _suspect(rows: seeing.Rows, kind: int, *, score: float, deviations: Doubles) -> Suspect:
    name = scale.KINDS[kind]
    sure = float(np.average(rows["sure"].astype(np.float64), weights=rows["looks"]))
    newest = rows[-1]
    sees = name != "nothing_there" and bool(newest["sure"] >= seeing.EXTRA_LEAST)
    return Suspect(
        image=int(newest["image"]),
        box=int(newest["box"]),
        kind=name,
        score=round(score, 3),
        looks=int(rows["looks"].sum()),
        seen_class=scale.commonest(rows["other_class" if name == "wrong_class" else "seen_class"]) if sees else -1,
        seen=scale.seen_box(newest["seen"]) if sees else None,
        sure=round(sure, 3),
        trajectory=tuple(
            (round(float(epoch), 2), round(float(value), 2))
            for epoch, value in zip(rows["epoch"], deviations, strict=True)
        ),
    )
