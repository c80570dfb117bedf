import msgspec
import pytest
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, flat, lacks, line, quiet, speaks

from yoloscope.diagnose import facts, rule
from yoloscope.diagnose.rules import gradients
from yoloscope.diagnose.texts import gradients as texts

GROUPS = ("backbone.1", "backbone.2", "backbone.10", "neck", "head.box", "head.cls")


def norms(*, first: float, last: float = 1.0, count: int = 10) -> dict[str, list[float]]:
    levels = {**dict.fromkeys(GROUPS, 0.5), "backbone.1": first, "head.cls": last}
    return {f"grad/{group}/norm": flat(count, level) for group, level in levels.items()}


def ratios(*levels: float, count: int = 5, **more: list[float]) -> dict[str, list[float]]:
    told = {f"update/{group}/ratio": flat(count, level) for group, level in zip(GROUPS, levels, strict=False)}
    return {**told, "lr/weight": flat(count, 0.01), **more}


def fading(
    *, share: float = 0.049, ratio: float = 9e-6, loss_end: float = 0.9, maps: float = 0.0
) -> dict[str, list[float]]:
    return {
        "train/box_loss": line(20, 1.0, loss_end),
        "metrics/mAP50-95": line(20, 0.4, 0.4 + maps),
        "lr/weight": [0.01, *line(18, 0.01, 0.0006), 0.01 * share],
        "update/neck/ratio": flat(20, ratio),
    }


def cut(*, share: float = 0.049, count: int = 59, maps: float = 0.3) -> dict[str, list[float]]:
    """A rate that fell to next to nothing three epochs ago, of which no step tells."""
    return {"lr/weight": [*flat(count - 3, 0.01), *flat(3, 0.01 * share)], "metrics/mAP50-95": flat(count, maps)}


def budget(epochs: int) -> facts.Facts:
    return msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "epochs": epochs})


LATE = budget(20)

SPEAKING = [
    speaks("N07", "warning", "", epochs=norms(first=9.9e-5)),
    speaks(
        "N07",
        "warning",
        "",
        epochs={
            **norms(first=0.5),
            "grad/backbone.2/norm": flat(10, 0.5),
            "weights/backbone.1/norm": flat(10, 5.1e6),
            "weights/backbone.2/norm": flat(10, 5.1e6),
        },
    ),
    speaks("N08", "info", "hot", epochs=ratios(0.011, 0.011, 1e-3), changes={"lr0": 0.002}),
    speaks("N08", "info", "cold", epochs=ratios(9e-6, 9e-6, 1e-3), changes={"lr0": 0.05}),
    speaks(
        "N08",
        "warning",
        "hot",
        epochs=ratios(0.011, count=23, **{"train/box_loss": line(23, 1.0, 0.995)}),
    ),
    speaks("N09", "warning", "", epochs=ratios(1e-9, 1e-3)),
    speaks("N09", "warning", "all", epochs=ratios(1.9e-7, 1e-9)),
    speaks("N11", "info", "", facts=LATE, epochs=fading(), changes={"lrf": 0.1, "cos_lr": True, "epochs": 30}),
    speaks("N11", "warning", "early", facts=budget(26), epochs=fading(loss_end=1.0, maps=0.04)),
    speaks("N11", "warning", "early", facts=budget(33), epochs=fading()),
    speaks("N11", "warning", "cut", epochs=cut(), changes={"lrf": 0.1, "cos_lr": True}),
    speaks("N11", "warning", "cut", epochs={"lr/weight": cut()["lr/weight"]}),
]
QUIET = [
    quiet("N07", "a small first gradient", epochs=norms(first=1.1e-4)),
    quiet("N07", "all gradients are small", epochs=norms(first=9.9e-5, last=0.098)),
    quiet("N07", "four samples", epochs=norms(first=9.9e-5, count=4)),
    quiet(
        "N07",
        "lost in seven of ten",
        epochs={**norms(first=1.0), "grad/backbone.1/norm": [*flat(3, 1.0), *flat(7, 1e-6)]},
    ),
    quiet("N08", "steps of the usual size", epochs=ratios(1e-3, 9e-3, 2e-5)),
    quiet("N08", "half of the groups", epochs=ratios(0.011, 1e-3)),
    quiet("N08", "four epochs", epochs=ratios(0.011, count=4)),
    quiet("N08", "a rate that has ended", epochs={**ratios(9e-6), "lr/weight": [*flat(4, 0.01), 0.0004]}),
    quiet("N09", "a small step", epochs=ratios(2.1e-7, 1e-3)),
    quiet("N09", "two epochs", epochs=ratios(1e-9, 1e-3, count=2)),
    quiet("N09", "a rate that has ended", epochs={**ratios(1e-9), "lr/weight": [*flat(4, 0.01), 0.0]}),
    quiet("N11", "a rate above a twentieth", facts=budget(26), epochs=fading(share=0.051)),
    quiet("N11", "steps that still move", facts=budget(26), epochs=fading(ratio=1.1e-5)),
    quiet("N11", "nothing improves", facts=budget(26), epochs=fading(loss_end=0.99)),
    quiet("N11", "not cut so far", epochs={**fading(), **cut(share=0.051)}),
    quiet("N11", "cut where nothing is left to learn", epochs={**fading(ratio=1.0), **cut(maps=0.85)}),
    quiet("N11", "cut in the second half", epochs={**fading(ratio=1.0), **cut(count=60)}),
]
LACKING = [
    lacks("N07", "grad/<group>/norm", epochs={"grad/norm": flat(10, 1.0)}),
    lacks("N08", "update/<group>/ratio", epochs={"lr/weight": flat(5, 0.01)}),
    lacks("N08", "lr", epochs={"update/neck/ratio": flat(5, 1.0)}),
    lacks("N09", "update/<group>/ratio", facts=NOTHING, epochs={"lr/weight": flat(5, 0.01)}),
    lacks("N11", "update/<group>/ratio", "lr", epochs={"train/box_loss": flat(20, 1.0)}),
    lacks("N11", "train/total", epochs=ratios(1e-6)),
    lacks("N11", "update/<group>/ratio", "train/total", facts=budget(98), epochs=cut()),
    lacks("N11", "update/<group>/ratio", "train/total", facts=NOTHING, epochs=cut()),
    lacks("N11", "update/<group>/ratio", "lr", "train/total", epochs={"metrics/mAP50-95": flat(59, 0.3)}),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(gradients.RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, texts.TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(gradients.RULES, case) is None


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(gradients.RULES, case) == rule.Missing(case.expected)


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    assert told == courses.variants(texts.TEXTS)


def test_vanishing_gradients_are_told_from_the_first_to_the_last_group_whatever_their_names_sort_like() -> None:
    hit = courses.ask(gradients.RULES, courses.Case("N07", {"epochs": norms(first=1e-8)}, None))
    assert isinstance(hit, rule.Hit)
    assert (hit.values["first"], hit.values["last"]) == ("backbone.1", "head.cls")


def test_before_a_stage_of_a_training_has_three_epochs_no_group_is_said_to_stand_still() -> None:
    closes = msgspec.structs.replace(
        ULTRALYTICS, given={**ULTRALYTICS.given, "epochs": 30, "mosaic": 1.0, "close_mosaic": 10}
    )
    for epochs in (20, 21, 22):
        told = {"facts": closes, "epochs": ratios(1e-3, 1e-3, count=epochs)}
        assert courses.ask(gradients.RULES, courses.Case("N09", told, None)) is None


def test_a_group_that_does_not_move_is_named() -> None:
    hit = courses.ask(gradients.RULES, courses.Case("N09", {"epochs": ratios(1e-3, 0.0, 1e-3)}, None))
    assert isinstance(hit, rule.Hit)
    assert hit.values["groups"] == ["backbone.2"]


def test_a_rate_that_is_cut_in_mid_training_is_told_with_what_is_left() -> None:
    hit = courses.ask(gradients.RULES, courses.Case("N11", {"epochs": cut(share=0.002)}, None))
    assert isinstance(hit, rule.Hit)
    assert hit.values == pytest.approx({"share": 0.002, "left": 41, "budget": 100})
    assert hit.series == ("lr/weight",)
    english, chinese = courses.words("N11", hit, texts.TEXTS)
    assert (
        english.evidence
        == "The rate is at 0.2% of its peak with 41 of 100 epochs to go. Unless it restarts, no schedule means that."
    )
    assert chinese.evidence.startswith("还剩 41 个 epoch（共 100 个），学习率却只有峰值的 0.2%")


@pytest.mark.parametrize("at", range(1, 60))
def test_a_warm_up_and_a_schedule_that_falls_as_planned_are_no_cut(at) -> None:
    """Biases warm up from above, weights from nothing; then both fall in a line to a hundredth."""
    weights = [*line(3, 0.001, 0.01), *(0.01 * (1 - 0.99 * epoch / 100) for epoch in range(4, at + 4))][:at]
    biases = [*line(3, 0.1, 0.01), *weights[3:]][:at]
    told = {"epochs": {"lr/weight": weights, "lr/bias": biases, "train/box_loss": flat(at, 1.0)}}
    assert not isinstance(courses.ask(gradients.RULES, courses.Case("N11", told, None)), rule.Hit)
