"""``yoloscope export``: a run as one file, from a server or from what a training wrote down."""

import contextlib
import os
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import click
import msgspec

from yoloscope import errors
from yoloscope.cli import client, output, texts, transfer
from yoloscope.cli.runs import find
from yoloscope.spool import inventory, layout
from yoloscope.wire import recording

_FORMATS = ("yoloscope",)


class Exported(msgspec.Struct, frozen=True):
    """What ``--json`` prints."""

    file: str
    size_bytes: int
    source: recording.Source
    runs: tuple[recording.RunName, ...]
    rows: int
    values: int
    sha256: str


@click.command()
@click.argument("run")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="yoloscope", show_default=True, help="File format."
)
@click.option(
    "--output",
    "-o",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; default: the run's name in this folder.",
)
@click.option("--server", metavar="URL", help="Server that holds the run.")
@click.option("--json", "json_wanted", is_flag=True, help="Print one JSON object.")
def export(run: str, *, form: str, target: Path | None, server: str | None, json_wanted: bool) -> None:
    """Write a run into one file, to be carried to another server by hand.

    RUN is a run at the server (its id, the start of one, or its name), or a folder with what trainings wrote down (.yoloscope or one
    in it): then no server is needed. `yoloscope import FILE`, or dropping the file on the list of runs, brings it in.
    """
    del form  # there is one so far
    directories = _directories(run)
    if directories:
        from yoloscope.sidecar import recording as spools

        name = layout.load_manifest(directories[-1]).run.name
        done = _written(spools.of_directories(directories, now_ns=time.time_ns()), target or _free(name))
    else:
        api = client.Client(server)
        detail = find(api, run)
        data = api.download(f"/api/v1/runs/{detail['id']}/recording")
        done = _written(data, target or _free(str(detail["name"])))
    if json_wanted:
        output.as_json(done)
        return
    names = ", ".join(f"{one.project}/{one.name}" for one in done.runs)
    click.echo(
        texts.text("export.done", file=done.file, runs=names, rows=done.rows, size=transfer.size(done.size_bytes))
    )


def _directories(run: str) -> list[Path]:
    """Return the writers' directories that are meant, none if a run at a server is.

    Raises:
        ConfigError: if `run` can only be a folder, and holds none.
    """
    folder = Path(run)
    found = inventory.find(folder) if folder.is_dir() else []
    if not found and (os.sep in run or (folder.is_dir() and run in (".", ".."))):
        raise errors.ConfigError(f"nothing that a training wrote down was found in {run!r}")
    return found


def _free(name: str) -> Path:
    """Return a file name for a run that no file here has."""
    first = Path(recording.file_name(name))
    number = 1
    target = first
    while target.exists():
        number += 1
        target = first.with_name(f"{first.stem}-{number}{first.suffix}")
    return target


def _written(data: Iterator[bytes], target: Path) -> Exported:
    """Write a recording whole or not at all, read it again, and return what it holds.

    Raises:
        ConfigError: if the file cannot be written, or what is to be in it cannot be read.
        RecordingError: if what came is not whole, as when the server stopped in between.
    """
    try:
        with _part(target) as part:
            with part.open("wb") as file, transfer.bar(target.name, size_bytes=None) as advance:
                for some in data:
                    file.write(some)
                    advance(len(some))
                file.flush()
                os.fsync(file.fileno())
            with part.open("rb") as file:
                header, trailer = recording.prove(file)
            size_bytes = part.stat().st_size
            part.replace(target)
    except OSError as error:
        raise errors.ConfigError(f"the file cannot be made: {error}. Name another one with --output") from error
    counts = trailer.rows, trailer.values, trailer.sha256
    return Exported(str(target), size_bytes, header.source, header.runs, *counts)


@contextlib.contextmanager
def _part(target: Path) -> Generator[Path]:
    """Lend a file beside the target that is gone if it did not become the target."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)
