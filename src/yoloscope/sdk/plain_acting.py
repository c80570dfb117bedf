"""What commands mean to a plain loop, one of no framework that we know: `acting.Actor` for whoever calls `run.safe_point()`.

Pausing and stopping need nothing more. What a setting or a checkpoint means only the loop knows, so it tells by `run.on_set` and `run.on_save`.
"""

from collections.abc import Callable, Mapping
from typing import cast, get_args

from yoloscope import errors
from yoloscope.records import command
from yoloscope.sdk import acting
from yoloscope.spool import inbox

Set = Callable[[float], object]
"""Puts a value into effect and returns the one before; it raises if it cannot."""
Save = Callable[[], object]


class Plain:
    """A loop that asks `stop_asked` itself."""

    def __init__(self) -> None:
        self.stop_asked = False
        self._sets: dict[str, Set] = {}
        self._save: Save | None = None

    def on_set(self, setters: Mapping[str, Set]) -> None:
        """Offer settings.

        Raises:
            ConfigError: if there is no such setting.
        """
        unknown = [name for name in setters if name not in command.SETTINGS]
        if unknown:
            raise errors.ConfigError(f"{unknown[0]!r} is no setting; use one of {', '.join(command.SETTINGS)}")
        self._sets.update(setters)

    def offer(self, setters: Mapping[str, Set]) -> None:
        """Offer settings where the loop itself has told nothing."""
        self._sets = {**setters, **self._sets}

    def on_save(self, save: Save) -> None:
        """Offer to write checkpoints."""
        self._save = save

    def abilities(self) -> acting.Abilities:
        """Return what the loop has offered so far."""
        offered: set[str] = {"pause", "resume", "stop", "note"}
        offered |= {"set"} if self._sets else set()
        offered |= {"save"} if self._save is not None else set()
        cannot: dict[str, command.Reason] = {
            verb: "framework_cannot" for verb in get_args(command.Verb) if verb not in offered
        }
        cannot |= {
            f"set.{name}": "framework_cannot" for name in command.SETTINGS if self._sets and name not in self._sets
        }
        cannot["pause.release"] = "framework_cannot"
        if self._save is None:
            cannot["stop.resumable"] = "framework_cannot"
        return acting.Abilities(
            verbs=tuple(verb for verb in command.VERBS if verb in offered), settings=tuple(self._sets), cannot=cannot
        )

    def place_of(self, order: inbox.Order) -> acting.Place:
        """Return ``batch``: a plain loop has one kind of safe point."""
        del order
        return "batch"

    def check(self, order: inbox.Order, spot: acting.Spot) -> None:
        """Return if the loop has offered what is asked.

        Raises:
            CommandRefused: if not.
        """
        del spot
        if order.verb == "set":
            self._check_settings(order.args)
        elif order.verb == "save" or (order.verb == "stop" and order.args.get("how") == "resumable"):
            self._check_save()
        elif order.verb not in ("stop", "note"):
            raise _cannot(f"a plain loop cannot {order.verb}")

    def act(self, order: inbox.Order, spot: acting.Spot) -> dict[str, object]:
        """Carry out what was checked.

        Raises:
            Exception: whatever the loop's own functions raise; settings that were changed before are put back.
        """
        del spot
        if order.verb == "set":
            return self._set(order.args)
        if order.verb == "save" or order.args.get("how") == "resumable":
            assert self._save is not None
            self._save()
        if order.verb == "stop":
            self.stop_asked = True
            return {"how": order.args.get("how")}
        return {}

    def _check_settings(self, args: Mapping[str, object]) -> None:
        unknown = [name for name in args if name not in self._sets]
        if unknown:
            raise _cannot(f"this loop has not told what {unknown[0]} means: run.on_set({unknown[0]}=…)")

    def _check_save(self) -> None:
        if self._save is None:
            raise _cannot("this loop has not told how it saves: run.on_save(…)")

    def _set(self, args: Mapping[str, object]) -> dict[str, object]:
        changed: dict[str, object] = {}
        before: list[tuple[Set, object]] = []
        try:
            for name, value in args.items():
                old = self._sets[name](cast("float", value))
                before.append((self._sets[name], old))
                changed[name] = {"to": value} if old is None else {"from": old, "to": value}
        except Exception:
            for setter, old in reversed(before):
                if old is not None:
                    setter(cast("float", old))
            raise
        return changed


def _cannot(message: str) -> errors.CommandRefused:
    return errors.CommandRefused(message, reason="framework_cannot")
