"""What a rule says. A rule looks at the facts and is pure; one that lacks a fact says ``unknown`` and never guesses."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from yoloscope.cli.env import facts

State = Literal["ok", "warning", "problem", "unknown"]


class Finding(NamedTuple):
    """What a rule says: the state, which sentence of its own, and the values in it."""

    state: State
    says: str
    values: Mapping[str, object] = {}


Rule = Callable[[facts.Facts], Finding]
UNKNOWN = Finding("unknown", "unknown")
