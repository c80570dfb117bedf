"""``yoloscope resume``: a training that is held goes on; one that was released, stopped or killed is started again on its own machine."""

import os
import sys
import time
from pathlib import Path
from typing import NamedTuple, NoReturn

import click

from yoloscope import errors
from yoloscope.api import client
from yoloscope.api.finding import Raw, find
from yoloscope.cli import output, texts
from yoloscope.cli.act import queueing, restarting, sending
from yoloscope.records import ids
from yoloscope.spool import launched, platform

_LIVING = frozenset(("queued", "running", "paused", "stalled", "unreachable"))
_STARTS_WITHIN_S = 180.0
"""How long a training may take to its first batch: it imports, and reads its whole data set."""

_ENDS_WITHIN_S = 10.0
_LOOK_S = 0.2


class _Here(NamedTuple):
    """What this machine knows of a run."""

    record: launched.Launch
    directory: Path

    @property
    def is_dead(self) -> bool:
        """Whether it was trained on this machine and does not live any more."""
        return self.record.host == platform.host_name() and not launched.is_alive(self.directory)


@click.command("resume")
@click.argument("run")
@click.option("--foreground", is_flag=True, help="Start it in this terminal.")
@click.option(
    "--from",
    "folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the training wrote its output, if it is not found by itself.",
)
@click.option(
    "--when-free",
    is_flag=True,
    help="Have the agent of its machine (`yoloscope agent --start`) start it once its card is free; from any machine.",
)
@click.option("--card", metavar="UUID", default="", help="The card to go on with; default: the one that it had.")
@sending.options
def resume(run: str, *, foreground: bool, folder: Path | None, when_free: bool, card: str, how: sending.How) -> None:
    """Let a held training go on, or start one again that was released, stopped or killed.

    RUN is an id, a name, or the start of an id. What has ended is started again on the machine that trained it, by the command line that it
    was started with there, from its last checkpoint, as a new attempt of the run.
    """
    api = client.Client(how.server)
    if when_free:
        if foreground or folder is not None:
            raise click.UsageError(texts.text("resume.one_way"))
        queueing.queue(api, find(api, run), card=card, how=how)
    told = _told(api, run)
    here = _here(run if told is None else str(told["id"]), folder=folder)
    if told is None and here is None:
        find(api, run)  # which says that no server answers
    if told is not None and str(told["state"]) in _LIVING and not (here is not None and here.is_dead):
        sending.send(api, told, verb="resume", args={}, how=how)
    if told is not None and told["state"] == "finished":
        _refuse("done", how=how, name=told["name"])
    if here is None:
        assert told is not None
        _refuse("no_record", how=how, name=told["name"], host=told.get("host") or "?")
    reaching = _reaching(None if told is None else api)
    chosen = reaching | ({"CUDA_VISIBLE_DEVICES": card} if card else {})
    _restart(here, environment=chosen, foreground=foreground, how=how)


def _told(api: client.Client, run: str) -> Raw | None:
    """Return what the server knows of a run, None if no server answers: this machine may know enough."""
    try:
        return find(api, run)
    except errors.ServerUnavailable:
        return None


def _here(run: str, *, folder: Path | None) -> _Here | None:
    """Return what this machine knows of a run, by its id, its name, or the start of its id."""
    if folder is not None:
        directories = iter(launched.below(folder))
    elif ids.RUN_ID.match(run) and (known := launched.place(ids.RunId(run))) is not None:
        directories = iter((known.path,))
    else:
        directories = iter([place.path for _, place in launched.places()])
    records = [(launched.load(directory), directory) for directory in directories]
    found = [_Here(record, directory) for record, directory in records if record is not None]
    exact = [one for one in found if one.record.run == run] or [one for one in found if one.record.name == run]
    meant = exact or [one for one in found if one.record.run.startswith(run)]
    if len({one.record.run for one in meant}) > 1:
        listed = ", ".join(sorted({one.record.run for one in meant})[:5])
        raise errors.ConfigError(f"{run!r} fits several runs; use one of these ids: {listed}")
    return meant[0] if meant else None


def _restart(here: _Here, *, environment: dict[str, str], foreground: bool, how: sending.How) -> NoReturn:
    record = here.record
    if record.host != platform.host_name():
        _refuse("elsewhere", how=how, name=record.name, host=record.host)
    if not _dies(here):
        _refuse("alive", how=how, name=record.name)
    try:
        chosen = restarting.plan(record, environment=environment)
        if chosen.word:
            click.echo(chosen.word, err=True)
        if foreground:
            restarting.replace(chosen, record, here.directory)
        within_s = (how.deadline_s or _STARTS_WITHIN_S) if how.wait else 0.0
        started = restarting.start(chosen, record, here.directory, within_s=within_s)
    except restarting.CannotRestart as error:
        _refuse_as(str(error), reason=error.reason, how=how)
    except OSError as error:
        _refuse("cannot", how=how, name=record.name, why=error.strerror or error)
    _tell(started, record, how=how)


def _dies(here: _Here) -> bool:
    """Tell whether a training is gone, after waiting a little for one that is about to be: a release ends in a checkpoint and an exit."""
    until_s = time.monotonic() + _ENDS_WITHIN_S
    while not here.is_dead and time.monotonic() < until_s:
        time.sleep(_LOOK_S)
    return here.is_dead


def _tell(started: restarting.Started, record: launched.Launch, *, how: sending.How) -> NoReturn:
    key = {True: "begun", False: "ended", None: "preparing"}[started.begun]
    if how.json_wanted:
        output.as_json({"run": record.run, "pid": started.pid, "log": str(started.log), "state": key})
    else:
        click.echo(texts.text(f"resume.{key}", name=record.name, pid=started.pid, log=started.log))
    sys.exit(0 if started.begun or (started.begun is None and not how.wait) else sending.NOT_DONE)


def _reaching(api: client.Client | None) -> dict[str, str]:
    """Return the variables with which the training reaches the server that was asked; none if none answered."""
    if api is None:
        return {}
    token = api.given_token or os.environ.get("YOLOSCOPE_TOKEN")
    return {"YOLOSCOPE_SERVER": api.url} | ({"YOLOSCOPE_TOKEN": token} if token else {})


def _refuse(key: str, *, how: sending.How, **values: object) -> NoReturn:
    _refuse_as(texts.text(f"resume.{key}", **values), reason=key, how=how)


def _refuse_as(says: str, *, reason: str, how: sending.How) -> NoReturn:
    click.echo(f"✗ {says}", err=True)
    if how.json_wanted:
        output.as_json({"state": "refused", "reason": reason})
    sys.exit(sending.NOT_DONE)
