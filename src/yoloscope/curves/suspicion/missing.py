"""Labels that are missing: what a model sees again and again where nothing is labelled.

Most pictures miss no label, so the surest find of each picture tells what finds are worth that mean nothing; what stands out from
these, at look after look in the same place, is suspected.
"""

from collections.abc import Sequence

import numpy as np

from yoloscope.curves.suspicion import looks as seeing
from yoloscope.curves.suspicion import scale
from yoloscope.curves.suspicion.scale import Doubles, Suspect


class _Track:
    """One thing that is seen on a picture at several looks."""

    def __init__(self, box: Sequence[float]) -> None:
        self.at: list[int] = []
        self.deviations: dict[float, float] = {}
        self.sum = 0.0
        self.box = box

    def add(self, at: int, *, epoch: float, box: Sequence[float], deviation: float, weight: float) -> None:
        self.at.append(at)
        self.deviations[epoch] = deviation
        self.sum += weight * deviation
        self.box = box


def found(visits: seeing.Rows, extras: seeing.Rows, *, weights: Doubles, few: float, least: float) -> list[Suspect]:
    """Return the things that score `least` or more; ``visits`` are in the order of their epochs, ``weights`` theirs."""
    extras = extras[np.argsort(extras["epoch"], kind="stable")]
    of_visit = _visits_of(visits, extras)
    extras, of_visit = extras[of_visit >= 0], of_visit[of_visit >= 0]
    sure = extras["sure"].astype(np.float64)
    surest = np.zeros(len(visits))
    np.maximum.at(surest, of_visit, sure)
    usual, spread = scale.Times.of(visits["epoch"]).spreads(scale.logit(surest), floor=scale.FLOORS["missing_label"])
    deviations = scale.limited((scale.logit(sure) - usual[of_visit]) / spread[of_visit])
    total = np.bincount(visits["image"], weights) + few
    found: list[Suspect] = []
    for image, tracks in _tracks(extras, deviations, weights=weights[of_visit]).items():
        suspects = [one for one in tracks if one.sum / total[image] >= least]
        mine = visits[visits["image"] == image] if suspects else visits[:0]
        found += [_suspect(one, extras[one.at], mine, score=one.sum / float(total[image])) for one in suspects]
    return found


def _visits_of(visits: seeing.Rows, extras: seeing.Rows) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    """Return the row of the visit that each find was made at, -1 for none."""
    places = {
        place: at for at, place in enumerate(zip(visits["image"].tolist(), visits["epoch"].tolist(), strict=True))
    }
    found = [places.get(place, -1) for place in zip(extras["image"].tolist(), extras["epoch"].tolist(), strict=True)]
    return np.array(found, np.int64)


def _tracks(extras: seeing.Rows, deviations: Doubles, *, weights: Doubles) -> dict[int, list[_Track]]:
    """Return finds that overlap from look to look as one thing, by picture; what is usual is left out."""
    tracks: dict[int, list[_Track]] = {}
    boxes: list[list[float]] = seeing.unpacked(extras["seen"]).tolist()
    rising: list[int] = np.flatnonzero(deviations > 0).tolist()
    images, epochs = extras["image"].tolist(), extras["epoch"].tolist()
    for at in rising:
        box, known = boxes[at], tracks.setdefault(images[at], [])
        same = next((one for one in known if seeing.overlap(one.box, box) >= seeing.SAME_IOU), None)
        if same is None:
            same = _Track(box)
            known.append(same)
        same.add(at, epoch=epochs[at], box=box, deviation=float(deviations[at]), weight=float(weights[at]))
    return tracks


def _suspect(track: _Track, rows: seeing.Rows, visits: seeing.Rows, *, score: float) -> Suspect:
    looks = int(visits["looks"].sum())
    seen = float((rows["sure"].astype(np.float64) * rows["looks"]).sum())
    return Suspect(
        image=int(rows["image"][0]),
        box=-1,
        kind="missing_label",
        score=round(score, 3),
        looks=looks,
        seen_class=scale.commonest(rows["seen_class"]),
        seen=scale.seen_box(rows["seen"][-1]),
        sure=round(seen / looks, 3),
        trajectory=tuple(
            (round(epoch, 2), round(track.deviations.get(epoch, 0.0), 2)) for epoch in visits["epoch"].tolist()
        ),
    )
