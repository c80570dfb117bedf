"""Since when a card is free, by this machine's own looks at it: what decides whether a training may be started on it.

Owned by `sidecar.starting`. A card is free while no process is on it, next to nothing of its memory is taken and it does not work. Where that cannot be
seen it counts as taken.
"""

from collections.abc import Collection

from yoloscope.sidecar.hardware import election, port

FREE_PERCENT = 5.0
"""Use of a card and share of its memory up to which it is free: a driver and a desktop take less, as on the page of machines."""
FREE_S = 60.0
"""How long a card must be free in a row: longer than the pause between two trainings of one script, or between a training and its final validation."""
GAP_LOOKS = 5
"""Looks that may be missing: for longer, nobody knows what happened on the card meanwhile."""
MACHINE = ""
"""The key of a machine as a whole, for trainings without a card: it is free while none of this user's trainings lives there."""


class Rest:
    """What is free, and since when. Fed with looks, each once."""

    def __init__(self, *, needs_s: float = FREE_S) -> None:
        self._needs_ns = round(needs_s * 1e9)
        self._since_ns: dict[str, int] = {}
        self._seen_ns: int | None = None

    def is_new(self, look: election.Look) -> bool:
        """Tell whether a look is not taken into account yet."""
        return self._seen_ns is None or look.mono_ns > self._seen_ns

    def see(self, look: election.Look, *, lives: bool) -> None:
        """Take a look into account; `lives` tells whether a training lives on the machine."""
        if not self.is_new(look):
            return
        gap_ns = round(GAP_LOOKS * look.interval_s * 1e9)
        if self._seen_ns is not None and look.mono_ns - self._seen_ns > gap_ns:
            self._since_ns = {}
        self._seen_ns = look.mono_ns
        free = {card.uuid for card in look.cards if is_free(card)}
        if not lives:
            free.add(MACHINE)
        self._since_ns = {key: self._since_ns.get(key, look.mono_ns) for key in sorted(free)}

    def is_rested(self, keys: Collection[str]) -> bool:
        """Tell whether all of some cards, or the machine, have been free for long enough."""
        if self._seen_ns is None:
            return False
        return all(self._seen_ns - self._since_ns.get(key, self._seen_ns + 1) >= self._needs_ns for key in keys)

    def take(self, keys: Collection[str]) -> None:
        """Count cards as taken from now on: they have to be free for as long again."""
        for key in keys:
            self._since_ns.pop(key, None)


def is_free(card: port.Card) -> bool:
    """Tell whether nothing is seen on a card, and enough of it is seen."""
    util, used, total = (card.numbers.get(name) for name in ("util_percent", "memory_bytes", "memory_total_bytes"))
    if card.processes or used is None or not total or used > total * FREE_PERCENT / 100:
        return False
    return util <= FREE_PERCENT if util is not None else card.processes is not None
