"""Where a training changes under its curves: attempts, repeated epochs, batch, input size, frozen layers, closed mosaics, steps of lr.

Windows begin anew at a cut, and rules that are muted there neither hit nor clear for three epochs on both sides.
"""

from collections.abc import Mapping

from yoloscope.diagnose import facts as known
from yoloscope.diagnose import rule, thresholds, view
from yoloscope.diagnose.memory import stream

CUTS = 4
"""The newest cuts are remembered; older ones mute nothing."""
FROZEN = "frozen/parameters"
Settings = tuple[float | None, float | None, str]


class Stages:
    """The cuts of one run."""

    def __init__(self, facts: known.Facts) -> None:
        self._cuts: list[int] = []
        self._settings = _settings(facts)
        self._rate = 0.0
        self._frozen = -1.0

    def cut(self, epoch: int) -> None:
        """Take note of a cut after so many epochs."""
        if epoch not in self._cuts:
            self._cuts = [*self._cuts, epoch][-CUTS:]

    def after_epoch(self, of: view.View) -> int | None:
        """Return after how many epochs a new stage began, as the newest epoch shows; ``None`` if none did."""
        found: int | None = None
        if self._changed(of):
            found = of.epoch - 1
        if of.epoch == of.facts.closes_mosaic_at:
            found = of.epoch
        return found

    def _changed(self, of: view.View) -> bool:
        rate, before = _rate(of), self._rate
        frozen = of.series(FROZEN)
        frozen_before, self._frozen = self._frozen, frozen.last if frozen is not None else self._frozen
        self._rate = rate[0] if rate is not None else before
        has_thawed = frozen_before >= 0 and self._frozen != frozen_before
        if rate is None or of.epoch <= (of.facts.number("warmup_epochs") or 0) + 1:
            return has_thawed
        return has_thawed or (thresholds.CUT_LR_LIVE * rate[1] < before and rate[0] < thresholds.CUT_LR_FALL * before)

    def told(self, facts: known.Facts, *, has_begun: bool) -> bool:
        """Take settings that changed; return whether that makes a cut: a smaller batch, another input size, other frozen layers."""
        before, self._settings = self._settings, _settings(facts)
        return has_begun and before[:2] != (None, None) and _differs(before, self._settings)

    def mutes(self, one: rule.Rule, of: view.View) -> bool:
        """Tell whether a rule is silent now for a cut, one that is known to come included."""
        if not one.is_muted_at_cuts:
            return False
        coming = of.facts.closes_mosaic_at
        near = self._cuts if coming is None else [*self._cuts, coming]
        return any(abs(of.epoch - cut) <= thresholds.CUT_MUTE for cut in near)

    def save(self, into: stream.Writer) -> None:
        """Write what `restore` reads."""
        into.integers.append(len(self._cuts))
        into.integers += self._cuts
        into.doubles.extend((self._rate, self._frozen))

    def restore(self, of: stream.Reader) -> None:
        """Take what was saved; the settings are those of now."""
        self._cuts = [of.integer() for _ in range(of.integer())]
        self._rate, self._frozen = of.double(), of.double()


def waits(one: rule.Rule, of: view.View) -> bool:
    """Tell whether a rule is silent until the warm-up is over."""
    return one.waits and of.epoch < thresholds.wait(of.facts.epochs)


def _rate(of: view.View) -> tuple[float, float] | None:
    """Return lr of the newest epoch, and the highest; of the weights, since that of biases falls throughout the warm-up."""
    names = [name for name in of.names("lr") if not name.endswith("bias")]
    chosen = "lr/weight" if "lr/weight" in names else next(iter(names), None)
    found = None if chosen is None else of.series(chosen)
    return (found.last, found.most) if found is not None and found.count else None


def _settings(facts: known.Facts) -> Settings:
    effect: Mapping[str, object] = facts.settings
    size = effect.get("imgsz")
    return (facts.number("batch"), float(size) if isinstance(size, int | float) else None, repr(effect.get("freeze")))


def _differs(before: Settings, now: Settings) -> bool:
    smaller = before[0] is not None and now[0] is not None and 0 < now[0] < before[0]
    resized = before[1] is not None and now[1] is not None and before[1] != now[1]
    return smaller or resized or before[2] != now[2]
