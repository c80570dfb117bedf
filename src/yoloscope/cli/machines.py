"""``yoloscope machines``: which card is used by which run since when, which is free, and what waits for one."""

import click
import msgspec

from yoloscope.api import client
from yoloscope.cli import output, texts
from yoloscope.cli.runs import words
from yoloscope.wire import protocol

_MINUTE_S = 60.0
_UNITS_S = (("day", 86_400), ("hour", 3_600), ("minute", 60))


class _Run(msgspec.Struct, frozen=True):
    run: str
    name: str | None = None


class _Card(msgspec.Struct, frozen=True):
    index: int
    uuid: str
    name: str
    state: str
    idle_s: float
    util_percent: float | None = None
    memory_bytes: int | None = None
    memory_total_bytes: int | None = None
    runs: tuple[_Run, ...] = ()
    foreign_processes: int = 0


class _Waiting(msgspec.Struct, frozen=True):
    run: str
    name: str
    state: str
    asked: str
    card: str = ""
    detail: str = ""


class _Machine(msgspec.Struct, frozen=True):
    host: str
    online: bool
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    memory_total_bytes: int | None = None
    runs: tuple[_Run, ...] = ()
    cards: tuple[_Card, ...] = ()
    waiting: tuple[_Waiting, ...] = ()
    starts: bool = False


class _Machines(msgspec.Struct, frozen=True):
    items: tuple[_Machine, ...]


@click.command()
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@click.option(
    "--server", metavar="URL", help="Server to ask; default: YOLOSCOPE_SERVER, yoloscope.toml, or the one running here."
)
def machines(*, json_wanted: bool, server: str | None) -> None:
    """List the machines, their cards, which run uses what, and which trainings wait to be started again.

    A machine is listed when a training under yoloscope ran on it in the last seven days, or `yoloscope agent` runs there.
    """
    api = client.Client(server)
    if json_wanted:
        output.as_json(api.get(protocol.MACHINES_PATH, answer=dict[str, object]))
        return
    items = api.get(protocol.MACHINES_PATH, answer=_Machines).items
    if not items:
        click.echo(texts.text("machines.none"))
        return
    headings = [texts.text(f"machines.{key}") for key in ("host", "card", "state", "use", "memory", "runs")]
    output.as_table(headings, [cells for one in items for cells in _rows(one)])
    cards = [card for one in items if one.online for card in one.cards]
    if cards:
        idle = sum(card.state == "idle" for card in cards)
        click.echo(texts.text("machines.idle_of", idle=idle, count=len(cards)))
    _tell_waiting(items)


def _tell_waiting(items: tuple[_Machine, ...]) -> None:
    """Print what waits to be started again, by machine, and where nobody would."""
    rows = [_wish_cells(one, wish) for one in items for wish in one.waiting]
    if not rows:
        return
    click.echo()
    headings = [texts.text(f"machines.{key}") for key in ("waiting", "run", "card", "state", "asked", "word")]
    output.as_folded_table(headings, rows)
    unheard = [one.host for one in items if not one.starts and any(wish.state == "waiting" for wish in one.waiting)]
    if unheard:
        click.echo(texts.text("machines.no_agent", hosts=texts.text("table.between").join(unheard)), err=True)


def _wish_cells(one: _Machine, wish: _Waiting) -> tuple[str, ...]:
    index = next((f"{card.index} {card.name}" for card in one.cards if card.uuid == wish.card), wish.card)
    state = texts.text_or(f"machines.wish_{wish.state}", wish.state)
    detail = texts.text_or(f"start.{wish.detail}", wish.detail) if wish.state == "failed" else ""
    card = index or texts.text("machines.own_card")
    return one.host, wish.name, card, state, words.instant(wish.asked), detail or "–"


def _rows(one: _Machine) -> list[list[str]]:
    """Return a row a card; of a machine without cards one row that tells of its processors and its memory."""
    if one.cards and one.online:
        return [[one.host, f"{card.index} {card.name}", *_card_cells(card)] for card in one.cards]
    cards = texts.text("machines.cards", count=len(one.cards)) if one.cards else texts.text("machines.no_cards")
    if not one.online:
        return [[one.host, cards, texts.text("machines.offline"), "–", "–", "–"]]
    memory = _memory(one.memory_bytes, one.memory_total_bytes)
    return [[one.host, cards, texts.text("machines.online"), _percent(one.cpu_percent), memory, _names(one.runs)]]


def _card_cells(card: _Card) -> list[str]:
    state = texts.text_or(f"machines.is_{card.state}", card.state)
    if card.idle_s >= _MINUTE_S:
        state = texts.text("machines.since", state=state, span=_span(card.idle_s))
    used = _names(card.runs)
    if not card.runs and card.foreign_processes:
        used = texts.text("machines.foreign", count=card.foreign_processes)
    return [state, _percent(card.util_percent), _memory(card.memory_bytes, card.memory_total_bytes), used]


def _names(runs: tuple[_Run, ...]) -> str:
    return texts.text("table.between").join(run.name or run.run for run in runs)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}%"


def _memory(used: int | None, total: int | None) -> str:
    return "–" if used is None or total is None else f"{used / 2**30:.1f} / {total / 2**30:.1f} GiB"


def _span(seconds: float) -> str:
    """Return a time of a minute or more in its largest unit."""
    unit, size = next((unit, size) for unit, size in _UNITS_S if seconds >= size)
    return texts.text(f"machines.{unit}", count=int(seconds // size))
