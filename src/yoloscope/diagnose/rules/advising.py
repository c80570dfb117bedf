"""One rate and one batch to try next, with their ranges and reasons (A01)."""

import numpy as np

from yoloscope.curves import robust
from yoloscope.diagnose import rates, rule, view
from yoloscope.diagnose import thresholds as t

NOISE = "grad/noise_scale"
"""B_simple of McCandlish et al. 2018, in images."""


def _rate_and_batch(of: view.View) -> rule.Outcome:
    ratios, now = rates.ratios(of), rates.peak(of)
    noise = of.series(NOISE)
    if (not ratios or now is None) and noise is None:
        return rule.missing({"update/<group>/ratio": ratios, "lr": now, NOISE: noise})
    if of.since_cut < t.A01_EPOCHS:
        return None
    by_rate = _rate(ratios, now) if now is not None and (rates.share_of_peak(of) or 0) > t.N_LR_LIVE else None
    return by_rate or (None if noise is None else _batch(of, noise))


def _rate(ratios: dict[str, view.Series], now: float) -> rule.Hit | None:
    """A step that moves the weights by about a thousandth fits; each group tells a factor, the middle one is advised, the middle half is the range."""
    medians = [
        float(np.median(values)) for one in ratios.values() if len(values := robust.finite(one.window(t.A01_EPOCHS)))
    ]
    factors = [t.A01_AIM / median for median in medians if median > 0]
    if len(factors) < 2:
        return None
    low, middle, high = (_limited(float(np.quantile(factors, share))) for share in (0.25, 0.5, 0.75))
    if 1 / t.A01_NEAR < middle < t.A01_NEAR:
        return None
    return rule.Hit(
        severity="info",
        variant="lower" if middle < 1 else "higher",
        strength=max(middle, 1 / middle) / t.A01_NEAR,
        values={
            "now": now,
            "lr": _short(now * middle),
            "least": _short(now * low),
            "most": _short(now * high),
            "ratio": float(np.median(medians)),
            "aim": t.A01_AIM,
        },
        changes=rates.at(now * middle),
        series=tuple(f"update/{group}/ratio" for group in ratios),
        since=t.A01_EPOCHS,
    )


def _batch(of: view.View, noise: view.Series) -> rule.Hit | None:
    """A batch up to a quarter of the noise scale loses hardly anything by its size; the rate goes along, by the root of it."""
    batch = of.facts.number("batch")
    scale = noise.ema
    if not batch or batch < 1 or not np.isfinite(scale) or scale * t.A01_NOISE < t.A01_NEAR * batch:
        return None
    larger = int(2 ** np.floor(np.log2(min(scale * t.A01_NOISE, t.A01_MOST * batch))))
    now = rates.peak(of)
    rate = {} if now is None else rates.at(now * float(np.sqrt(larger / batch)))
    return rule.Hit(
        severity="info",
        variant="batch",
        strength=scale * t.A01_NOISE / batch,
        values={"batch": int(batch), "larger": larger, "noise": scale},
        changes={"batch": larger, **rate},
        series=(NOISE,),
        since=t.A01_EPOCHS,
    )


def _limited(factor: float) -> float:
    return min(max(factor, t.A01_LEAST), t.A01_MOST)


def _short(value: float) -> float:
    return float(f"{value:.2g}")


RULES = (
    rule.Rule(
        id="A01",
        name="lr_batch_advice",
        family="numerics",
        cadence="epoch",
        worst="info",
        test=_rate_and_batch,
        hits=3,
        waits=True,
    ),
)
