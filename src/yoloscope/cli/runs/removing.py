"""``yoloscope runs rm`` and ``yoloscope runs restore``: to the trash, back, and out of it for good."""

import click
import msgspec

from yoloscope import errors
from yoloscope.api import client
from yoloscope.cli import output, texts
from yoloscope.cli.runs import finding


class _Moved(msgspec.Struct, frozen=True):
    """Where a run is now; ``rows`` if it was removed for good."""

    run: str
    project: str
    name: str
    deleted: str | None
    rows: int | None = None


class _Trash(msgspec.Struct, frozen=True):
    """What the trash holds."""

    items: list[_Moved]


@click.command("rm")
@click.argument("asked", metavar="RUN…", nargs=-1, required=True)
@click.option("--purge", is_flag=True, help="Remove them for good, whether in the trash or not.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before --purge.")
@finding.server_and_json
def remove_runs(asked: tuple[str, ...], *, purge: bool, yes: bool, server: str | None, json_wanted: bool) -> None:
    """Move runs to the trash; `yoloscope runs restore` brings them back.

    RUN is an id, a name, or the start of an id. With --purge they are gone for good, but for those that are still trained.
    """
    api = client.Client(server)
    found = [_find(api, one) if purge else str(finding.find(api, one)["id"]) for one in asked]
    if purge and not yes:
        click.confirm(texts.text("trash.sure", count=len(found)), abort=True, err=True)
    moved = [api.delete(f"/api/v1/runs/{run}", answer=_Moved) for run in found]
    if purge:
        moved = [api.delete(f"/api/v1/runs/{run}?purge=true", answer=_Moved) for run in found]
    if json_wanted:
        output.as_json({"items": moved})
        return
    for one in moved:
        key = "trash.moved" if one.rows is None else "trash.removed"
        click.echo(texts.text(key, name=one.name, run=one.run, rows=one.rows))


@click.command("restore")
@click.argument("asked", metavar="RUN…", nargs=-1, required=True)
@finding.server_and_json
def restore_runs(asked: tuple[str, ...], *, server: str | None, json_wanted: bool) -> None:
    """Bring runs back from the trash; retention leaves them alone from then on.

    RUN is an id, a name, or the start of an id.
    """
    api = client.Client(server)
    found = [_find(api, one) for one in asked]
    moved = [api.post(f"/api/v1/runs/{run}/restore", answer=_Moved) for run in found]
    if json_wanted:
        output.as_json({"items": moved})
        return
    for one in moved:
        click.echo(texts.text("trash.restored", name=one.name))


def _find(api: client.Client, asked: str) -> str:
    """Return the id of the run that is meant, whether it is in the trash or not.

    Raises:
        NotFound: if there is none.
        ConfigError: if several are meant.
    """
    there = api.get("/api/v1/trash", answer=_Trash).items
    exact = [one.run for one in there if one.run == asked]
    named = [one.run for one in there if one.name == asked]
    found = exact or named or [one.run for one in there if one.run.startswith(asked)]
    if len(found) > 1:
        raise errors.ConfigError(f"{asked!r} fits {len(found)} runs in the trash; use an id: {', '.join(found[:5])}")
    return found[0] if found else str(finding.find(api, asked)["id"])
