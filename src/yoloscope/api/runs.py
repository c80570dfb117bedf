"""``yoloscope.Api``: the runs of a server from Python, to read them and to act on them.

    api = yoloscope.Api("http://board:8080")
    for run in api.runs("signs", where="metrics/mAP50 > 0.5"):
        print(run.name, run.state, run.last["metrics/mAP50"])
    api.run("night").command("set", lr=0.003)

Nothing here is for the inside of a training: it waits for the network and raises `errors.YoloscopeError`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from yoloscope.api import client, commands, finding, history
from yoloscope.records import command

if TYPE_CHECKING:
    from pandas import DataFrame


class _Findings(msgspec.Struct, frozen=True):
    items: list[finding.Raw]


class Run:
    """A run as the server knew it when it was read; `refresh` reads it again."""

    def __init__(self, server: client.Client, told: finding.Raw) -> None:
        self._server = server
        self.raw = told

    def __repr__(self) -> str:
        return f"<Run {self.id} {self.project}/{self.name} {self.state}>"

    @property
    def id(self) -> str:
        """Its id, the same on every server."""
        return str(self.raw["id"])

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.raw["name"])

    @property
    def project(self) -> str:
        """The project it belongs to."""
        return str(self.raw["project"])

    @property
    def state(self) -> str:
        """``queued``, ``running``, ``paused``, ``finished``, ``stopped``, ``crashed``, ``failed``, ``unreachable`` or ``stalled``."""
        return str(self.raw["state"])

    @property
    def last(self) -> dict[str, float]:
        """The latest value of each metric of an epoch."""
        told = msgspec.convert(self.raw.get("last") or {}, dict[str, float | str | None])
        return {name: float("nan") if value is None else float(value) for name, value in told.items()}

    def refresh(self) -> "Run":
        """Return this run, read again."""
        self.raw = self._server.get(f"/api/v1/runs/{self.id}", answer=finding.Raw)
        return self

    def command(
        self, verb: command.Verb, *, wait: bool = True, deadline_s: float | None = None, cause: str = "", **args: object
    ) -> commands.Command:
        """Ask the training for something, as ``command("set", lr=0.003)``, and return what became of it.

        Verbs and arguments are those of `records.command`. With `wait` it returns once the training has settled it, at the latest a little after
        its deadline (`records.command.deadline_s` unless `deadline_s` says otherwise). A refusal is no exception: ``state`` is ``refused``, ``reason`` and ``explanation`` say why.
        `cause` is the rule whose finding this answers, as ``N05``: its effect is then measured over the next epochs and stands in `commands`.

        Raises:
            InvalidRecord: if verb or arguments cannot be used; nothing was sent.
            ServerRefused: if the token may not act.
            ServerUnavailable: if there is no answer.
        """
        sent = commands.send(self._server, self.id, verb=verb, args=args, deadline_s=deadline_s, cause=cause)
        return self.settled(sent, deadline_s=deadline_s) if wait else sent

    def settled(self, sent: commands.Command, *, deadline_s: float | None = None) -> commands.Command:
        """Return what became of a command that was sent without waiting."""
        within_s = (deadline_s or command.deadline_s(sent.verb, sent.args)) + commands.GRACE_S
        return commands.follow(self._server, self.id, sent, within_s=within_s)

    def commands(self) -> list[commands.Command]:
        """Return everything that was asked of it, newest first."""
        return list(commands.every(self._server, self.id))

    def findings(self) -> list[finding.Raw]:
        """Return what the diagnosis found, as ``GET /api/v1/runs/{id}/findings`` tells it."""
        return self._server.get(f"/api/v1/runs/{self.id}/findings", answer=_Findings).items

    def history(
        self, names: Iterable[str], x: history.XAxis = "step", buckets: int = 0
    ) -> "DataFrame | dict[str, history.Column]":
        """Return series side by side: a column for `x`, one for each name, and a row for each x that any of them has.

        It is a DataFrame if pandas is installed, else a dict of ``(n,)`` arrays, float64, NaN where a series has no point. Names may hold ``*`` and
        ``?``. With `buckets` there are at most so many points a series: their mean, and ``<name>.min`` and ``<name>.max``.

        Raises:
            ServerRefused: if it is more than one answer may have.
        """
        found = history.curves(self._server, runs=[self.id], names=_listed(names), x=x, buckets=buckets)
        return history.as_frame(history.side_by_side(found, x=x))


class Runs:
    """Runs that pass a filter, read page by page as they are gone through; each going through asks again."""

    def __init__(self, server: client.Client, asked: Mapping[str, str]) -> None:
        self._server = server
        self._asked = asked

    def __iter__(self) -> Iterator[Run]:
        cursor: str | None = None
        while True:
            page = finding.page(self._server, asked=self._asked, cursor=cursor)
            yield from (Run(self._server, told) for told in page.items)
            cursor = page.next
            if cursor is None:
                return

    def command(
        self, verb: command.Verb, *, wait: bool = True, deadline_s: float | None = None, cause: str = "", **args: object
    ) -> list[commands.Command]:
        """Ask the same of every one of these runs, as `Run.command`; all are asked before any is waited for."""
        sent = [(run, run.command(verb, wait=False, deadline_s=deadline_s, cause=cause, **args)) for run in list(self)]
        return [run.settled(one, deadline_s=deadline_s) if wait else one for run, one in sent]

    def findings(self) -> list[finding.Raw]:
        """Return what the diagnosis found in any of them, each with its run under ``run``."""
        return [{"run": run.id, **one} for run in self for one in run.findings()]

    def history(
        self, names: Iterable[str], x: history.XAxis = "step", buckets: int = 0
    ) -> "DataFrame | dict[str, history.Column]":
        """Return the series of all these runs below each other, as `Run.history` does for one, with the id in the column ``run``."""
        asked = _listed(names)
        listed = [run.id for run in self]
        found = history.curves(self._server, runs=listed, names=asked, x=x, buckets=buckets) if listed else []
        tables = {
            run: history.side_by_side([one for one in found if one.run == run], x=x)
            for run in dict.fromkeys(one.run for one in found)
        }
        return history.as_frame(history.stacked(tables, x=x))


class Api:
    """A server: the one named, else that of ``YOLOSCOPE_SERVER`` or ``yoloscope.toml``, else one that runs on this machine."""

    def __init__(self, server: str | None = None, token: str | None = None) -> None:
        self._server = client.Client(server, token=token)

    @property
    def url(self) -> str:
        """The server's address."""
        return self._server.url

    def run(self, asked: str) -> Run:
        """Return one run by its id, its name, or the start of its id.

        Raises:
            NotFound: if there is none.
            ConfigError: if several are meant.
        """
        return Run(self._server, finding.find(self._server, asked))

    def runs(self, project: str | None = None, where: str | None = None, sort: str | None = None) -> Runs:
        """Return runs, newest first unless `sort` says otherwise; docs/filters.md describes filters and orders."""
        asked = {"project": project, "where": where, "sort": sort}
        return Runs(self._server, {name: text for name, text in asked.items() if text})


def _listed(names: Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
