"""``yoloscope export``: runs as one file, from a server or from what a training wrote down."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import click
import msgspec

from yoloscope import errors
from yoloscope.api import client
from yoloscope.cli import export_files, export_tables, output, texts, transfer
from yoloscope.cli.runs import find
from yoloscope.spool import inventory, layout
from yoloscope.wire import recording

_RECORDING = "yoloscope"
_FORMS = (_RECORDING, "csv", "parquet")


class Exported(msgspec.Struct, frozen=True):
    """What ``--json`` prints of a recording."""

    file: str
    size_bytes: int
    source: recording.Source
    runs: tuple[recording.RunName, ...]
    rows: int
    values: int
    sha256: str


@click.command()
@click.argument("run", required=False)
@click.option("--project", help="All runs of a project, in place of RUN (csv and parquet).")
@click.option("--format", "form", type=click.Choice(_FORMS), default=_RECORDING, show_default=True, help="File format.")
@click.option("--wide", is_flag=True, help="A row for each row logged, a column for each series (csv and parquet).")
@click.option(
    "--output",
    "-o",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; default: the run's name in this folder.",
)
@click.option("--server", metavar="URL", help="Server that holds the run.")
@click.option("--json", "json_wanted", is_flag=True, help="Print one JSON object.")
def export(  # noqa: PLR0913 - each is an option
    run: str | None,
    *,
    project: str | None,
    form: Literal["yoloscope", "csv", "parquet"],
    wide: bool,
    target: Path | None,
    server: str | None,
    json_wanted: bool,
) -> None:
    """Write runs into one file: to be carried to another server by hand, or to be read by other programs.

    RUN is a run at the server (its id, the start of one, or its name), or a folder with what trainings wrote down (.yoloscope or one
    in it): then no server is needed. `yoloscope import FILE`, or dropping the file on the list of runs, brings a recording in.
    csv and parquet hold every value for pandas and others; docs/export.md describes their columns.
    """
    if (run is None) == (project is None):
        raise errors.ConfigError("name one run, or a project with --project")
    if form == _RECORDING:
        if run is None or wide:
            raise errors.ConfigError(
                "a recording holds one run as it is. Add --format csv or --format parquet for --project and --wide"
            )
        done, words = _recorded(run, target=target, server=server)
    else:
        if run is not None and Path(run).is_dir() and inventory.find(Path(run)):
            raise errors.ConfigError(
                f"{run!r} is what a training wrote down; {form} is made by a server. Send it there with `yoloscope sync`"
            )
        asked = export_tables.Asked(run, project, form, wide)
        done, words = export_tables.write(client.Client(server), asked, target=target)
    if json_wanted:
        output.as_json(done)
    else:
        click.echo(words)


def _recorded(run: str, *, target: Path | None, server: str | None) -> tuple[Exported, str]:
    """Write a recording and return what it holds, and the words for it."""
    directories = _directories(run)
    if directories:
        from yoloscope.sidecar import recording as spools

        name = layout.load_manifest(directories[-1]).run.name
        data = spools.of_directories(directories, now_ns=time.time_ns())
    else:
        api = client.Client(server)
        detail = find(api, run)
        name, data = str(detail["name"]), api.download(f"/api/v1/runs/{detail['id']}/recording")
    done = _written(data, target or export_files.free(name, suffix=recording.SUFFIX))
    names = ", ".join(f"{one.project}/{one.name}" for one in done.runs)
    return done, texts.text(
        "export.done", file=done.file, runs=names, rows=done.rows, size=transfer.size(done.size_bytes)
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


def _written(data: Iterator[bytes], target: Path) -> Exported:
    """Write a recording whole or not at all, read it again, and return what it holds.

    Raises:
        ConfigError: if the file cannot be written, or what is to be in it cannot be read.
        RecordingError: if what came is not whole, as when the server stopped in between.
    """
    with export_files.written(data, target) as part:
        with part.open("rb") as file:
            header, trailer = recording.prove(file)
        size_bytes = part.stat().st_size
    counts = trailer.rows, trailer.values, trailer.sha256
    return Exported(str(target), size_bytes, header.source, header.runs, *counts)
