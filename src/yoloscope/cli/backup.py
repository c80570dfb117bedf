"""``yoloscope backup``: the data directory as one file, also beside a running server."""

import time
from pathlib import Path
from urllib import parse

import click
import msgspec

from yoloscope import errors
from yoloscope.cli import output, texts, transfer, up


class BackedUp(msgspec.Struct, frozen=True):
    """What ``--json`` prints."""

    file: str
    size_bytes: int
    created_ns: int
    release: str
    instance: str
    runs: int
    files: int


@click.command()
@click.argument("dest", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="The server's data directory.")
@click.option("--store", metavar="URL", help="Where its series are, if `yoloscope up` was given --store.")
@click.option(
    "--blobs-to",
    type=click.Path(path_type=Path, file_okay=False),
    help="Copy pictures and files into this directory, which later backups share, not into DEST.",
)
@click.option("--json", "json_wanted", is_flag=True, help="Print one JSON object.")
def backup(dest: Path, *, data: Path | None, store: str | None, blobs_to: Path | None, json_wanted: bool) -> None:
    """Write all data of a server into the file DEST, or into a file in the directory DEST.

    The server may run: it neither waits nor is waited for. The file is there whole or not at all.
    """
    from yoloscope.store import backup as backups

    directory = (data or up.default_data()).expanduser().absolute()
    beside = None if blobs_to is None else blobs_to.expanduser().absolute()
    written = backups.write(directory, dest, now_ns=time.time_ns(), series_dir=_series_dir(store), blobs_to=beside)
    manifest = written.manifest
    told = BackedUp(
        *(str(written.file), written.size_bytes, manifest.created_ns, manifest.release, manifest.instance),
        *(manifest.runs, len(manifest.files)),
    )
    if json_wanted:
        output.as_json(told)
        return
    size = transfer.size(told.size_bytes)
    click.echo(texts.text("backup.done", file=told.file, runs=told.runs, files=told.files, size=size))
    click.echo(texts.text("backup.secret"))
    if beside is not None:
        click.echo(texts.text("backup.blobs", directory=beside))
    for digest in written.damaged:
        click.echo(texts.text("backup.damaged", digest=digest), err=True)
    if any(file.name.startswith("influxdb/") for file in manifest.files):
        click.echo(texts.text("backup.influxdb"))


def _series_dir(url: str | None) -> Path | None:
    """Return where the series lie if not in the data directory.

    Raises:
        ConfigError: if the URL says no directory.
    """
    if url is None or url.startswith("influxdb"):
        return None
    parts = parse.urlsplit(url)
    if parts.scheme != "blocks" or parts.netloc or not parts.path:
        raise errors.ConfigError("--store takes what `yoloscope up` was given: blocks:///DIR or influxdb://…")
    return Path(parse.unquote(parts.path))
