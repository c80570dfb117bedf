"""On which cards a training goes on that is started again: those of its own command line, checkpoint or environment, or the one that was asked for.

Called by `restartable`. Nothing is changed where nobody asked for it: a training is only ever told another card by ``CUDA_VISIBLE_DEVICES``, and not at all where its
command line or its checkpoint names a device, which would count for more.
"""

import re
from collections.abc import Sequence
from typing import cast

from yoloscope import errors
from yoloscope.importers import checkpoint
from yoloscope.sidecar.hardware import port
from yoloscope.sidecar.starting import Place, Refused
from yoloscope.spool import launched

_OPTION = re.compile(r"(?:--)?device=(.+)\Z")
_NUMBERS = re.compile(r"(?:cuda:)?(\d+(?:\s*,\s*\d+)*)\Z")
_NO_CARD = ("cpu", "mps", "xla")
_IDLE = "-1"
"""Ultralytics then takes a card that it finds idle."""


def places(record: launched.Launch, wanted: str, seen: Sequence[port.Card] | None) -> list[Place] | Refused | None:
    """Return where a training can go on, any of which will do; `wanted` is a card's uuid, or nothing for its own.

    None is returned while the cards have not answered, unless the training names something else itself: it may be the card that it needs that is slow.
    """
    if seen is None:
        return [Place(frozenset())] if not wanted and _device(record) in _NO_CARD else None
    cards = sorted(seen, key=lambda card: card.index)
    if wanted and all(card.uuid != wanted for card in cards):
        return Refused("no_card")
    named = _device(record)
    own = _own(record, named, cards)
    if not wanted or isinstance(own, Refused):
        return own
    if any(place.cards == frozenset((wanted,)) for place in own):
        return [Place(frozenset((wanted,)), "" if len(own) == 1 else wanted)]
    return Refused("other_card") if named else [Place(frozenset((wanted,)), wanted)]


def _own(record: launched.Launch, named: str, cards: Sequence[port.Card]) -> list[Place] | Refused:
    """Return the places of its own."""
    if named in _NO_CARD or not cards:
        return [Place(frozenset())]
    visible = launched.decoded(record.environment.get("CUDA_VISIBLE_DEVICES", ""))
    shown = [entry.strip() for entry in visible.split(",") if entry.strip()]
    if named == _IDLE:
        return [Place(frozenset((card.uuid,))) for card in cards]
    numbers = _NUMBERS.match(named)
    if numbers:
        places_of = [entry.strip() for entry in numbers[1].split(",")]
        wanted = places_of if record.framework == "ultralytics" else [_behind(shown, entry) for entry in places_of]
    else:
        wanted = shown or [str(cards[0].index)]
    found = [_card(entry, cards) for entry in wanted]
    return [Place(frozenset(uuid for uuid in found if uuid))] if all(found) else Refused("no_card")


def _behind(shown: Sequence[str], place: str) -> str:
    """Return what a number means among the cards that are shown to a process."""
    return shown[int(place)] if int(place) < len(shown) else place


def _card(entry: str, cards: Sequence[port.Card]) -> str:
    """Return the uuid of a card by its number or the beginning of its uuid; nothing if there is none."""
    found = [
        card.uuid for card in cards if entry == str(card.index) or (len(entry) > 4 and card.uuid.startswith(entry))
    ]
    return found[0] if found else ""


def _device(record: launched.Launch) -> str:
    """Return the device that a training names, nothing if it names none."""
    words = record.words
    for at, word in enumerate(words):
        found = _OPTION.match(word)
        if found:
            return _plain(found[1])
        if word == "--device" and at + 1 < len(words):
            return _plain(words[at + 1])
    last = record.checkpoint_path
    if record.framework != "ultralytics" or last is None or not last.is_file():
        return ""
    try:
        return _plain(checkpoint.read(last).arguments.get("device"))
    except errors.ImportFault:
        return ""


def _plain(value: object) -> str:
    """Return a device as one word: ``[0, 1]`` as ``0,1``, none as nothing."""
    if isinstance(value, list | tuple):
        return ",".join(_plain(one) for one in cast("Sequence[object]", value))
    return "" if value is None or isinstance(value, bool) else str(value).strip().strip("[]()'\"").strip().lower()
