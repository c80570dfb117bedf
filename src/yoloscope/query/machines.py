"""Machines shaped for the machines page: what is there, which run uses what, since when, and how much a card was used.

Called by the server's machine routes. Cards are judged as they were when they were last heard of: nobody knows more of one that fell silent.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from yoloscope.query import runs as run_queries
from yoloscope.query import texts
from yoloscope.records import ids, machine, machine_state, state
from yoloscope.store import ports, ports_machines, ports_waiting
from yoloscope.wire import recording

LISTED_NS = 7 * 86_400 * 10**9
"""How long a machine that is gone is listed: longer, and the names of yesterday's containers would bury the others."""
RESERVED_NS = 600 * 10**9
"""How long a card must be held without working to be called reserved: longer than a validation or the loading of a data set."""
HELD_SHARE = 0.05
"""From this share of its memory on a card is held, even where nobody can see by whom; a driver alone takes less."""
DAY_NS = 86_400 * 10**9
WEEK_NS = 7 * DAY_NS
_BUCKETS_SHOWN_MAX = 400
_WIDTHS = (1, 6, 36, 144)
"""Buckets of the store that one of an answer may span: 10 minutes, an hour, six hours, a day."""

CardState = Literal["busy", "idle", "reserved"]


class RunOnMachine(msgspec.Struct, frozen=True):
    """A run on a machine; ``name`` and ``state`` are None where it is not known here. ``since`` is by the machine's clock."""

    run: str
    project: str | None
    name: str | None
    state: str | None
    since: str | None


class Use(msgspec.Struct, frozen=True):
    """The shares of the last 24 h and 7 days in which a card was used, of the time that it was heard of; and that time's share."""

    day: float | None
    week: float | None
    heard_day: float
    heard_week: float


class CardRow(msgspec.Struct, frozen=True):
    """A card as it was last heard of."""

    index: int
    uuid: str
    name: str
    vendor: str
    util_percent: float | None
    memory_bytes: int | None
    memory_total_bytes: int | None
    temperature_c: float | None
    power_w: float | None
    state: CardState
    since: str
    idle_s: float
    runs: list[RunOnMachine]
    processes: int
    foreign_processes: int
    use: Use


class Waiting(msgspec.Struct, frozen=True):
    """A training that is to go on on a machine, and what became of it."""

    id: str
    run: str
    project: str
    name: str
    card: str
    now: bool
    who: str
    state: ports_waiting.State
    asked: str
    changed: str
    detail: str


class MachineRow(msgspec.Struct, frozen=True):
    """A machine as it was last heard of; times are ISO 8601 in UTC by the server's clock."""

    host: str
    heard: str
    online: bool
    cpus: int
    cpu_percent: float | None
    memory_bytes: int | None
    memory_total_bytes: int | None
    runs: list[RunOnMachine]
    cards: list[CardRow]
    waiting: list[Waiting] = []
    starts: bool = False
    startable: list[RunOnMachine] = []


class CardHistory(msgspec.Struct, frozen=True):
    """A card's buckets, None where it was not heard of: share in use 0 to 1, use in percent, the most memory, runs by id."""

    uuid: str
    index: int
    name: str
    busy: list[float | None]
    util_percent: list[float | None]
    memory_max_bytes: list[int | None]
    runs: list[list[str]]


class History(msgspec.Struct, frozen=True):
    """The use of a host's cards in buckets of ``bucket_s`` from ``begin`` on; the last one is not over yet."""

    host: str
    begin: str
    bucket_s: int
    cards: list[CardHistory]


class Machines:
    """The list of machines. Shares of whole buckets are added up once for each bucket, not for each reader."""

    def __init__(self, catalog: ports.Catalog, *, listens: Callable[[str], bool] = lambda _: False) -> None:
        """Make the list; `listens` tells whether the agent of a host starts trainings."""
        self._catalog = catalog
        self._listens = listens
        self._added_ns = -1
        self._added: tuple[_Sums, _Sums] = ({}, {})
        self._turn = threading.Lock()

    def rows(self, *, now_ns: int) -> list[MachineRow]:
        """Return the machines of the last seven days, by host."""
        found = self._catalog.machines.machines(since_ns=now_ns - LISTED_NS)
        named = _named(self._catalog, found, now_ns=now_ns)
        day, week = self._sums(now_ns)
        rows = [_row(one, named=named, day=day, week=week, now_ns=now_ns) for one in found]
        return self._with_starts(rows, now_ns=now_ns)

    def _with_starts(self, rows: Sequence[MachineRow], *, now_ns: int) -> list[MachineRow]:
        """Return machines with what waits there to be started again, and what could."""
        hosts = [row.host for row in rows]
        wishes = self._catalog.waiting.shown(hosts, now_ns=now_ns)
        ended = self._catalog.waiting.startable(hosts)
        known = {info.ref.id: info for info in self._catalog.some_runs([*{*ended, *(wish.run for wish in wishes)}])}
        open_ones = {wish.run for wish in wishes if wish.state in ("waiting", "starting")}
        offered = [known[run] for run in ended if run in known and run not in open_ones and _can_go_on(known[run])]
        return [
            msgspec.structs.replace(
                row,
                waiting=[waiting(one, known[one.run]) for one in wishes if one.host == row.host and one.run in known],
                starts=self._listens(row.host),
                startable=[_ended(info) for info in offered if info.ref.host == row.host],
            )
            for row in rows
        ]

    def _sums(self, now_ns: int) -> "tuple[_Sums, _Sums]":
        """Return the sums of the last 24 h and 7 days, that of the running bucket included."""
        begin_ns = now_ns - now_ns % ports_machines.BUCKET_NS
        store = self._catalog.machines
        with self._turn:
            if self._added_ns != begin_ns:
                spans = (begin_ns - DAY_NS, begin_ns - WEEK_NS)
                day, week = (_by_card(store.use_sums(from_ns=from_ns, until_ns=begin_ns)) for from_ns in spans)
                self._added, self._added_ns = (day, week), begin_ns
            day, week = self._added
        running = _by_card(store.use_sums(from_ns=begin_ns, until_ns=begin_ns + ports_machines.BUCKET_NS))
        return _sum(day, running), _sum(week, running)


_Sums = Mapping[tuple[str, str], tuple[int, float]]
"""By host and card: how many buckets there are, and the sum of their shares in use."""


def history(catalog: ports.Catalog, host: str, *, hours: int, now_ns: int) -> History:
    """Return the use of a host's cards in the last hours, in buckets of ten minutes, or longer ones if there would be too many.

    Raises:
        NotFound: if the host never reported.
    """
    known = catalog.machines.machine(host)
    span_ns = hours * 3600 * 10**9
    width = next(
        (one for one in _WIDTHS if span_ns <= one * ports_machines.BUCKET_NS * _BUCKETS_SHOWN_MAX), _WIDTHS[-1]
    )
    width_ns = width * ports_machines.BUCKET_NS
    begin_ns = (now_ns - span_ns) // width_ns * width_ns + width_ns
    count = (now_ns - begin_ns) // width_ns + 1
    use: dict[str, list[list[ports_machines.UseBucket]]] = {}
    for bucket in catalog.machines.use(host, from_ns=begin_ns):
        at = (bucket.begin_ns - begin_ns) // width_ns
        if at < count:  # the server's clock was set back
            use.setdefault(bucket.card, [[] for _ in range(count)])[at].append(bucket)
    cards = [_history(card, use.get(card.uuid, [[] for _ in range(count)])) for card in machine_state.cards(known.told)]
    return History(host, texts.iso_from_ns(begin_ns), width_ns // 10**9, cards)


def _history(card: machine.Card, buckets: Sequence[Sequence[ports_machines.UseBucket]]) -> CardHistory:
    return CardHistory(
        uuid=card.uuid,
        index=card.index,
        name=card.name,
        busy=[_mean([one.busy_samples / one.samples for one in some]) for some in buckets],
        util_percent=[_mean([one.util_sum / one.util_samples for one in some if one.util_samples]) for some in buckets],
        memory_max_bytes=[max((one.memory_max_bytes for one in some), default=None) for some in buckets],
        runs=[sorted({run for one in some for run in one.runs}) for some in buckets],
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _by_card(sums: Sequence[ports_machines.UseSum]) -> dict[tuple[str, str], tuple[int, float]]:
    return {(one.host, one.card): (one.buckets, one.share_sum) for one in sums}


def _sum(one: _Sums, other: _Sums) -> _Sums:
    empty = (0, 0.0)
    added = {
        key: (one.get(key, empty)[0] + count, one.get(key, empty)[1] + share) for key, (count, share) in other.items()
    }
    return {**one, **added}


def _named(catalog: ports.Catalog, found: Sequence[machine_state.Machine], *, now_ns: int) -> dict[str, ports.RunInfo]:
    """Return what is known of the runs that machines speak of."""
    asked = {run.run for one in found for run in machine_state.runs(one.told)}
    for one in found:
        asked |= {process.run for card in machine_state.cards(one.told) for process in card.processes if process.run}
    known = catalog.some_runs([ids.RunId(run) for run in sorted(asked)])
    return {info.ref.id: run_queries.as_seen(info, now_ns=now_ns) for info in known}


def _row(
    known: machine_state.Machine, *, named: Mapping[str, ports.RunInfo], day: _Sums, week: _Sums, now_ns: int
) -> MachineRow:
    newest = known.newest
    online = machine_state.is_present(known.told[-1], now_ns=now_ns)
    here = {run.run: run for run in machine_state.runs(known.told)}
    runs = [_run(run, here=here, named=named) for run in here]
    seen_ns = now_ns if online else known.heard_ns
    return MachineRow(
        host=known.host,
        heard=texts.iso_from_ns(known.heard_ns),
        online=online,
        cpus=newest.cpus,
        cpu_percent=newest.cpu_percent,
        memory_bytes=newest.memory_bytes,
        memory_total_bytes=newest.memory_total_bytes,
        runs=[run for run in runs if run.state not in state.ENDED],
        cards=[
            _card(
                card,
                life=known.lives.get(card.uuid, _unseen(known)),
                runs=[_run(run, here=here, named=named) for run in _runs_on(card)],
                use=_use(day.get((known.host, card.uuid)), week.get((known.host, card.uuid))),
                seen_ns=seen_ns,
            )
            for card in machine_state.cards(known.told)
        ],
    )


def _run(run: str, *, here: Mapping[str, machine.RunHere], named: Mapping[str, ports.RunInfo]) -> RunOnMachine:
    told, info = here.get(run), named.get(run)
    return RunOnMachine(
        run=run,
        project=info.ref.project if info else (told.project if told else None),
        name=info.ref.name if info else None,
        state=info.state if info else None,
        since=texts.iso_from_ns(told.since_ns) if told else None,
    )


def _can_go_on(info: ports.RunInfo) -> bool:
    """Tell whether a process of ours trained it, and left a record of how it was started."""
    main = ports.main_attempts(info.attempts)
    return bool(main) and not recording.is_derived(main[-1].writer) and info.archived_ns is None


def _ended(info: ports.RunInfo) -> RunOnMachine:
    since_ns = info.updated_ns if info.ended_ns is None else info.ended_ns
    return RunOnMachine(info.ref.id, info.ref.project, info.ref.name, info.state, texts.iso_from_ns(since_ns))


def waiting(wish: ports_waiting.Wish, info: ports.RunInfo) -> Waiting:
    """Return what waits as people see it."""
    return Waiting(
        id=wish.id,
        run=wish.run,
        project=info.ref.project,
        name=info.ref.name,
        card=wish.card,
        now=wish.at_once,
        who=wish.who,
        state=wish.state,
        asked=texts.iso_from_ns(wish.asked_ns),
        changed=texts.iso_from_ns(wish.changed_ns),
        detail=wish.detail,
    )


def _unseen(known: machine_state.Machine) -> machine_state.CardLife:
    """Return the life of a card of which only the newest of too many others are remembered."""
    return machine_state.CardLife(first_ns=known.first_heard_ns, heard_ns=known.heard_ns)


def _runs_on(card: machine.Card) -> list[str]:
    return sorted({process.run for process in card.processes if process.run is not None})


def _use(day: tuple[int, float] | None, week: tuple[int, float] | None) -> Use:
    (in_day, day_sum), (in_week, week_sum) = day or (0, 0.0), week or (0, 0.0)
    return Use(
        day=day_sum / in_day if in_day else None,
        week=week_sum / in_week if in_week else None,
        heard_day=min(1.0, in_day * ports_machines.BUCKET_NS / DAY_NS),
        heard_week=min(1.0, in_week * ports_machines.BUCKET_NS / WEEK_NS),
    )


def _card(
    card: machine.Card, *, life: machine_state.CardLife, runs: list[RunOnMachine], use: Use, seen_ns: int
) -> CardRow:
    judged, since_ns = _state(card, life, seen_ns=seen_ns)
    shown = {name: getattr(card, name) for name in _SHOWN}
    return CardRow(
        **shown,
        state=judged,
        since=texts.iso_from_ns(since_ns),
        idle_s=0.0 if judged == "busy" else max(0, seen_ns - since_ns) / 1e9,
        runs=runs,
        processes=len(card.processes),
        foreign_processes=sum(process.run is None for process in card.processes),
        use=use,
    )


_SHOWN = (
    "index",
    "uuid",
    "name",
    "vendor",
    "util_percent",
    "memory_bytes",
    "memory_total_bytes",
    "temperature_c",
    "power_w",
)


def _state(card: machine.Card, life: machine_state.CardLife, *, seen_ns: int) -> tuple[CardState, int]:
    """Return what a card is at, and since when."""
    if machine_state.is_used(card):
        used_from_ns = life.first_ns if life.used_from_ns is None else life.used_from_ns
        rests_from_ns = used_from_ns if life.worked_ns is None else life.worked_ns
        measured = card.util_percent is not None
        is_reserved = measured and seen_ns - rests_from_ns >= RESERVED_NS
        return ("reserved", rests_from_ns) if is_reserved else ("busy", used_from_ns)
    rests_from_ns = life.first_ns if life.used_ns is None else life.used_ns
    is_reserved = _is_held(card) and seen_ns - rests_from_ns >= RESERVED_NS
    return ("reserved" if is_reserved else "idle"), rests_from_ns


def _is_held(card: machine.Card) -> bool:
    held, total = card.memory_bytes, card.memory_total_bytes
    return held is not None and total is not None and held > HELD_SHARE * total
