"""Effects of settings on made-up projects whose truth is known: found where it is there, not found where not, and never more sure than the runs allow."""

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from unit.query.known_runs import DATA, METRIC, among, known, outcome
from yoloscope.query import facts, learnt, outcomes, weights
from yoloscope.query.settings_of_run import Data

NOISE = 0.01
RECORDED = Path(__file__).parents[2] / "data" / "recorded_trainings.json"


def _runs(
    count: int, *, shift: float = 0.0, seed: int = 0, data: Data | None = DATA, **settings: object
) -> list[outcomes.Outcome]:
    random = np.random.default_rng(seed)
    return [
        outcome(float(0.5 + shift + NOISE * random.normal()), seed=at, data=data, **settings) for at in range(count)
    ]


def _only(of: outcomes.Outcomes) -> learnt.Effect:
    [on_data] = learnt.learnt(of).data
    [effect] = on_data.effects
    return effect


def test_a_setting_that_helps_is_told_with_interval_and_number_of_runs() -> None:
    effect = _only(among(*_runs(5, mosaic=0.0), *_runs(6, mosaic=1.0, shift=0.05, seed=1)))
    assert (effect.setting, effect.kind, effect.from_.text, effect.to.text) == ("mosaic", "augmentation", "0.0", "1.0")
    assert (effect.verdict, effect.basis, effect.n_from, effect.n_to, effect.left_out) == ("helped", "matched", 5, 6, 0)
    assert effect.low is not None
    assert effect.high is not None
    assert 0 < effect.low < 0.05 < effect.high < 0.1


def test_lower_is_better_where_the_metric_says_so() -> None:
    runs = [*_runs(5, mosaic=0.0), *_runs(5, mosaic=1.0, shift=0.05, seed=1)]
    assert _only(among(*runs, better="lower")).verdict == "hurt"


@pytest.mark.parametrize(("count", "other"), [(2, 1), (2, 2), (1, 9), (9, 2)])
def test_a_side_of_fewer_than_three_runs_tells_nothing(count: int, other: int) -> None:
    effect = _only(among(*_runs(count, mosaic=0.0), *_runs(other, mosaic=1.0, shift=0.3, seed=1)))
    assert (effect.verdict, effect.basis, effect.low, effect.p) == ("too_few_runs", "none", None, None)
    assert (effect.n_from, effect.n_to) == (count, other)


def test_settings_that_always_change_together_are_aliased_whichever_is_asked() -> None:
    one = _runs(6, mosaic=0.0, mixup=0.0, lr0=0.1)
    other = _runs(6, mosaic=1.0, mixup=0.2, lr0=0.1, shift=0.1, seed=1)
    [on_data] = learnt.learnt(among(*one, *other)).data
    told = {effect.setting: effect for effect in on_data.effects}
    assert {name: effect.verdict for name, effect in told.items()} == {"mosaic": "aliased", "mixup": "aliased"}
    [alias] = told["mosaic"].aliases
    assert alias.from_ is not None
    assert alias.to is not None
    assert (alias.setting, alias.always, alias.from_.text, alias.to.text) == ("mixup", True, "0.0", "0.2")
    assert told["mosaic"].low is not None
    assert told["mosaic"].low > 0.05  # what they did together is told


def test_runs_are_compared_with_their_equals() -> None:
    """Larger pictures are worth far more than the setting, and went with it mostly: the plain means say the opposite."""
    runs = [
        *_runs(6, imgsz=320, cos_lr=True, shift=0.03),
        *_runs(3, imgsz=320, cos_lr=False, seed=1),
        *_runs(3, imgsz=640, cos_lr=True, shift=0.33, seed=2),
        *_runs(6, imgsz=640, cos_lr=False, shift=0.30, seed=3),
    ]
    [on_data] = learnt.learnt(among(*runs)).data
    effect = next(one for one in on_data.effects if one.setting == "cos_lr")
    assert (effect.basis, effect.pairs, effect.verdict) == ("matched", 2, "helped")
    assert effect.low is not None
    assert effect.high is not None
    assert effect.low < 0.03 < effect.high < 0.06


def test_runs_that_no_equal_exists_for_are_counted() -> None:
    runs = [*_runs(4, mosaic=0.0), *_runs(4, mosaic=1.0, seed=1), *_runs(2, mosaic=1.0, epochs=50, seed=2)]
    [on_data] = learnt.learnt(among(*runs)).data
    effect = next(one for one in on_data.effects if one.setting == "mosaic")
    assert (effect.n_from, effect.n_to, effect.left_out) == (4, 4, 2)


def test_without_equals_all_runs_are_compared_and_what_went_along_is_named() -> None:
    random = np.random.default_rng(0)
    runs = [
        outcome(0.5 + 0.2 * (at % 2) + NOISE * random.normal(), seed=at, lr0=float(random.random()), cos_lr=at % 2 == 1)
        for at in range(20)
    ]
    [on_data] = learnt.learnt(among(*runs)).data
    effect = next(one for one in on_data.effects if one.setting == "cos_lr")
    assert (effect.basis, effect.verdict, effect.aliases) == ("unmatched", "helped", [])
    tied = [outcome(one.value, seed=at, **one.settings, box=at % 2 if at else 1) for at, one in enumerate(runs)]
    [on_data] = learnt.learnt(among(*tied)).data
    effect = next(one for one in on_data.effects if one.setting == "cos_lr")
    assert (effect.verdict, effect.aliases) == ("aliased", [learnt.Alias("box", always=False)])


def test_a_setting_that_went_along_with_one_that_matters_is_not_praised_for_it() -> None:
    """The learning rate is worth five points; mosaic, worth nothing, has its value in 7 of 10 runs."""
    praised = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        lr0 = random.integers(2, size=30)
        mosaic = np.where(random.random(30) < 0.7, lr0, 1 - lr0)
        runs = [
            outcome(
                float(0.5 + 0.05 * lr0[at] + NOISE * random.normal()),
                seed=at,
                lr0=int(lr0[at]),
                mosaic=int(mosaic[at]),
                momentum=float(random.random()),
            )
            for at in range(30)
        ]
        [on_data] = learnt.learnt(among(*runs)).data
        told = {effect.setting: effect for effect in on_data.effects}
        praised += told["mosaic"].verdict in ("helped", "hurt")
        if told["mosaic"].verdict == "aliased":
            assert [alias.setting for alias in told["mosaic"].aliases if alias.setting == "lr0"] == ["lr0"]
    assert praised <= 3  # a quarter of them without looking at runs of one learning rate


def test_each_data_set_is_learnt_from_alone_and_unknown_data_is_a_group() -> None:
    other = Data("other", (5, 5))
    runs = [
        *_runs(4, mosaic=0.0, data=other),
        *_runs(4, mosaic=1.0, shift=0.2, data=other, seed=1),
        *_runs(3, mosaic=0.0, data=None, shift=0.4),
        *_runs(3, mosaic=1.0, data=None, shift=0.4, seed=1),
        *_runs(1, mosaic=0.0),
    ]
    found = learnt.learnt(among(*runs))
    assert [(one.data, one.runs, [effect.verdict for effect in one.effects]) for one in found.data] == [
        (other, 8, ["helped"]),
        (None, 6, ["no_clear_effect"]),
        (DATA, 1, []),
    ]
    assert found.comparisons == 2


def test_many_numbers_are_halved_and_many_texts_are_labels() -> None:
    runs = [outcome(0.5 + 0.01 * at, seed=at, lr0=0.001 * (at + 1), note=f"try {at}") for at in range(10)]
    [on_data] = learnt.learnt(among(*runs)).data
    assert [(one.setting, one.from_.text, one.to.text) for one in on_data.effects] == [("lr0", "≤ 0.005", "≥ 0.006")]
    assert (on_data.effects[0].to.low, on_data.effects[0].to.high) == (0.006, 0.01)
    assert on_data.labels == ["note"]


def test_several_values_are_compared_with_the_most_frequent() -> None:
    runs = [*_runs(5, model="s"), *_runs(3, model="n", shift=-0.1, seed=1), *_runs(4, model="m", shift=0.1, seed=2)]
    [on_data] = learnt.learnt(among(*runs)).data
    told = [(one.from_.text, one.to.text, one.verdict) for one in on_data.effects]
    assert sorted(told) == [("s", "m", "helped"), ("s", "n", "hurt")]


def test_a_run_without_the_setting_is_no_value_of_it() -> None:
    [on_data] = learnt.learnt(among(*_runs(4, mosaic=1.0), *_runs(4, seed=1, shift=0.2))).data
    assert on_data.effects == []


def test_nothing_counts_and_nothing_is_said() -> None:
    assert learnt.learnt(among()) == learnt.Learnt([], 0)


def _project(random: np.random.Generator, *, runs: int, settings: int, effect: float) -> outcomes.Outcomes:
    """Return runs with two values of each setting, of which the first is worth `effect`."""
    codes = random.integers(0, 2, (runs, settings))
    values = 0.5 + effect * codes[:, 0] + 0.02 * random.normal(size=runs)
    made = [
        outcome(float(value), seed=at, **{f"s{place:02}": int(code) for place, code in enumerate(row)})
        for at, (value, row) in enumerate(zip(values, codes, strict=True))
    ]
    return among(*made)


@pytest.mark.slow
@pytest.mark.parametrize(("runs", "settings"), [(8, 1), (20, 3), (60, 5)])
def test_the_interval_covers_the_truth_at_its_rate(runs: int, settings: int) -> None:
    random = np.random.default_rng(runs)
    told = covered = 0
    for _ in range(300):
        for effect in learnt.learnt(_project(random, runs=runs, settings=settings, effect=0.03)).data[0].effects:
            if effect.low is not None and effect.high is not None:
                told += 1
                covered += effect.low <= (0.03 if effect.setting == "s00" else 0.0) <= effect.high
    assert told > 200
    assert 0.92 <= covered / told <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize("runs", [12, 40])
def test_twenty_settings_that_do_nothing_are_called_a_help_or_a_harm_in_one_project_of_twenty(runs: int) -> None:
    random = np.random.default_rng(runs)
    projects = (learnt.learnt(_project(random, runs=runs, settings=20, effect=0.0)) for _ in range(200))
    wrong = sum(any(one.verdict in ("helped", "hurt") for one in found.data[0].effects) for found in projects)
    assert wrong / 200 <= 0.085  # 5 %, and two standard errors of 200 projects


def _recorded() -> list[facts.Facts]:
    """Return eighteen real small trainings, one of each fault but for three healthy ones (`tests/data/recorded_trainings.json`)."""
    made: list[facts.Facts] = []
    for one in msgspec.json.decode(RECORDED.read_bytes()):
        digest = hashlib.sha256(msgspec.json.encode(one["data"])).hexdigest()
        data = {"train": {"images": one["data"]["n"], "file_list_sha256": digest}}
        results = one["mAP50-95"]
        series = {METRIC: (min(results), max(results), results[-1])}
        provenance = {"data": data, "seed": one["config"]["seed"]}
        made.append(known(one["name"], config=one["config"], provenance=provenance, series=series))
    return made


def test_real_trainings_with_one_run_of_each_kind_teach_nothing_but_that_the_data_matters() -> None:
    of = outcomes.outcomes(_recorded(), metric=METRIC, which="best")
    found = learnt.learnt(of)
    verdicts = {effect.verdict for on_data in found.data for effect in on_data.effects}
    assert (len(of.runs), found.comparisons, verdicts) == (18, 0, {"too_few_runs"})
    [data] = [one for one in weights.weights(of).items if one.setting == "data"]
    assert (data.verdict, data.n) == ("matters", 18)
