"""What one training of the proof is: its data, its arguments, and the fault in it; and what is noted of it once it was recorded."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

Split = Literal["tune", "judge"]
Look = Literal["digits", "shapes"]
Side = Literal["train", "val"]
FlawKind = Literal["shift", "swap", "permute", "drop", "shrink", "leak", "rare"]
Script = Literal["train", "resume", "fine_tune"]
Effect = Literal["map", "time", "memory", "event", "data"]
"""By what a fault shows that it did something: the final mAP, the time or memory that it takes, or by nothing but having happened, or lying in the data."""
HEALTHY = "healthy"


class Flaw(msgspec.Struct, frozen=True):
    """One thing that is wrong with the labels or images of a split; ``share`` is of boxes or images, or a factor."""

    kind: FlawKind
    share: float
    split: Side = "train"


class Pictures(msgspec.Struct, frozen=True, kw_only=True):
    """A generated data set; ``height_px`` are the least and most heights of objects at 64 px.

    ``val`` holds more than 200 objects: of fewer the catalogue itself says that they measure too little (G13).
    """

    look: Look
    seed: int
    train: int = 160
    val: int = 176
    classes: int = 3
    objects: int = 2
    height_px: tuple[int, int] = (16, 28)
    noise: float = 0.03
    backgrounds: float = 0.0
    flaws: tuple[Flaw, ...] = ()


class Hook(msgspec.Struct, frozen=True):
    """A fault that acts while training; ``from_share`` of the epochs pass before it does."""

    kind: str
    amount: float = 0.0
    from_share: float = 0.0


class Mock(msgspec.Struct, frozen=True):
    """Readings of hardware that is not here: added beside the rows when they are judged, every two seconds from a share of the training on."""

    name: str
    value: float
    before: float = 0.0
    from_share: float = 0.4


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One training to run. ``control`` names the healthy one that differs by the fault alone."""

    name: str
    split: Split
    fault: str
    kind: str
    seed: int
    model: str
    pictures: Pictures
    arguments: Mapping[str, object]
    script: Script = "train"
    hook: Hook | None = None
    mocks: tuple[Mock, ...] = ()
    onset: float = 0.0
    """Complete epochs before the fault begins."""
    expected: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    """Of a healthy training: warnings that are true of it, like that of a validation set of twelve images."""
    effect: Effect = "map"
    control: str = ""
    falls_silent: bool = False
    slowed: float = 1.0
    """By how much the clock of the rows is slowed when they are judged: what is mocked of hardware is looked at over minutes."""

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.fault == HEALTHY


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What the manifest says of a recording. ``thresholds`` is the digest of the thresholds at that time, ``scanned`` what `yoloscope doctor data.yaml` counts."""

    job: Job
    file: str
    exit_code: int
    error: str
    seconds: float
    made: str
    """UTC, ISO 8601."""
    thresholds: str
    versions: Mapping[str, str]
    scanned: Mapping[str, Mapping[str, object]] = {}


NAME = "manifest.jsonl"


def lines(folder: Path) -> list[Line]:
    """Return what is noted in a folder, the newest of each name, by name."""
    path = folder / NAME
    told = path.read_text().splitlines() if path.is_file() else []
    noted = [msgspec.json.decode(line, type=Line) for line in told if line.strip()]
    return [line for _, line in sorted({line.job.name: line for line in noted}.items())]


def note(folder: Path, line: Line) -> None:
    """Add a line in one write, so that two that come together do not mix."""
    with (folder / NAME).open("ab") as file:
        file.write(msgspec.json.encode(line) + b"\n")
