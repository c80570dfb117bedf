"""The learning rate as rules ask about it: what it is, what it was at most, and the arguments that change it by a factor."""

import math
from typing import Literal

from yoloscope.diagnose import thresholds, view

Heat = Literal["hot", "cold", ""]


def peak(of: view.View) -> float | None:
    """Return the highest rate so far, of the group that is lowest: the warm-up of biases may begin at ten times the rate of all others."""
    found = [series.most for series in _all(of) if math.isfinite(series.most)]
    return min(found) if found else None


def now(of: view.View) -> float | None:
    """Return the rate of the newest epoch, of the group that is lowest."""
    found = [series.last for series in _all(of) if math.isfinite(series.last)]
    return min(found) if found else None


def share_of_peak(of: view.View) -> float | None:
    """Return the rate now by the highest so far."""
    top, current = peak(of), now(of)
    return current / top if top and current is not None else None


def base(of: view.View) -> float | None:
    """Return the rate that the schedule begins from: the highest so far, else what the user asked for, if that has an effect."""
    return peak(of) or (None if of.facts.is_auto else of.facts.asked("lr0"))


def usual(of: view.View) -> float:
    """Return the rate that usually fits the optimizer in effect."""
    told = of.facts.settings.get("optimizer") or of.facts.given.get("optimizer")
    if isinstance(told, str) and told.lower() != "auto":
        return thresholds.N_ADAM_LR if "adam" in told.lower() else thresholds.N_SGD_LR
    rate = peak(of)
    return thresholds.N_ADAM_LR if rate is not None and rate < thresholds.N_SGD_LR / 2 else thresholds.N_SGD_LR


def scaled(of: view.View, factor: float) -> dict[str, object]:
    """Return the argument that multiplies the rate, which `advice` makes one that has an effect; nothing if the rate is not known."""
    rate = base(of)
    return {} if rate is None else at(rate * factor)


def at(rate: float) -> dict[str, object]:
    """Return the argument that sets the rate, with two digits."""
    return {"lr0": float(f"{rate:.2g}")}


def warmer(of: view.View) -> dict[str, object]:
    """Return the arguments of a longer and gentler warm-up, as far as it is neither already."""
    changes: dict[str, object] = {}
    if (of.facts.number("warmup_epochs") or 0.0) < thresholds.N05_WARMUP:
        changes["warmup_epochs"] = thresholds.N05_WARMUP
    bias = of.facts.asked("warmup_bias_lr")
    if bias is not None and bias > thresholds.N_SGD_LR:
        changes["warmup_bias_lr"] = thresholds.N_SGD_LR
    return changes


def ratios(of: view.View) -> dict[str, view.Series]:
    """Return how far one step moves the weights, by layer group."""
    names = (name for name in of.names("update/") if name.endswith("/ratio"))
    pairs = ((name.removeprefix("update/").removesuffix("/ratio"), of.series(name)) for name in names)
    return {group: series for group, series in pairs if series is not None and series.count}


def heat(of: view.View) -> Heat:
    """Return whether steps are too large or too small for most groups by what they were last; nothing if they fit, or nobody looked."""
    last = [series.last for series in ratios(of).values()]
    if last and sum(one > thresholds.N08_HOT for one in last) > thresholds.N08_GROUPS * len(last):
        return "hot"
    return "cold" if last and sum(one < thresholds.N08_COLD for one in last) > thresholds.N08_GROUPS * len(last) else ""


def _all(of: view.View) -> list[view.Series]:
    found = (of.series(name) for name in of.names("lr"))
    return [series for series in found if series is not None]
