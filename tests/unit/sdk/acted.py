"""An actor that notes what it was asked, and inboxes for it."""

from collections.abc import Callable
from pathlib import Path

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.sdk import acting, control, holding
from yoloscope.spool import inbox

RUN = ids.RunId("r1")
NOW_NS = 1_000 * 10**9
BATCH = acting.Spot("batch", 10, 1.5)
EPOCH = acting.Spot("epoch", 20, 2.0)


class Actor:
    """Acts at once, but for what `at_epoch` names; refuses and raises as told."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.verbs: list[str] = []
        self.at_epoch: set[str] = set()
        self.on_act: Callable[[inbox.Order], dict[str, object]] = lambda order: {}
        self.refused: dict[str, str] = {}

    def abilities(self) -> acting.Abilities:
        return acting.Abilities(verbs=("pause", "resume", "stop", "set", "save", "note"))

    def place_of(self, order: inbox.Order) -> acting.Place:
        return "epoch" if order.verb in self.at_epoch else "batch"

    def check(self, order: inbox.Order, spot: acting.Spot) -> None:
        if order.verb in self.refused:
            raise errors.CommandRefused("not here", reason=self.refused[order.verb])

    def act(self, order: inbox.Order, spot: acting.Spot) -> dict[str, object]:
        self.done.append(order.id)
        self.verbs.append(order.verb)
        return self.on_act(order)


def order(name: str, verb: str = "save", *, at: int = 0, until_ns: int = NOW_NS + 1, **args: object) -> inbox.Order:
    return inbox.Order(name, verb, args, at, until_ns)  # type: ignore[arg-type]


class Told:
    """A training of which only the inbox, the actor and what was told are real."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.actor = Actor()
        self.told: list[row.Acted] = []
        self.takes = True
        self.now_ns = NOW_NS
        self.on_wait: Callable[[], None] = lambda: None
        self.marks: list[bool] = []
        self.settled: set[str] = set()
        self.untold: list[row.Acted] = []
        self.ask()
        self.control = self.attach()

    def attach(self, *, most_s: float | None = None) -> control.Control:
        return control.Control(
            RUN,
            self.directory,
            self.actor,
            tell=self._tell,
            hold=holding.Hold(
                mark=self.marks.append,
                most_s=most_s,
                now_s=lambda: self.now_ns / 1e9,
                sleep=lambda _: self.on_wait(),
            ),
            settled=self.settled,
            untold=self.untold,
            wall_ns=lambda: self.now_ns,
        )

    def _tell(self, acted: row.Acted) -> bool:
        if self.takes:
            self.told.append(acted)
        return self.takes

    def ask(self, *orders: inbox.Order, run: ids.RunId = RUN, writer: str | None = None) -> None:
        box = inbox.Inbox(run, ids.WriterId(writer or self.directory.name), orders)
        inbox.save(self.directory, box)

    def outcomes(self) -> list[tuple[str, str, object]]:
        """Return id, state and reason of what was told."""
        return [(one.id, one.state, one.result.get("reason")) for one in self.told]
