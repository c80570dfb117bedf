import msgspec
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import ULTRALYTICS, flat, lacks, quiet, speaks

from yoloscope.diagnose import facts, rule
from yoloscope.diagnose.facts import Facts, SetFacts
from yoloscope.diagnose.rules import preflight
from yoloscope.diagnose.texts import preflight as texts


def of_train(**counts: object) -> dict[str, Facts]:
    return {"facts": Facts(train=SetFacts(**counts))}


def of_val(**counts: object) -> dict[str, Facts]:
    return {"facts": Facts(val=SetFacts(**counts))}


def scanned(**counts: object) -> dict[str, Facts]:
    return of_train(**{"images": 100, "instances": 1000, "corrupt": 0, "missing": 0, "empty": 0, **counts})


def sized(*, tiny: float, small: float, imgsz: int = 640) -> dict[str, Facts]:
    return {"facts": Facts(given={"imgsz": imgsz}, train=SetFacts(area_below_8=tiny, area_below_16=small))}


def given(framework: str = "ultralytics", /, **arguments: object) -> dict[str, Facts]:
    return {"facts": Facts(framework=framework, given=arguments)}


SCRATCH = {"model": "yolo11n.yaml", "epochs": 100}
EARLY = {"metrics/mAP50": [0.991], "metrics/mAP50-95": [0.951]}

SPEAKING = [
    speaks("P01", "critical", "class", **scanned(outside_classes=1)),
    speaks("P01", "warning", "without", **scanned(missing=11, empty=10)),
    speaks("P01", "critical", "without", **scanned(missing=61)),
    speaks("P01", "warning", "outside", **scanned(outside_image=1, corrupt=1)),
    speaks("P01", "warning", "corrupt", **scanned(corrupt=1)),
    speaks("P01", "warning", "tiny", **scanned(side_below_2=0.011)),
    speaks("P01", "warning", "covering", **scanned(covering=0.006)),
    speaks("P01", "warning", "mean", **scanned(mean=117.0)),
    speaks("P01", "warning", "edges", **scanned(overhanging=0.021)),
    speaks("P02", "info", "", **of_train(per_class={"car": 1100, "bus": 100}), changes={"cls_pw": 0.25}),
    speaks("P02", "warning", "", **of_train(per_class={"car": 5100, "bus": 100})),
    speaks("P02", "warning", "rare", **of_train(per_class={"car": 550, "bus": 49})),
    speaks(
        "P02",
        "warning",
        "unseen",
        facts=Facts(train=SetFacts(per_class={"car": 90, "bus": 0}), val=SetFacts(per_class={"car": 9, "bus": 1})),
    ),
    speaks("P03", "info", "many", **of_train(images=100, backgrounds=11)),
    speaks("P03", "warning", "many", **of_train(images=100, backgrounds=41)),
    speaks("P03", "info", "none", epochs={"metrics/precision": flat(12, 0.49)}, **of_train(images=100, backgrounds=0)),
    speaks(
        "P04", "warning", "tiny", **sized(tiny=0.26, small=0.3), changes={"imgsz": 960, "scale": 0.3, "mosaic": 0.5}
    ),
    speaks("P04", "info", "small", **sized(tiny=0.25, small=0.51, imgsz=1280), changes={"scale": 0.3, "mosaic": 0.5}),
    speaks("P05", "warning", "shared", **of_val(shared_with_train=0.006, images=1000)),
    speaks("P05", "info", "alike", **of_val(shared_with_train=0.005, alike_in_train=0.006, images=1000)),
    speaks("P05", "info", "alike", **of_val(alike_in_train=0.1, images=1000)),
    speaks("P05", "warning", "alike", **of_val(shared_with_train=0.0, alike_in_train=0.101, images=1000)),
    speaks("P05", "warning", "shared", **of_val(shared_with_train=0.006, alike_in_train=0.9, images=1000)),
    speaks("P05", "warning", "early", facts=Facts(given=SCRATCH), epochs=EARLY),
    speaks(
        "P06",
        "warning",
        "",
        **given(optimizer="auto", lr0=0.001, momentum=0.937),
        changes={"optimizer": "AdamW", "lr0": 0.001},
    ),
    speaks("P06", "warning", "", **given(optimizer="auto", lr0=0.02), changes={"optimizer": "SGD", "lr0": 0.02}),
    speaks("P07", "info", "", **given(epochs=100, patience=100), changes={"patience": 20}),
    speaks("P07", "info", "off", **given(epochs=300, patience=0), changes={"patience": 60}),
    speaks("P08", "warning", "", **given(batch=4, nbs=64)),
    speaks("P08", "warning", "", facts=Facts(given={"batch": 16, "device": "0,1,2,3"}, gpus=4)),
    speaks("P08", "info", "accumulates", **given(batch=5, nbs=96)),
]
QUIET = [
    quiet("P01", "a fifth without boxes", **scanned(missing=10, empty=10)),
    quiet("P01", "few tiny and covering boxes", **scanned(side_below_2=0.01, covering=0.005, mean=1.0)),
    quiet("P01", "few boxes over the edge", **scanned(overhanging=0.02)),
    quiet("P02", "ten times as many", **of_train(per_class={"car": 500, "bus": 50})),
    quiet("P02", "few of both", **of_train(per_class={"car": 90, "bus": 10})),
    quiet("P02", "a single class", **of_train(per_class={"car": 3})),
    quiet("P02", "a class that nobody asks for", **of_train(per_class={"car": 90, "bus": 80, "tram": 0})),
    quiet("P03", "a tenth", **of_train(images=100, backgrounds=10)),
    quiet("P03", "precision is fine", epochs={"metrics/precision": flat(12, 0.5)}, **of_train(images=9, backgrounds=0)),
    quiet("P03", "too early", epochs={"metrics/precision": flat(11, 0.1)}, **of_train(images=9, backgrounds=0)),
    quiet("P04", "a quarter and a half", **sized(tiny=0.25, small=0.5)),
    quiet("P05", "few shared", **of_val(shared_with_train=0.005, images=1000)),
    quiet("P05", "few shared and few alike", **of_val(shared_with_train=0.005, alike_in_train=0.005, images=1000)),
    quiet(
        "P05",
        "late",
        facts=Facts(given=SCRATCH),
        epochs={"metrics/mAP50": flat(20, 0.995), "metrics/mAP50-95": flat(20, 0.97)},
    ),
    quiet("P06", "defaults", **given(optimizer="auto", lr0=0.01, momentum=0.937)),
    quiet("P06", "optimizer named", **given(optimizer="SGD", lr0=0.1)),
    quiet("P06", "another framework", **given("yolov5", optimizer="auto", lr0=0.1)),
    quiet("P07", "patience fits", **given(epochs=100, patience=99)),
    quiet("P07", "a short run", **given(epochs=49, patience=100)),
    quiet("P08", "five images", **given(batch=5, nbs=80)),
    quiet("P08", "frozen layers", **given(batch=2, freeze=10, nbs=32)),
]
LACKING = [
    lacks("P01", "data.corrupt", "data.missing", **of_train(images=100)),
    lacks("P01", "data.corrupt", "data.missing", **of_train(images=100, overhanging=0.5)),
    lacks("P02", "data.train.per_class", **of_train()),
    lacks("P03", "data.train.background_images", **of_train(images=100)),
    lacks("P04", "data.train.box_width_counts", **given(imgsz=640)),
    lacks("P04", "imgsz", **of_train(area_below_8=0.9, area_below_16=0.9)),
    lacks("P05", "data.val.shared_with_train", facts=Facts(given={"model": "yolo11n.pt", "epochs": 100}), epochs=EARLY),
    lacks("P05", "data.val.shared_with_train", **of_val(alike_in_train=0.005, images=1000)),
    lacks("P06", "optimizer", **given(lr0=0.1)),
    lacks("P07", "patience", **given(epochs=100)),
    lacks("P07", "epochs", **given(patience=100)),
    lacks("P08", "batch", **given(batch=-1)),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(preflight.RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, texts.TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(preflight.RULES, case) is None


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(preflight.RULES, case) == rule.Missing(case.expected)


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    assert told == courses.variants(texts.TEXTS)


def test_small_objects_are_found_from_the_fingerprint_of_a_live_run() -> None:
    edges = [0.0, 1 / 64, 1 / 32, 1 / 16, 1.0]
    sizes = {"box_width_counts": [80, 10, 5, 5], "box_height_counts": [75, 10, 10, 5], "box_size_edges": edges}
    known = facts.from_run(
        config={"epochs": 100},
        settings={"imgsz": 640},
        provenance={"ultralytics": "8.4.190", "data": {"train": {"images": 50, "instances": 100, **sizes}}},
    )
    found = {one.rule: one for one in hand.findings(facts=known, rules=preflight.RULES)}
    assert found["P04"].severity == "info"
    assert found["P04"].values["share"] == pytest.approx(0.86 + 0.81 - 1)


def test_a_loader_that_holds_fewer_images_than_asked_for_counts() -> None:
    known = msgspec.structs.replace(ULTRALYTICS, given={"batch": 64}, settings={"batch": 4})
    hit = courses.ask(preflight.RULES, courses.Case("P08", {"facts": known}, None))
    assert isinstance(hit, rule.Hit)
    assert hit.values == {"batch": 4}


def test_what_curves_add_is_asked_at_epochs_too() -> None:
    known = Facts(given={"epochs": 30}, train=SetFacts(images=90, backgrounds=0))
    found = hand.findings(facts=known, epochs={"metrics/precision": flat(14, 0.3)}, rules=preflight.RULES)
    assert [(one.rule, one.variant, one.opened.epoch) for one in found] == [("P03", "none", 12)]


def test_corners_read_as_centre_and_size_are_told_with_how_many_boxes_they_are() -> None:
    hit = courses.ask(preflight.RULES, courses.Case("P01", scanned(overhanging=0.25), None))
    assert isinstance(hit, rule.Hit)
    assert (hit.values["share"], hit.values["boxes"], hit.values["split"]) == (0.25, 1000, "train")
    english, chinese = courses.words("P01", hit, texts.TEXTS)
    assert english.evidence.startswith("25.0% of the 1000 boxes in the train split reach beyond the edge")
    assert "1000 个框中有 25.0% 伸出了图片边缘" in chinese.evidence


def test_pictures_that_look_alike_are_told_apart_from_files_that_are_shared() -> None:
    files = ("images/val/a.jpg",)
    told = of_val(shared_with_train=0.0, alike_in_train=0.3, images=176, worst_files=files)
    hit = courses.ask(preflight.RULES, courses.Case("P05", told, None))
    assert isinstance(hit, rule.Hit)
    assert hit.values == {"share": 0.3, "images": 176, "files": list(files)}
    english, _ = courses.words("P05", hit, texts.TEXTS)
    assert english.evidence.startswith("30.0% of the 176 validation images look nearly the same")


def test_the_overhang_of_a_fingerprint_reaches_the_rule() -> None:
    known = facts.from_run(
        config={}, settings={}, provenance={"data": {"val": {"images": 9, "corrupt": 0, "overhanging": 0.5}}}
    )
    found = {one.rule: one for one in hand.findings(facts=known, rules=preflight.RULES)}
    assert (found["P01"].variant, found["P01"].values["share"], found["P01"].values["split"]) == ("edges", 0.5, "val")
