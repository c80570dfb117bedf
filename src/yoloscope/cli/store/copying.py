"""``yoloscope store copy``: moves runs between kinds of stores, verified by their contents."""

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib import parse

import click

from yoloscope import errors
from yoloscope.cli import output, texts, up
from yoloscope.cli.store import directory
from yoloscope.records import ids

if TYPE_CHECKING:
    from yoloscope.store import copying, ports

_NOT_COPIED = 2


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@directory.data
@click.option("--project", metavar="NAME", help="Only runs of this project.")
@click.option("--run", "run_id", metavar="ID", help="Only this run.")
@directory.as_json
def copy(
    *, source: str, target: str, data: Path | None, project: str | None, run_id: str | None, json_wanted: bool
) -> None:
    """Copy the points of runs from one store into another, while no server runs.

    FROM and TO are what --store of `yoloscope up` takes: blocks:///DIR or influxdb://USER:PASSWORD@HOST:8086/DATABASE; or env:NAME for what
    the environment variable NAME holds, which no list of processes shows. Rows are compared after copying; what is there and differs is left alone. Copying again goes on where it broke off. Exits with 0 if every run is there, 2
    if one is not.
    """
    from yoloscope.store import copying
    from yoloscope.store import open as opening

    source, target = _named(source), _named(target)
    at = (data or up.default_data()).expanduser().absolute()
    copying.refuse_same(source, target)
    if not (at / "catalog.db").is_file():
        raise errors.ConfigError(texts.text("store.no_data", directory=at))
    _refuse_missing(source)
    with contextlib.ExitStack() as held:
        for other in {_directory(url) for url in (source, target)} - {None, at}:
            assert other is not None
            held.enter_context(opening.held(other))
        stores = held.enter_context(opening.open_stores(at, store_url=source))
        into = held.enter_context(contextlib.closing(opening.series_opener(target, data_dir=at, beside_others=True)()))
        runs = _chosen(stores.catalog, project=project, run_id=run_id)
        found: list[copying.Copied] = []
        for copied in copying.copy(copying.Stores(stores.series, into), runs):
            found.append(copied)
            if not json_wanted:
                _tell(copied)
    _tell_all(found, target=target, json_wanted=json_wanted)


def _named(url: str) -> str:
    """Return a store's URL, taken from the environment where only a variable is named."""
    kind, _, name = url.partition(":")
    if kind != "env":
        return url
    if not os.environ.get(name):
        raise errors.ConfigError(f"{url}: there is no environment variable {name!r}, or it is empty")
    return os.environ[name]


def _chosen(catalog: "ports.Catalog", *, project: str | None, run_id: str | None) -> "list[ports.RunInfo]":
    wanted = None if project is None else ids.project_name_from_text(project)
    found = [one for one in catalog.all_runs(wanted) if run_id is None or one.ref.id == run_id]
    if run_id is not None and not found:
        raise errors.NotFound(f"there is no run {run_id!r} in this data directory")
    return found


def _directory(url: str) -> Path | None:
    """Return the directory of a store of blocks."""
    from yoloscope.store.influxdb import address

    parts = address.split(url)
    return Path(parse.unquote(parts.path)).absolute() if parts.scheme == "blocks" and parts.path else None


def _refuse_missing(source: str) -> None:
    where = _directory(source)
    if where is not None and not (where / "series").is_dir():
        raise errors.ConfigError(f"FROM holds no series: there is no directory {str(where / 'series')!r}")


def _tell(copied: "copying.Copied") -> None:
    told = {"project": copied.project, "name": copied.name, "run": copied.run}
    click.echo(texts.text(f"copy.{copied.state}", **told, rows=copied.rows, detail=copied.detail or ""))


def _tell_all(found: "list[copying.Copied]", *, target: str, json_wanted: bool) -> None:
    from yoloscope.store.influxdb import address

    count = {state: sum(one.state == state for one in found) for state in ("copied", "there", "refused")}
    if json_wanted:
        output.as_json({"items": found})
    elif not found:
        click.echo(texts.text("copy.nothing"))
    else:
        shown = target if _directory(target) else address.from_url(target).public
        click.echo(texts.text("copy.done", **count, target=shown))
    if count["refused"]:
        raise SystemExit(_NOT_COPIED)
