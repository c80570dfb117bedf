"""What is counted in the files of a data set: one record a split, the numbers that `diagnose.facts.SetFacts` takes by the same names."""

from collections.abc import Mapping

import msgspec

from yoloscope.importers import contract


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """One split; counts are of images or of boxes, ``None`` where nobody could count.

    ``images`` are all files, those that cannot be read too. ``missing`` have no label file, ``empty`` one without a box, ``backgrounds`` are both. ``corrupt``
    are images or label files that a trainer leaves out. Shares of box sizes are at the input's size, as `SetFacts` says.
    """

    images: int
    missing: int
    empty: int
    corrupt: int
    duplicates: int
    backgrounds: int
    instances: int
    fullest: int
    per_class: Mapping[str, int]
    outside_classes: int
    area_below_8: float | None
    area_below_16: float | None
    side_below_2: float | None
    covering: float | None
    outside_image: int
    overhanging: float | None = None
    shared_with_train: float | None = None
    alike_in_train: float | None = None
    mean: float | None = None
    worst_files: tuple[str, ...] = ()


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """All that was counted. ``looked_at`` images were compared by their content; fewer than there are where that would take long."""

    name: str
    imgsz: int
    titles: tuple[str, ...]
    train: Split | None
    val: Split | None
    looked_at: int = 0
    faults: tuple[contract.Fault, ...] = ()
