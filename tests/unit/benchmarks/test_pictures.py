from pathlib import Path

import pytest
from benchmarks.diagnosis import jobs, pictures

from yoloscope.importers.dataset import counted, scan


def _made(folder: Path, *flaws: jobs.Flaw, look: jobs.Look = "shapes", **changes: object) -> counted.Counted:
    asked = jobs.Pictures(look=look, seed=3, **{"train": 40, "val": 20, "flaws": flaws, **changes})
    return scan.scan(pictures.make(folder, asked), imgsz=64)


@pytest.mark.parametrize("look", ["shapes", "digits"])
def test_a_sound_set_has_nothing_wrong(tmp_path: Path, look: jobs.Look) -> None:
    found = _made(tmp_path / "a", look=look)
    assert found.train is not None
    assert found.val is not None
    assert (found.train.images, found.train.corrupt, found.train.backgrounds, found.train.outside_image) == (
        40,
        0,
        0,
        0,
    )
    assert (found.val.images, found.val.shared_with_train, found.faults) == (20, 0.0, ())
    assert set(found.train.per_class) == {"c0", "c1", "c2"}


def test_the_same_description_makes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        _made(tmp_path / name, backgrounds=0.2)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*") if path.suffix != ".yaml")
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)


def test_flawed_labels_leave_the_images_as_they_are(tmp_path: Path) -> None:
    _made(tmp_path / "a")
    _made(tmp_path / "b", jobs.Flaw("permute", 1.0))
    image, label = "images/train/0007.png", "labels/train/0007.txt"
    assert (tmp_path / "a" / image).read_bytes() == (tmp_path / "b" / image).read_bytes()
    assert (tmp_path / "a" / label).read_text() != (tmp_path / "b" / label).read_text()
    assert (tmp_path / "a" / "labels/val/0001.txt").read_text() == (tmp_path / "b" / "labels/val/0001.txt").read_text()


def test_a_leak_is_found_by_a_scan(tmp_path: Path) -> None:
    found = _made(tmp_path / "a", jobs.Flaw("leak", 0.5, "val"))
    assert found.val is not None
    assert found.val.shared_with_train == 0.5


def test_a_rare_class_is_rare_in_training_alone(tmp_path: Path) -> None:
    found = _made(tmp_path / "a", jobs.Flaw("rare", 0.02), train=100, val=60)
    assert found.train is not None
    assert found.val is not None
    assert found.train.per_class.get("c2", 0) <= 5
    assert found.val.per_class["c2"] >= 15


def test_objects_shrink_in_validation_alone(tmp_path: Path) -> None:
    found = _made(tmp_path / "a", jobs.Flaw("shrink", 0.3, "val"))
    assert found.train is not None
    assert found.val is not None
    assert (found.train.area_below_8, found.val.area_below_16) == (0.0, 1.0)


def test_a_set_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    _made(tmp_path / "a")
    before = (tmp_path / "a" / "images/train/0000.png").stat().st_mtime_ns
    _made(tmp_path / "a")
    assert (tmp_path / "a" / "images/train/0000.png").stat().st_mtime_ns == before
