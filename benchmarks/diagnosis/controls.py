"""Healthy trainings, the ugly ones among them: each a change of arguments or data that a person might well choose."""

import msgspec

from benchmarks.diagnosis import faults, jobs


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of healthy training; ``pictures`` replaces fields of the data set (`jobs.Pictures`), ``repeats`` are its seeds."""

    kind: str
    arguments: dict[str, object] = {}
    pictures: dict[str, object] = {}
    model: str = ""
    script: jobs.Script = "train"
    repeats: int = 2
    accepted: tuple[str, ...] = ()


CONTROLS: tuple[Control, ...] = (
    Control(kind="default", repeats=6),
    Control(kind="sgd", arguments=dict(faults.SGD), repeats=4),
    Control(kind="auto", arguments={"optimizer": "auto", "lr0": 0.01}),
    Control(kind="scratch_mosaic", arguments={"mosaic": 1.0, "close_mosaic": 8}),
    Control(kind="mosaic_stays", arguments={"mosaic": 1.0, "close_mosaic": 0}),
    Control(kind="no_mosaic", arguments={"mosaic": 0.0, "close_mosaic": 0}),
    Control(kind="cos_lr", arguments={"cos_lr": True}),
    Control(kind="no_warmup", arguments={"warmup_epochs": 0}),
    Control(kind="long_warmup", arguments={"warmup_epochs": 5}),
    Control(kind="small_batch", arguments={"batch": 8, "nbs": 8, "lr0": 0.003}),
    Control(kind="large_batch", arguments={"batch": 32, "nbs": 32}),
    Control(kind="accumulated", arguments={"batch": 8, "nbs": 32}),
    Control(kind="slower", arguments={"lr0": 0.002}),
    Control(kind="faster", arguments={"lr0": 0.008}),
    Control(kind="weight_decay", arguments={"weight_decay": 0.01}),
    Control(kind="mixup", arguments={"mixup": 0.2}),
    Control(kind="plain", arguments={"mosaic": 0.0, "close_mosaic": 0, "scale": 0.0, "translate": 0.0}),
    Control(kind="multi_scale", arguments={"multi_scale": 0.5}),
    Control(kind="larger_input", arguments={"imgsz": 96}),
    Control(kind="one_class", pictures={"classes": 1}),
    Control(kind="single_cls", arguments={"single_cls": True}),
    Control(kind="five_classes", pictures={"classes": 5, "train": 224}),
    Control(kind="tiny_val", pictures={"val": 12}, accepted=("G13",)),
    Control(kind="noisy", pictures={"noise": 0.12}),
    Control(kind="backgrounds", pictures={"backgrounds": 0.1}),
    Control(kind="crowded", pictures={"objects": 4, "height_px": (12, 20)}),
    Control(kind="end_to_end", model="end_to_end"),
    Control(kind="early_stop", arguments={"epochs": 80, "patience": 6, "lr0": 0.008}),
    Control(kind="resume", script="resume"),
    Control(kind="fine_tune", script="fine_tune", arguments={"lr0": 0.002}),
    Control(kind="freeze", script="fine_tune", arguments={"lr0": 0.002, "freeze": 5}),
)
