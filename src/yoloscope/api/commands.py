"""Commands of a run as a person or a program sends them: asked for, followed until the training settled them, listed.

A command gets its id here, so that one whose answer was lost is sent again and still acts once. A server that is away for a moment costs
a wait, never the command: it stands in the server's catalogue, its outcome in the trainer's spool.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import cast

import msgspec

from yoloscope import errors
from yoloscope.api import client
from yoloscope.records import command, refusals

_PAGE = 50
_SEND_TRIES = 3
_SEND_AGAIN_S = 0.5
_LOOK_S = 0.2
"""How often a command is asked about: a training acts within a batch, and one answer is small."""
_LOOK_LATER_S = 1.0
_SOON_S = 15.0
GRACE_S = 40.0
"""How long behind its deadline a command is still waited for: a server gives one that was accepted 30 s, as what the training did arrives with its rows."""

Seen = Callable[["Command"], None]


class AppliedAt(msgspec.Struct, frozen=True):
    """Where the training stood when it settled a command: global step, epoch as a fraction, and its own clock."""

    step: int | None = None
    epoch: float | None = None
    time: str | None = None


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a command that answered a finding, or has so far; changes are relative, -0.18 for what fell by 18 %.

    ``verdict`` is ``measuring``, ``helped``, ``harmed``, ``none`` (within the noise) or ``unknown``; ``sentence`` says all of it by language, ``en`` and ``zh``.
    """

    verdict: str
    series: str = ""
    epochs: int = 0
    of: int = 0
    before: float | None = None
    after: float | None = None
    change: float | None = None
    expected: float | None = None
    basis: str = "none"
    runs: int = 0
    sentence: dict[str, str] = {}


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command and what became of it; times are ISO 8601. ``cause`` is the rule whose finding it answers, ``effect`` what came of that."""

    id: str
    verb: str
    args: dict[str, object] = {}
    state: command.State = "sent"
    who: str = ""
    created: str = ""
    deadline: str = ""
    accepted: str | None = None
    settled: str | None = None
    applied_at: AppliedAt | None = None
    result: dict[str, object] | None = None
    cause: str = ""
    effect: Effect | None = None

    @property
    def is_settled(self) -> bool:
        """Whether nothing more comes of it, but for an ``applied`` that is late."""
        return self.state in command.SETTLED

    @property
    def reason(self) -> str | None:
        """The word of `records.command.Reason` for which it was refused, or expired before its time; None if there is none."""
        told = (self.result or {}).get("reason")
        return told if isinstance(told, str) and self.state in {"refused", "expired"} else None

    @property
    def explanation(self) -> str | None:
        """Why that was and what to do, in English; None if there is no reason."""
        if self.reason is None:
            return None
        known = refusals.TEXTS.get(cast("command.Reason", self.reason))
        return known[0] if known else str((self.result or {}).get("detail") or self.reason)


class _Page(msgspec.Struct, frozen=True):
    items: list[Command]
    next: str | None = None


def send(
    api: client.Client,
    run: str,
    *,
    verb: str,
    args: Mapping[str, object],
    deadline_s: float | None,
    cause: str = "",
) -> Command:
    """Return a command as the server has taken it, or refused it at once.

    Raises:
        InvalidRecord: if verb or arguments cannot be used; nothing was sent.
        ServerRefused: if the run is unknown, or the token may not act.
        ServerUnavailable: if there is no answer.
    """
    known, checked = command.checked(verb, dict(args))
    body: dict[str, object] = {"verb": known, "args": checked, "id": secrets.token_hex(16)}
    body |= {"deadline_s": deadline_s} if deadline_s is not None else {}
    body |= {"cause": cause} if cause else {}
    try:
        return _posted(api, _path(run), body)
    except errors.ServerRefused as error:
        if error.command is None:
            raise
        refused = _find(api, run, error.command)
        if refused is None:
            raise
        return refused


def follow(api: client.Client, run: str, sent: Command, *, within_s: float, seen: Seen = lambda _: None) -> Command:
    """Return what became of a command, at the latest so many seconds from now; `seen` is told of each state on the way.

    Raises:
        ServerUnavailable: if the server does not answer at the end of that time.
        NotFound: if it no longer knows the command.
    """
    begun_s = time.monotonic()
    latest = sent
    seen(latest)
    while not latest.is_settled:
        passed_s = time.monotonic() - begun_s
        if passed_s >= within_s:
            return get(api, run, sent.id)
        time.sleep(min(_LOOK_S if passed_s < _SOON_S else _LOOK_LATER_S, within_s - passed_s))
        try:
            now = get(api, run, sent.id)
        except errors.ServerUnavailable:
            continue
        if now.state != latest.state:
            seen(now)
        latest = now
    return latest


def get(api: client.Client, run: str, command_id: str) -> Command:
    """Return a command of a run.

    Raises:
        NotFound: if there is none of that id.
    """
    found = _find(api, run, command_id)
    if found is None:
        raise errors.NotFound(f"run {run!r} has no command {command_id!r}")
    return found


def every(api: client.Client, run: str) -> Iterator[Command]:
    """Yield the commands of a run, newest first."""
    cursor: str | None = None
    while True:
        query: dict[str, str | int] = {"limit": _PAGE} | ({"cursor": cursor} if cursor else {})
        page = api.get(_path(run), query=query, answer=_Page)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def _find(api: client.Client, run: str, command_id: str) -> Command | None:
    return next((one for one in every(api, run) if one.id == command_id), None)


def _posted(api: client.Client, path: str, body: Mapping[str, object]) -> Command:
    for _ in range(_SEND_TRIES - 1):
        try:
            return api.post(path, body=body, answer=Command)
        except errors.ServerUnavailable:
            time.sleep(_SEND_AGAIN_S)
    return api.post(path, body=body, answer=Command)


def _path(run: str) -> str:
    return f"/api/v1/runs/{run}/commands"
