import pytest
from benchmarks.diagnosis import baselines

FALLING = [5.0 - 0.1 * at for at in range(30)]


def test_validation_a_tenth_above_training_in_two_epochs_is_overfitting_to_sagemaker() -> None:
    close = {"train/total": FALLING, "val/total": [1.05 * one for one in FALLING]}
    assert baselines.sagemaker_overfit(close) is None
    apart = {"train/total": FALLING, "val/total": [1.2 * one if at >= 7 else one for at, one in enumerate(FALLING)]}
    assert baselines.sagemaker_overfit(apart) == 9


def test_a_loss_that_rests_for_ten_epochs_does_not_decrease() -> None:
    assert baselines.sagemaker_loss_not_decreasing({"train/total": FALLING}) is None
    resting = FALLING[:10] + [FALLING[9]] * 20
    assert baselines.sagemaker_loss_not_decreasing({"train/total": resting}) == 20
    assert baselines.sagemaker_loss_not_decreasing({"train/total": [float("nan")] * 12}) == 11


def test_one_epoch_is_enough_for_umlaut() -> None:
    val = [4.0, 3.9, 3.95, 3.8]
    assert baselines.umlaut_overfit({"train/total": FALLING[:4], "val/total": val}) == 3
    assert baselines.umlaut_overfit({"train/total": FALLING, "val/total": FALLING}) is None


@pytest.mark.parametrize(("rest", "expected"), [(19, None), (20, 25)])
def test_patience_ends_after_so_many_epochs_without_a_better_one(rest: int, expected: int | None) -> None:
    maps = [0.1, 0.2, 0.3, 0.4, 0.5] + [0.5] * rest
    assert baselines.patience({"metrics/mAP50-95": maps}) == expected


def test_without_curves_no_baseline_says_anything() -> None:
    assert [test({}) for test in baselines.BASELINES.values()] == [None] * len(baselines.BASELINES)
