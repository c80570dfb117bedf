"""How often an effect is seen in recorded trainings to which nothing was done."""

import pytest
from benchmarks import effects

from yoloscope.diagnose import effect

pytestmark = pytest.mark.slow  # 102 trainings are read


@pytest.fixture(scope="module")
def trainings() -> list[effects.Training]:
    return list(effects.healthy())


@pytest.mark.parametrize("series", effects.SERIES[:3])
def test_few_losses_of_trainings_that_were_left_alone_are_called_an_effect(trainings, series) -> None:
    """Verdicts are to be wrong in 5 of 100 cases."""
    found = [effects.verdicts(one, series, basis="trend", among=trainings) for one in trainings]
    wrong, asked = sum(one["helped"] + one["harmed"] for one in found), sum(one.total() for one in found)
    assert asked > 1_500
    assert wrong / asked <= 0.05


def test_metrics_are_compared_with_runs_alone(trainings) -> None:
    by_trend = [effects.verdicts(one, effect.METRIC, basis="trend", among=trainings) for one in trainings]
    by_runs = [effects.verdicts(one, effect.METRIC, basis="runs", among=trainings) for one in trainings]
    assert sum(one.total() for one in by_trend) == 0
    wrong, asked = sum(one["helped"] + one["harmed"] for one in by_runs), sum(one.total() for one in by_runs)
    assert asked >= 250
    assert wrong / asked <= 0.05
