"""The oldest versions that are supported, in one process: what is recorded is what they write to their own ``results.csv``."""

import harness
import pytest

from yoloscope.records import names

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.torch,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("ultralytics-old"),
]
ROLES = ("bias", "weight", "bn")
"""Of ``lr/pg0``, ``lr/pg1``, ``lr/pg2`` in these versions."""


@pytest.fixture(scope="module", params=["8.2.0", "8.0.196"])
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> harness.Trained:
    trained = harness.Trained(tmp_path_factory.mktemp("old"), overlay=harness.overlay(request.param))
    trained.run("learning", "failing", "resumed", "overridden", environment={"YOLOSCOPE_STRICT": "1"})
    return trained


def five_digits(values: dict[str, float]) -> dict[str, str]:
    return {name: f"{value:.5g}" for name, value in values.items()}


def test_every_batch_loss_is_recorded_to_the_last_bit(old: harness.Trained) -> None:
    seen = [{name: float.fromhex(value) for name, value in one.items()} for one in old.witnessed("learning")["batches"]]
    [run] = old.recorded("learning")
    assert seen == [{name: row.values[name] for name in seen[0]} for row in run.batches()]
    assert list(range(14 * 8)) == [row.step for row in run.batches()]


def test_epochs_are_those_of_results_csv(old: harness.Trained) -> None:
    [run] = old.recorded("learning")
    lines = old.results("learning")
    written = {name for name in lines[0] if name.startswith(("metrics/", "val/"))}
    expected = [{names.canonical(name): line[name] for name in written} for line in lines]
    epochs = [row for row in run.rows if harness.is_epoch(row)]
    assert expected == [
        five_digits({name: row.values[name] for name in map(names.canonical, written)}) for row in epochs
    ]
    assert [float(line["epoch"]) for line in lines] == [row.epoch for row in epochs]
    assert epochs[-1].values["metrics/mAP50"] > 0
    assert {f"class/{name}/AP50" for name in ("zero", "one", "two")} < set(epochs[-1].values)


def test_means_and_rates_are_those_of_results_csv(old: harness.Trained) -> None:
    [run] = old.recorded("learning")
    lines = old.results("learning")
    means = run.series("train/epoch/box_loss").values()
    assert [line["train/box_loss"] for line in lines] == [f"{round(mean, 5):.5g}" for mean in means]
    ends = [row for row in run.batches() if row.epoch is not None and row.epoch.is_integer()]
    for at, role in enumerate(ROLES):
        assert [line[f"lr/pg{at}"] for line in lines] == [f"{row.values[f'lr/{role}']:.5g}" for row in ends]


def test_the_final_evaluation_is_no_epoch(old: harness.Trained) -> None:
    [run] = old.recorded("learning")
    assert sum(1 for row in run.rows if harness.is_epoch(row)) == 14
    assert [row.epoch for row in run.rows if "final/metrics/mAP50" in row.values] == [None]


def test_a_failure_that_the_script_catches_is_a_failed_run(old: harness.Trained) -> None:
    [run] = old.recorded("failing")
    assert run.ended is not None
    assert (run.ended.state, run.ended.reason) == ("failed", "ZeroDivisionError")


def test_a_resumed_training_continues_its_run(old: harness.Trained) -> None:
    first, second = old.recorded("resumed")
    assert first.manifest.run.id == second.manifest.run.id
    assert list(range(4, 12)) == [row.step for row in second.batches()]


def test_a_trainer_that_replaces_run_callbacks_is_seen_once(old: harness.Trained) -> None:
    [run] = old.recorded("overridden")
    assert list(range(4)) == [row.step for row in run.batches()]
