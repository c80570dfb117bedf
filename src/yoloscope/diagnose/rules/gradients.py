"""The flow of gradients and the size of steps: gradients that vanish, weights that hardly move or jump, rates that end too soon (N07-N09, N11)."""

import math
import re

import numpy as np

from yoloscope.curves import robust, trend
from yoloscope.diagnose import losses, rates, rule, view
from yoloscope.diagnose import thresholds as t

MAP = "metrics/mAP50-95"
_DEPTH = {"backbone": 0, "neck": 2, "head": 3}
_NUMBER = re.compile(r"\d+")


def _vanishing_gradient(of: view.View) -> rule.Outcome:
    groups = _by_depth(
        [
            name.removeprefix("grad/").removesuffix("/norm")
            for name in of.names("grad/")
            if name.endswith("/norm") and name != "grad/norm"
        ]
    )
    if len(groups) < 2:
        return rule.Missing(("grad/<group>/norm",))
    first, last = (_newest(of, f"grad/{group}/norm") for group in (groups[0], groups[-1]))
    samples = min(len(first), len(last))
    if samples < t.N07_SAMPLES_LEAST:
        return None
    first, last = first[-samples:], last[-samples:]
    is_lost = (first < t.N07_RATIO * last) & (first < t.N07_NORM)
    relative = _relative(of, groups[: max(1, len(groups) // 3)], samples=samples)
    if relative is not None:
        is_lost |= relative < t.N07_RELATIVE
    share = float(np.mean(is_lost & np.isfinite(first) & np.isfinite(last)))
    if share < t.N07_SHARE:
        return None
    return rule.Hit(
        severity="warning",
        strength=share / t.N07_SHARE,
        values={
            "first": groups[0],
            "last": groups[-1],
            "first_norm": _middle(first),
            "last_norm": _middle(last),
            "samples": samples,
            "share": share,
        },
        series=(f"grad/{groups[0]}/norm", f"grad/{groups[-1]}/norm"),
        since=samples,
    )


def _newest(of: view.View, name: str) -> view.Floats:
    series = of.series(name)
    return np.zeros(0) if series is None else series.window(t.N07_SAMPLES)


def _relative(of: view.View, groups: list[str], *, samples: int) -> view.Floats | None:
    """Return the median gradient by weight of some groups, ``(samples,)``; ``None`` where nobody logs ``weights/<group>/norm``."""
    found: list[view.Floats] = []
    for group in groups:
        gradient, weight = _newest(of, f"grad/{group}/norm"), _newest(of, f"weights/{group}/norm")
        if min(len(gradient), len(weight)) >= samples:
            with np.errstate(all="ignore"):  # what is not a number is below no threshold
                found.append(gradient[-samples:] / weight[-samples:])
    return np.median(np.stack(found), axis=0) if found else None


def _by_depth(groups: list[str]) -> list[str]:
    """Return layer groups from the input to the output; those of unknown models stay in their order."""

    def place(group: str) -> tuple[int, list[int]]:
        return _DEPTH.get(group.partition(".")[0], 1), [int(number) for number in _NUMBER.findall(group)]

    return sorted(groups, key=place)


def _update_ratio(of: view.View) -> rule.Outcome:
    ratios, share = rates.ratios(of), rates.share_of_peak(of)
    if not ratios or share is None:
        return rule.missing({"update/<group>/ratio": ratios, "lr": share})
    medians = {group: _median(series) for group, series in ratios.items() if series.count >= t.N08_EPOCHS}
    if share < t.N_LR_LIVE or not medians:
        return None
    hot = [group for group, ratio in medians.items() if ratio > t.N08_HOT]
    cold = [group for group, ratio in medians.items() if ratio < t.N08_COLD]
    worst = hot if len(hot) >= len(cold) else cold
    if len(worst) <= t.N08_GROUPS * len(medians):
        return None
    variant, middle = "hot" if worst is hot else "cold", float(np.median([medians[group] for group in worst]))
    factor = min(max(t.N08_AIM / max(middle, 1e-12), t.N_LR_STEP_LEAST), t.N_LR_STEP_MOST)
    is_held_back = _fall(of) is not None and (_fall(of) or 0.0) < t.N08_FLAT_FALL
    return rule.Hit(
        severity="warning" if is_held_back else "info",
        variant=variant,
        strength=middle / t.N08_HOT if worst is hot else t.N08_COLD / max(middle, 1e-12),
        values={"ratio": middle, "groups": [*worst], "of": len(medians), "aim": t.N08_AIM, "factor": factor},
        changes=rates.scaled(of, factor),
        series=tuple(f"update/{group}/ratio" for group in worst),
        since=t.N08_EPOCHS,
    )


def _median(series: view.Series) -> float:
    return _middle(series.window(t.N08_EPOCHS))


def _middle(values: view.Floats) -> float:
    """Return the median of the finite values, NaN if there is none."""
    numbers = robust.finite(values)
    return float(np.median(numbers)) if len(numbers) else math.nan


def _fall(of: view.View) -> float | None:
    """Return by which share the training loss falls over the window, ``None`` if that is too short to say."""
    total = of.series(losses.TOTAL)
    values = np.zeros(0) if total is None else losses.judged(of, total)
    return -trend.change(values) if len(values) >= t.N_SPAN_LEAST else None


def _params_unchanged(of: view.View) -> rule.Outcome:
    ratios, share = rates.ratios(of), rates.share_of_peak(of)
    if not ratios:
        return rule.Missing(("update/<group>/ratio",))
    if share is not None and share < t.N_LR_LIVE:
        return None
    still = [
        group
        for group, series in ratios.items()
        if len(newest := series.window(t.N09_EPOCHS)) >= t.N09_EPOCHS and bool(np.all(newest < t.N09_RATIO))
    ]
    if not still:
        return None
    most = max(float(ratios[group].window(t.N09_EPOCHS).max()) for group in still)
    return rule.Hit(
        severity="warning",
        variant="all" if len(still) == len(ratios) else "",
        strength=2.0,
        values={"groups": [*still], "of": len(ratios), "ratio": most, "epochs": t.N09_EPOCHS},
        series=tuple(f"update/{group}/ratio" for group in still),
        since=t.N09_EPOCHS,
    )


def _lr_exhausted(of: view.View) -> rule.Outcome:
    ratios, share, total = rates.ratios(of), rates.share_of_peak(of), of.series(losses.TOTAL)
    cut = None if share is None else _rate_cut(of, share)
    if cut is not None:
        return cut
    if not ratios or share is None or total is None:
        return rule.missing({"update/<group>/ratio": ratios, "lr": share, losses.TOTAL: total})
    middle = _middle(np.array([series.last for series in ratios.values()]))
    if not share < t.N11_LR or not middle < t.N11_RATIO:
        return None
    window = t.window(of.facts.epochs)
    values = losses.settled(of, total, epochs=window, grace=t.N_GRACE)
    fall, rise = -trend.change(values), _rise(of, window)
    is_falling = fall >= t.N11_FALL and trend.corrected(values) < t.FALLS_Z
    if not is_falling and rise <= t.N11_RISE:
        return None
    budget = of.facts.epochs
    is_early = budget is not None and of.epoch < t.N11_EARLY * budget
    return rule.Hit(
        severity="warning" if is_early else "info",
        variant="early" if is_early else "",
        strength=max(fall / t.N11_FALL, rise / t.N11_RISE),
        values={
            "share": share,
            "ratio": middle,
            "fall": fall,
            "rise": rise,
            "epochs": window,
            "budget": budget or of.epoch,
        },
        changes={"lrf": 0.1, "cos_lr": True, **({"epochs": int(1.5 * budget)} if budget else {})},
        series=(losses.TOTAL, MAP, *of.names("lr")),
        since=window,
    )


def _rate_cut(of: view.View, share: float) -> rule.Hit | None:
    """Return what is said of a rate that is next to nothing in the first half of the budget: no schedule means that."""
    budget, metric = of.facts.epochs, of.series(MAP)
    if budget is None or of.epoch >= t.N11_CUT_UNTIL * budget or share >= t.N11_LR:
        return None
    if metric is not None and metric.most >= t.N12_MAP:
        return None
    return rule.Hit(
        severity="warning",
        variant="cut",
        strength=2.0,
        values={"share": share, "left": budget - of.epoch, "budget": budget},
        changes={"lrf": 0.1, "cos_lr": True},
        series=of.names("lr"),
        since=3,
    )


def _rise(of: view.View, window: int) -> float:
    metric = of.series(MAP)
    values = np.zeros(0) if metric is None else robust.finite(metric.window(window))
    return float(values[-1] - values[0]) if len(values) >= window else 0.0


RULES: tuple[rule.Rule, ...] = (
    rule.Rule(
        id="N07",
        name="vanishing_gradient",
        family="numerics",
        cadence="epoch",
        worst="warning",
        test=_vanishing_gradient,
        hits=1,
        explains=("N08", "N12"),
    ),
    rule.Rule(
        id="N08",
        name="update_ratio",
        family="numerics",
        cadence="epoch",
        worst="warning",
        test=_update_ratio,
        explains=("N12",),
    ),
    rule.Rule(
        id="N09",
        name="params_unchanged",
        family="numerics",
        cadence="epoch",
        worst="warning",
        test=_params_unchanged,
        hits=1,
        explains=("N07", "N08", "N12"),
    ),
    rule.Rule(id="N11", name="lr_exhausted", family="numerics", cadence="epoch", worst="warning", test=_lr_exhausted),
)
