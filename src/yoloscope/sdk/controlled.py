"""The calls of a run by which commands act: `safe_point`, `should_stop`, `on_set`, `on_save` of plain loops, `controls` of integrations.

docs/control.md shows each by example. Nothing is looked at before the first of them, so that a loop that cannot act offers nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from yoloscope.records import row
from yoloscope.sdk import acting, guard, job, process, rich, settings
from yoloscope.spool import state

if TYPE_CHECKING:
    from yoloscope.sdk import controlling, plain_acting


class _Nobody:
    """Stands where no command can come, above all behind the end of a run."""

    def poll(self, spot: acting.Spot) -> None:
        """Do nothing."""


NOBODY = _Nobody()


class Controlled(rich.Rich):
    """What `Run` inherits. Where nothing is sent to a server while it trains nothing can be asked, and every call returns at once."""

    id: str
    mode: settings.Mode
    rank: int
    directory: Path | None
    _page: state.StatePage | None

    def __init__(self) -> None:
        super().__init__()
        self._met: tuple[job.Meeting | None, process.Place] = None, process.Place()
        self._polled: controlling.Polled | _Nobody | None = None
        self._settled: set[str] = set()
        self._untold: list[row.Acted] = []
        self._plain: plain_acting.Plain | None = None

    def meets(self, meeting: job.Meeting | None, place: process.Place) -> None:
        """Take note of the other ranks; called by `init` alone."""
        self._met = meeting, place

    def controls(self, actor: acting.Actor) -> "controlling.Polled":
        """Let commands act on a training by `actor`, and tell what it can; ``poll`` of what is returned is called at every safe point, on one thread.

        In a distributed training every rank does so. A later call replaces the actor; what was done is not done again.
        """
        from yoloscope.sdk import controlling  # noqa: PLC0415  # only where commands act

        polled: controlling.Polled = NOBODY
        self._polled = polled
        with guard.attempt("control"):
            ranks = controlling.Ranks(*self._met)
            if self.rank:
                self._polled = polled = controlling.beside(actor=actor, ranks=ranks, mark=self._mark) or NOBODY
            elif self.mode == "online" and self.directory is not None:
                made = controlling.main(
                    self.id,
                    self.directory,
                    actor=actor,
                    ranks=ranks,
                    tell=self._event,
                    mark=self._mark,
                    settled=self._settled,
                    untold=self._untold,
                )
                self._polled = polled = made
                self.update("settings", {"control": msgspec.to_builtins(ranks.of_all(actor.abilities()))})
        return polled

    def safe_point(self, *, step: int | None = None, epoch: float | None = None) -> None:
        """Let commands act here, behind a complete batch of a plain loop: returns at once, blocks while the training is paused.

        `step` and `epoch` are those of `Run.log`; without them the newest row's are told. Costs one look at the time of a file. In a distributed
        training every rank calls it at the same places.
        """
        polled = self._polled or self.controls(self._loop())
        polled.poll(acting.Spot("batch", step, epoch))

    def should_stop(self) -> bool:
        """Tell whether a plain loop was asked to stop; it stays so."""
        return self._plain is not None and self._plain.stop_asked

    def on_set(self, **setters: "plain_acting.Set") -> None:
        """Tell what settings mean in a plain loop: ``run.on_set(lr=f)`` has ``f(0.001)`` called at a safe point.

        A function puts the value into effect and returns the one before; by what it raises the command is refused. docs/control.md has the names.

        Raises:
            ConfigError: if there is no such setting, under ``YOLOSCOPE_STRICT=1`` alone.
        """
        with guard.attempt("on_set"):
            self._loop().on_set(setters)
            self._offer()

    def offer(self, setters: "Mapping[str, plain_acting.Set]") -> None:
        """Tell what settings mean, for an integration that knows a plain loop's optimizers; what the loop tells by `on_set` comes first."""
        self._loop().offer(setters)
        self._offer()

    def on_save(self, save: "plain_acting.Save") -> None:
        """Tell how a plain loop writes a full checkpoint: ``save()`` is called at a safe point."""
        with guard.attempt("on_save"):
            self._loop().on_save(save)
            self._offer()

    def _loop(self) -> "plain_acting.Plain":
        from yoloscope.sdk import controlling  # noqa: PLC0415  # as above

        if self._plain is None:
            self._plain = controlling.Plain()
        return self._plain

    def _offer(self) -> None:
        """Tell of a further ability, if those before are told."""
        if self._polled is not None and self._plain is not None:
            self.controls(self._plain)

    def _mark(self, is_held: bool) -> None:
        if self._page is not None:
            self._page.put("paused", int(is_held))

    if TYPE_CHECKING:  # what `run.Run` has beside this

        def update(self, section: row.Section, values: Mapping[str, object]) -> None: ...  # noqa: D102

        def _event(self, event: row.Event) -> bool: ...
