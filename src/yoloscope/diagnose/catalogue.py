"""All rules and all texts, joined from the families: the explicit list of what a diagnosis knows."""

from collections.abc import Mapping

from yoloscope.diagnose import rule
from yoloscope.diagnose.rules import (
    advising,
    balance,
    components,
    generalisation,
    gradients,
    hardware,
    history,
    inputs,
    liveness,
    memory,
    metrics,
    numerics,
    optimisation,
    plain,
    preflight,
    settings,
    system,
)

FAMILIES = (
    preflight,
    inputs,
    settings,
    numerics,
    optimisation,
    gradients,
    components,
    balance,
    generalisation,
    metrics,
    system,
    hardware,
    memory,
    plain,
    liveness,
    history,
    advising,
)
RULES: tuple[rule.Rule, ...] = tuple(one for family in FAMILIES for one in family.RULES)
NAMES: Mapping[str, str] = {one.id: one.name for one in RULES}
