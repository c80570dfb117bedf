"""The faults that are put into trainings, and what the engine is expected to say of each.

``expected`` names the cause, ``secondary`` what may be said of it besides. Where it makes sense the second dose begins in the middle of the training.
"""

import msgspec

from benchmarks.diagnosis import jobs


class Dose(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a fault; ``control`` is the kind of healthy training that it is compared with."""

    name: str
    arguments: dict[str, object] = {}
    flaws: tuple[jobs.Flaw, ...] = ()
    pictures: dict[str, object] = {}
    hook: jobs.Hook | None = None
    mocks: tuple[jobs.Mock, ...] = ()
    control: str = "default"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault at two doses."""

    id: str
    title: str
    doses: tuple[Dose, Dose]
    expected: tuple[str, ...]
    secondary: tuple[str, ...] = ()
    effect: jobs.Effect = "map"
    falls_silent: bool = False


def _labels(kind: jobs.FlawKind, low: float, high: float, *, split: jobs.Side = "train") -> tuple[Dose, Dose]:
    first, second = (jobs.Flaw(kind, share, split) for share in (low, high))
    return Dose(name=f"{kind}{low:g}", flaws=(first,)), Dose(name=f"{kind}{high:g}", flaws=(second,))


def _hooks(kind: str, low: float, high: float, *, onset: float = 0.45, control: str = "default") -> tuple[Dose, Dose]:
    arguments: dict[str, object] = dict(SGD) if control == "sgd" else {}
    early, late = (jobs.Hook(kind, amount, share) for amount, share in ((low, 0.0), (high, onset)))
    return (
        Dose(name=f"{kind}{low:g}", hook=early, arguments=arguments, control=control),
        Dose(name=f"{kind}{high:g}late", hook=late, arguments=arguments, control=control),
    )


SGD: dict[str, object] = {"optimizer": "SGD", "lr0": 0.02, "momentum": 0.9}
_POOR = ("G04", "G05", "L08", "L07", "G06", "G07")
"""What is true of a model that learnt little, whatever the cause."""

FAULTS: tuple[Fault, ...] = (
    Fault(
        id="F01",
        title="learning rate far too high",
        doses=(
            Dose(name="x100", arguments={"lr0": 0.5}),
            Dose(name="x30late", hook=jobs.Hook("rate", 30.0, 0.45)),
        ),
        expected=("N10", "N13", "N05", "N08"),
        secondary=("L02", "N14", "N01", *_POOR),
    ),
    Fault(
        id="F02",
        title="no warm-up, or biases far too fast in it",
        doses=(
            Dose(name="none", arguments={**SGD, "lr0": 0.2, "warmup_epochs": 0}, control="sgd"),
            Dose(name="bias", arguments={**SGD, "warmup_epochs": 5, "warmup_bias_lr": 1.0}, control="sgd"),
        ),
        expected=("N10", "N13", "N05", "N08"),
        secondary=("L02", "N14", "L01", *_POOR),
    ),
    Fault(
        id="F03",
        title="learning rate far too low",
        doses=(
            Dose(name="x0.001", arguments={"lr0": 5e-6}),
            Dose(name="x0.002late", hook=jobs.Hook("rate", 0.002, 0.3)),
        ),
        expected=("N12", "N08", "N11"),
        secondary=("A01", "G12", *_POOR),
    ),
    Fault(
        id="F04",
        title="boxes are shifted",
        doses=_labels("shift", 0.5, 0.25),
        expected=("P01", "L01", "G07"),
        secondary=_POOR,
    ),
    Fault(
        id="F05",
        title="corners stand where centre and size should",
        doses=_labels("swap", 1.0, 0.5),
        expected=("L01", "P01", "G04"),
        secondary=("G05", "G07", "L08", "P04", "L07"),
    ),
    Fault(
        id="F06",
        title="class ids are mixed up in training",
        doses=_labels("permute", 1.0, 0.4),
        expected=("L04", "L08", "G08"),
        secondary=("G04", "G05", "G06", "G01"),
    ),
    Fault(
        id="F07",
        title="boxes are missing in training",
        doses=_labels("drop", 0.6, 0.35),
        expected=("G06", "L03", "P01", "P03"),
        secondary=("G05", "G04", "L08"),
    ),
    Fault(
        id="F08",
        title="class ids are mixed up in validation",
        doses=_labels("permute", 1.0, 0.5, split="val"),
        expected=("L08", "G04", "G08"),
        secondary=("G05", "G01", "G02", "G06"),
    ),
    Fault(
        id="F09",
        title="a class is rare",
        doses=_labels("rare", 1 / 50, 1 / 200),
        expected=("P02", "G08", "L04"),
        secondary=("G06",),
    ),
    Fault(
        id="F10",
        title="a few images, seen again and again",
        doses=(
            Dose(
                name="24images",
                pictures={"train": 24},
                arguments={"epochs": 120, "batch": 8, "mosaic": 0.0, "scale": 0.0, "close_mosaic": 0},
            ),
            Dose(
                name="32images",
                pictures={"train": 32},
                arguments={"epochs": 90, "batch": 8, "mosaic": 0.0, "scale": 0.0, "close_mosaic": 0},
            ),
        ),
        expected=("G01", "G02"),
        secondary=("G03", "G14", "L08", "G05", "G04"),
    ),
    Fault(
        id="F11",
        title="NaN in an image, or in weights",
        doses=(
            Dose(name="image", hook=jobs.Hook("nan_image", 1.0, 0.4)),
            Dose(name="weights", hook=jobs.Hook("nan_weights", 1.0, 0.4)),
        ),
        expected=("N01", "N03"),
        secondary=("N02",),
        effect="event",
    ),
    Fault(
        id="F12",
        title="losses overflow in validation alone",
        doses=_hooks("val_overflow", 1.0, 2.0),
        expected=("N02",),
        effect="event",
    ),
    Fault(
        id="F13",
        title="gradients explode now and then",
        doses=_hooks("gradients", 50.0, 1000.0, onset=0.3, control="sgd"),
        expected=("N05", "N14"),
        secondary=("N06", "L02", "S09"),
    ),
    Fault(
        id="F14",
        title="the first third does not learn",
        doses=_hooks("faint", 1e-9, 0.0, control="sgd"),
        expected=("N07", "N09"),
        secondary=("N08", *_POOR),
    ),
    Fault(
        id="F15",
        title="classes hardly count in the loss",
        doses=(Dose(name="cls0", arguments={"cls": 0.0}), Dose(name="cls0.002", arguments={"cls": 0.002})),
        expected=("L03", "L04"),
        secondary=_POOR,
    ),
    Fault(
        id="F16",
        title="a weight that falls hides a part of the loss",
        doses=_hooks("gain", 0.75, 0.5),
        expected=("L06",),
        secondary=("G07", *_POOR),
    ),
    Fault(
        id="F17",
        title="augmentation is asked for and bypassed",
        doses=(
            Dose(name="rect", arguments={"rect": True, "mosaic": 1.0}),
            Dose(name="fixed", arguments={"mosaic": 1.0}, hook=jobs.Hook("fixed")),
        ),
        expected=("G14",),
        secondary=("G01", "G02"),
        effect="data",
    ),
    Fault(
        id="F18",
        title="the rate of the classes' head jumps",
        doses=_hooks("class_rate", 10.0, 30.0, onset=0.6),
        expected=("L05", "N13", "N10"),
        secondary=("L02", "L04", "N08", "N14", "G08", *_POOR),
    ),
    Fault(
        id="F19",
        title="objects are far smaller in validation",
        doses=_labels("shrink", 0.3, 0.5, split="val"),
        expected=("G09", "P04"),
        secondary=_POOR,
    ),
    Fault(
        id="F20", title="data comes slowly", doses=_hooks("slow_items", 0.01, 0.03), expected=("S01",), effect="time"
    ),
    Fault(
        id="F21",
        title="memory of the host is never given back",
        doses=_hooks("leak", 30.0, 60.0, onset=0.3),
        expected=("S05",),
        effect="memory",
    ),
    Fault(
        id="F22",
        title="a bit flips",
        doses=(
            Dose(name="gradient", hook=jobs.Hook("flip_gradient", 1.0, 0.4)),
            Dose(name="weight", hook=jobs.Hook("flip_weight", 1.0, 0.4)),
        ),
        expected=("S09", "N14", "N01", "N03", "N13", "N05"),
        secondary=("G05", "G04", "L02"),
    ),
    Fault(
        id="F23",
        title="the training is killed, or hangs",
        doses=(
            Dose(name="killed", hook=jobs.Hook("kill", 0.0, 0.5)),
            Dose(name="between", hook=jobs.Hook("kill", 1.0, 0.4)),
        ),
        expected=("H01",),
        effect="event",
        falls_silent=True,
    ),
    Fault(
        id="F24",
        title="a card is broken, or too hot",
        doses=(
            Dose(name="xid79", mocks=(jobs.Mock("system/gpu.0/xid", 79.0),)),
            Dose(name="heat", mocks=(jobs.Mock("system/gpu.0/throttled_by_heat", 1.0, from_share=0.0),)),
        ),
        expected=("S08", "S07"),
        effect="event",
    ),
    Fault(
        id="F25",
        title="validation images are training images",
        doses=_labels("leak", 1.0, 0.2, split="val"),
        expected=("P05",),
        effect="data",
    ),
    Fault(
        id="F26",
        title="steps become slow",
        doses=(
            Dose(name="x3", hook=jobs.Hook("slow_steps", 3.0, 0.5)),
            Dose(name="x5", hook=jobs.Hook("slow_steps", 5.0, 0.6)),
        ),
        expected=("S03",),
        effect="time",
    ),
)
ABSENT = (
    "F12 on a processor by putting infinities into the loss of the validation: half precision is not to be had here",
    "F15 by the gain of the classes alone: models with a loss of objectness are YOLOv5's",
    "F21 of the host's memory alone, F24 as readings that are added when a stream is judged: there is no card",
    "F22 within one process: a rank that errs needs several",
    "F23 by SIGKILL; a stopped process and a cut network look the same to a server, which hears nothing",
)
"""Which faults are not what the protocol describes, and why."""
