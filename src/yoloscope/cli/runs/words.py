"""How states, instants and losses of runs read on a terminal."""

from datetime import datetime

import msgspec

from yoloscope.cli import texts


def raw(value: object) -> dict[str, object]:
    """Return a value that should be an object, empty where it is none."""
    return msgspec.convert(value, dict[str, object]) if isinstance(value, dict) else {}


def state(value: object) -> str:
    """Return a state in the user's language."""
    return texts.text_or(f"state.{value}", str(value))


def instant(value: object) -> str:
    """Return an instant by this machine's clock."""
    return datetime.fromisoformat(str(value).replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def lost(item: dict[str, object]) -> dict[str, int]:
    """Return the rows lost by reason, the most first."""
    told = msgspec.convert(item.get("lost", {}), dict[str, int])
    return dict(sorted(((reason, rows) for reason, rows in told.items() if rows), key=lambda one: -one[1]))
