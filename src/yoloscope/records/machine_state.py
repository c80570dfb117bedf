"""What a server makes of the reports of a machine: who is present, what is united, since when a card is used.

All times are those at which the server heard of something: the clock of a machine may be wrong.
"""

from collections.abc import Iterable

import msgspec

from yoloscope.records import machine

BUSY_PERCENT = 5.0
"""From this use on a card works; a desktop that moves a window stays below."""
SILENCE_NS = 60 * 10**9
"""How long a machine may be silent and still be there; three of its own intervals if they are longer."""
SENDERS_MAX = 8
CARDS_KNOWN_MAX = 512
"""Cards of one host that are remembered, those of machines that had its name included."""


class Told(msgspec.Struct, frozen=True):
    """What one sender said last, and when it was heard."""

    report: machine.Report
    heard_ns: int


class CardLife(msgspec.Struct, frozen=True):
    """When a card was first and last heard of, from when on it is or was in use, when it was so last, and when it last worked."""

    first_ns: int
    heard_ns: int
    used_from_ns: int | None = None
    used_ns: int | None = None
    worked_ns: int | None = None


class Machine(msgspec.Struct, frozen=True):
    """A host with what its senders said last, the newest at the end, and the lives of its cards by ``uuid``."""

    host: str
    first_heard_ns: int
    heard_ns: int
    told: tuple[Told, ...]
    lives: dict[str, CardLife]

    @property
    def newest(self) -> machine.Report:
        """What was said last."""
        return self.told[-1].report


def silence_ns(report: machine.Report) -> int:
    """Return how long a sender may be silent after a report and still count as present."""
    return max(SILENCE_NS, round(3 * report.interval_s * 1e9))


def is_present(told: Told, *, now_ns: int) -> bool:
    """Tell whether the sender is still there; heard long after now, before the server's own clock was set back, it counts as gone."""
    return abs(now_ns - told.heard_ns) <= silence_ns(told.report)


def is_used(card: machine.Card) -> bool:
    """Tell whether a card works, or a process holds it."""
    return works(card) or bool(card.processes)


def works(card: machine.Card) -> bool:
    """Tell whether a card computes."""
    return card.util_percent is not None and card.util_percent >= BUSY_PERCENT


def after_report(known: Machine | None, report: machine.Report, *, now_ns: int) -> Machine | None:
    """Return the machine after a report; None if it is not newer than what its sender said before.

    A sender that was silent for too long is believed whatever its clock says: it may have been set back.
    """
    present = [] if known is None else [told for told in known.told if is_present(told, now_ns=now_ns)]
    before = next((told for told in present if _is_same(told.report, report)), None)
    if before is not None and report.wall_ns <= before.report.wall_ns:
        return None
    others = [told for told in present if told is not before][1 - SENDERS_MAX :]
    told = (*others, Told(report, now_ns))
    held = {} if known is None else _pids(known.told, boot_id=report.boot_id)
    lives = {} if known is None else dict(known.lives)
    united = {card.uuid: card for card in cards(told)}
    for card in report.cards:
        seen = united[card.uuid]
        lives[card.uuid] = _life(
            lives.get(card.uuid), seen, now_ns=now_ns, gap_ns=silence_ns(report), held=held.get(card.uuid, frozenset())
        )
    first_ns = now_ns if known is None else known.first_heard_ns
    return Machine(report.host, first_ns, now_ns, told, _newest(lives))


def cards(told: Iterable[Told]) -> list[machine.Card]:
    """Return the cards of all senders by index; of one that several see the newest word counts, with the runs that others know.

    A sender often knows only the processes of its own user.
    """
    united: dict[str, machine.Card] = {}
    for one in told:
        for card in one.report.cards:
            older = united.get(card.uuid)
            united[card.uuid] = card if older is None else _with_runs(card, older)
    return sorted(united.values(), key=lambda card: (card.vendor, card.index, card.uuid))


def runs(told: Iterable[Told]) -> list[machine.RunHere]:
    """Return the runs of all senders, each once, those that have been here longest first."""
    united = {run.run: run for one in told for run in one.report.runs}
    return sorted(united.values(), key=lambda run: (run.since_ns, run.run))


def _is_same(one: machine.Report, other: machine.Report) -> bool:
    return (one.boot_id, one.sender) == (other.boot_id, other.sender)


def _with_runs(card: machine.Card, older: machine.Card) -> machine.Card:
    known = {process.pid: process for process in older.processes if process.run is not None}
    named = [known.get(process.pid, process) if process.run is None else process for process in card.processes]
    seen = {process.pid for process in named}
    hidden = [process for pid, process in known.items() if pid not in seen]
    return msgspec.structs.replace(card, processes=(*named, *hidden))


def _pids(told: Iterable[Told], *, boot_id: str) -> dict[str, frozenset[int]]:
    """Return the processes that were last seen on each card since the machine was started."""
    here = [one for one in told if one.report.boot_id == boot_id]
    return {card.uuid: frozenset(process.pid for process in card.processes) for card in cards(here)}


def _life(life: CardLife | None, card: machine.Card, *, now_ns: int, gap_ns: int, held: frozenset[int]) -> CardLife:
    """Return a card's life after it was seen; a pause shorter than a silence, or with the same process on it, is no end of its use."""
    life = life or CardLife(first_ns=now_ns, heard_ns=now_ns)
    if not is_used(card):
        return msgspec.structs.replace(life, heard_ns=now_ns)
    is_short = life.used_ns is not None and now_ns - life.used_ns <= gap_ns
    goes_on = life.used_from_ns is not None and (is_short or any(one.pid in held for one in card.processes))
    worked_ns = life.worked_ns if goes_on else None
    return msgspec.structs.replace(
        life,
        heard_ns=now_ns,
        used_from_ns=life.used_from_ns if goes_on else now_ns,
        used_ns=now_ns,
        worked_ns=now_ns if works(card) else worked_ns,
    )


def _newest(lives: dict[str, CardLife]) -> dict[str, CardLife]:
    if len(lives) <= CARDS_KNOWN_MAX:
        return lives
    kept = sorted(lives, key=lambda uuid: lives[uuid].heard_ns)[-CARDS_KNOWN_MAX:]
    return {uuid: lives[uuid] for uuid in kept}
