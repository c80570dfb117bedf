"""What was chosen for a training and may matter to its result, and what it trained on.

Used by `outcomes`. The value in effect counts; the argument that the user gave stands in where no value in effect was recorded. What is
left out, and why, stands in `NOT_SETTINGS`, `DERIVED` and `NOWHERE_SETTINGS`; docs/learnt.md repeats it for people.
"""

import functools
import hashlib
from collections.abc import Hashable
from typing import Literal, cast

import msgspec

from yoloscope.query import compare, facts, packed

Kind = Literal["augmentation", "setting", "version", "data"]
DATA = "data"
"""The argument that names the data; where the data has a fingerprint, that one takes its place."""
VERSION = "ultralytics_version"
SEEDS = frozenset(("seed", "random_seed", "random_state", "manual_seed", "deterministic"))
"""Runs that differ in these alone are repeats of each other."""
NOT_SETTINGS = frozenset(
    (
        *("name", "run_name", "exp_name", "experiment", "project", "group", "tags", "notes", "entity", "job_type"),
        *("path", "root", "dir", "work_dir", "exist_ok", "resume", "weights_dir", "cfg_path", "args_path"),
        *(
            "host",
            "hostname",
            "device",
            "devices",
            "gpu",
            "gpus",
            "world_size",
            "rank",
            "local_rank",
            "nproc",
            "threads",
        ),
        *(
            "workers",
            "cache",
            "mode",
            "task",
            "split",
            "source",
            "profile",
            "tracker",
            "upload_dataset",
            "bbox_interval",
        ),
        *("artifact_alias", "bucket", "evolve", "noplots", "nosave", "noval", "plots", "save", "save_period", "val"),
        *("save_json", "save_hybrid", "save_txt", "save_conf", "save_crop", "save_frames", "show", "show_labels"),
        *("show_conf", "show_boxes", "line_width", "visualize", "stream_buffer", "vid_stride", "embed", "retina_masks"),
        *("format", "keras", "optimize", "int8", "dynamic", "simplify", "opset", "workspace", "nms", "compile"),
    )
)
"""Top-level keys that name, place, watch or export a run."""
NOWHERE_SETTINGS = frozenset(
    (
        *("save_dir", "output_dir", "log_dir", "logdir", "verbose", "num_workers", "log_interval", "eval_interval"),
        *("print_freq", "hostname", "pin_memory", "prefetch_factor", "persistent_workers"),
    )
)
"""Keys of the same kind, wherever they are nested."""
DERIVED = frozenset(
    (
        *(
            "control",  # what can be done to the training
            "parameters",
            "batches",
            "accumulate",
            "classes",
            "class_index",
            "start_epoch",
            "ema",
            "augmentation",
            "groups",
        ),
        *("frozen", "validation_views"),
    )
)
"""What follows from other settings or from the data; of the parameter groups, rate and momentum are taken (see `_of_groups`)."""
_FROM_GROUPS = (("lr", "lr0"), ("momentum", "momentum"))
_SPLITS = ("train", "val", "test")
_TELLS_DATA = (
    "images",
    "background_images",
    "instances",
    "every",
    "file_list_sha256",
    "box_width_counts",
    "box_height_counts",
)


class Data(msgspec.Struct, frozen=True):
    """What a run trained on: the start of a digest of its fingerprint, and the pictures of each split where they were counted."""

    id: str
    images: tuple[int | None, int | None]


def settings(of: facts.Facts) -> dict[str, object]:
    """Return the settings of a run by name; nested ones have dots in their names."""
    found = {key: of.config.values[at] for key, at in _usable(of.config.names)}
    in_effect = {key: of.settings.values[at] for key, at in _usable(of.settings.names)}
    told = _of_groups(of.settings)
    for key in {name.partition(".")[0] for name in told}:
        found.pop(key, None)
        in_effect.pop(key, None)
    found |= in_effect
    found |= told
    version = of.provenance.get("ultralytics", None)
    return found | ({VERSION: version} if version else {})


def seed(of: facts.Facts) -> object:
    """Return the seed that a run started from, None if it is not known."""
    for section in (of.provenance, of.settings, of.config):
        told = next((section.get(key, None) for key in ("seed", "random_seed") if key in section.names.place), None)
        if told is not None:
            return told
    return None


def data(of: facts.Facts) -> Data | None:
    """Return what a run trained on, None if its training set has no fingerprint. Names of classes do not matter, their counts do."""
    told = {split: _of_split(of.provenance, f"data.{split}.") for split in _SPLITS}
    known = {split: one for split, one in told.items() if one}
    if "file_list_sha256" not in told["train"]:
        return None
    digest = hashlib.sha256(msgspec.json.encode(known)).hexdigest()
    return Data(digest[:12], (_count(told["train"]), _count(told["val"])))


def kind(name: str) -> Kind:
    """Return what a setting is about."""
    if name == VERSION:
        return "version"
    if name == DATA:
        return "data"
    return "augmentation" if name.rpartition(".")[2] in compare.AUGMENTATION else "setting"


def token(value: object) -> Hashable:
    """Return what equal values have in common: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, int | float):
        return float(value) if value == value else "NaN"  # noqa: PLR0124 - NaN is not itself
    if isinstance(value, str):
        return "text", value
    return msgspec.json.encode(value)


@functools.lru_cache(maxsize=1_000)
def _usable(names: packed.Names) -> tuple[tuple[str, int], ...]:
    """Return name and place of those that are settings; runs of one kind share their names."""
    return tuple((name, at) for at, name in enumerate(names.all) if _is_setting(name))


def _is_setting(name: str) -> bool:
    first, last = name.partition(".")[0], name.rpartition(".")[2]
    if first in DERIVED or name in NOT_SETTINGS:
        return False
    return last not in NOWHERE_SETTINGS and last not in SEEDS


def _of_groups(section: packed.Values) -> dict[str, object]:
    """Return rate and momentum that the optimizer really began with, by role where the groups differ; the arguments may say otherwise."""
    found: dict[str, object] = {}
    for key, name in _FROM_GROUPS:
        by_role = _roles(section, key)
        values = {token(value) for value in by_role.values()}
        if len(values) == 1:
            found[name] = next(iter(by_role.values()))
        else:
            found |= {f"{name}.{role}": value for role, value in by_role.items()}
    return found


def _roles(section: packed.Values, key: str) -> dict[str, object]:
    """Return what each role's first parameter group has under a key."""
    found: dict[str, object] = {}
    at = 0
    while f"groups.{at}.role" in section.names.place:
        value = section.get(f"groups.{at}.{key}", None)
        if value is not None:
            found.setdefault(str(section.get(f"groups.{at}.role", at)), value)
        at += 1
    return found


def _of_split(provenance: packed.Values, prefix: str) -> dict[str, object]:
    found = {key: provenance.get(prefix + key, None) for key in _TELLS_DATA if prefix + key in provenance.names.place}
    classes = _class_places(provenance.names, prefix)
    if classes:
        found["per_class"] = sorted(cast("int", provenance.values[at]) for at in classes)
    return found


@functools.lru_cache(maxsize=1_000)
def _class_places(names: packed.Names, prefix: str) -> tuple[int, ...]:
    return tuple(at for at, name in enumerate(names.all) if name.startswith(f"{prefix}per_class."))


def _count(split: dict[str, object]) -> int | None:
    told = split.get("images")
    return told if isinstance(told, int) else None
