"""The numbers that rules of the diagnosis read, from real trainings, against what a witness computes."""

import json
from collections.abc import Iterator
from pathlib import Path

import harness
import pytest

from yoloscope.cli.doctor import judged, targets

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("ultralytics"),
]
NB = 4
KINDS = ("noisy", "unchanged", "scaled", "broken", "off")
RULES = {"N03", "N07", "N08", "N09", "N11", "N15", "A01", "G14", "P01", "P05", "V01"}
"""Those that read what is logged for them alone."""


class Signals:
    """The trainings that one process made, by name."""

    def __init__(self, folder: Path, *, overlay: Path | None = None) -> None:
        self.trained = harness.Trained(folder, overlay=overlay)
        script = str(Path(harness.__file__).with_name("signals.py"))
        self.trained._run(
            [script, str(self.trained.data), str(self.trained.output), *KINDS],
            environment={"YOLOSCOPE_STRICT": "1"},
            path=(harness.hook.PATH_DIR,),
        )

    def run(self, name: str) -> harness.Recorded:
        [found] = self.trained.recorded(name)
        return found

    def doctor(self, name: str) -> judged.Judged:
        place = self.trained.output / ".yoloscope"
        paths = [path.parent for path in place.glob("*/run.json")]
        [mine] = [one for one in paths if harness.recorded(one).manifest.run.id == self.run(name).manifest.run.id]
        [found] = targets.judged_at(str(mine), server=None)
        return found

    def seen(self, name: str) -> dict[str, list[float]]:
        return json.loads((self.trained.output / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def signals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signals]:
    made = Signals(tmp_path_factory.mktemp("signals"))
    yield made
    harness.stop_sidecars(made.trained.root)


def first_attempt(run: harness.Recorded, name: str) -> dict[int, float]:
    return {row.step: row.values[name] for row in run.rows if name in row.values and row.attempt == 0}


def test_the_noise_scale_is_that_of_the_first_and_the_last_batch_of_each_step(signals: Signals) -> None:
    """Four batches of four images are a step, four steps are an epoch."""
    seen = signals.seen("noisy")
    squares = noises = 0.0
    expected = {}
    for at, (few, whole) in enumerate(zip(seen["few"], seen["whole"], strict=True), start=1):
        of_few, of_whole = (few / 4) ** 2, (whole / 16) ** 2
        size = (of_few + of_whole) / 2
        squares = 0.97 * squares + 0.03 * (16 * of_whole - 4 * of_few) / 12 / size
        noises = 0.97 * noises + 0.03 * (of_few - of_whole) / (1 / 4 - 1 / 16) / size
        if at % 4 == 0 and at >= 8 and squares > 0 and noises > 0:
            expected[4 * at - 1] = noises / squares
    assert len(seen["few"]) == 16
    assert expected
    assert signals.run("noisy").series("grad/noise_scale") == pytest.approx(expected, rel=1e-3)


def test_a_training_that_accumulates_nothing_has_no_noise_scale(signals: Signals) -> None:
    run = signals.run("unchanged")
    assert run.series("grad/noise_scale") == {}
    assert list(run.series("overhead/noise_scale_s")) == [NB - 1]  # it looks once, and no more


def test_inputs_that_nothing_augments_repeat_and_others_do_not(signals: Signals) -> None:
    assert signals.run("unchanged").series("inputs/repeat_share") == {7: 1.0, 11: 1.0}
    assert signals.run("noisy").series("inputs/repeat_share") == {31: 0.0, 47: 0.0, 63: 0.0}


def test_a_scale_is_told_each_epoch_and_at_every_overflow(signals: Signals) -> None:
    assert signals.run("scaled").series("amp/scale") == {0: 1024.0, 4: 512.0, 6: 256.0, 8: 256.0}
    assert signals.run("unchanged").series("amp/scale") == {}


def test_overflows_that_the_scaler_leaves_out_are_no_broken_weights(signals: Signals) -> None:
    assert signals.run("scaled").series("weights/nonfinite") == {0: 0.0, 4: 0.0, 8: 0.0}


def test_broken_values_are_counted_one_step_after_the_norm_broke(signals: Signals) -> None:
    bad = signals.seen("broken")["bad"]
    found = first_attempt(signals.run("broken"), "weights/nonfinite")
    assert found == {0: 0.0, 4: 0.0, 6: float(bad[6])}
    assert bad[6] > 10_000
    rows = [row for row in signals.run("broken").rows if row.attempt == 0 and "weights/nonfinite" in row.values]
    assert all("train/box_loss" in row.values for row in rows)


def test_all_of_it_can_be_switched_off(signals: Signals) -> None:
    names = set().union(*(row.values for row in signals.run("off").rows))
    gone = ("weights/", "amp/", "grad/noise_scale", "grad/neck", "inputs/", "update/")
    assert not [name for name in names if name.startswith(gone)]
    assert "grad/norm" in names


def test_rules_that_read_them_are_asked(signals: Signals) -> None:
    """As `yoloscope doctor` asks, of the spools that the trainings left."""
    told = {name: signals.doctor(name) for name in ("noisy", "scaled", "unchanged", "broken")}
    assert not RULES & told["noisy"].unevaluated.keys()
    assert "N04" not in told["scaled"].unevaluated
    assert "N04" in told["noisy"].unevaluated
    assert [one.variant for one in told["unchanged"].findings if one.rule == "G14"] == []  # nothing was asked for
    [broken] = [one for one in told["broken"].findings if one.rule == "N03"]
    assert (broken.severity, broken.values["count"], broken.values["step"]) == (
        "critical",
        signals.seen("broken")["bad"][6],
        6,
    )
