"""What others' rules say of the same curves, re-implemented at the granularity of epochs on summed losses. Each returns the epoch of its alarm, or none.

Sources: SageMaker Debugger's documentation of its built-in rules (`Overfit`: ratio_threshold 0.1, patience 1; `LossNotDecreasing`: diff_percent 0.1,
num_steps 10), UMLAUT (Schoop et al. 2021; validation loss rises while training loss falls), and early stopping as frameworks have it.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from benchmarks.diagnosis import streams

RATIO, PATIENCE = 0.1, 1
FALL, STEPS = 0.001, 10

Curves = Mapping[str, Sequence[float]]
Baseline = Callable[[Curves], int | None]


def sagemaker_overfit(curves: Curves) -> int | None:
    """Validation loss exceeds training loss by more than a tenth of it, in more epochs than patience allows."""
    exceeded = 0
    for epoch, (train, val) in enumerate(_both(curves), start=1):
        exceeded += bool(train > 0 and (val - train) / train > RATIO)
        if exceeded > PATIENCE:
            return epoch
    return None


def sagemaker_loss_not_decreasing(curves: Curves) -> int | None:
    """Training loss is not 0.1 % below what it was ten epochs ago."""
    loss = curves.get("train/total", ())
    for at in range(STEPS, len(loss)):
        if not loss[at] < loss[at - STEPS] * (1 - FALL):
            return at + 1
    return None


def umlaut_overfit(curves: Curves) -> int | None:
    """Validation loss rises from one epoch to the next while training loss falls."""
    both = _both(curves)
    for at in range(1, len(both)):
        if both[at][1] > both[at - 1][1] and both[at][0] < both[at - 1][0]:
            return at + 1
    return None


def patience(curves: Curves, *, epochs: int = 20) -> int | None:
    """No better mAP50-95 for so many epochs."""
    best, since = -math.inf, 0
    for at, value in enumerate(curves.get(streams.MAP, ())):
        since = 0 if value > best else since + 1
        best = max(best, value) if math.isfinite(value) else best
        if since >= epochs:
            return at + 1
    return None


def patience_of_budget(curves: Curves) -> int | None:
    """No better mAP50-95 for six epochs: a fifth of the budget of these short trainings."""
    return patience(curves, epochs=6)


def _both(curves: Curves) -> list[tuple[float, float]]:
    return list(zip(curves.get("train/total", ()), curves.get("val/total", ()), strict=False))


BASELINES: Mapping[str, Baseline] = {
    "SageMaker Overfit": sagemaker_overfit,
    "SageMaker LossNotDecreasing": sagemaker_loss_not_decreasing,
    "UMLAUT overfitting": umlaut_overfit,
    "patience 20": patience,
    "patience 6 (0.2 E)": patience_of_budget,
}
OVERFITS = ("F10",)
"""The fault that the first, the third and early stopping name; `LossNotDecreasing` names F03."""
NAMES: Mapping[str, tuple[str, ...]] = {
    "SageMaker Overfit": OVERFITS,
    "SageMaker LossNotDecreasing": ("F01", "F02", "F03", "F14"),
    "UMLAUT overfitting": OVERFITS,
    "patience 20": OVERFITS,
    "patience 6 (0.2 E)": OVERFITS,
}
