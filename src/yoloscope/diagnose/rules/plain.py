"""What a PyTorch training of one's own tells of its layers: units that died, weights that began wrongly (T01, T02).

`T01` reads ``activations/<layer>/dead_share``, the share of a layer's units that are active for less than 1 % of the inputs. `T02` reads
``weights/<layer>/scale``, the standard deviation of a layer's weights times the root of its fan-in: 1 to 1.4 as Xavier and Kaiming begin.
"""

from yoloscope.diagnose import losses, rule, view
from yoloscope.diagnose import thresholds as t

DEAD = "/dead_share"
SCALE = "/scale"


def _dead_units(of: view.View) -> rule.Outcome:
    found = _by_layer(of, prefix="activations/", suffix=DEAD)
    if not found:
        return rule.Missing(("activations/*/dead_share",))
    dead = {layer: one.last for layer, one in found.items() if one.last > t.T01_DEAD}
    if not dead:
        return None
    worst = max(dead, key=lambda layer: dead[layer])
    return rule.Hit(
        severity="warning",
        strength=dead[worst] / t.T01_DEAD,
        values={"layer": worst, "share": dead[worst], "layers": len(dead), "of": len(found)},
        series=tuple(f"activations/{layer}{DEAD}" for layer in dead),
        since=3,
    )


def _poor_start(of: view.View) -> rule.Outcome:
    found = _by_layer(of, prefix="weights/", suffix=SCALE)
    loss = of.series(losses.TOTAL) or of.series("train/loss")
    if not found or loss is None:
        return rule.Missing(("weights/*/scale",) if not found else ("train/loss",))
    if not t.T02_EPOCHS <= of.epoch <= t.T02_UNTIL or of.facts.starts_pretrained:
        return None
    begun = {layer: one.first for layer, one in found.items() if one.first > 0}
    if len(begun) < 2 or loss.ema < (1 - t.T02_FALL) * loss.first:
        return None
    widest, narrowest = max(begun, key=lambda layer: begun[layer]), min(begun, key=lambda layer: begun[layer])
    spread = (begun[widest] / begun[narrowest]) ** 2
    if spread <= t.T02_SPREAD:
        return None
    return rule.Hit(
        severity="warning",
        strength=spread / t.T02_SPREAD,
        values={"spread": spread, "widest": widest, "narrowest": narrowest, "epochs": of.epoch},
        series=(f"weights/{widest}{SCALE}", f"weights/{narrowest}{SCALE}"),
        since=of.epoch,
    )


def _by_layer(of: view.View, *, prefix: str, suffix: str) -> dict[str, view.Series]:
    names = (name for name in of.names(prefix) if name.endswith(suffix))
    pairs = ((name.removeprefix(prefix).removesuffix(suffix), of.series(name)) for name in names)
    return {layer: series for layer, series in pairs if series is not None and series.count}


RULES = (
    rule.Rule(
        id="T01",
        name="dead_units",
        family="numerics",
        cadence="epoch",
        worst="warning",
        test=_dead_units,
        is_muted_at_cuts=False,
    ),
    rule.Rule(
        id="T02",
        name="poor_initialisation",
        family="numerics",
        cadence="epoch",
        worst="warning",
        test=_poor_start,
        hits=1,
        is_muted_at_cuts=False,
        explains=("N12",),
    ),
)
