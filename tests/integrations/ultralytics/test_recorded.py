"""What is recorded of real trainings equals what the trainings' own callbacks saw."""

import harness
import pytest

from yoloscope.records import names

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("ultralytics"),
]
NB = 4
CLASSES = ("zero", "one", "two")


def floats(witnessed: list[dict[str, str]]) -> list[dict[str, float]]:
    return [{name: float.fromhex(value) for name, value in one.items()} for one in witnessed]


def only(values: dict[str, float], *, keys: object) -> dict[str, float]:
    return {name: values[name] for name in values if name in keys}  # type: ignore[operator]


def test_every_batch_loss_is_recorded_to_the_last_bit(trained: harness.Trained) -> None:
    seen = floats(trained.witnessed("plain")["batches"])
    [run] = trained.recorded("plain")
    assert seen == [only(row.values, keys=seen[0]) for row in run.batches()]


def test_steps_count_iterations_from_zero_and_epochs_are_fractions(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    assert [(i, (i + 1) / NB) for i in range(2 * NB)] == [(row.step, row.epoch) for row in run.batches()]


def test_epoch_means_are_kept_apart_from_batch_losses(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    means = [row for row in run.rows if "train/epoch/box_loss" in row.values]
    assert floats(trained.witnessed("plain")["means"]) == [row.values for row in means]
    assert [(row.step, row.epoch) for row in means] == [(NB - 1, 1.0), (2 * NB - 1, 2.0)]


def test_epoch_means_are_what_results_csv_rounds(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    means = run.series("train/epoch/box_loss").values()
    assert [line["train/box_loss"] for line in trained.results("plain")] == [f"{round(mean, 5):.6g}" for mean in means]


def test_learning_rates_stand_under_their_roles(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    roles = [group["role"] for group in run.sections["settings"]["groups"]]  # type: ignore[attr-defined, index]
    assert roles == ["weight", "bn", "bias"]
    expected = [[float.fromhex(rate) for rate in rates] for rates in trained.witnessed("plain")["rates"]]
    assert expected == [[row.values[f"lr/{role}"] for role in roles] for row in run.batches()]


def test_every_batch_has_times_memory_and_the_gradient_norm(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    for row in run.batches():
        assert all(row.values[name] > 0 for name in ("time/batch_s", "time/data_s", "grad/norm"))
        assert row.values["system/process/rss_bytes"] > 1e8


def test_validation_is_recorded_under_canonical_names(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    *seen, _final = floats(trained.witnessed("plain")["epochs"])
    expected = [{names.canonical(name): value for name, value in one.items()} for one in seen]
    assert expected == [only(row.values, keys=expected[0]) for row in run.rows if harness.is_epoch(row)]
    assert {"metrics/mAP50", "metrics/mAP50-95", "val/box_loss"} < set(expected[0])


def test_each_class_and_each_phase_has_its_own_series(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    expected = {f"class/{name}/{key}" for name in CLASSES for key in ("AP50", "AP", "precision", "recall")}
    expected |= {"time/preprocess_s", "time/inference_s", "time/postprocess_s", "metrics/fitness"}
    assert all(expected < set(row.values) for row in run.rows if harness.is_epoch(row))


def test_the_final_evaluation_is_no_epoch(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    final = [row for row in run.rows if "final/metrics/mAP50" in row.values]
    assert [row.epoch for row in final] == [None]
    assert all(name.startswith("final/") for name in final[0].values)
    assert sum(1 for row in run.rows if harness.is_epoch(row)) == 2


def test_settings_are_those_in_effect(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    settings = run.sections["settings"]
    expected = {"optimizer": "AdamW", "batches": NB, "batch": 16, "workers": 0, "accumulate": 1, "task": "detect"}
    assert expected == {key: settings[key] for key in expected}
    assert settings["groups"][0]["lr"] == 0.005  # type: ignore[index]


def test_the_transforms_are_those_of_the_training_set(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    settings = run.sections["settings"]
    [whole] = settings["augmentation"]["transforms"]  # type: ignore[index]
    kinds = ["Compose", "MixUp", "CutMix", "Albumentations", "RandomHSV", "RandomFlip", "RandomFlip", "Format"]
    assert [one["kind"] for one in whole["transforms"]] == kinds
    mosaic = whole["transforms"][0]["transforms"][0]
    assert (mosaic["kind"], mosaic["p"]) == ("Mosaic", settings["mosaic"])
    assert run.sections["provenance"]["torch_seed"] == run.sections["provenance"]["seed"]


def test_configuration_holds_no_path(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    config = run.sections["config"]
    assert config["data"] == "<path>/data.yaml"
    texts = [value for value in config.values() if isinstance(value, str)]
    assert all("/" not in text.removeprefix("<path>/") for text in texts)


def test_provenance_tells_the_data_apart_without_naming_files(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    found = run.sections["provenance"]["data"]["train"]  # type: ignore[index]
    labels = list((trained.data.parent / "labels" / "train").glob("*.txt"))
    boxes = [line for path in labels for line in path.read_text().splitlines()]
    assert (64, len(boxes)) == (found["images"], found["instances"])
    assert len(boxes) == sum(found["per_class"].values()) == sum(found["box_width_counts"])
    assert len(found["file_list_sha256"]) == 64


def test_the_run_is_named_after_what_it_does(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    assert run.manifest.run.project == "default"  # its data set and its model are files that only their owner has
    assert run.manifest.run.name.endswith("-custom-adamw-mosaic")
    assert run.manifest.run.framework == "ultralytics"


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        ("plain", "finished", None),
        ("early_stop", "stopped", "asked to stop"),
        ("failing", "failed", "ZeroDivisionError"),
        ("interrupted", "stopped", "KeyboardInterrupt"),
        ("nan", "finished", None),
        ("overridden", "finished", None),
    ],
)
def test_a_run_ends_as_its_training_does(trained: harness.Trained, kind: str, state: str, reason: str | None) -> None:
    [run] = trained.recorded(kind)
    assert run.ended is not None
    assert (state, reason) == (run.ended.state, run.ended.reason)


def test_an_epoch_that_is_trained_again_is_a_new_attempt(trained: harness.Trained) -> None:
    [run] = trained.recorded("nan")
    attempts = [(one.start_epoch, one.start_step) for one in run.manifest.attempts]
    assert attempts == [(None, None), (1.0, NB)]
    assert [(0, step) for step in range(2 * NB)] + [(1, step) for step in range(NB, 3 * NB)] == [
        (row.attempt, row.step) for row in run.batches()
    ]
    seen = floats(trained.witnessed("nan")["batches"])
    assert seen == [only(row.values, keys=seen[0]) for row in run.batches()]


def test_a_resumed_training_continues_its_run(trained: harness.Trained) -> None:
    first, second = trained.recorded("resumed")
    assert (first.manifest.run.id, first.manifest.run.name) == (second.manifest.run.id, second.manifest.run.name)
    assert (second.manifest.attempts[-1].start_epoch, second.manifest.attempts[-1].start_step) == (1.0, NB)
    assert list(range(NB)) == [row.step for row in first.batches()]
    assert list(range(NB, 3 * NB)) == [row.step for row in second.batches()]


def test_an_epoch_without_validation_repeats_no_old_metric(trained: harness.Trained) -> None:
    [run] = trained.recorded("unvalidated")
    first, second = (row for row in run.rows if harness.is_epoch(row))
    assert {"time/epoch_s"} == set(first.values)
    assert "metrics/mAP50" in second.values


def test_a_trainer_that_replaces_run_callbacks_is_seen_once(trained: harness.Trained) -> None:
    [run] = trained.recorded("overridden")
    assert list(range(NB)) == [row.step for row in run.batches()]


def test_the_classes_are_known_by_their_numbers(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    assert {name: index for index, name in enumerate(CLASSES)} == run.manifest.classes


def test_progress_counts_patience(trained: harness.Trained) -> None:
    [run] = trained.recorded("plain")
    assert run.sections["progress"] == {"epochs": 2, "close_mosaic": 0, "best_epoch": 2, "patience_left": 100}


class TestVersion83:
    """The last minor version with other shapes: one loss tensor, biases first, no teardown after a failure."""

    def test_losses_are_exact(self, trained_8_3: harness.Trained) -> None:
        [run] = trained_8_3.recorded("plain")
        assert run.sections["provenance"]["ultralytics"] == "8.3.200"
        seen = floats(trained_8_3.witnessed("plain")["batches"])
        assert seen == [only(row.values, keys=seen[0]) for row in run.batches()]

    def test_roles_do_not_follow_the_position(self, trained_8_3: harness.Trained) -> None:
        [run] = trained_8_3.recorded("plain")
        groups = run.sections["settings"]["groups"]
        assert [group["role"] for group in groups] == ["bias", "weight", "bn"]  # type: ignore[attr-defined, index]

    def test_the_final_evaluation_is_no_epoch(self, trained_8_3: harness.Trained) -> None:
        [run] = trained_8_3.recorded("plain")
        assert sum(1 for row in run.rows if harness.is_epoch(row)) == 2
        assert sum(1 for row in run.rows if "final/metrics/mAP50" in row.values) == 1

    def test_a_failure_that_the_script_catches_is_a_failed_run(self, trained_8_3: harness.Trained) -> None:
        [run] = trained_8_3.recorded("failing")
        assert run.ended is not None
        assert (run.ended.state, run.ended.reason) == ("failed", "ZeroDivisionError")

    def test_a_resumed_training_continues_its_run(self, trained_8_3: harness.Trained) -> None:
        first, second = trained_8_3.recorded("resumed")
        assert first.manifest.run.id == second.manifest.run.id
        assert list(range(NB, 3 * NB)) == [row.step for row in second.batches()]

    def test_a_trainer_that_replaces_run_callbacks_is_seen_once(self, trained_8_3: harness.Trained) -> None:
        [run] = trained_8_3.recorded("overridden")
        assert list(range(NB)) == [row.step for row in run.batches()]
