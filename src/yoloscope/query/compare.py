"""What sets runs apart: code, packages, settings, configuration, data, machine, augmentation, each part of each attempt beside the others.

Called by the server's compare route. Nested keys are written with dots. What is equal is counted, and told only when asked for. A key that
a run does not have is left out of its column, which is not the same as null.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

import msgspec

from yoloscope import errors
from yoloscope.query import attempts as attempting
from yoloscope.records import ids
from yoloscope.store import ports

CONTROL = "control"
"""A section of the settings that says what can be done to a training: no setting of it."""
SECTIONS = ("code", "packages", "settings", "config", "data", "machine", "augmentation")
COLUMNS = "abcdefghijklmnopqrst"
"""The names of the columns, and with that how many can be compared at a time."""
NEWEST = 0
AUGMENTATION = frozenset(
    [
        "augmentation",
        "mosaic",
        "mixup",
        "cutmix",
        "copy_paste",
        "degrees",
        "translate",
        "scale",
        "shear",
        "perspective",
        "flipud",
        "fliplr",
        "hsv_h",
        "hsv_s",
        "hsv_v",
        "erasing",
        "auto_augment",
        "close_mosaic",
        "multi_scale",
        "rect",
        "bgr",
        "crop_fraction",
    ]
)
_PLACES = {
    **dict.fromkeys(("git", "command"), "code"),
    **dict.fromkeys(
        ("python", "implementation", "trainer_python", "torch", "ultralytics", "cuda", "cudnn"), "packages"
    ),
    **dict.fromkeys(("not_from_index", "virtual_environment"), "packages"),
    **dict.fromkeys(("platform", "cpus", "cards", "driver", "environment", "container", "torch_threads"), "machine"),
}
_Flat = dict[str, object]


class Asked(NamedTuple):
    """One column: a run and one of its attempts, counted from 1 in order of time; `NEWEST` for the last."""

    run: ids.RunId
    attempt: int = NEWEST


class Compared(msgspec.Struct, frozen=True):
    """One column of a comparison; ``attempt`` is 0 for a run that has none."""

    column: str
    id: str
    name: str
    project: str
    attempt: int


class Comparison(msgspec.Struct, frozen=True):
    """``sections`` hold rows of ``key`` and the value under the name of each column that has it; ``equal`` counts what is the same in all."""

    runs: list[Compared]
    sections: dict[str, list[dict[str, object]]]
    equal: dict[str, int]


def comparison(catalog: ports.Catalog, asked: Sequence[Asked], *, with_equal: bool = False) -> Comparison:
    """Return what differs between runs, or attempts of runs; with the rest of their keys if asked for.

    Raises:
        NotFound: if a run or an attempt is unknown.
        InvalidRecord: if there are fewer than two or more than there are columns.
    """
    if not 2 <= len(asked) <= len(COLUMNS):
        raise errors.InvalidRecord(
            f"{len(asked)} runs cannot be compared", field="run", fix=f"name 2 to {len(COLUMNS)} of them"
        )
    infos = {one.run: catalog.run(one.run) for one in asked}
    chosen = [_chosen(infos[one.run], number=one.attempt) for one in asked]
    columns = [
        Compared(COLUMNS[at], info.ref.id, info.ref.name, info.ref.project, number)
        for at, (info, number) in enumerate(chosen)
    ]
    parts = [_sections(info, number=number) for info, number in chosen]
    found = {section: _rows([part[section] for part in parts], with_equal=with_equal) for section in SECTIONS}
    return Comparison(
        columns,
        {section: rows for section, (rows, _) in found.items()},
        {section: equal for section, (_, equal) in found.items()},
    )


def provenance_of(info: ports.RunInfo, *, number: int) -> dict[str, object]:
    """Return where an attempt comes from; what came without any attempt, as by `POST /log`, is the run's."""
    attempts = ports.main_attempts(info.attempts)
    found = attempting.provenance_of(attempts[number - 1], of=info.attempts) if attempts else {}
    return found or dict(info.provenance)


def flat(values: Mapping[str, object], *, under: str = "") -> _Flat:
    """Return nested mappings, and lists of such, as one mapping with dotted keys; lists of plain values stay whole, empty mappings go."""
    found: _Flat = {}
    for key, value in values.items():
        name = f"{under}{key}"
        if isinstance(value, Mapping):
            found |= flat(cast("Mapping[str, object]", value), under=f"{name}.")
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in cast("list[object]", value)):
            numbered = {str(at): item for at, item in enumerate(cast("list[object]", value))}
            found |= flat(numbered, under=f"{name}.")
        else:
            found[name] = value
    return found


def is_same(one: object, other: object) -> bool:
    """Tell whether JSON means the same by two values: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        ours, theirs = cast("list[object]", one), cast("list[object]", other)
        return len(ours) == len(theirs) and all(map(is_same, ours, theirs))
    return one == other


def _chosen(info: ports.RunInfo, *, number: int) -> tuple[ports.RunInfo, int]:
    count = len(ports.main_attempts(info.attempts))
    if not NEWEST <= number <= count:
        raise errors.NotFound(f"run {info.ref.id} has no attempt {number}; it has {count}")
    return info, number or count


def _sections(info: ports.RunInfo, *, number: int) -> dict[str, _Flat]:
    parts: dict[str, dict[str, object]] = {section: {} for section in SECTIONS}
    parts["config"] |= info.config
    parts["machine"]["host"] = info.ref.host
    for key, value in info.settings.items():
        if key == CONTROL:
            continue
        parts["augmentation" if key in AUGMENTATION else "settings"][key] = value
    provenance = provenance_of(info, number=number)
    for section in ("packages", "data"):
        whole = provenance.pop(section, None)
        parts[section] |= cast("dict[str, object]", whole) if isinstance(whole, dict) else {}
    for key, value in provenance.items():
        parts[_PLACES.get(key, "settings")][key] = value
    return {section: flat(values) for section, values in parts.items()}


def _rows(columns: Sequence[_Flat], *, with_equal: bool) -> tuple[list[dict[str, object]], int]:
    """Return a row for each key that is not the same in all columns, or for every key, by name; and how many are the same."""
    rows: list[dict[str, object]] = []
    equal = 0
    for key in sorted(_union(columns)):
        told = {COLUMNS[at]: column[key] for at, column in enumerate(columns) if key in column}
        values = list(told.values())
        differs = len(told) < len(columns) or not all(is_same(values[0], value) for value in values[1:])
        equal += not differs
        if differs or with_equal:
            rows.append({"key": key, **told})
    return rows, equal


def _union(columns: Iterable[_Flat]) -> set[str]:
    return {key for column in columns for key in column}
