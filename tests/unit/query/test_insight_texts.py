"""What was learnt as a person reads it, in both languages."""

import msgspec
import pytest

from unit.query.known_runs import METRIC
from yoloscope.query import insight_texts, learnt, outcomes, weights
from yoloscope.query.columns_of_settings import Level

POINTS = outcomes.Metric(METRIC, "best", "higher", points=True)
EFFECT = learnt.Effect(
    setting="mosaic",
    kind="augmentation",
    from_=Level("0.0", 0.0),
    to=Level("1.0", 1.0),
    basis="matched",
    n_from=5,
    n_to=6,
    left_out=0,
    pairs=1,
    difference=0.031,
    low=0.012,
    high=0.05,
    p=0.001,
    p_adjusted=0.002,
    aliases=[],
    verdict="helped",
)
WEIGHT = weights.Weight("lr0", "setting", [], [], 3, 40, 0.3249, 0.002, -0.5, 0.2, "matters")


def _effect(*, metric: outcomes.Metric = POINTS, knows_data: bool = True, **changes: object) -> insight_texts.Sentence:
    return insight_texts.of_effect(msgspec.structs.replace(EFFECT, **changes), metric=metric, knows_data=knows_data)


def test_an_effect_is_one_sentence() -> None:
    assert _effect() == insight_texts.Sentence(
        "mosaic 1.0 instead of 0.0: mAP50-95 +3.1 points (95 % +1.2…+5.0), 6 against 5 runs on the same data, equal in all other settings. It helped.",
        "mosaic 取 1.0 而非 0.0：mAP50-95 +3.1 个百分点（95% 置信区间 +1.2～+5.0），相同数据上 6 次对 5 次训练，其他设置相同。有帮助。",
    )


def test_too_few_runs_have_no_number() -> None:
    told = _effect(verdict="too_few_runs", basis="none", low=None, high=None, n_to=2, n_from=1)
    assert told == insight_texts.Sentence(
        "mosaic 1.0 instead of 0.0: too few runs to tell (2 against 1).",
        "mosaic 取 1.0 而非 0.0：训练太少，无法判断（2 次对 1 次）。",
    )


def test_what_went_along_is_in_the_sentence() -> None:
    alias = learnt.Alias("mixup", always=True, from_=Level("0.0", 0.0), to=Level("0.1", 0.1))
    always = _effect(aliases=[alias], verdict="aliased", left_out=2)
    assert "0.0, always together with mixup 0.1 instead of 0.0: mAP50-95" in always.en
    assert (
        "equal in all other settings; 2 more have no equal. What made the difference cannot be told apart." in always.en
    )
    assert "（总是同时 mixup 取 0.1 而非 0.0）：" in always.zh
    several = [learnt.Alias(name, always=False) for name in "abcde"]
    mostly = _effect(aliases=several, verdict="aliased", basis="unmatched", knows_data=False)
    assert "mostly along with other values of a, b, c and … (+2): " in mostly.en
    assert "runs on data that was not recorded, which differ in other settings too." in mostly.en
    assert "未记录数据的 6 次对 5 次训练，其他设置也有不同。" in mostly.zh


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((-0.031, -0.05, -0.012), "−3.1 points (95 % −5.0…−1.2)"),
        ((0.0011, 0.0002, 0.002), "+0.11 points (95 % +0.02…+0.20)"),
        ((0.00011, 0.0001, 0.0002), "+0.011 points (95 % +0.010…+0.020)"),
    ],
)
def test_numbers_have_the_places_that_their_interval_makes_sense_of(
    numbers: tuple[float, float, float], expected: str
) -> None:
    assert expected in _effect(difference=numbers[0], low=numbers[1], high=numbers[2]).en


def test_what_is_no_share_has_no_points() -> None:
    loss = outcomes.Metric("val/box_loss", "best", "lower", points=False)
    told = _effect(metric=loss, difference=-0.1234567, low=-0.3, high=0.05)
    assert "Box loss (val) −0.123 (95 % −0.3…+0.05), 6" in told.en
    assert "边框损失（验证） −0.123（95% 置信区间 −0.3～+0.05）" in told.zh


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        (
            {},
            "lr0: 32 % of the spread of mAP50-95 among runs on the same data (3 values, 40 runs, p = 0.002).",
            "lr0：解释了相同数据上 mAP50-95 差异的 32 %（3 个取值，40 次训练，p = 0.002）。",
        ),
        (
            {"verdict": "no_sign", "p": 0.51, "same": ["box", "cls"]},
            (
                "lr0: no sign that it matters to mAP50-95 among runs on the same data (3 values, 40 runs, p = 0.51). "
                "It always changed together with box and cls: they cannot be told apart."
            ),
            "lr0：没有迹象表明它影响相同数据上 mAP50-95（3 个取值，40 次训练，p = 0.51）。它总是与 box、cls 一起变化，无法区分。",
        ),
        (
            {"verdict": "too_few_runs", "p": None},
            "lr0: too few runs to tell (3 values, 40 runs).",
            "lr0：训练太少，无法判断（3 个取值，40 次训练）。",
        ),
        (
            {"verdict": "only_with_data", "p": None},
            "lr0: changes only together with the data, so nothing can be told.",
            "lr0：只随数据一起变化，无法判断。",
        ),
    ],
)
def test_a_weight_is_one_sentence(changes: dict[str, object], english: str, chinese: str) -> None:
    told = insight_texts.of_weight(msgspec.structs.replace(WEIGHT, **changes), metric=POINTS, data_sets=2)
    assert (told.en, told.zh) == (english, chinese)


def test_among_one_data_set_the_data_is_not_spoken_of() -> None:
    told = insight_texts.of_weight(WEIGHT, metric=POINTS, data_sets=1)
    assert (told.en, told.zh) == (
        "lr0: 32 % of the spread of mAP50-95 (3 values, 40 runs, p = 0.002).",
        "lr0：解释了 mAP50-95 差异的 32 %（3 个取值，40 次训练，p = 0.002）。",
    )


@pytest.mark.parametrize("reason", ["in_progress", "crashed", "ended_early", "no_metric", "not_a_number", "copy"])
def test_every_reason_has_words(reason: outcomes.Reason) -> None:
    told = insight_texts.ignored(reason)
    assert told.en != told.zh
