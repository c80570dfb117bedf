"""What a name is to the memory. Every name is looked at once; rows of one shape share what was found."""

import functools
import re
from typing import Literal

import msgspec

from yoloscope.diagnose.memory import track

Way = Literal["mean", "last", "override"]
"""How the values of an epoch become one: their mean, the newest, or a mean that the framework took itself."""

_MEANS = ("train/", "time/", "grad/", "update/", "weights/")
_WHOLE = ("train/", "val/", "metrics/mAP", "time/batch_s")
_NEWEST = ("metrics/precision", "metrics/recall", "grad/norm", "time/data_s", "time/rank.")
_BARE = re.compile(r"(grad|weights)/.+/norm\Z|update/.+/ratio\Z|errors/")
_TIMES = ("time/batch_s", "time/data_s", "time/epoch_s", "time/rank.")
"""Of the times; how long single images take in validation is nothing that rules ask for."""
_UNASKED = ("overhead/", "final/", "augmentation/", "metrics/fitness")
"""Some fifty names of a training, which would take the room of what rules ask for."""
_BATCH = ("train/", "time/batch_s", "time/data_s", "grad/norm")
_TRAINING = ("train/", "val/", "metrics/")
_COMPONENT = re.compile(r"(train|val)/(.+)_loss\Z")
_CLASS = re.compile(r"class/(.+)/AP50\Z")
_SYSTEM = re.compile(r"system/(?:rank\.\d+/)?(gpu\.\d+/)?(.+)\Z")
_MACHINE = frozenset(
    (
        "cpu_percent",
        "memory_bytes",
        "memory_total_bytes",
        "swap_bytes",
        "container/memory_bytes",
        "container/memory_limit_bytes",
        "disk/free_bytes",
        "disk/read_bytes_per_s",
        "shared_memory/used_bytes",
        "shared_memory/total_bytes",
        "process/rss_bytes",
        "process/cpu_percent",
        "process/gpu_reserved_bytes",
        "process/children",
        "process/children_rss_bytes",
        "process/children_cpu_percent",
    )
)
_CARD = frozenset(
    (
        "util_percent",
        "memory_bytes",
        "memory_total_bytes",
        "training_memory_bytes",
        "temperature_c",
        "power_w",
        "sm_clock_hz",
        "throttled_by_power",
        "throttled_by_heat",
        "throttled_by_hardware",
        "throttled_by_power_brake",
        "ecc_corrected",
        "ecc_uncorrected",
        "xid",
        "xid_errors",
    )
)
_GROWS = frozenset(
    ("process/rss_bytes", "process/children_rss_bytes", "process/gpu_reserved_bytes", "training_memory_bytes")
)
"""Of these, how they grow from epoch to epoch is looked at as well."""


NAMES = 16_384
"""All runs of a server share what is known of names; most of them log the same."""


class Named(msgspec.Struct, frozen=True):
    """One name: the series by epoch that it belongs to, how, in what detail; whether it is read by the clock, of a class, part of a loss."""

    name: str
    series: str
    way: Way
    size: track.Size
    is_reading: bool = False
    has_track: bool = True
    of_class: str | None = None
    component: str | None = None
    """Of a loss: ``box`` in ``train/box_loss``."""
    is_batch: bool = False
    is_training: bool = False
    """Whether an epoch that goes back in such a row is one that is trained again; times of other processes only lag."""


@functools.lru_cache(maxsize=NAMES)
def named(name: str) -> Named | None:
    """Return what a name is; ``None`` if nothing is remembered of it."""
    if name.startswith("system/"):
        return _of_system(name)
    if name.startswith("class/"):
        found = _CLASS.match(name)
        return Named(name, name, "last", track.LIGHT, has_track=False, of_class=found[1]) if found else None
    if name.startswith(_UNASKED) or (name.startswith("time/") and not name.startswith(_TIMES)):
        return None
    series = name.replace("train/epoch/", "train/", 1)
    way: Way = "override" if series != name else "mean" if name.startswith(_MEANS) else "last"
    part = _COMPONENT.match(series)
    return Named(
        name,
        series,
        way,
        _size(series),
        component=part[2] if part else None,
        is_batch=way != "override" and name.startswith(_BATCH),
        is_training=name.startswith(_TRAINING),
    )


def _size(series: str) -> track.Size:
    if _BARE.match(series):
        return track.BARE
    return track.WHOLE if series.startswith(_WHOLE) else track.NEWEST if series.startswith(_NEWEST) else track.LIGHT


def _of_system(name: str) -> Named | None:
    found = _SYSTEM.match(name)
    if found is None or found[2] not in (_CARD if found[1] else _MACHINE):
        return None
    return Named(name, name, "mean", track.NEWEST, is_reading=True, has_track=found[2] in _GROWS)
