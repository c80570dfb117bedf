"""What came of a command: a curve behind it against before, and against what it would have done anyway."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.diagnose import effect, effect_texts
from yoloscope.records.effect import Effect

LOSS, MAP = "train/total", "metrics/mAP50-95"
NAN = math.nan


def power(
    epochs: int, *, slope: float = 0.5, noise: float = 0.0, seed: int = 1, scale: float = 4.0
) -> dict[int, float]:
    wavers = noise * np.random.default_rng(seed).normal(size=epochs)
    return {epoch: scale * epoch**-slope * math.exp(wavers[epoch - 1]) for epoch in range(1, epochs + 1)}


def changed(curve: dict[int, float], *, after: int, by: float) -> dict[int, float]:
    """Return a curve whose values behind an epoch are other ones."""
    return {epoch: value * (by if epoch > after else 1) for epoch, value in curve.items()}


def watched(at: float = 12.0, *, completed: int = 15, verb: str = "set", **more: object) -> effect.Watched:
    return effect.Watched(**{"verb": verb, "at": at, "completed": completed, **more})


def measured(curve, of: effect.Watched | None = None, *, series: str = LOSS, peers=()) -> Effect:
    return effect.measured(of or watched(), curve, series=series, peers=peers)


PEERS = [power(20, noise=0.01, seed=seed, scale=3 + seed) for seed in range(5)]


def test_a_loss_that_falls_more_than_that_of_runs_like_it_was_helped() -> None:
    found = measured(changed(power(15), after=12, by=0.8), peers=PEERS)
    assert (found.verdict, found.basis, found.runs, found.epochs, found.of, found.span) == (
        "helped",
        "runs",
        5,
        3,
        3,
        3,
    )
    assert found.before == pytest.approx(4 * 11**-0.5)
    assert found.after == pytest.approx(0.8 * 4 * 14**-0.5)
    assert found.change == pytest.approx(found.after / found.before - 1)
    assert found.expected == pytest.approx((11 / 14) ** 0.5 - 1, abs=0.02)
    assert measured(changed(power(15), after=12, by=1.3), peers=PEERS).verdict == "harmed"
    assert measured(power(15), peers=PEERS).verdict == "none"


def test_without_three_runs_the_trend_before_tells_what_was_to_be_expected() -> None:
    curve = power(15, noise=0.01)
    found = measured(changed(curve, after=12, by=0.8), peers=PEERS[:2])
    assert (found.verdict, found.basis, found.runs) == ("helped", "trend", 0)
    assert found.expected == pytest.approx((11 / 14) ** 0.5 - 1, abs=0.04)
    assert measured(curve).verdict == "none"
    assert measured(changed(curve, after=12, by=1.25)).verdict == "harmed"


def test_noise_hides_what_a_calm_curve_shows() -> None:
    calm, noisy = power(15, noise=0.005), power(15, noise=0.15)
    verdicts = [measured(changed(curve, after=12, by=0.9)).verdict for curve in (calm, noisy)]
    assert verdicts == ["helped", "none"]


@pytest.mark.parametrize("noise", [0.01, 0.05, 0.15])
@pytest.mark.parametrize("runs", [0, 3])
def test_chance_alone_is_called_an_effect_in_few_of_many_curves(noise, runs) -> None:
    """Verdicts are to be wrong in 5 of 100 curves; more than twice that is a fault."""

    def verdict(seed: int) -> str:
        peers = [power(15, noise=noise, seed=1000 * (one + 1) + seed) for one in range(runs)]
        return measured(power(15, noise=noise, seed=seed), peers=peers).verdict

    wrong = sum(verdict(seed) != "none" for seed in range(300))
    assert wrong <= 30


def rising(epochs: int, *, seed: int = 0) -> dict[int, float]:
    """Return a metric between 0 and 1 on its way up."""
    return {epoch: 1 - value for epoch, value in power(epochs, slope=0.3, scale=0.9, noise=0.01, seed=seed).items()}


def test_of_a_metric_more_is_better() -> None:
    usual = rising(15)
    worse = {epoch: value * (0.7 if epoch > 12 else 1) for epoch, value in usual.items()}
    better = {epoch: value + (0.1 if epoch > 12 else 0) for epoch, value in usual.items()}
    peers = [rising(15, seed=1 + one) for one in range(4)]
    verdicts = [measured(curve, series=MAP, peers=peers).verdict for curve in (usual, worse, better)]
    assert verdicts == ["none", "harmed", "helped"]


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_what_a_metric_would_have_done_runs_alone_can_tell(scale) -> None:
    """It takes off late and at once: of healthy trainings to which nothing was done a quarter were called helped by its trend."""
    taking_off = {epoch: scale * (0.001 if epoch < 11 else 0.1 * (epoch - 10)) for epoch in range(1, 16)}
    found = measured(taking_off, series=MAP)
    assert (found.verdict, found.why, found.basis) == ("unknown", "nothing_to_compare", "none")
    assert found.change == pytest.approx(3.0)
    assert "no trend of its own" in effect_texts.sentence(found).en


def test_a_metric_that_was_zero_has_no_relative_change_and_still_a_verdict() -> None:
    flat = [dict.fromkeys(range(1, 16), 0.0)] * 3
    found = measured({epoch: 0.2 if epoch > 12 else 0.0 for epoch in range(1, 16)}, series=MAP, peers=flat)
    assert (found.verdict, found.change, found.expected) == ("helped", None, None)
    assert "from 0 to 0.2" in effect_texts.sentence(found).en


@given(
    scale=st.floats(1e-3, 1e3),
    by=st.floats(0.3, 3.0),
    at=st.integers(6, 30),
    noise=st.floats(0.0, 0.2),
    seed=st.integers(0, 99),
)
def test_the_unit_of_a_loss_changes_nothing(scale, by, at, noise, seed) -> None:
    curve = changed(power(at + 3, noise=noise, seed=seed), after=at, by=by)
    of = watched(float(at), completed=at + 3)
    one, other = measured(curve, of), measured({epoch: scale * value for epoch, value in curve.items()}, of)
    assert (one.verdict, one.basis, one.span) == (other.verdict, other.basis, other.span)
    assert one.change == pytest.approx(other.change, abs=1e-9)
    assert one.expected == pytest.approx(other.expected, abs=1e-6)


@given(at=st.integers(6, 30), later=st.integers(0, 20), seed=st.integers(0, 99))
def test_runs_like_it_are_compared_wherever_the_command_came(at, later, seed) -> None:
    """Shifted by some epochs together with its peers, a curve gives the same answer."""

    def shifted(curve: dict[int, float]) -> dict[int, float]:
        return {epoch + later: value for epoch, value in curve.items()}

    curve = changed(power(at + 3, noise=0.02, seed=seed), after=at, by=0.8)
    peers = [power(at + 3, noise=0.02, seed=200 + one) for one in range(4)]
    here = measured(curve, watched(float(at), completed=at + 3), peers=peers)
    of = watched(float(at + later), completed=at + later + 3)
    there = measured(shifted(curve), of, peers=[shifted(one) for one in peers])
    assert here == there


def test_an_epoch_that_is_half_over_counts_on_neither_side() -> None:
    curve = changed(power(16), after=12, by=0.8) | {13: 1e6}
    found = measured(curve, watched(12.4, completed=16), peers=[power(16, scale=s) for s in (1, 2, 3)])
    assert (found.verdict, found.before, found.span) == ("helped", pytest.approx(4 * 11**-0.5), 4)
    assert found.after == pytest.approx(0.8 * 4 * 15**-0.5)


@pytest.mark.parametrize(("completed", "epochs"), [(12, 0), (13, 0), (14, 1), (15, 2)])
def test_until_three_epochs_are_complete_it_is_being_measured(completed, epochs) -> None:
    found = measured(power(completed), watched(12.4, completed=completed))
    assert found == Effect(verdict="measuring", series=LOSS, epochs=epochs, of=3)
    assert effect_texts.sentence(found).en == f"Measuring on {LOSS}: {epochs} of 3 epochs."


def test_a_validation_that_is_not_over_is_waited_for() -> None:
    curve = power(15)
    del curve[15]
    assert measured(curve).verdict == "measuring"
    assert measured(curve, watched(completed=16)).verdict != "measuring"


def test_a_training_that_ends_before_leaves_the_effect_unknown() -> None:
    found = measured(power(14), watched(completed=14, has_ended=True))
    assert (found.verdict, found.why, found.epochs) == ("unknown", "ended", 2)


@pytest.mark.parametrize(("other", "why"), [(12.0, "again"), (14.9, "again"), (15.0, ""), (11.9, "again")])
def test_another_change_too_near_leaves_the_effect_unknown(other, why) -> None:
    found = measured(power(15), watched(changes=(other,)), peers=PEERS)
    assert found.why == why
    assert (found.verdict == "unknown") == bool(why)


@pytest.mark.parametrize(("start", "why"), [(12.0, "resumed"), (9.0, "resumed"), (14.9, "resumed"), (15.0, "")])
def test_another_process_that_goes_on_within_the_epochs_leaves_the_effect_unknown(start, why) -> None:
    found = measured(power(15), watched(resumes=(start,)), peers=PEERS)
    assert (found.why, found.verdict == "unknown") == (why, bool(why))


def test_what_an_earlier_change_disturbed_is_not_compared_with() -> None:
    jumped = {epoch: value * (5 if epoch <= 8 else 1) for epoch, value in power(15).items()}
    found = measured(jumped, watched(changes=(8.0,)), peers=PEERS)
    assert (found.verdict, found.before) == ("none", pytest.approx(4 * 11**-0.5))


def test_mosaics_that_close_meanwhile_are_no_effect_of_a_command() -> None:
    found = measured(power(15), watched(breaks=(13.0,)))
    assert (found.verdict, found.why) == ("unknown", "mosaic")
    assert measured(power(15), watched(breaks=(13.0,)), peers=PEERS).verdict == "none"
    assert measured(power(15), watched(breaks=(4.0,))).basis == "trend"


def test_too_few_epochs_before_leave_nothing_to_compare_with() -> None:
    found = measured(power(7), watched(4.0, completed=7))
    assert (found.verdict, found.why, found.basis) == ("unknown", "nothing_to_compare", "none")
    assert found.change is not None
    assert "three runs" in effect_texts.sentence(found).en
    assert measured(power(3), watched(0.0, completed=3)).why == "too_short"
    assert measured({-1: 1.0}, watched(completed=16)).why == "no_curve"
    assert measured(dict.fromkeys(range(1, 16), -1.0)).why == "nothing_to_compare"


BROKEN = power(8) | dict.fromkeys((9, 10), NAN)


def test_a_rollback_that_leads_back_to_before_the_divergence_helped() -> None:
    of = watched(10.2, completed=14, verb="rollback", good=8.0)
    found = measured(BROKEN | {11: 1.6, 12: 1.5, 13: 1.4, 14: 1.3}, of)
    assert (found.verdict, found.why) == ("helped", "back")
    assert found.before == pytest.approx(4 * 8**-0.5)
    assert found.change == pytest.approx(1.4 / (4 * 8**-0.5) - 1)
    assert "1.0 % below its best level of 1.414 before it went wrong" in effect_texts.sentence(found).en


@pytest.mark.parametrize(
    ("behind", "is_closed", "expected"),
    [
        ([NAN, NAN, NAN], False, ("none", "broken")),
        ([1.4, NAN, 1.4], False, ("none", "broken")),
        ([9.0, 9.0, 9.0], False, ("helped", "mended")),
        ([9.0, 9.0, 9.0], True, ("helped", "mended")),
    ],
)
def test_a_loss_that_was_no_number_is_helped_by_being_one(behind, is_closed, expected) -> None:
    of = watched(10.2, completed=14, verb="rollback", good=8.0, is_closed=is_closed)
    found = measured(BROKEN | dict(zip((12, 13, 14), behind, strict=True)), of)
    assert (found.verdict, found.why) == expected


@pytest.mark.parametrize(
    ("behind", "expected"),
    [([1.5] * 3, ("helped", "back")), ([8.0] * 3, ("none", "not_back")), ([40.0] * 3, ("harmed", "worse")),
     ([NAN] * 3, ("harmed", "broken"))],
)  # fmt: skip
@pytest.mark.parametrize("how", [{"verb": "rollback"}, {"rule": "N13"}])
def test_a_loss_that_had_risen_is_compared_with_before_it_rose(behind, expected, how) -> None:
    curve = power(8) | {9: 5.0, 10: 10.0} | dict(zip((11, 12, 13), behind, strict=True))
    found = measured(curve, watched(10.0, completed=13, good=8.0, **how))
    assert (found.verdict, found.why) == expected


def test_a_cut_rate_that_makes_a_finite_loss_none_harmed() -> None:
    found = measured(power(12) | dict.fromkeys((13, 14, 15), math.inf))
    assert (found.verdict, found.why, found.after) == ("harmed", "broken", None)


LOGGED = ("train/box_loss", "train/cls_loss", "train/epoch/box_loss", "val/box_loss", MAP, "lr/weight", "grad/norm")


@pytest.mark.parametrize(
    ("found", "verb", "args", "expected"),
    [
        (("grad/norm", "train/total"), "set", {"lr_factor": 0.3}, "train/total"),
        (("train/cls_loss", MAP), "set", {"lr_factor": 0.3}, "train/cls_loss"),
        ((MAP, "train/total"), "set", {"epochs": 150}, MAP),
        (("update/backbone/ratio",), "set", {"lr_factor": 3.0}, "train/total"),
        ((), "rollback", {"lr_factor": 0.3}, "train/total"),
        (("train/box_loss",), "set", {"box": 10.0}, MAP),
        (("train/total", MAP), "close_mosaic", {}, MAP),
        (("val/dfl_loss", "val/total"), "set", {"lr_factor": 0.3}, "val/total"),
    ],
)
def test_the_curve_is_the_first_loss_or_metric_of_the_finding_that_can_tell(found, verb, args, expected) -> None:
    assert effect.target(found, LOGGED, verb=verb, args=args) == expected


def test_a_training_of_ones_own_may_have_one_loss_or_none() -> None:
    assert effect.target((), ("train/loss",), verb="set", args={"lr": 1.0}) == "train/loss"
    assert effect.target((), ("speed",), verb="set", args={"lr": 1.0}) is None


def test_a_total_is_the_sum_of_its_parts_by_epoch_where_the_framework_has_them() -> None:
    assert effect.sources("train/total", LOGGED) == ("train/epoch/box_loss",)
    assert effect.sources("train/total", ("train/box_loss", "train/cls_loss")) == ("train/box_loss", "train/cls_loss")
    assert effect.sources("train/box_loss", LOGGED) == ("train/epoch/box_loss",)
    assert effect.sources("val/total", LOGGED) == ("val/box_loss",)
    assert effect.sources("val/dfl_loss", LOGGED) == ()


@pytest.mark.parametrize(
    ("verb", "args", "expected"),
    [
        ("set", {"lr": 0.1}, True),
        ("set", {"patience": 5}, False),
        ("set", {"patience": 5, "lr": 0.1}, True),
        ("rollback", {}, True),
        ("close_mosaic", {}, True),
        ("stop", {"how": "evaluate"}, False),
        ("save", {}, False),
        ("note", {"text": "x"}, False),
    ],
)
def test_only_what_changes_how_a_training_goes_on_is_measured(verb, args, expected) -> None:
    assert effect.is_measurable(verb, args) is expected


def test_epochs_in_which_a_loss_was_nothing_are_left_out() -> None:
    found = measured(changed(power(15), after=12, by=0.8) | {3: 0.0, 10: 0.0})
    assert (found.verdict, found.basis) == ("helped", "trend")
    assert found.before == pytest.approx(4 * 11**-0.5)


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (-0.9997, "fell > 99 %"),
        (-1.0, "fell 100 %"),
        (11.5, "rose 1,150 %"),
        (-0.0995, "fell 10 %"),
        (0.001, "rose 0.1 %"),
    ],
)
def test_shares_are_shown_as_people_write_them(change, shown) -> None:
    assert shown in effect_texts.sentence(Effect(verdict="none", series=LOSS, change=change)).en


def test_sentences_tell_the_change_and_what_was_normal() -> None:
    of = Effect(verdict="helped", series="train/box_loss", epochs=3, span=3, change=-0.184, expected=-0.062, basis="runs", runs=5)  # fmt: skip
    said = effect_texts.sentence(of)
    assert said.en == (
        "train/box_loss fell 18 % in 3 epochs; a fall of 6.2 % would be normal here (median of 5 runs). It helped."
    )
    assert said.zh == "train/box_loss 在 3 个 epoch 内降了 18 %；这里正常是下降 6.2 %（5 次训练的中位数）。有帮助。"
    by_trend = msgspec.structs.replace(of, basis="trend", verdict="none", change=0.02)
    assert effect_texts.sentence(by_trend).en == (
        "train/box_loss rose 2.0 % in 3 epochs; a fall of 6.2 % was to be expected by its trend before. "
        "That is within the noise: no clear effect."
    )


@pytest.mark.parametrize("why", ["ended", "again", "resumed", "mosaic", "no_curve", "too_short", "nothing_to_compare"])
def test_every_reason_not_to_know_is_said(why) -> None:
    said = effect_texts.sentence(Effect(verdict="unknown", why=why, series=LOSS))
    assert said.en.endswith(".")
    assert said.zh.endswith("。")
    assert "{" not in said.en + said.zh
