"""Cards that are hot, worn, broken or suspected of computing wrongly (S07-S09)."""

from yoloscope.diagnose import cards, rule, view
from yoloscope.diagnose import thresholds as t
from yoloscope.records import finding

AGAIN = "check/recomputed_loss_difference"
"""Relative difference of the loss of one batch, computed twice from the same state."""

Values = dict[str, finding.Value]


def _throttled(of: view.View) -> rule.Outcome:
    names = [name for reason in ("heat", "hardware", "power_brake") for name in of.read(f"throttled_by_{reason}")]
    clocks = of.read("sm_clock_hz")
    if not names and not clocks:
        return rule.Missing(("system/gpu.*/throttled_by_heat",))
    for name in names:
        share = cards.mean(of, name)
        if share is not None and share > t.S07_SHARE:
            variant = "power" if name.endswith("power_brake") else ""
            values: Values = {"share": share, "card": cards.number(name)}
            return rule.Hit(
                severity="warning", variant=variant, strength=share / t.S07_SHARE, values=values, series=(name,)
            )
    for name in clocks:
        util, clock = cards.mean(of, name.replace("sm_clock_hz", cards.UTIL)), of.readings(name)
        now = cards.mean(of, name)
        if (
            util is not None
            and clock is not None
            and now is not None
            and util > t.S07_UTIL
            and now < t.S07_CLOCK * clock.most
        ):
            values = {"now": now / 1e6, "most": clock.most / 1e6, "card": cards.number(name)}
            strength = t.S07_CLOCK * clock.most / now if now else 2.0
            return rule.Hit(severity="warning", variant="clock", strength=strength, values=values, series=(name,))
    return None


def _gpu_fault(of: view.View) -> rule.Outcome:
    errors, codes = of.read("ecc_uncorrected"), of.read("/xid")
    if not errors and not codes:
        return rule.Missing(("system/gpu.*/ecc_uncorrected", "system/gpu.*/xid"))
    for name in errors:
        reading = of.readings(name)
        if reading is not None and reading.last > reading.first:
            values: Values = {"card": cards.number(name), "count": int(reading.last - reading.first)}
            return rule.Hit(severity="critical", variant="ecc", strength=2.0, values=values, series=(name,))
    found = [
        (name, int(reading.last)) for name in codes if (reading := of.readings(name)) is not None and reading.last > 0
    ]
    return max((_xid(name, code) for name, code in found), key=lambda hit: hit.strength, default=None)


def _xid(name: str, code: int) -> rule.Hit:
    values: Values = {"card": cards.number(name), "code": code}
    if code in t.S08_FATAL:
        return rule.Hit(severity="critical", variant="xid", strength=2.0, values=values, series=(name,))
    variant = "worn" if code in t.S08_WORN else ("program" if code in t.S08_APPLICATION else "other")
    strength = {"worn": 1.8, "program": 1.4}.get(variant, 1.2)
    return rule.Hit(
        severity="info" if variant == "other" else "warning",
        variant=variant,
        strength=strength,
        values=values,
        series=(name,),
    )


def _suspect_sdc(of: view.View) -> rule.Outcome:
    computed = of.series(AGAIN)
    again = computed.last if computed is not None else None
    if again is not None and again > t.S09_SAME:
        return rule.Hit(
            severity="warning",
            variant="again",
            strength=again / t.S09_SAME,
            values={"difference": again},
            series=(AGAIN,),
        )
    names = (*of.read("ecc_corrected"), *of.read("xid_errors"))
    if again is None and not names:
        return rule.Missing((AGAIN, "system/gpu.*/ecc_corrected"))
    spikes = of.steps.count("spike") + of.steps.count("explosion")
    for name in names:
        reading = of.readings(name)
        if reading is not None and reading.last > reading.first and spikes >= t.S09_SPIKES:
            values: Values = {"card": cards.number(name), "count": int(reading.last - reading.first), "spikes": spikes}
            return rule.Hit(
                severity="warning",
                variant="card",
                strength=spikes / t.S09_SPIKES,
                values=values,
                series=(name, "grad/norm"),
            )
    return None


RULES = (
    rule.Rule(
        id="S07",
        name="thermal_throttle",
        family="system",
        cadence="epoch",
        worst="warning",
        test=_throttled,
        is_muted_at_cuts=False,
        explains=("S03",),
    ),
    rule.Rule(
        id="S08",
        name="gpu_fault",
        family="system",
        cadence="step",
        worst="critical",
        test=_gpu_fault,
        hits=1,
        is_muted_at_cuts=False,
        explains=("N03", "N01", "N05", "N13", "N14", "S09"),
    ),
    rule.Rule(
        id="S09",
        name="suspect_sdc",
        family="system",
        cadence="epoch",
        worst="warning",
        test=_suspect_sdc,
        hits=1,
        is_muted_at_cuts=False,
        explains=("N03", "N01", "N05", "N13", "N14"),
    ),
)
