"""Which of a machine's cards a training uses: those on which one of its processes is seen, once seen for as long as it runs."""

from collections.abc import Iterable, Sequence

from yoloscope.sidecar.hardware import port, processes

_VISIBLE = "CUDA_VISIBLE_DEVICES"


class Uses:
    """The cards of one training.

    Until one of its processes is seen on a card, they are those of ``CUDA_VISIBLE_DEVICES`` in the environment that it was started
    with. Where that says nothing either: none if the drivers list processes by the numbers that are used here, all if they do not
    (a container has its own numbers, and sees only the cards that it was given).
    """

    def __init__(self, pid: int) -> None:
        self._visible = _named(processes.environment(pid).get(_VISIBLE))
        self._numbers_agree = processes.numbers_are_the_hosts()
        self._seen: set[str] = set()

    def of(self, cards: Sequence[port.Card], pids: Iterable[int]) -> list[port.Card]:
        """Return the training's cards among all; `pids` are its processes now."""
        own = frozenset(pids)
        self._seen |= {card.uuid for card in cards if card.processes and not own.isdisjoint(card.processes)}
        if self._seen:
            return [card for card in cards if card.uuid in self._seen]
        if self._visible is not None:
            return [card for card in cards if _is_named(card, self._visible)]
        tells = self._numbers_agree and all(card.processes is not None for card in cards)
        return [] if tells else list(cards)


def memory_of(card: port.Card, pids: Iterable[int]) -> float | None:
    """Return the bytes that these processes use on a card, None if the driver does not say."""
    used = [card.processes[pid] for pid in pids if pid in card.processes] if card.processes else []
    return float(sum(used)) if used and min(used) >= 0 else None


def _named(value: str | None) -> tuple[str, ...] | None:
    """Return the cards that the variable names, in its words; none after the first that is none, None if it says nothing."""
    if value is None:
        return None
    words: list[str] = []
    for word in (part.strip() for part in value.split(",")):
        if not word or word.startswith("-"):
            break
        words.append(word)
    known = all(word.isdecimal() or word.startswith(("GPU-", "MIG-GPU-")) for word in words)
    return tuple(words) if known else None


def _is_named(card: port.Card, words: Iterable[str]) -> bool:
    for word in words:
        if word.isdecimal():
            if int(word) == card.index:
                return True
        elif card.uuid.startswith(word.removeprefix("MIG-").partition("/")[0]):
            return True
    return False
