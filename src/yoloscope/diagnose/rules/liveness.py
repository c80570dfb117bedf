"""Whether a training still says anything (H01): asked by a server's clock, because a killed training cannot ask."""

from yoloscope.diagnose import rule, view
from yoloscope.diagnose import thresholds as t


def allowed_s(pace: view.Pace) -> float:
    """Return how many seconds of silence are ordinary now: five times the usual interval, of validations where one is under way."""
    if not pace.batches:
        return t.H01_FIRST_S
    usual = pace.between_p95_s if pace.is_between_epochs else pace.batch_p95_s
    if usual is None:
        return t.H01_BETWEEN_S if pace.is_between_epochs else t.H01_FIRST_S
    return max(t.H01_LEAST_S, t.H01_TIMES * usual)


def _silent(of: view.View) -> rule.Outcome:
    if of.silent_s is None:
        return rule.Missing(("silence",))
    allowed = allowed_s(of.pace)
    if of.silent_s <= allowed:
        return None
    variant = "start" if not of.pace.batches else ("between" if of.pace.is_between_epochs else "")
    return rule.Hit(
        severity="critical" if of.silent_s > t.H01_CRITICAL * allowed else "warning",
        variant=variant,
        strength=of.silent_s / allowed,
        values={"silent": of.silent_s / 60, "allowed": allowed / 60, "epoch": of.epoch},
    )


RULES = (
    rule.Rule(
        id="H01",
        name="silent",
        family="liveness",
        cadence="timer",
        worst="critical",
        test=_silent,
        hits=1,
        clears=1,
        is_muted_at_cuts=False,
    ),
)
