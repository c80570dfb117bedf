"""What counts as a setting, which value of it, and what makes data the same."""

from pathlib import Path

from unit.query import known_runs
from yoloscope.query import settings_of_run

TRAIN = {
    "images": 192,
    "instances": 400,
    "per_class": {"cat": 300, "dog": 100},
    "box_width_counts": [1, 2, 3],
    "file_list_sha256": "ab" * 32,
}


def test_the_value_in_effect_counts_and_the_argument_stands_in() -> None:
    one = known_runs.known(
        "a", config={"batch": -1, "lr0": 0.1, "hyp": {"box": 7.5}}, settings={"batch": 16, "mosaic": 0.0}
    )
    assert settings_of_run.settings(one) == {"batch": 16, "lr0": 0.1, "hyp.box": 7.5, "mosaic": 0.0}


def test_what_names_places_watches_or_follows_is_no_setting() -> None:
    config = {
        "name": "x",
        "device": "0",
        "workers": 8,
        "seed": 3,
        "plots": True,
        "logger": {"save_dir": "y"},
        "cos_lr": True,
    }
    in_effect = {"parameters": 9, "batches": 4, "classes": 3, "augmentation": {"transforms": [{"kind": "A"}]}}
    in_effect["class_index"] = {"per_class": {"dent": 0}}
    assert settings_of_run.settings(known_runs.known("a", config=config, settings=in_effect)) == {"cos_lr": True}


def test_nested_names_that_choose_are_settings() -> None:
    config = {"optimizer": {"name": "adam"}, "model": {"name": "yolo11n"}}
    assert settings_of_run.settings(known_runs.known("a", config=config)) == {
        "optimizer.name": "adam",
        "model.name": "yolo11n",
    }


def test_rate_and_momentum_are_those_of_the_optimizer() -> None:
    groups = [{"role": "weight", "lr": 0.002, "momentum": 0.9}, {"role": "bias", "lr": 0.002, "momentum": 0.9}]
    config = {"lr0": 0.01, "momentum": 0.937}
    one = known_runs.known("a", config=config, settings={"groups": groups, "optimizer": "AdamW"})
    assert settings_of_run.settings(one) == {"optimizer": "AdamW", "lr0": 0.002, "momentum": 0.9}
    groups[1]["lr"] = 0.02
    assert settings_of_run.settings(known_runs.known("a", config=config, settings={"groups": groups})) == {
        "lr0.weight": 0.002,
        "lr0.bias": 0.02,
        "momentum": 0.9,
    }


def test_the_version_of_the_framework_is_a_setting() -> None:
    one = known_runs.known("a", provenance={"ultralytics": "8.4.1", "torch": "2"})
    assert settings_of_run.settings(one) == {"ultralytics_version": "8.4.1"}


def test_data_is_the_same_by_counts_and_files_whatever_its_classes_are_called() -> None:
    named = known_runs.known("a", provenance={"data": {"train": TRAIN, "val": {"images": 48}}})
    indexed = {**TRAIN, "per_class": {"0": 300, "1": 100}}
    other = known_runs.known("b", provenance={"data": {"train": indexed, "val": {"images": 48}}})
    relabelled = {**TRAIN, "per_class": {"cat": 200, "dog": 200}}
    changed = known_runs.known("c", provenance={"data": {"train": relabelled, "val": {"images": 48}}})
    one = settings_of_run.data(named)
    assert one is not None
    assert (one.images, len(one.id)) == ((192, 48), 12)
    assert settings_of_run.data(other) == one
    assert settings_of_run.data(changed) != one


def test_counts_alone_are_no_fingerprint() -> None:
    assert settings_of_run.data(known_runs.known("a", provenance={"data": {"train": {"images": 3}}})) is None
    assert settings_of_run.data(known_runs.known("a")) is None


def test_a_fingerprint_of_the_validation_set_alone_does_not_say_what_it_trained_on() -> None:
    assert settings_of_run.data(known_runs.known("a", provenance={"data": {"val": TRAIN}})) is None
    assert settings_of_run.data(known_runs.known("a", provenance={"data": {"train": TRAIN}})) is not None


def test_the_seed_is_found_where_it_was_told() -> None:
    assert settings_of_run.seed(known_runs.known("a", provenance={"seed": 0}, config={"seed": 5})) == 0
    assert settings_of_run.seed(known_runs.known("a", config={"random_seed": 5})) == 5
    assert settings_of_run.seed(known_runs.known("a")) is None


def test_equal_values_are_equal_as_json_has_it() -> None:
    token = settings_of_run.token
    assert token(1) == token(1.0)
    assert token(True) != token(1)
    assert token("1") != token(1)
    assert token([1, "a"]) == token([1, "a"])
    assert token(float("nan")) == token(float("nan"))


def test_settings_say_what_they_are_about() -> None:
    names = ("hyp.mosaic", "lr0", "data", settings_of_run.VERSION)
    assert [settings_of_run.kind(name) for name in names] == ["augmentation", "setting", "data", "version"]


def test_the_docs_name_every_key_that_is_left_out() -> None:
    page = (Path(__file__).parents[3] / "docs" / "learnt.md").read_text("utf-8")
    left_out = {
        *settings_of_run.NOT_SETTINGS,
        *settings_of_run.NOWHERE_SETTINGS,
        *settings_of_run.DERIVED,
        *settings_of_run.SEEDS,
    }
    assert [name for name in sorted(left_out) if f"`{name}`" not in page] == []
