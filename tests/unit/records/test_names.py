"""The vocabulary: one name for each number, whatever a framework calls it."""

import pytest

from yoloscope import errors
from yoloscope.records import names


@pytest.mark.parametrize(
    ("foreign", "canonical"),
    [
        ("metrics/mAP50(B)", "metrics/mAP50"),
        ("metrics/mAP50B", "metrics/mAP50"),
        ("metrics/mAP50-95(B)", "metrics/mAP50-95"),
        ("metrics/mAP50-95(M)", "metrics/mAP50-95_mask"),
        ("metrics/mAP50(P)", "metrics/mAP50_pose"),
        ("metrics/mAP_0.5", "metrics/mAP50"),
        ("metrics/mAP_0.5:0.95", "metrics/mAP50-95"),
        ("metrics/precision(B)", "metrics/precision"),
        ("metrics/recallM", "metrics/recall_mask"),
        ("coco/bbox_mAP_50", "metrics/mAP50"),
        ("coco/bbox_mAP", "metrics/mAP50-95"),
        ("train/box_loss", "train/box_loss"),
        ("anything else", "anything else"),
    ],
)
def test_foreign_names_become_canonical(foreign: str, canonical: str) -> None:
    assert names.canonical(foreign) == canonical


@pytest.mark.parametrize(
    ("field", "canonical"),
    [
        ("loss_box", "train/box_loss"),
        ("gpu_memory_mb", "system/gpu.0/memory_bytes"),
        ("mAP50", "metrics/mAP50"),
        ("mAP_0.5:0.95", "metrics/mAP50-95"),
        ("recall", "metrics/recall"),
        ("metrics/mAP50(B)", "metrics/mAP50"),
        ("mine", "mine"),
    ],
)
def test_fields_of_a_plain_log_become_canonical(field: str, canonical: str) -> None:
    assert names.canonical_from_plain(field) == canonical


@pytest.mark.parametrize(
    ("name", "family", "unit", "direction"),
    [
        ("metrics/mAP50", "metric", "", "higher"),
        ("train/box_loss", "loss", "", "lower"),
        ("val/l1_loss", "loss", "", "lower"),
        ("train/epoch/cls_loss", "loss", "", "lower"),
        ("my_loss", "loss", "", "lower"),
        ("loss", "loss", "", "lower"),
        ("class/stop sign/AP50", "class", "", "higher"),
        ("lr/weight", "lr", "", "none"),
        ("time/batch_s", "time", "s", "lower"),
        ("grad/norm", "grad", "", "none"),
        ("system/gpu.0/memory_bytes", "system", "B", "none"),
        ("system/gpu.1/temperature_c", "system", "°C", "none"),
        ("time/rank.1/batch_s", "time", "s", "lower"),
        ("time/rank.12/upload_s", "time", "s", "none"),
        ("system/rank.3/gpu.0/memory_bytes", "system", "B", "none"),
        ("something", "other", "", "none"),
        ("grad/head.box/norm", "grad", "", "none"),
        ("update/backbone.1/ratio", "grad", "", "none"),
        ("weights/backbone.1/norm", "grad", "", "none"),
        ("weights/nonfinite", "grad", "", "lower"),
        ("amp/scale", "grad", "", "none"),
        ("grad/noise_scale", "grad", "", "none"),
        ("inputs/repeat_share", "other", "", "lower"),
        ("loss_weight/box", "other", "", "none"),
        ("augmentation/mosaic", "other", "", "none"),
        ("frozen/parameters", "other", "", "none"),
        ("overhead/heat_maps_s", "time", "s", "lower"),
    ],
)
def test_every_name_has_a_meaning(name: str, family: str, unit: str, direction: str) -> None:
    meaning = names.meaning(name)
    assert (meaning.family, meaning.unit, meaning.direction) == (family, unit, direction)
    assert meaning.title_en
    assert meaning.title_zh


def test_the_free_part_of_a_name_stands_in_its_titles() -> None:
    meaning = names.meaning("update/head.{0}/ratio")
    assert (meaning.title_en, meaning.title_zh) == ("Update by weight: head.{0}", "更新量与权重之比：head.{0}")


@pytest.mark.parametrize("name", ["", "x" * 251, "a\nb", "a\x7fb", "a\u200bb"])
def test_an_unusable_name_is_refused(name: str) -> None:
    with pytest.raises(errors.InvalidRecord) as caught:
        names.check(name)
    assert caught.value.field == "name"
    assert len(str(caught.value)) < 200


def test_a_series_of_a_rank_is_called_as_it_is_with_its_rank() -> None:
    meaning = names.meaning("time/rank.12/batch_s")
    assert (meaning.title_en, meaning.title_zh) == ("Batch time (rank 12)", "每 batch 用时（rank 12）")


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("time/batch_s", "time/rank.3/batch_s"),
        ("time/rank.3/batch_s", "time/rank.3/batch_s"),
        ("time/rank.1/batch_s", None),
        ("time/ranking_s", "time/rank.3/ranking_s"),
        ("system/gpu.0/power_w", "system/rank.3/gpu.0/power_w"),
        ("train/box_loss", None),
        ("time", None),
    ],
)
def test_another_rank_writes_times_and_its_machine_under_its_own_name(name: str, own: str | None) -> None:
    assert names.of_rank(name, 3) == own
