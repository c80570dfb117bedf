"""Where a training stands on its way down: fast fall, slow convergence, plateau. Told by a power law through the training loss, up to where mosaics are closed.

The drop is what the law says the loss will have fallen by at the end of the budget; the fast fall lasts until 80 % of it is done, slow convergence until
95 %. On public trainings of detectors that is at epoch 31 and 65 (medians).
"""

import math
from typing import Literal

import msgspec
import numpy as np

from yoloscope.curves import powerlaw
from yoloscope.diagnose import thresholds, view

Name = Literal["fast", "slow", "plateau"]
Floats = view.Floats


class Phases(msgspec.Struct, frozen=True):
    """The phase of the newest epoch, and the first epochs of the two later ones: passed, or expected within the budget; ``None`` if not."""

    name: Name
    slow_from: int | None
    plateau_from: int | None


def of(run: view.View) -> Phases | None:
    """Return the phases; ``None`` without a budget or a training loss, before the eighth epoch, and for a loss that hardly falls."""
    total, budget = run.series("train/total"), run.facts.epochs
    if total is None or budget is None or run.epoch < thresholds.G11_EPOCHS_LEAST:
        return None
    horizon = min(budget, run.facts.closes_mosaic_at or budget)
    epochs, losses = total.course()
    kept = epochs <= horizon
    slow, plateau = _entered(epochs[kept], losses[kept], total.early()[:horizon], horizon=horizon)
    if math.isnan(slow):
        return None
    name: Name = "fast" if run.epoch < slow else "slow" if run.epoch < plateau else "plateau"
    return Phases(name, _within(slow, budget), _within(plateau, budget))


def _entered(epochs: Floats, losses: Floats, early: Floats, *, horizon: int) -> tuple[float, float]:
    """Return when 80 % and 95 % of the drop from the highest of the first epochs are done, as losses rise at first; NaN where there is none."""
    law = powerlaw.falling(epochs, losses)
    if law is None or not np.isfinite(early).any():
        return math.nan, math.nan
    peak = int(np.argmax(np.where(np.isfinite(early), early, -np.inf)))
    start = float(early[peak])
    drop = start - law.at(horizon)
    if drop < thresholds.G11_DROP_LEAST * abs(start):
        return math.nan, math.nan
    after = epochs > peak
    if not after.any():
        return math.nan, math.nan
    slow, plateau = (
        _epoch_at(epochs[after], losses[after], law, start - share * drop)
        for share in (thresholds.G11_FAST, thresholds.G11_SLOW)
    )
    return slow, max(slow, plateau)


def _epoch_at(epochs: Floats, losses: Floats, law: powerlaw.Law, level: float) -> float:
    """Return the epoch that first came down to a level; where none did, the one that the law expects to."""
    done = epochs[losses <= level]
    return float(done[0]) if len(done) else max(law.reaches(level), float(epochs[-1]))


def _within(epoch: float, budget: int) -> int | None:
    return math.ceil(epoch) if epoch <= budget else None
