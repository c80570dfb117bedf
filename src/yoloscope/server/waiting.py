"""Has a training that ended, or is being released, wait on its machine until it can be started again, and tells the machine's agent.

Called by the waiting routes and the list of machines. The server says which run; how it is started, its machine alone knows.
"""

import hashlib
import secrets
from collections.abc import Sequence

import anyio.to_thread
import msgspec
from fastapi import HTTPException

from yoloscope.query import machines
from yoloscope.query import runs as run_queries
from yoloscope.records import ids, machine_state, state
from yoloscope.server import commanding, machine_schemas, problems, services
from yoloscope.store import ports, ports_waiting

VERSION = 1
"""Of what an agent is told."""


async def queued(
    of: services.Services, run: ids.RunId, *, host: str, card: str, at_once: bool, who: str
) -> machine_schemas.Waiting:
    """Put a run on the list of the machine that trained it, and wake its agent.

    Raises:
        NotFound: if there is no such run, or the machine never reported.
        TooMuch: if too many wait there.
        HTTPException: a problem "command-refused" with its reason, or "invalid-request".
    """

    def ask() -> tuple[ports.RunInfo, ports_waiting.Wish]:
        now_ns = of.clock_ns()
        info = run_queries.as_seen(of.catalog.run(run), now_ns=now_ns)
        known = of.catalog.machines.machine(host)
        is_ending = info.state not in state.ENDED and of.catalog.commands.is_releasing(run)
        _check_run(info, host=host, is_ending=is_ending)
        _check_card(known, card)
        asked = ports_waiting.Asked(id=secrets.token_hex(16), host=host, card=card, at_once=at_once, who=who)
        wish = of.catalog.waiting.ask(run, asked, now_ns=now_ns)
        if is_ending:
            _check_goes_on(of, run, host=host, now_ns=now_ns)
        return info, wish

    info, wish = await anyio.to_thread.run_sync(ask)
    of.hub.queued(host)
    of.hub.changed(run, project=info.ref.project)
    return machine_schemas.Waiting.model_validate(msgspec.to_builtins(machines.waiting(wish, info)))


async def cancelled(of: services.Services, run: ids.RunId, *, host: str, who: str) -> None:
    """Take a run from the list of a machine.

    Raises:
        HTTPException: a problem "not-found", or "command-refused" if it is being started.
    """
    now_ns = of.clock_ns()
    known = await anyio.to_thread.run_sync(lambda: of.catalog.waiting.cancel(run, host=host, who=who, now_ns=now_ns))
    if known is None:
        raise problems.refusal("not-found", f"run {run[:80]!r} does not wait on {host[:80]!r}")
    if known.state == "starting":
        raise _refused("starting", "the training is being started now", fix="stop it once it trains")
    of.hub.queued(host)
    for info in await anyio.to_thread.run_sync(of.catalog.some_runs, [run]):
        of.hub.changed(run, project=info.ref.project)


async def said(of: services.Services, run: ids.RunId, told: ports_waiting.Said) -> bool:
    """Note what an agent says of a training that it starts; False if that is asked for no more."""
    is_noted = await anyio.to_thread.run_sync(lambda: of.catalog.waiting.say(run, told, now_ns=of.clock_ns()))
    if is_noted:
        of.hub.queued(told.host)
        for info in await anyio.to_thread.run_sync(of.catalog.some_runs, [run]):
            of.hub.changed(run, project=info.ref.project)
    return is_noted


def etag(wishes: Sequence[ports_waiting.Wish]) -> str:
    """Return what tells one list from another."""
    return hashlib.sha256("\n".join(wish.id for wish in wishes).encode()).hexdigest()[:16]


def _check_run(info: ports.RunInfo, *, host: str, is_ending: bool) -> None:
    """Return if a run has ended on a machine, or is about to, and can be started there again, as far as a server can tell."""
    if info.deleted_ns is not None:
        raise _refused("in_trash", "the run is in the trash", fix="restore it first")
    if info.state == "finished":
        raise _refused("finished", "the training finished; there is nothing to go on with", fix="start a new one")
    if info.state not in state.ENDED and not is_ending:
        fix = "pause it with `release` first, or wait until it ends"
        raise _refused("running", f"the training goes on ({info.state})", fix=fix)
    if commanding.writer_of(info) is None:
        detail = "nothing of yoloscope ran beside the training, so no machine knows how it was started"
        raise _refused("no_record", detail, fix="start it by hand, with `yoloscope run`")
    if info.ref.host != host:
        named = info.ref.host or "a machine that it did not name"
        detail = f"it trains on {named} alone: the record of how it was started lies there"
        raise _refused("elsewhere", detail, fix=f"queue it on {named}")


def _check_goes_on(of: services.Services, run: ids.RunId, *, host: str, now_ns: int) -> None:
    """Take a wish back whose release came to nothing before it was kept: what follows finds the wish by itself. Blocking."""
    info = of.catalog.run(run)
    if info.state in state.ENDED or of.catalog.commands.is_releasing(run):
        return
    of.catalog.waiting.cancel(run, host=host, who="", now_ns=now_ns)
    _check_run(info, host=host, is_ending=False)


def _check_card(known: machine_state.Machine, card: str) -> None:
    there = [one.uuid for one in machine_state.cards(known.told)]
    if card and card not in there:
        fix = f"use one of {', '.join(there[:8])}, or none" if there else "leave it out: the machine reports no cards"
        raise problems.refusal(
            "invalid-request", f"{known.host} has no card {card[:80]!r}; nothing was stored", field="card", fix=fix
        )


def _refused(reason: str, detail: str, *, fix: str) -> HTTPException:
    told = problems.problem("command-refused", detail, fix=fix)
    return problems.raised(msgspec.structs.replace(told, reason=reason))
