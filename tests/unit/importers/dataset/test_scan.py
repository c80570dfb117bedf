import contextlib
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.unit.diagnose import hand
from tests.unit.importers.dataset import making

from yoloscope import errors
from yoloscope.diagnose import facts
from yoloscope.diagnose.rules import preflight
from yoloscope.importers.dataset import layout, scan

BOX = "0 0.5 0.5 0.25 0.5\n"


def test_a_clean_set_is_counted_and_nothing_is_wrong_with_it(tmp_path: Path) -> None:
    text = BOX + "1 0.2 0.2 0.1 0.1\n"
    file = making.data_set(tmp_path, train={"a": text, "b": BOX, "c": ""}, val={"d": BOX})
    found = scan.scan(file, imgsz=640)
    assert found.titles == ("car", "bus")
    assert found.faults == ()
    assert found.train is not None
    assert found.val is not None
    assert (found.train.images, found.train.instances, found.train.fullest) == (3, 3, 2)
    assert (found.train.missing, found.train.empty, found.train.backgrounds, found.train.corrupt) == (0, 1, 1, 0)
    assert found.train.per_class == {"car": 2, "bus": 1}
    assert (found.train.area_below_8, found.train.covering, found.val.shared_with_train) == (0.0, 0.0, 0.0)
    assert (found.train.overhanging, found.val.alike_in_train) == (0.0, 0.0)
    assert (found.train.shared_with_train, found.train.alike_in_train) == (None, None)
    assert found.train.mean == pytest.approx(0.5, abs=0.15)
    assert found.looked_at == 4


def test_box_sizes_are_those_at_the_input_with_the_longer_side_scaled_to_it(tmp_path: Path) -> None:
    sizes = {"7.9 px": 7.9 / 320, "8.1 px": 8.1 / 320, "15.9 px": 15.9 / 320, "1.9 px": 1.9 / 320}
    lines = [f"0 0.5 0.5 {width} {width * 160 / 120}" for width in sizes.values()]
    file = making.data_set(tmp_path, train={"a": "\n".join([*lines, "0 0.5 0.5 1 0.99"])}, val={"b": BOX})
    found = scan.scan(file, imgsz=320).train
    assert found is not None
    assert (found.area_below_8, found.area_below_16) == (pytest.approx(2 / 5), pytest.approx(4 / 5))
    assert (found.side_below_2, found.covering) == (pytest.approx(1 / 5), pytest.approx(1 / 5))


def test_boxes_over_the_edge_are_a_share_of_all_those_that_were_counted(tmp_path: Path) -> None:
    train = {"corners": "0 0.5 0.5 0.8 1\n0 0.2 0.2 0.3 0.3\n", "pixels": "0 80 60 20 20\n", "inside": BOX}
    found = scan.scan(making.data_set(tmp_path, train=train, val={"v": ""}))
    assert found.train is not None
    assert found.val is not None
    assert (found.train.instances, found.train.overhanging) == (4, pytest.approx(1 / 4))
    assert found.val.overhanging is None


def test_corners_written_for_centre_and_size_are_judged_before_any_training(tmp_path: Path) -> None:
    corners = "0 0.1 0.2 0.5 0.6\n1 0.6 0.1 0.9 0.4\n"
    found = scan.scan(making.data_set(tmp_path, train={"a": corners, "b": corners}, val={"v": BOX}))
    said = {one.rule: one for one in hand.findings(facts=facts.scanned(found), rules=preflight.RULES)}
    assert (said["P01"].variant, said["P01"].severity, said["P01"].values["share"]) == ("edges", "warning", 1.0)


def test_what_a_trainer_leaves_out_is_found_and_named(tmp_path: Path) -> None:
    train = {"pixels": "0 80 60 20 20\n", "class": "2 0.5 0.5 0.1 0.1\n", "words": "car 1 2 3 4\n", "few": "0 1 1\n"}
    train |= {"double": BOX + BOX, "outline": "1 0.1 0.1 0.3 0.1 0.3 0.5\n", "none": None, "ok": BOX}
    file = making.data_set(tmp_path, train=train, val={"v": BOX})
    (tmp_path / "images/train/broken.jpg").write_bytes(b"no image")
    whole = (tmp_path / "images/train/ok.jpg").read_bytes()
    (tmp_path / "images/train/short.jpg").write_bytes(whole[: len(whole) // 2])
    found = scan.scan(file)
    assert found.train is not None
    assert (found.train.images, found.train.corrupt, found.train.missing) == (10, 6, 1)
    assert (found.train.outside_image, found.train.outside_classes, found.train.duplicates) == (1, 1, 1)
    named = {Path(fault.path).name: fault.en for fault in found.faults}
    assert named == {
        "broken.jpg": "it is no image that can be read (UnidentifiedImageError)",
        "short.jpg": "it is cut short",
        "pixels.txt": "coordinates beyond the image: 0 80 60 20 20",
        "class.txt": "class 2 of 2 (they count from 0)",
        "words.txt": "it holds something that is no number",
        "few.txt": "it has 3 columns, 5 are expected",
    }
    assert all(fault.zh and fault.zh != fault.en for fault in found.faults)
    assert "labels/train/pixels.txt" in found.train.worst_files


def test_an_image_in_both_splits_is_found_by_its_bytes_and_by_its_look(tmp_path: Path) -> None:
    file = making.data_set(tmp_path, train={f"t{at}": BOX for at in range(4)}, val={f"v{at}": BOX for at in range(4)})
    copied = tmp_path / "images/train/t0.jpg"
    (tmp_path / "images/val/v0.jpg").write_bytes(copied.read_bytes())
    with Image.open(tmp_path / "images/train/t1.jpg") as image:
        image.resize((120, 90)).save(tmp_path / "images/val/v1.jpg", quality=70)
    found = scan.scan(file).val
    assert found is not None
    assert (found.shared_with_train, found.alike_in_train) == (pytest.approx(0.25), pytest.approx(0.25))
    assert found.worst_files == ("images/val/v0.jpg", "images/val/v1.jpg")


def test_flat_pictures_are_not_taken_for_one_another(tmp_path: Path) -> None:
    making.write(tmp_path, "train", "a", Image.new("RGB", (64, 64), (90, 90, 90)), BOX)
    making.write(tmp_path, "val", "b", Image.new("RGB", (80, 64), (120, 120, 120)), BOX)
    (tmp_path / "data.yaml").write_text(making.YAML)
    found = scan.scan(tmp_path / "data.yaml").val
    assert found is not None
    assert (found.shared_with_train, found.alike_in_train) == (0.0, 0.0)


def test_of_a_large_split_a_spread_sample_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "LOOKED_MOST", 3)
    file = making.data_set(tmp_path, train={f"t{at}": BOX for at in range(8)}, val={"v": BOX})
    assert scan.scan(file).looked_at == 3 + 1


def test_poses_are_boxes_with_points_behind(tmp_path: Path) -> None:
    pose = "0 0.5 0.5 0.2 0.4 " + "0.5 0.5 2 " * 3 + "\n"
    file = making.data_set(tmp_path, train={"a": pose}, val={"b": pose}, yaml=making.YAML + "kpt_shape: [3, 3]\n")
    found = scan.scan(file, imgsz=160).train
    assert found is not None
    assert (found.instances, found.corrupt, found.outside_image) == (1, 0, 0)


def test_paths_may_be_lists_texts_and_one_level_too_high(tmp_path: Path) -> None:
    making.data_set(tmp_path, train={"a": BOX, "b": BOX, "c": BOX}, val={"v": BOX})
    (tmp_path / "some.txt").write_text("./images/train/a.jpg\nimages/train/b.jpg\n\nnotes.doc\n")
    making.data_set(
        tmp_path, train={}, val={}, yaml="train: [some.txt, ../images/train]\nval: images/val/v.jpg\nnc: 2\n"
    )
    found = layout.read(tmp_path / "data.yaml")
    assert [Path(one).name for one in found.images["train"]] == ["a.jpg", "b.jpg", "c.jpg"]
    assert [Path(one).name for one in found.images["val"]] == ["v.jpg"]
    assert found.titles == ("class_0", "class_1")


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    file = making.data_set(tmp_path, train={"a": BOX}, val={"v": BOX})
    (tmp_path / "images/train/again").symlink_to(tmp_path / "images/train", target_is_directory=True)
    (tmp_path / "images/train/self").symlink_to(tmp_path / "images/train/self")
    found = scan.scan(file).train
    assert found is not None
    assert found.images == 1


def test_what_is_no_regular_file_does_not_keep_us_waiting(tmp_path: Path) -> None:
    file = making.data_set(tmp_path, train={"a": BOX, "b": None}, val={"v": BOX})
    os.mkfifo(tmp_path / "images/train/pipe.jpg")
    os.mkfifo(tmp_path / "labels/train/b.txt")
    (tmp_path / "images/train/folder.jpg").mkdir()
    found = scan.scan(file).train
    assert found is not None
    assert (found.images, found.corrupt, found.instances) == (4, 2, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n- b\n", "holds no keys and values"),
        ("train: images\nval: images\n", "neither names nor nc"),
        ("names: [a]\n", "names no path"),
        ("names: [a]\ntrain: nowhere\nval: nowhere\n", "does not exist"),
        ("names: [a]\ntrain: empty\nval: empty\n", "holds no image"),
        ("train: [\n", "not YAML"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nnames: &c [*b, *b, *c]\ntrain: t\n", "stand for too much"),
        ('names: [a]\ntrain: "\\0"\nval: 7\n', "does not exist"),
    ],
)
def test_a_data_yaml_that_cannot_be_used_is_refused_with_a_word_in_both_languages(tmp_path: Path, text, says) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(errors.ImportFault, match=says) as raised:
        scan.scan(tmp_path / "data.yaml")
    assert raised.value.zh


@pytest.mark.parametrize("name", ["nowhere.yaml", "results.csv", "."])
def test_what_is_no_data_yaml_is_refused(tmp_path: Path, name) -> None:
    with pytest.raises(errors.ImportFault, match=r"no data\.yaml"):
        scan.scan(tmp_path / name)
    assert not layout.is_data_set(tmp_path / name)


def test_odd_bytes_are_a_fault_and_no_traceback(tmp_path: Path) -> None:
    file = making.data_set(tmp_path, train={"a": BOX, "b": BOX}, val={"v": BOX})
    (tmp_path / "labels/train/a.txt").write_bytes(b"\xff\xfe0\x00 \x00" * 9)
    (tmp_path / "labels/train/b.txt").write_bytes(b"\xef\xbb\xbf0 0.5 0.5 0.2 nan\n")
    found = scan.scan(file)
    assert [fault.en for fault in found.faults] == ["it holds something that is no number", "it holds NaN or infinity"]


def test_one_split_that_is_missing_leaves_the_other(tmp_path: Path) -> None:
    file = making.data_set(tmp_path, train={"a": BOX}, val={}, yaml=making.YAML.replace("images/val", "images/vale"))
    found = scan.scan(file)
    assert found.val is None
    assert [fault.en for fault in found.faults] == ["val is images/vale, which does not exist"]


def test_rules_judge_a_scan_before_any_training(tmp_path: Path) -> None:
    small = "0 0.5 0.5 0.01 0.01\n"
    file = making.data_set(tmp_path, train={"a": small, "b": small, "c": None}, val={"v": "7 0.5 0.5 0.1 0.1\n"})
    found = hand.findings(facts=facts.scanned(scan.scan(file)), rules=preflight.RULES)
    assert {(one.rule, one.severity, one.variant) for one in found} == {
        ("P01", "critical", "class"),
        ("P03", "info", "many"),
        ("P04", "warning", "tiny"),
    }


def test_a_folder_with_a_data_yaml_is_a_data_set(tmp_path: Path) -> None:
    making.data_set(tmp_path, train={"a": BOX}, val={"v": BOX})
    assert layout.is_data_set(tmp_path)
    assert layout.is_data_set(tmp_path / "data.yaml")
    assert scan.scan(tmp_path).name == "data.yaml"


TEXT = st.text(st.characters(exclude_characters="/."), max_size=4)
ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT, st.just("images")),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT | st.integers(0, 3), inner, max_size=3)),
    max_leaves=5,
)


@given(told=st.dictionaries(st.sampled_from(["path", "train", "val", "names", "nc", "kpt_shape"]), ODD, min_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mapping_is_a_layout_or_a_fault(tmp_path: Path, told) -> None:
    making.write(tmp_path, "train", "a", making.picture(1, size=(16, 12)), BOX)
    (tmp_path / "data.yaml").write_text(yaml.safe_dump(told))
    with contextlib.suppress(errors.ImportFault):
        found = layout.read(tmp_path / "data.yaml")
        assert found.titles
        assert found.images
