"""Lets the measures that a project asked for act on its trainings, after each judgement and, for what a kill interrupted, in a slow sweep. Made by `app`.

What is decided is said in `diagnose.measures`. An act is a command like that of a person, whose id its number in the run makes: a server that is killed between
decision and act decides the same again, and finds the command if it was kept. Its line of the audit is written from the command, so that none is missing.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import anyio.to_thread
import msgspec
from fastapi import HTTPException

from yoloscope import errors
from yoloscope.diagnose import measures
from yoloscope.query import facts
from yoloscope.query import runs as run_queries
from yoloscope.records import finding, ids, state
from yoloscope.server import asking, beside, standing
from yoloscope.server.services import Services
from yoloscope.store import ports, ports_commands, ports_findings, ports_measures

SWEEP_S = 20.0
DEADLINE_S = 600.0
"""What is right at a batch is right ten minutes later; a validation of a large set takes longer than the minute of a person's command."""
_COMMANDS_MAX = 1_000
_NAMES: dict[str, measures.Name] = {name: name for name in measures.NAMES}
_log = logging.getLogger("yoloscope")


class Autopilot:
    """Looks at runs and acts. One event loop; what blocks runs in worker threads."""

    def __init__(self, of: Services) -> None:
        self._of = of
        self._unheard: dict[ids.RunId, dict[str, float]] = {}
        self._met: dict[ids.RunId, tuple[ids.WriterId, float]] = {}

    async def work(self) -> None:
        """Look at each run that was judged, and now and then at all, until cancelled."""
        while True:
            await self._tried_sweep()
            ends_s = asyncio.get_running_loop().time() + SWEEP_S
            while (left_s := ends_s - asyncio.get_running_loop().time()) > 0:
                for run in await self._of.measure_queue.taken(within_s=left_s):
                    await self._tried(run)

    async def sweep(self) -> None:
        """Look at all trainings that go on where a measure is tried or on, as one that was judged while the server was killed.

        Raises:
            StoreError: if the catalogue cannot be read.
        """
        for run in await anyio.to_thread.run_sync(self._going_on):
            await self._tried(run)

    async def look(self, run: ids.RunId) -> None:
        """Do what the measures of its project want of a run now.

        Raises:
            StoreError: if the catalogue cannot be read or written.
        """
        async with self._of.measure_queue.turn:
            decision = await anyio.to_thread.run_sync(self._decided, run)
            if decision is None:
                return
            wish = asking.Wish(
                verb=decision.verb, args=decision.args, id=decision.key, deadline_s=DEADLINE_S, cause=decision.rule
            )
            _log.info("Measure %s asks run %s to %s, for %s", decision.measure, run, decision.verb, decision.rule)
            with contextlib.suppress(HTTPException, errors.NotFound):  # a refused one is kept, and told from there
                await asking.asked(self._of, run, wish, who=f"{standing.WHO}{decision.measure}")
            await anyio.to_thread.run_sync(self._told, run)

    async def _tried_sweep(self) -> None:
        try:
            await self.sweep()
        except Exception:  # noqa: BLE001 - whatever is wrong with one round, the next may do
            _log.exception("Runs could not be looked up for measures; it is tried again")

    async def _tried(self, run: ids.RunId) -> None:
        try:
            await self.look(run)
        except errors.NotFound:  # removed since
            return
        except Exception:  # noqa: BLE001 - whatever is wrong with one run, the others have theirs
            _log.exception("Measures could not look at run %s; it is tried again", run)

    def _going_on(self) -> list[ids.RunId]:
        known = self._of.catalog.measures
        return [
            info.ref.id
            for project in known.active()
            for info in self._of.catalog.all_runs(project)
            if info.state not in state.ENDED and info.deleted_ns is None
        ]

    def _decided(self, run: ids.RunId) -> measures.Decision | None:
        """Note what would be done or is not allowed, and return what is to be done. Blocking."""
        of = self._of
        info = of.catalog.run(run)
        commands = self._told(run)
        settings = of.catalog.measures.settings(info.ref.project)
        rules: dict[measures.Name, measures.Rule] = {
            name: measures.Rule(mode=one.mode, most=one.most)
            for key, one in settings.items()
            if (name := _NAMES.get(key)) is not None and one.mode != "off"
        }
        if not rules or info.deleted_ns is not None or info.state in state.ENDED or of.catalog.measures.is_spared(run):
            self._unheard.pop(run, None)
            self._met.pop(run, None)
            return None
        epoch = float(self._completed(info))
        unheard = self._waited_for(run, commands, epoch=epoch)
        process, met = self._met.get(run, ("", 0.0))
        if process != standing.process_of(info):
            _, met = self._met[run] = standing.process_of(info), epoch
        if run_queries.as_seen(info, now_ns=of.clock_ns()).state != "running":
            return None  # nobody would hear of it, or it is held: what is right now need not be so then
        stands = standing.stands(info, commands, findings=self._findings(info), epoch=epoch, unheard=unheard, met=met)
        act: measures.Decision | None = None
        for decision in measures.decisions(stands, rules):
            if decision.kind == "act":
                act = decision
            else:
                of.catalog.measures.note(self._event(info, decision, most=rules[decision.measure].most))
        return act

    def _waited_for(
        self, run: ids.RunId, commands: Sequence[ports_commands.Known], *, epoch: float
    ) -> Mapping[str, float]:
        """Return how far a run was known to be when each of its commands was found that it said nothing more of."""
        before = self._unheard.pop(run, {})
        found = {one.id: before.get(one.id, epoch) for one in commands if standing.is_unheard(one)}
        if found:
            self._unheard[run] = found
        return found

    def _findings(self, info: ports.RunInfo) -> list[finding.Finding]:
        """Return the findings that count: open ones that neither a person nor the project waved aside."""
        known = self._of.catalog.findings
        held = [one for one in known.of_run(info.ref.id) if one.finding.status == "open" and one.dismissal is None]
        if not held:
            return []
        quiet = known.dismissed_in(info.ref.project)
        return [one.finding for one in held if quiet.get(one.finding.rule, 0) < ports_findings.QUIET_AT]

    def _completed(self, info: ports.RunInfo) -> int:
        stat = self._of.series.run_stats(info.ref.project, [info.ref.id]).get(info.ref.id)
        return facts.completed_epochs(info, stat=stat)

    def _told(self, run: ids.RunId) -> Sequence[ports_commands.Known]:
        """Write the lines of the audit that the commands of measures are worth, and return all commands, oldest first. Blocking."""
        page = self._of.catalog.commands.page(run, limit=_COMMANDS_MAX, cursor=None)
        commands = page.commands[::-1]
        mine = [one for one in commands if standing.measure_of(one)]
        if mine:
            project = self._of.catalog.run(run).ref.project
            noted = {(one.kind, one.command) for one in self._of.catalog.measures.of_run(run)}
            for event in [event for one in mine for event in _events(project, one)]:
                if (event.kind, event.command) not in noted:
                    self._of.catalog.measures.note(event)
        return commands

    def _event(self, info: ports.RunInfo, decision: measures.Decision, *, most: int) -> ports_measures.Event:
        return ports_measures.Event(
            project=info.ref.project,
            run=info.ref.id,
            measure=decision.measure,
            kind="would" if decision.kind == "would" else "limited",
            who=f"{standing.WHO}{decision.measure}",
            at_ns=self._of.clock_ns(),
            key=decision.key,
            rule=decision.rule,
            epoch=decision.epoch,
            values={"act": _act(decision.verb, decision.args), "most": float(most)},
        )


def _events(project: ids.ProjectName, known: ports_commands.Known) -> list[ports_measures.Event]:
    """Return what the audit of measures tells of a command: that it was asked for, and that it was not done."""
    asked = ports_measures.Event(
        project=project,
        run=known.run,
        measure=standing.measure_of(known),
        kind="acted",
        who=known.who,
        at_ns=known.created_ns,
        key=known.id,
        rule=known.cause,
        epoch=known.epoch,
        command=known.id,
        values={"act": _act(known.verb, known.args)},
    )
    if known.state not in ("refused", "expired"):
        return [asked]
    reason = str((known.result or {}).get("reason", "")) or known.state
    told = msgspec.structs.replace(
        asked,
        kind="refused",
        at_ns=known.settled_ns or known.created_ns,
        values={**asked.values, "reason": reason},
    )
    return [told] if known.writer is None else [asked, told]


def _act(verb: str, args: dict[str, object]) -> str:
    """Return the word for an act by which its sentence is found."""
    if verb == "stop":
        return f"stop {args.get('how')}"
    return f"set {next(iter(args), '')}" if verb == "set" else verb


def running(of: Services) -> AbstractAsyncContextManager[None]:
    """Let measures act for as long as the context lasts."""
    return beside.working(Autopilot(of).work())
