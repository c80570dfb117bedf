"""The policy of a project: what may leave the trainer beside numbers.

Both ends keep to it: the sidecar sends nothing that its own policy or the server's forbids, and the server refuses what its policy for
the project forbids. Numbers, the names of their series, and what a user wrote to be shown (run name, project, tags, group) always leave.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from yoloscope import errors

VERSION = 1


class Policy(msgspec.Struct, frozen=True):
    """What may leave; the default is the trainer's own where nothing is said.

    ``summaries`` are counts and histograms of a data set. ``media`` are images, crops and tables of text. ``text`` is free text and
    file names: words of the command line that are not plainly harmless, git branch and remote, the container's image.
    ``class_names`` go as they are or as the number of the class. ``bulk`` are the rows that a live view does without: sent when
    there is room, or never.
    """

    version: int = VERSION
    summaries: bool = True
    media: bool = False
    text: bool = False
    class_names: Literal["index", "text"] = "index"
    bulk: Literal["later", "never"] = "later"


STRICTEST = Policy(summaries=False)
"""What holds where a policy was written but cannot be read: all is withheld but numbers, of which none is."""
LEFT_TO_THE_TRAINER = Policy(text=True, class_names="text")
"""The server's policy of a project that has none: each trainer decides for itself, but nothing brings media."""
_CHOICES: dict[str, tuple[object, ...]] = {
    "version": (VERSION,),
    "summaries": (True, False),
    "media": (True, False),
    "text": (True, False),
    "class_names": ("index", "text"),
    "bulk": ("later", "never"),
}


def stricter(one: Policy, other: Policy) -> Policy:
    """Return the policy that allows only what both allow."""
    return Policy(
        summaries=one.summaries and other.summaries,
        media=one.media and other.media,
        text=one.text and other.text,
        class_names="text" if one.class_names == other.class_names == "text" else "index",
        bulk="later" if one.bulk == other.bulk == "later" else "never",
    )


def from_mapping(given: object, *, base: Policy, place: str = "policy") -> Policy:
    """Return `base` with the fields that a mapping gives, as TOML and JSON hold them.

    Raises:
        InvalidRecord: if it is no mapping, or holds an unknown field or value; ``field`` is the field behind `place`.
    """
    if not isinstance(given, Mapping):
        raise errors.InvalidRecord(
            f"{place} is no table but {type(given).__name__}", field=place, fix=f"use the fields {', '.join(_CHOICES)}"
        )
    fields: dict[str, object] = {}
    for key, value in given.items():  # pyright: ignore[reportUnknownVariableType]  # checked one by one
        fields[str(key)] = value  # pyright: ignore[reportUnknownArgumentType]
    for key, value in fields.items():
        _check(key, value, place=place)
    return msgspec.convert({**msgspec.to_builtins(base), **fields}, Policy)


def _check(key: str, value: object, *, place: str) -> None:
    field = f"{place}.{key[:80]}"
    allowed = _CHOICES.get(key)
    if allowed is None:
        raise errors.InvalidRecord(f"{field} is not known", field=field, fix=f"use one of {', '.join(_CHOICES)}")
    if not any(type(value) is type(choice) and value == choice for choice in allowed):  # 1 is not true
        shown = " or ".join(str(choice).lower() for choice in allowed)
        raise errors.InvalidRecord(f"{field} is {str(value)[:80]!r}", field=field, fix=f"use {shown}")
