"""How much settings weigh on made-up projects whose truth is known."""

import numpy as np
import pytest

from unit.query.known_runs import DATA, among, outcome
from yoloscope.query import outcomes, weights
from yoloscope.query.settings_of_run import Data


def _project(count: int = 40) -> outcomes.Outcomes:
    """Return runs on two data sets: lr0 decides within each, mosaic and mixup go together, model does nothing."""
    random = np.random.default_rng(0)
    runs: list[outcomes.Outcome] = []
    for at in range(count):
        rate, mosaic = int(random.integers(0, 3)), int(random.integers(0, 2))
        value = 0.4 + 0.1 * rate + 0.01 * random.normal() + 0.15 * (at % 2)
        settings = {
            "lr0": 10.0**-rate,
            "mosaic": mosaic,
            "mixup": mosaic / 10,
            "model": "sn"[int(random.integers(0, 2))],
        }
        runs.append(outcome(value, seed=at, data=(DATA, Data("other", (1, 1)))[at % 2], **settings))
    return among(*runs)


def test_what_decides_weighs_most_and_what_does_nothing_shows_no_sign() -> None:
    found = weights.weights(_project())
    told = {one.setting: one for one in found.items}
    assert (found.runs, found.data_sets, found.items[0].setting) == (40, 2, "lr0")
    assert {name: one.verdict for name, one in told.items()} == {
        "lr0": "matters",
        "mixup": "no_sign",
        "model": "no_sign",
        "data": "matters",
    }
    assert told["lr0"].share == pytest.approx(0.975, abs=0.02)
    assert told["lr0"].trend == pytest.approx(-0.94, abs=0.04)
    assert told["lr0"].unique == pytest.approx(0.975, abs=0.025)
    assert found.together == pytest.approx(0.975, abs=0.025)
    assert (told["lr0"].values, told["lr0"].n, told["data"].values) == (3, 40, 2)


def test_settings_that_always_change_together_are_one_item() -> None:
    told = {one.setting: one for one in weights.weights(_project()).items}
    assert told["mixup"].same == ["mosaic"]
    assert "mosaic" not in told


def test_two_settings_of_which_each_run_has_its_own_value_are_not_the_same() -> None:
    random = np.random.default_rng(0)
    runs = [
        outcome(0.5 + at % 7 / 100, seed=at, lr0=float(random.random()), box=float(random.random())) for at in range(24)
    ]
    assert [(one.setting, one.same) for one in weights.weights(among(*runs)).items] in (
        [("lr0", []), ("box", [])],
        [("box", []), ("lr0", [])],
    )


def test_settings_that_mostly_change_together_are_named() -> None:
    runs = [outcome(0.5 + at % 5 / 100, seed=at, box=at % 2, cls=at % 2 if at else 1) for at in range(20)]
    told = {one.setting: one for one in weights.weights(among(*runs)).items}
    assert (told["box"].tangled, told["cls"].tangled, told["box"].same) == (["cls"], ["box"], [])


def test_a_setting_that_changes_only_with_the_data_is_not_judged() -> None:
    runs = [
        outcome(0.5 + at % 5 / 100, seed=at, data=(DATA, Data("other", (1, 1)))[at % 2], imgsz=(320, 640)[at % 2])
        for at in range(20)
    ]
    [size] = [one for one in weights.weights(among(*runs)).items if one.setting == "imgsz"]
    assert (size.verdict, size.share, size.p) == ("only_with_data", None, None)


def test_few_runs_say_too_few() -> None:
    found = weights.weights(among(outcome(0.1, mosaic=0.0), outcome(0.2, mosaic=1.0), outcome(0.3, mosaic=1.0)))
    assert [(one.setting, one.verdict, one.share) for one in found.items] == [("mosaic", "too_few_runs", None)]
    assert weights.weights(among()) == weights.Weights([], 0, 0, None, [])


def test_numbers_with_many_values_are_ranges_and_runs_without_them_are_not_counted() -> None:
    runs = [outcome(0.3 + at / 100, seed=at, lr0=0.001 * (at + 1)) for at in range(24)]
    runs += [outcome(0.3, seed=at) for at in range(30, 36)]
    [rate] = weights.weights(among(*runs)).items
    assert (rate.values, rate.n, rate.verdict, rate.trend) == (24, 24, "matters", pytest.approx(1.0))


def test_whether_a_setting_was_recorded_at_all_is_no_setting() -> None:
    runs = [outcome(0.3, seed=at, end2end=True) for at in range(5)] + [outcome(0.5, seed=at) for at in range(5)]
    assert weights.weights(among(*runs)).items == []
