"""``yoloscope restore``: a data directory out of what `yoloscope backup` wrote."""

import time
from datetime import datetime
from pathlib import Path

import click
import msgspec

from yoloscope.cli import output, texts, up


class PutBack(msgspec.Struct, frozen=True):
    """What ``--json`` prints; ``aside`` is where `--force` put what was there."""

    data: str
    created_ns: int
    release: str
    instance: str
    instance_epoch: int
    runs: int
    files: int
    aside: str | None


@click.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Directory to fill: empty or missing.")
@click.option(
    "--blobs",
    type=click.Path(path_type=Path, file_okay=False),
    help="What --blobs-to of `yoloscope backup` named, if it did.",
)
@click.option("--force", is_flag=True, help="Rename a directory that is not empty; nothing is deleted.")
@click.option("--json", "json_wanted", is_flag=True, help="Print one JSON object.")
def restore(source: Path, *, data: Path | None, blobs: Path | None, force: bool, json_wanted: bool) -> None:
    """Put the data of the backup SOURCE into a directory, for a server that does not run.

    The backup is proven before anything is written. Trainings whose rows came after it send them again.
    """
    from yoloscope.store import archive
    from yoloscope.store import restore as restoring

    directory = (data or up.default_data()).expanduser().absolute()
    now_ns = time.time_ns()
    aside: Path | None = None
    if force:
        archive.prove(source)
        aside = restoring.move_aside(directory, now_ns=now_ns)
    beside = None if blobs is None else blobs.expanduser().absolute()
    done = restoring.into(directory, source, now_ns=now_ns, blobs_from=beside)
    manifest = done.manifest
    told = PutBack(
        *(str(directory), manifest.created_ns, manifest.release, manifest.instance, done.instance_epoch),
        *(manifest.runs, len(manifest.files), None if aside is None else str(aside)),
    )
    if json_wanted:
        output.as_json(told)
        return
    created = datetime.fromtimestamp(told.created_ns / 1e9).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    click.echo(texts.text("restore.done", data=told.data, runs=told.runs, created=created))
    if told.aside is not None:
        click.echo(texts.text("restore.aside", aside=told.aside))
