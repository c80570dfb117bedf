"""Whatever a run logs, rules about losses and gradients answer without a fault, and what they say can be told."""

import math

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses

from yoloscope.diagnose import facts as known
from yoloscope.diagnose import mistakes, rule
from yoloscope.diagnose.rules import (
    balance,
    components,
    generalisation,
    gradients,
    metrics,
    numerics,
    optimisation,
    overfitting,
)
from yoloscope.diagnose.texts import balance as balance_texts
from yoloscope.diagnose.texts import components as component_texts
from yoloscope.diagnose.texts import generalisation as generalisation_texts
from yoloscope.diagnose.texts import gradients as gradient_texts
from yoloscope.diagnose.texts import metrics as metric_texts
from yoloscope.diagnose.texts import numerics as numeric_texts
from yoloscope.diagnose.texts import optimisation as optimisation_texts

FAMILIES = (
    (numerics.RULES, numeric_texts.TEXTS),
    (gradients.RULES, gradient_texts.TEXTS),
    (optimisation.RULES, optimisation_texts.TEXTS),
    (components.RULES, component_texts.TEXTS),
    (balance.RULES, balance_texts.TEXTS),
    (overfitting.RULES, generalisation_texts.TEXTS),
    (generalisation.RULES, generalisation_texts.TEXTS),
    (metrics.RULES, metric_texts.TEXTS),
)
EPOCHS = (
    *("train/box_loss", "train/cls_loss", "train/obj_loss", "train/dfl_loss", "val/box_loss", "val/cls_loss"),
    *("metrics/mAP50", "metrics/mAP50-95", "metrics/precision", "metrics/recall"),
    *(f"errors/{kind}" for kind in mistakes.Mistakes.__struct_fields__),
    *("metrics/recall_small", "metrics/recall_medium"),
    *("lr/weight", "loss_weight/box", "loss_weight/one_to_many"),
    *("grad/backbone.1/norm", "grad/head.cls/norm", "update/neck/ratio", "update/head.cls/ratio"),
    *("weights/nonfinite", "weights/backbone.1/norm", "grad/noise_scale"),
)
STEPS = ("train/box_loss", "train/cls_loss", "grad/norm", "amp/scale", "weights/nonfinite")
VALUE = st.one_of(
    st.sampled_from([0.0, 1.0, 1.5, -1.0, math.nan, math.inf, -math.inf, 1e-30, 1e30]), st.floats(0.0, 10.0)
)
LEVEL = st.builds(lambda value, count: [value] * count, VALUE, st.integers(0, 40))
CURVE = st.one_of(st.lists(VALUE, max_size=40), LEVEL)
LONG = st.builds(lambda part, times: part * times, st.lists(VALUE, min_size=1, max_size=12), st.integers(1, 60))
FACTS = st.builds(
    lambda framework, epochs, classes, model, images: msgspec.structs.replace(
        courses.ULTRALYTICS,
        framework=framework,
        given={**courses.ULTRALYTICS.given, "epochs": epochs, "model": model},
        settings={**courses.ULTRALYTICS.settings, "classes": classes},
        train=known.SetFacts(images=images),
    ),
    st.sampled_from(["ultralytics", "yolov5", "torch", ""]),
    st.sampled_from([0, 1, 16, 40, 100, 500]),
    st.sampled_from([0, 1, 3]),
    st.sampled_from(["yolo11n.pt", "yolo11n.yaml", ""]),
    st.sampled_from([None, 24, 5000]),
)


RUNS = st.fixed_dictionaries(dict.fromkeys(EPOCHS[:2], CURVE), optional=dict.fromkeys(EPOCHS[2:], CURVE))
BATCHES = st.one_of(st.just({}), st.fixed_dictionaries({}, optional=dict.fromkeys(STEPS, LONG)))


@settings(max_examples=60, deadline=None)
@given(FACTS, RUNS, BATCHES)
def test_every_rule_answers_and_every_answer_can_be_told(facts, epochs, steps) -> None:
    run = hand.view(facts=facts, epochs=epochs, steps=steps)
    for rules, texts in FAMILIES:
        for one in rules:
            outcome = one.test(run)
            if isinstance(outcome, rule.Hit):
                assert outcome.strength > 0
                courses.check_words(one.id, outcome, texts)


@given(FACTS)
def test_nothing_is_found_in_a_run_without_curves(facts) -> None:
    run = hand.view(facts=facts)
    answers = [one.test(run) for rules, _ in FAMILIES for one in rules]
    assert not any(isinstance(answer, rule.Hit) for answer in answers)
