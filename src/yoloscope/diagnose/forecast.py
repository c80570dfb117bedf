"""What mAP50-95 a training will probably end with, and from which epoch on the rest of its budget is not worth the time."""

import math

import msgspec

from yoloscope.curves import powerlaw, robust
from yoloscope.diagnose import thresholds, view

MAP = "metrics/mAP50-95"


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """The final mAP50-95 (mean of the last three epochs), in [0, 1].

    ``low`` and ``high`` hold it in four of five trainings: quantiles of the errors of such forecasts on public trainings, scaled by noise, expected gain and
    remaining budget. ``enough`` is the epoch from which the rest gains less than ``worth``, ``None`` if that is only near the end. ``mosaic_closes_at``
    is told while it lies ahead: accuracy may still move there, both ways.
    """

    now: float
    final: float
    low: float
    high: float
    worth: float
    enough: int | None = None
    mosaic_closes_at: int | None = None


def of(run: view.View) -> Forecast | None:
    """Return the forecast; ``None`` without mAP50-95 or budget, in the first quarter of it, after its end, and while mAP is below 0.01."""
    metric, budget = run.series(MAP), run.facts.epochs
    if metric is None or budget is None or not metric.ema >= thresholds.FORECAST_MAP_LEAST:
        return None
    if run.epoch >= budget or run.epoch < max(
        thresholds.FORECAST_EPOCHS_LEAST, thresholds.FORECAST_SHARE_LEAST * budget
    ):
        return None
    epochs, values = metric.course()
    law = powerlaw.rising(epochs, values)
    return None if law is None else _forecast(run, law, now=_newest(values), noise=noise(metric), budget=budget)


def noise(metric: view.Series) -> float:
    """Return how far mAP wavers from epoch to epoch, over the newest 20; as long as there are few since a cut, what it was before."""
    newest = robust.finite(metric.window(thresholds.NOISE_WINDOW))
    if len(newest) >= thresholds.NOISE_LEAST:
        return robust.noise(newest)
    return metric.before[1] if metric.before else robust.noise(newest)


def _newest(values: view.Floats) -> float:
    return float(robust.finite(values)[-3:].mean())


def _forecast(run: view.View, law: powerlaw.Law, *, now: float, noise: float, budget: int) -> Forecast:
    final = min(max(law.at(budget), now), 1.0)
    left = 1 - run.epoch / budget
    unsure = math.hypot(
        noise, thresholds.FORECAST_GAIN * (final - now), thresholds.FORECAST_LEFT * left**1.5 * (1 - now)
    )
    worth = max(thresholds.FORECAST_WORTH, noise)
    closes = run.facts.closes_mosaic_at
    return Forecast(
        now=now,
        final=final,
        low=max(final - thresholds.FORECAST_LOW * unsure, 0.0),
        high=min(final + thresholds.FORECAST_HIGH * unsure, 1.0),
        worth=worth,
        enough=_enough(law, worth=worth, epoch=run.epoch, budget=budget),
        mosaic_closes_at=closes if closes is not None and closes > run.epoch else None,
    )


def _enough(law: powerlaw.Law, *, worth: float, epoch: int, budget: int) -> int | None:
    """Return the first epoch, now or later, after which the law gains no more than `worth`; ``None`` if that would save less than a tenth."""
    reached = law.reaches(law.at(budget) - worth) if law.scale else float(epoch)
    found = max(math.ceil(reached), epoch)
    return found if found <= thresholds.FORECAST_SAVES * budget else None
