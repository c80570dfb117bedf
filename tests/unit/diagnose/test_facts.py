import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.diagnose import hand

from yoloscope.diagnose import advice, facts, rule
from yoloscope.diagnose.rules import preflight
from yoloscope.diagnose.rules import settings as recall
from yoloscope.importers import contract
from yoloscope.importers.dataset import counted

EDGES = [0.0, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0]
FINGERPRINT = {
    "images": 120,
    "background_images": 7,
    "instances": 300,
    "per_class": {"car": 200, "bus": 100},
    "box_size_edges": EDGES,
    "box_width_counts": [270, 30, 0, 0, 0, 0, 0],
    "box_height_counts": [240, 60, 0, 0, 0, 0, 0],
}


def test_a_live_run_tells_its_arguments_its_settings_its_data_and_its_machine() -> None:
    provenance = {"ultralytics": "8.4.190", "cpus": 16, "data": {"train": FINGERPRINT, "val": {"images": 30}}}
    settings = {"imgsz": 640, "batch": 8, "world_size": 2, "device": "cuda:0 (A100)"}
    found = facts.from_run(config={"lr0": 0.01, "batch": 16}, settings=settings, provenance=provenance)
    assert (found.framework, found.version, found.cpus, found.gpus) == ("ultralytics", "8.4.190", 16, 2)
    assert (found.number("batch"), found.asked("batch")) == (8.0, 16.0)
    assert (found.train.images, found.train.backgrounds, found.train.instances) == (120, 7, 300)
    assert found.train.per_class == {"car": 200, "bus": 100}
    assert (found.train.missing, found.train.corrupt, found.val.images) == (None, None, 30)


def test_of_box_sizes_no_more_is_said_than_two_histograms_hold() -> None:
    found = facts.set_facts(FINGERPRINT, imgsz=640)
    of_widths, of_heights = 0.9 * 0.8, 0.8 * 0.8
    assert found.area_below_8 == pytest.approx(of_widths + of_heights - 1)
    of_widths, of_heights = 0.9 + 0.1 * 0.6, 0.8 + 0.2 * 0.6
    assert found.area_below_16 == pytest.approx(of_widths + of_heights - 1)
    assert facts.set_facts({"images": 1}, imgsz=640).area_below_8 is None
    assert facts.set_facts(FINGERPRINT, imgsz=None).area_below_8 is None
    assert facts.set_facts({**FINGERPRINT, "area_below_8": 0.5}, imgsz=640).area_below_8 == 0.5


@given(sides=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60))
def test_the_estimate_is_never_above_the_truth_of_boxes_at_the_upper_end_of_their_bins(sides) -> None:
    counts = [[sum(one[side] == at for one in sides) for at in range(7)] for side in (0, 1)]
    sizes = {"box_size_edges": EDGES, "box_width_counts": counts[0], "box_height_counts": counts[1]}
    whole_bins = facts.set_facts(sizes, imgsz=16 * 32).area_below_16
    truth = sum(EDGES[w + 1] <= 1 / 32 and EDGES[h + 1] <= 1 / 32 for w, h in sides) / len(sides)
    assert whole_bins is not None
    assert whole_bins <= truth + 1e-9


def test_a_fingerprint_of_every_second_label_counts_twice() -> None:
    found = facts.set_facts({"images": 100, "background_images": 3, "instances": 50, "every": 2}, imgsz=640)
    assert (found.images, found.backgrounds, found.instances) == (100, 6, 100)


def test_yolov5_and_mmengine_get_the_names_that_ultralytics_has() -> None:
    yolov5 = facts.from_told(
        contract.Told(
            name="exp", framework="yolov5", given={"batch_size": 16, "weights": "", "hyp": {"lr0": 0.01, "box": 0.05}}
        )
    )
    assert (yolov5.number("batch"), yolov5.number("lr0"), yolov5.gain("box")) == (16.0, 0.01, 0.05)
    assert yolov5.starts_pretrained is False
    nested = {"optim_wrapper": {"optimizer": {"type": "SGD", "lr": 0.02}}, "train_cfg.max_epochs": 12}
    mmengine = facts.from_told(contract.Told(name="m", framework="mmengine", given=nested))
    assert (mmengine.number("lr0"), mmengine.value("optimizer"), mmengine.epochs) == (0.02, "SGD", 12)


@pytest.mark.parametrize(
    ("device", "gpus"), [("cpu", 0), ("0", 1), ("0,1,3", 3), ([0, 1], 2), (None, None), ("", None), ("mps", 0)]
)
def test_cards_are_counted_from_the_device(device, gpus) -> None:
    assert facts.from_told(contract.Told(name="r", given={"device": device})).gpus == gpus


def test_odd_provenance_is_no_fact() -> None:
    odd = {"data": {"train": {"images": "many", "per_class": {"a": "b"}, "box_width_counts": 3}}, "cpus": None}
    found = facts.from_run(config={}, settings={"imgsz": [640, 480]}, provenance=odd)
    assert found.train == facts.SetFacts()


def test_a_scan_gives_the_facts_of_both_splits() -> None:
    split = counted.Split(
        images=9,
        missing=1,
        empty=2,
        corrupt=0,
        duplicates=0,
        backgrounds=3,
        instances=20,
        fullest=5,
        per_class={"a": 20},
        outside_classes=0,
        area_below_8=0.5,
        area_below_16=0.75,
        side_below_2=0.0,
        covering=0.0,
        outside_image=0,
        overhanging=0.125,
        shared_with_train=0.25,
        alike_in_train=0.375,
        worst_files=("labels/1.txt",),
    )
    found = facts.scanned(counted.Counted(name="data.yaml", imgsz=320, titles=("a",), train=split, val=None))
    assert (found.number("imgsz"), found.classes, found.val) == (320.0, 1, facts.SetFacts())
    assert (found.train.images, found.train.backgrounds, found.train.fullest) == (9, 3, 5)
    assert (found.train.area_below_8, found.train.worst_files) == (0.5, ("labels/1.txt",))
    assert (found.train.overhanging, found.train.shared_with_train, found.train.alike_in_train) == (0.125, 0.25, 0.375)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"model": "yolo11n.pt"}, True),
        ({"model": "yolo11n.yaml"}, False),
        ({"model": "yolo11n.yaml", "pretrained": "own.pt"}, True),
        ({"model": "runs/train/weights/last.pt", "resume": True}, None),
        ({"model": "last.pt", "resume": "runs/train/weights/last.pt"}, None),
        ({"model": "yolo11n.pt", "resume": False}, True),
    ],
)
def test_a_checkpoint_of_its_own_says_nothing_of_what_a_training_started_from(given, expected) -> None:
    assert facts.Facts(given=given).starts_pretrained is expected


ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
)
KEYS = ("epochs", "batch", "imgsz", "nbs", "optimizer", "lr0", "patience", "freeze", "conf", "iou", "max_det", "device")
DATA = ("images", "background_images", "instances", "per_class", "box_size_edges", "box_width_counts", "every")


def some(keys: tuple[str, ...]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(keys), ODD, max_size=len(keys))


@given(config=some(KEYS), settings=some((*KEYS, "world_size", "batches")), train=some(DATA), val=some(DATA))
def test_whatever_was_recorded_is_taken_or_left_and_never_an_error(config, settings, train, val) -> None:
    provenance = {"ultralytics": "8", "cpus": 2, "data": {"train": train, "val": val}}
    known = facts.from_run(config=config, settings=settings, provenance=provenance)
    run = hand.view(facts=known, epochs={"metrics/recall": [0.5], "metrics/precision": [0.5]})
    for one in (*preflight.RULES, *recall.RULES):
        answer = one.test(run)
        if isinstance(answer, rule.Hit):
            advice.as_command("ultralytics", advice.arguments(answer.changes, known).arguments)
