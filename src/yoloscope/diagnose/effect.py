"""What came of a command that answered a finding: a curve behind it against the same curve before it, and against what it would have done anyway.

Called by the server with values by epoch; docs/effects.md says all of this for people. A curve is looked at in a coordinate g in which less is better and steps are
relative: log v of a loss, log (1 - v) of a metric between 0 and 1. A level is the median of up to three epochs. The change is the level of the three complete
epochs behind the command less that before it. What was to be expected is

* of runs like it (three or more): the median of their changes at the same epochs. They part from each other, too: with n of them and the standard deviation s
  of their changes, the next one lies within t(0.95, n - 1) * s * sqrt(1 + 1/n). Source: the prediction interval of a normal sample.
* else, of a loss, its own trend: the line of Theil and Sen through g over log(epoch) in the last ten epochs before, that is a power law, which slows down as losses do. With
  the standard deviation s of its residuals, n points and d the distance of both levels in log(epoch), the medians of the residuals on both sides differ by chance
  with the standard error s * sqrt((pi/2) * (1/n_before + 1/n_behind) + d^2 / S_xx): a median has pi/2 times the variance of a mean, and the slope that of least
  squares. Times t(0.95, n - 2), and times `WAVES`. A metric has no trend: it takes off late and at once, and nothing before says when.

Where the change is beyond what was expected by more than that margin, and by more than `LEAST`, the command helped or harmed; else neither can be told from noise.

A loss that diverged or is no number has no trend worth going on with. There, and behind every rollback, it helped if the loss is finite and back at its best level before it
went wrong, or the finding is over; it harmed if a finite loss is none any more, or went on rising.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import tails
from yoloscope.records import command, names
from yoloscope.records.effect import Basis, Effect, Verdict, Why

EPOCHS = 3
"""Complete epochs behind a command: enough for a median, soon enough to act again."""
BEFORE = 3
TREND_MOST, TREND_LEAST = 10, 5
"""Epochs of the trend: from fewer neither slope nor spread are known."""
WAVES = 1.2
"""Neighbouring epochs of real losses waver together, by which a trend's margin falls short. Source: 34 healthy recorded trainings to which nothing was done; 68 others confirm it (benchmarks/effects.py)."""
RUNS_LEAST = 3
LEVEL = 0.95
LEAST = 0.01
"""In g; a hundredth of a loss is nothing that anybody would act for."""
BACK = 0.1
"""A loss is back where it is at most so much above its best level before it diverged; one that rose by more than this got worse."""
DIVERGED = ("N01", "N03", "N13")
"""Rules that say that the loss left its level."""
TOTALS = ("train/total", "val/total")
"""Sums of the parts of a loss, which no training logs itself."""
PLAIN, METRIC = "train/loss", "metrics/mAP50-95"
_NEAR = 1e-6
_PERFECT = 1e-3  # 1 - v of a metric that has nothing left to gain
CHANGING: tuple[command.Verb, ...] = ("set", "rollback", "close_mosaic")
"""Verbs that change how a training goes on."""
Curve = Mapping[int, float]
Floats = NDArray[np.float64]


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A command that was applied after ``at`` epochs, and how its training stands since.

    ``changes`` are the epochs at which the training was changed otherwise, or begun again before it; ``resumes`` those from which another process went on with it afterwards;
    ``breaks`` those after which its losses are of other pictures. ``good`` is how many epochs the checkpoint had that a rollback took, or when the finding opened. ``rule`` is the finding's, ``is_closed`` tells that it is over.
    """

    verb: command.Verb
    rule: str = ""
    at: float
    completed: int
    has_ended: bool = False
    is_closed: bool = False
    changes: tuple[float, ...] = ()
    resumes: tuple[float, ...] = ()
    breaks: tuple[float, ...] = ()
    good: float | None = None

    @property
    def had_diverged(self) -> bool:
        """Whether it is about a loss that left its level."""
        return self.verb == "rollback" or self.rule in DIVERGED

    @property
    def last_before(self) -> int:
        """The last epoch that was complete when the command was applied."""
        return math.floor(self.at + _NEAR)

    @property
    def first_behind(self) -> int:
        """The first epoch that begins behind the command."""
        return math.ceil(self.at - _NEAR) + 1

    @property
    def behind(self) -> range:
        """The epochs that count."""
        return range(self.first_behind, self.first_behind + EPOCHS)


def is_measurable(verb: str, args: Mapping[str, object]) -> bool:
    """Tell whether a command changes how a training goes on at once: an end, a checkpoint or another patience does not.

    Such a one also makes the curves behind it another training's: an effect that is measured across it would be of both.
    """
    return verb in CHANGING and not (verb == "set" and all(name == "patience" for name in args))


def target(found: Sequence[str], logged: Sequence[str], *, verb: str, args: Mapping[str, object]) -> str | None:
    """Return the curve to look at: the first of a finding's series that is a loss or a metric by epoch, else the training's loss.

    Gains scale the losses that they belong to, and without mosaics pictures are easier: there a metric alone can tell.
    """
    metrics_alone = verb == "close_mosaic" or any(name in command.GAINS for name in args)
    for name in (*found, TOTALS[0], PLAIN, METRIC):
        if (metrics_alone and better(name) == "lower") or better(name) == "none":
            continue
        if sources(name, logged):
            return name
    return None


def better(name: str) -> names.Direction:
    """Return which direction of a curve is better; none for what is neither loss nor metric."""
    if name in TOTALS:
        return "lower"
    means = names.meaning(name)
    return means.direction if means.family in ("loss", "metric") else "none"


def sources(name: str, logged: Sequence[str]) -> tuple[str, ...]:
    """Return the series whose sum by epoch is a curve; the means of a framework before what it logs by batch."""
    split, _, part = name.partition("/")
    if name in TOTALS:
        whole = tuple(one for one in logged if one.startswith(f"{split}/epoch/") and one.endswith("_loss"))
        return whole or tuple(
            one for one in logged if one.startswith(f"{split}/") and one.endswith("_loss") and one.count("/") == 1
        )
    whole_one = f"{split}/epoch/{part}"
    return (whole_one,) if whole_one in logged else (name,) if name in logged else ()


def measured(of: Watched, curve: Curve, *, series: str, peers: Sequence[Curve] = ()) -> Effect:
    """Return what came of a command so far; NaN in a curve are epochs whose loss was none, epochs that it lacks had no value."""
    done = min(EPOCHS, max(0, of.completed - of.first_behind + 1))
    said = Effect(verdict="measuring", series=series, epochs=done, of=EPOCHS)
    disturbed = _disturbed(of)
    if disturbed:
        return _unknown(said, disturbed)
    if done < EPOCHS or _is_on_its_way(of, curve):
        return _unknown(said, "ended") if of.has_ended else said
    behind = _side(curve, of.behind)
    if not behind.epochs:
        return _unknown(said, "no_curve")
    before = _before(of, curve)
    if of.had_diverged or not np.isfinite(curve.get(of.last_before, 0.0)) or not np.all(np.isfinite(behind.values)):
        return _mended(said, of, curve, behind.values)
    if not before.epochs:
        return _unknown(said, "again" if _changed_before(of) else "too_short")
    return _compared(said, of, before, behind, peers=peers)


def _disturbed(of: Watched) -> Why:
    """Return what else happened to the training within the epochs that count; nothing if it was left alone."""
    last = of.behind[-1]
    if any(of.at <= other < last for other in of.changes):
        return "again"
    return "resumed" if any(other < last for other in of.resumes) else ""


class _Side(NamedTuple):
    """Epochs on one side of a command that nothing else disturbed."""

    epochs: tuple[int, ...]
    values: Floats


def _side(curve: Curve, epochs: Sequence[int]) -> _Side:
    kept = tuple(one for one in epochs if one in curve)
    return _Side(kept, np.array([curve[one] for one in kept], float))


def _before(of: Watched, curve: Curve) -> _Side:
    first = math.ceil(max((other for other in of.changes if other < of.at), default=0.0) - _NEAR) + 1
    return _side(curve, [one for one in range(first, of.last_before + 1) if math.isfinite(curve.get(one, math.nan))])


def _changed_before(of: Watched) -> bool:
    return any(other < of.at for other in of.changes)


def _is_on_its_way(of: Watched, curve: Curve) -> bool:
    """Tell whether the last epoch's value may still come: validations end behind their epoch."""
    last = of.behind[-1]
    return last not in curve and of.completed <= last


def _unknown(said: Effect, why: Why) -> Effect:
    return msgspec.structs.replace(said, verdict="unknown", why=why)


def _mended(said: Effect, of: Watched, curve: Curve, behind: Floats) -> Effect:
    """Return what came of a loss that had diverged or was no number: whether it is finite again, and back where it was before."""
    falls = better(said.series) == "lower"
    now = curve.get(of.last_before, math.nan)
    good = of.last_before if of.good is None else math.floor(of.good + _NEAR)
    sound = [value for epoch in range(1, good + 1) if math.isfinite(value := curve.get(epoch, math.nan)) and value > 0]
    before = (min(sound) if falls else max(sound)) if sound else None
    after = float(np.median(behind)) if np.all(np.isfinite(behind)) else None
    said = msgspec.structs.replace(said, before=before, after=after, change=_relative(before, after))
    if after is None:
        return _judged(said, "harmed" if math.isfinite(now) else "none", "broken")
    limit = None if before is None else before * (1 + BACK) if falls else before / (1 + BACK)
    is_back = limit is not None and (after <= limit if falls else after >= limit)
    if is_back or of.is_closed:
        return _judged(said, "helped", "back" if is_back else "mended")
    if not math.isfinite(now):
        return _judged(said, "helped", "mended")
    is_worse = after > now * (1 + BACK) if falls else after < now / (1 + BACK)
    return _judged(said, "harmed", "worse") if is_worse else _judged(said, "none", "not_back")


def _judged(said: Effect, verdict: Verdict, why: Why) -> Effect:
    return msgspec.structs.replace(said, verdict=verdict, why=why)


class _Expected(NamedTuple):
    """How much g was to change, how far beside that it may be by chance, and by how much more than that it fell."""

    change: float
    margin: float
    gained: float
    runs: int = 0


def _compared(said: Effect, of: Watched, before: _Side, behind: _Side, *, peers: Sequence[Curve]) -> Effect:
    """Return a verdict from levels before and behind, by what was to be expected."""
    before = _measurable(before, series=said.series)
    scale = _Scale.of(said.series, np.concatenate([before.values, behind.values]))
    epochs = before.epochs[-BEFORE:]
    start, end = float(np.median(before.values[-BEFORE:])), float(np.median(behind.values))
    said = msgspec.structs.replace(
        said,
        before=start,
        after=end,
        change=_relative(start, end),
        span=round(of.behind[1] - float(np.mean(epochs))),
    )
    if scale is None:
        return _unknown(said, "nothing_to_compare")
    basis: Basis = "runs"
    expected = _by_runs(scale.g(end) - scale.g(start), (epochs, behind.epochs), peers, series=said.series)
    if expected is None and any(epochs[0] <= one < of.behind.stop for one in of.breaks):
        return _unknown(said, "mosaic")
    if expected is None:
        expected, basis = _by_trend(of, before, behind, scale), "trend"
    if expected is None:
        return _unknown(said, "nothing_to_compare")
    margin = max(expected.margin, LEAST)
    would_be = scale.value(scale.g(start) + expected.change)
    return msgspec.structs.replace(
        said,
        verdict="helped" if expected.gained > margin else "harmed" if expected.gained < -margin else "none",
        expected=_relative(start, would_be),
        basis=basis,
        runs=expected.runs,
        margin=abs(_relative(would_be, scale.value(scale.g(would_be) - margin)) or 0.0),
    )


def _measurable(before: _Side, *, series: str) -> _Side:
    """Return the epochs whose loss has a logarithm, unless none has: a loss that broke may be 0 for a while."""
    fine = before.values > 0
    if better(series) == "higher" or not fine.any():
        return before
    kept = tuple(epoch for epoch, is_fine in zip(before.epochs, fine.tolist(), strict=True) if is_fine)
    return _Side(kept, before.values[fine])


def _relative(before: float | None, after: float | None) -> float | None:
    if before is None or after is None or abs(before) < _NEAR:
        return None
    return after / before - 1


class _Scale(NamedTuple):
    """The coordinate in which less is better and steps are relative."""

    is_share: bool
    sign: float

    @property
    def rises(self) -> bool:
        """Whether more of the curve is better."""
        return self.is_share or self.sign < 0

    @classmethod
    def of(cls, series: str, values: Floats) -> "_Scale | None":
        """Return it for a curve; None for values that have no logarithm."""
        if better(series) == "higher" and np.all((values >= 0) & (values <= 1)):
            return cls(True, 1.0)
        sign = 1.0 if better(series) == "lower" else -1.0
        return cls(False, sign) if np.all(values > 0) else None

    def g(self, value: float) -> float:
        return math.log(max(1 - value, _PERFECT)) if self.is_share else self.sign * math.log(value)

    def points(self, side: _Side) -> tuple[Floats, Floats]:
        """Return log(epoch) and g of each epoch."""
        return np.log(np.array(side.epochs, float)), np.array([self.g(value) for value in side.values.tolist()])

    def value(self, g: float) -> float:
        return 1 - math.exp(g) if self.is_share else math.exp(self.sign * g)


def _by_runs(
    own: float, sides: tuple[Sequence[int], Sequence[int]], peers: Sequence[Curve], *, series: str
) -> _Expected | None:
    changes = [change for peer in peers if (change := _change(sides, peer, series=series)) is not None]
    n = len(changes)
    if n < RUNS_LEAST:
        return None
    spread = float(np.std(changes, ddof=1)) * math.sqrt(1 + 1 / n)
    usual = float(np.median(changes))
    return _Expected(usual, tails.t_quantile(LEVEL, df=n - 1) * spread, usual - own, n)


def _change(sides: tuple[Sequence[int], Sequence[int]], peer: Curve, *, series: str) -> float | None:
    """Return how far g of another run changed between the same epochs; None unless it has all of them."""
    if not all(math.isfinite(peer.get(one, math.nan)) for side in sides for one in side):
        return None
    before, behind = (_side(peer, side).values for side in sides)
    scale = _Scale.of(series, np.concatenate([before, behind]))
    return None if scale is None else scale.g(float(np.median(behind))) - scale.g(float(np.median(before)))


def _by_trend(of: Watched, before: _Side, behind: _Side, scale: _Scale) -> _Expected | None:
    if scale.rises:
        return None
    first = max((math.floor(one) for one in of.breaks if one <= of.last_before), default=0)
    count = min(TREND_MOST, sum(one > first for one in before.epochs))
    if count < TREND_LEAST:
        return None
    x, y = scale.points(_Side(before.epochs[-count:], before.values[-count:]))
    later, there = scale.points(behind)
    upper = np.triu_indices(len(x), 1)
    slope = float(np.median((y[upper[1]] - y[upper[0]]) / (x[upper[1]] - x[upper[0]])))
    rest = y - slope * x
    spread = math.sqrt(float(np.sum((rest - rest.mean()) ** 2)) / (count - 2))
    ahead = float(np.median(later) - np.median(x[-BEFORE:]))
    error = math.pi / 2 * (1 / BEFORE + 1 / len(later)) + ahead**2 / float(np.sum((x - x.mean()) ** 2))
    margin = WAVES * tails.t_quantile(LEVEL, df=count - 2) * spread * math.sqrt(error)
    gained = float(np.median(rest[-BEFORE:]) - np.median(there - slope * later))
    return _Expected(slope * ahead, margin, gained)
