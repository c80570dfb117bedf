"""What a detector gets wrong, by kind, over the newest epochs: the counts ``errors/*`` of validations (TIDE's kinds, Bolya et al. 2020)."""

import msgspec
import numpy as np

from yoloscope.diagnose import view

PREFIX = "errors/"


class Mistakes(msgspec.Struct, frozen=True):
    """Detections by what they are, summed over some epochs; ``missed`` are objects that nothing was found for."""

    correct: float = 0.0
    classification: float = 0.0
    localisation: float = 0.0
    both: float = 0.0
    background: float = 0.0
    missed: float = 0.0

    @property
    def placed(self) -> float:
        """Detections whose box fits an object, whatever class they tell."""
        return self.correct + self.classification

    @property
    def confused(self) -> float:
        """The share of the boxes that fit whose class is wrong; 0 without any."""
        return self.classification / self.placed if self.placed else 0.0

    @property
    def displaced(self) -> float:
        """Detections near an object whose box does not fit it."""
        return self.localisation + self.both


def recent(of: view.View, *, epochs: int, ago: int = 0) -> Mistakes | None:
    """Return the sums over so many newest epochs, or those that ended `ago` epochs before; ``None`` before there are as many, or where nobody counts."""
    found: dict[str, float] = {}
    for kind in Mistakes.__struct_fields__:
        series = of.series(f"{PREFIX}{kind}")
        known = np.zeros(0) if series is None else series.across()
        values = known[max(0, len(known) - ago - epochs) : len(known) - ago]
        if len(values) < epochs or not np.all(np.isfinite(values)):
            return None
        found[kind] = float(values.sum())
    return Mistakes(**found)
