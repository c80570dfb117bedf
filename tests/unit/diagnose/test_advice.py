import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.diagnose import advice, dialects
from yoloscope.diagnose.facts import Facts


def known(
    framework: str = "ultralytics", /, *, settings=None, version: str = "", cpus=None, gpus=None, **given: object
) -> Facts:
    return Facts(framework=framework, version=version, given=given, settings=settings or {}, cpus=cpus, gpus=gpus)


def asked(changes: dict[str, object], of: Facts) -> dict[str, object]:
    return advice.arguments(changes, of).arguments


def left_out(changes: dict[str, object], of: Facts) -> list[str]:
    return [one.key for one in advice.arguments(changes, of).dropped]


def test_a_rate_under_auto_gets_the_optimizer_in_effect() -> None:
    of = known(optimizer="auto", lr0=0.01, settings={"optimizer": "MuSGD"})
    assert asked({"lr0": 0.003}, of) == {"optimizer": "MuSGD", "lr0": 0.003}


@pytest.mark.parametrize(("rate", "optimizer"), [(0.001, "AdamW"), (0.01, "SGD")])
def test_without_the_optimizer_in_effect_the_rate_says_which_one_is_meant(rate, optimizer) -> None:
    assert asked({"lr0": rate}, known(optimizer="auto")) == {"optimizer": optimizer, "lr0": rate}


def test_what_auto_sets_itself_is_left_out() -> None:
    assert left_out({"warmup_bias_lr": 0.01}, known(optimizer="auto")) == ["warmup_bias_lr"]
    assert asked({"optimizer": "SGD", "warmup_bias_lr": 0.01}, known(optimizer="auto")) == {
        "optimizer": "SGD",
        "warmup_bias_lr": 0.01,
    }


def test_what_is_so_already_is_left_out() -> None:
    of = known(lr0=0.01, optimizer="SGD", amp=True, settings={"amp": False, "optimizer": "SGD"})
    assert asked({"lr0": 0.01, "optimizer": "SGD", "amp": False, "mixup": 0.1}, of) == {"mixup": 0.1}


@pytest.mark.parametrize("framework", ["ultralytics", "yolov5"])
def test_clipping_exists_already(framework) -> None:
    assert left_out({"max_norm": 10.0}, known(framework)) == ["max_norm"]


def test_workers_end_at_cpus_by_card_and_at_batches() -> None:
    of = known(cpus=16, gpus=2, settings={"workers": 2, "batches": 100})
    assert asked({"workers": 12}, of) == {"workers": 8}
    assert left_out({"workers": 12}, of) == ["workers"]
    assert asked({"workers": 12}, known(cpus=8, gpus=1, settings={"workers": 8})) == {}
    assert asked({"workers": 12}, known(cpus=64, settings={"workers": 2, "batches": 5})) == {"workers": 5}


def test_rect_switches_mosaic_off() -> None:
    assert left_out({"mosaic": 0.5, "mixup": 0.1, "scale": 0.3}, known(rect=True)) == ["mosaic", "mixup"]
    assert asked({"mosaic": 0.5, "rect": False}, known(rect=True)) == {"mosaic": 0.5, "rect": False}


def test_what_belongs_to_another_task_is_left_out() -> None:
    assert left_out({"auto_augment": "augmix", "copy_paste": 0.3}, known(task="detect")) == [
        "auto_augment",
        "copy_paste",
    ]
    assert asked({"copy_paste": 0.3}, known(task="segment")) == {"copy_paste": 0.3}
    assert left_out({"mosaic": 0.5, "dropout": 0.1}, known(task="classify")) == ["mosaic"]


def test_flags_that_this_version_lacks_are_left_out() -> None:
    whole = {"lr0": 0.01, "mosaic": 1.0}
    assert left_out({"cls_pw": 0.25, "fl_gamma": 1.5}, known(**whole)) == ["cls_pw", "fl_gamma"]
    assert asked({"cls_pw": 0.25}, known(**whole, cls_pw=0.0)) == {"cls_pw": 0.25}
    assert left_out({"cls_pw": 0.25}, known(version="8.3.200")) == ["cls_pw"]
    assert asked({"cls_pw": 0.25}, known(version="8.4.190")) == {"cls_pw": 0.25}


def test_the_batch_finds_itself_on_a_single_card_alone() -> None:
    assert left_out({"batch": -1}, known(gpus=2)) == ["batch"]
    assert asked({"batch": -1}, known(gpus=1)) == {"batch": -1}


def test_values_stay_within_what_is_allowed() -> None:
    of = known(epochs=10)
    assert asked({"mixup": 1.7, "imgsz": 950, "close_mosaic": 20, "patience": 19.6}, of) == {
        "mixup": 1.0,
        "imgsz": 960,
        "close_mosaic": 10,
        "patience": 20,
    }


def test_every_word_on_what_is_left_out_is_in_both_languages() -> None:
    of = known(rect=True, optimizer="auto", cpus=2, task="detect", version="8.2.0", settings={"amp": False}, gpus=2)
    changes = {"mosaic": 0.5, "workers": 9, "amp": False, "erasing": 0.1, "cls_pw": 1, "clip": 1, "batch": -1, "obj": 2}
    dropped = advice.arguments(changes, of).dropped
    assert {one.key for one in dropped} == set(changes)
    assert all(one.why.en and one.why.zh and one.why.en != one.why.zh for one in dropped)


def test_yolov5_has_flags_and_a_file_of_hyperparameters() -> None:
    changes = {"batch": 32, "lr0": 0.003, "cos_lr": True, "box": 10.0, "cls_pw": 0.25, "close_mosaic": 0, "dfl": 2.0}
    said = advice.arguments(changes, known("yolov5"))
    assert said.arguments == {
        "--batch-size": 32,
        "lr0": 0.003,
        "--cos-lr": True,
        "box": pytest.approx(0.0667, rel=1e-3),
        "--image-weights": True,
    }
    assert [one.key for one in said.dropped] == ["close_mosaic", "dfl"]
    assert advice.as_command("yolov5", said.arguments) == (
        "python train.py … --batch-size 32 --cos-lr --image-weights --hyp hyp.yaml (lr0: 0.003, box: 0.0666667)"
    )


def test_mmengine_has_options_of_its_config() -> None:
    said = advice.arguments({"lr0": 0.003, "max_norm": 10.0, "amp": True, "mosaic": 0.5}, known("mmengine"))
    assert advice.as_command("mmengine", said.arguments) == (
        "python tools/train.py CONFIG --amp --cfg-options optim_wrapper.optimizer.lr=0.003 optim_wrapper.clip_grad.max_norm=10"
    )
    assert [one.key for one in said.dropped] == ["mosaic"]


def test_a_program_of_ones_own_gets_text_only() -> None:
    said = advice.arguments({"lr0": 0.003}, known("torch"))
    assert (said.arguments, [one.key for one in said.dropped]) == ({}, ["lr0"])
    assert advice.as_command("torch", said.arguments) == ""


def test_a_command_is_what_a_person_would_type() -> None:
    assert (
        advice.as_command("ultralytics", {"lr0": 0.003, "optimizer": "SGD"}) == "yolo train … lr0=0.003 optimizer=SGD"
    )


@given(
    changes=st.dictionaries(
        st.sampled_from([*sorted(dialects.FRACTIONS), *dialects.WHOLE, "degrees", "rect", "optimizer"]),
        st.one_of(st.floats(), st.integers(-(10**9), 10**9), st.booleans(), st.text(max_size=5)),
    ),
    framework=st.sampled_from(["ultralytics", "yolov5", "mmengine", "torch", ""]),
)
def test_nothing_outside_the_limits_is_ever_advised(changes, framework) -> None:
    found = asked(changes, known(framework, optimizer="auto", cpus=4, epochs=50))
    for key, value in found.items():
        if isinstance(value, bool | str):
            continue
        assert key not in dialects.FRACTIONS or 0 <= value <= 1
        assert key not in dialects.WHOLE or value >= dialects.WHOLE[key]
    assert isinstance(advice.as_command(framework, found), str)
