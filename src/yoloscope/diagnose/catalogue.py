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
    overfitting,
    plain,
    preflight,
    settings,
    system,
)
from yoloscope.diagnose.texts import advising as advising_texts
from yoloscope.diagnose.texts import balance as balance_texts
from yoloscope.diagnose.texts import components as components_texts
from yoloscope.diagnose.texts import generalisation as generalisation_texts
from yoloscope.diagnose.texts import gradients as gradients_texts
from yoloscope.diagnose.texts import hardware as hardware_texts
from yoloscope.diagnose.texts import history as history_texts
from yoloscope.diagnose.texts import inputs as inputs_texts
from yoloscope.diagnose.texts import liveness as liveness_texts
from yoloscope.diagnose.texts import memory as memory_texts
from yoloscope.diagnose.texts import metrics as metrics_texts
from yoloscope.diagnose.texts import numerics as numerics_texts
from yoloscope.diagnose.texts import optimisation as optimisation_texts
from yoloscope.diagnose.texts import plain as plain_texts
from yoloscope.diagnose.texts import preflight as preflight_texts
from yoloscope.diagnose.texts import settings as settings_texts
from yoloscope.diagnose.texts import system as system_texts
from yoloscope.diagnose.texts import text

FAMILIES = (
    preflight,
    inputs,
    settings,
    numerics,
    optimisation,
    gradients,
    components,
    balance,
    overfitting,
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
TEXT_FAMILIES = (
    preflight_texts,
    inputs_texts,
    settings_texts,
    numerics_texts,
    optimisation_texts,
    gradients_texts,
    components_texts,
    balance_texts,
    generalisation_texts,
    metrics_texts,
    system_texts,
    hardware_texts,
    memory_texts,
    plain_texts,
    liveness_texts,
    history_texts,
    advising_texts,
)
RULES: tuple[rule.Rule, ...] = tuple(one for family in FAMILIES for one in family.RULES)
NAMES: Mapping[str, str] = {one.id: one.name for one in RULES}
TEXTS: Mapping[str, text.Text] = {rule_id: told for family in TEXT_FAMILIES for rule_id, told in family.TEXTS.items()}
