"""Has a run be asked for something: checked, kept, told to who waits for it, and noted whatever becomes of it.

Called by the commands route, and by whatever of the server acts by itself.
"""

import re
import secrets

import anyio.to_thread
import msgspec
from fastapi import HTTPException

from yoloscope import errors
from yoloscope.diagnose import measures
from yoloscope.query import facts
from yoloscope.query import runs as run_queries
from yoloscope.records import command, ids
from yoloscope.server import commanding, problems, services, standing
from yoloscope.store import ports_commands

ARGS_MAX_BYTES = 4 * 1024
_CAUSE = re.compile(r"[A-Z][0-9]{2}")
_ID = re.compile(rf"[A-Za-z0-9_.:-]{{1,{command.ID_MAX_CHARS}}}")
_OF_MEASURES = re.compile(rf"(?:{'|'.join(measures.NAMES)})-[0-9]+")
"""Ids that measures give to their acts: taken by somebody else they would keep these from acting."""
_FIXES: dict[str, str] = {
    "not_running": "start the training again; commands are for runs that go on",
    "no_sidecar": "start the training with `yoloscope run`, or log with `yoloscope.init()`",
    "framework_cannot": "`settings.control` of the run lists what it takes",
    "version_cannot": "`settings.control` of the run lists what it takes",
    "below_epoch": "ask for more epochs than are complete",
    "nobody_resumes": "queue it on its machine, whose `yoloscope agent --start` starts it when a card is free: the page Machines, `yoloscope resume RUN --when-free`, or POST /api/v1/machines/{host}/waiting; or run `yoloscope resume RUN` there",
    "too_many": "wait until some of them are settled",
}


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a caller sends; an id of its own makes that the same sent again happens once. ``cause`` is the rule whose finding it answers."""

    verb: str
    args: dict[str, object] = {}
    id: str = ""
    deadline_s: float | None = None
    cause: str = ""


async def asked(of: services.Services, run: ids.RunId, wish: Wish, *, who: str) -> ports_commands.Answer:
    """Keep a command and wake its sidecar.

    Raises:
        NotFound: if there is no such run.
        HTTPException: a problem "invalid-command", "command-refused" or "command-id-taken"; what was refused is noted.
    """
    answer = await anyio.to_thread.run_sync(_kept, of, run, wish, who)
    info = await anyio.to_thread.run_sync(of.catalog.run, run)
    if answer.is_new:
        of.hub.commanded(run, project=info.ref.project)
    known = answer.command
    if answer.clashes:
        fix = "give each command an id of its own, or none"
        raise _problem("command-id-taken", f"the run has another command of the id {known.id!r}", known.id, fix=fix)
    if known.writer is None and known.result is not None:
        raise _refused(known)
    return answer


def _kept(of: services.Services, run: ids.RunId, wish: Wish, who: str) -> ports_commands.Answer:
    """Check a wish and keep it. Blocking."""
    now_ns = of.clock_ns()
    seen = run_queries.as_seen(of.catalog.run(run), now_ns=now_ns)
    of.catalog.commands.expire(run, now_ns=now_ns)
    command_id = wish.id or secrets.token_hex(16)
    try:
        _check_form(wish, is_measure=who.startswith(standing.WHO))
        verb, args = command.checked(wish.verb, wish.args)
    except errors.InvalidRecord as error:
        raise _not_usable(of, run, wish, error, who=who, command_id=command_id, now_ns=now_ns) from error
    stat = of.series.run_stats(seen.ref.project, [run]).get(run)
    refusal = commanding.refusal(
        seen,
        verb,
        args,
        completed=facts.completed_epochs(seen, stat=stat),
        is_released=verb == "resume" and of.catalog.commands.was_released(run),
        is_linked=of.hub.is_linked(run),
    )
    wanted = ports_commands.Asked(
        id=command_id,
        verb=verb,
        args=args,
        who=who,
        cause=wish.cause,
        lasts_s=wish.deadline_s or command.deadline_s(verb, args),
        refusal=refusal,
    )
    return of.catalog.commands.ask(run, wanted, writer=commanding.writer_of(seen), now_ns=now_ns)


def _check_form(wish: Wish, *, is_measure: bool) -> None:
    is_kept_free = not is_measure and _OF_MEASURES.fullmatch(wish.id)
    if wish.id and (is_kept_free or not _ID.fullmatch(wish.id)):
        fix = f"use 1-{command.ID_MAX_CHARS} letters, digits, and _ . : -, and not a measure's name with a number"
        raise errors.InvalidRecord(f"id {wish.id[:80]!r} cannot be used", field="id", fix=fix)
    if wish.cause and not _CAUSE.fullmatch(wish.cause):
        fix = "use the id of a rule, as N05, or leave it out"
        raise errors.InvalidRecord(f"cause {wish.cause[:80]!r} cannot be used", field="cause", fix=fix)
    if wish.deadline_s is not None and not 1 <= wish.deadline_s <= command.DEADLINE_MAX_S:
        fix = f"use seconds from 1 to {command.DEADLINE_MAX_S:g}"
        raise errors.InvalidRecord(f"deadline_s {wish.deadline_s!r} cannot be used", field="deadline_s", fix=fix)
    if len(msgspec.json.encode(wish.args)) > ARGS_MAX_BYTES:
        fix = f"send at most {ARGS_MAX_BYTES} bytes"
        raise errors.InvalidRecord("args are too large", field="args", fix=fix)


def _not_usable(  # noqa: PLR0913 - who asked for what, and why it cannot be
    of: services.Services,
    run: ids.RunId,
    wish: Wish,
    error: errors.InvalidRecord,
    *,
    who: str,
    command_id: str,
    now_ns: int,
) -> HTTPException:
    """Note what cannot be used, among the commands if its verb is one, and return the problem that says so. Blocking."""
    reason: command.Reason = "unknown_verb" if error.field == "verb" else "bad_value"
    verbs: dict[str, command.Verb] = {known: known for known in command.VERBS}
    verb = verbs.get(wish.verb)
    told = msgspec.structs.replace(
        problems.problem("invalid-command", str(error), field=error.field, fix=error.fix), reason=reason
    )
    if (
        verb is None
        or error.field in ("id", "cause", "deadline_s")
        or len(msgspec.json.encode(wish.args)) > ARGS_MAX_BYTES
    ):
        event = ports_commands.Event(
            kind="rejected",
            command="" if error.field == "id" else command_id,
            verb=wish.verb[:40],
            who=who,
            at_ns=now_ns,
            reason=reason,
            detail=str(error),
        )
        of.catalog.commands.note(run, event)
    else:
        refusal = ports_commands.Refusal(reason, str(error))
        wanted = ports_commands.Asked(
            id=command_id, verb=verb, args=wish.args, who=who, lasts_s=command.DEADLINE_S, refusal=refusal
        )
        answer = of.catalog.commands.ask(run, wanted, writer=None, now_ns=now_ns)
        if answer.clashes:
            return _problem("command-id-taken", f"the run has another command of the id {command_id!r}", command_id)
    return problems.raised(msgspec.structs.replace(told, command=command_id))


async def note_unreadable(of: services.Services, run: ids.RunId, detail: str, *, who: str) -> None:
    """Note a body that is no command."""
    event = ports_commands.Event(kind="rejected", who=who, at_ns=of.clock_ns(), reason="bad_value", detail=detail)
    await anyio.to_thread.run_sync(of.catalog.commands.note, run, event)


def _refused(known: ports_commands.Known) -> HTTPException:
    result = known.result or {}
    reason, detail = str(result.get("reason", "")), str(result.get("detail", ""))
    slug: problems.Slug = "invalid-command" if reason == "bad_value" else "command-refused"
    return _problem(slug, detail, known.id, fix=_FIXES.get(reason), reason=reason)


def _problem(
    slug: problems.Slug, detail: str, command_id: str, *, fix: str | None = None, reason: str | None = None
) -> HTTPException:
    told = problems.problem(slug, detail, fix=fix)
    return problems.raised(msgspec.structs.replace(told, command=command_id, reason=reason))
