"""``yoloscope store stats``: what each project takes, in numbers."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from yoloscope.cli import output, texts
from yoloscope.cli.store import directory

if TYPE_CHECKING:
    from yoloscope.store.blobs import verify as blob_verifying
    from yoloscope.store.series import stats as counting

_HEADINGS = (
    "project",
    "runs",
    "series",
    "rows",
    "points",
    "size",
    "per_point",
    "in_log",
    "grouped",
    "thinned",
    "free",
    "format",
)


@click.command()
@directory.data
@directory.as_json
def stats(data: Path | None, *, json_wanted: bool) -> None:
    """Count what each project takes, beside a running server or without one.

    Exits with 3 if a file could not be read. Nothing is written.
    """
    from yoloscope.store.blobs import place as blob_place
    from yoloscope.store.blobs import verify as blob_verifying
    from yoloscope.store.influxdb import looking
    from yoloscope.store.series import stats as counting

    place = directory.existing(data)
    databases = directory.in_influxdb(place, "store.influxdb.stats")
    found = [*counting.of_directory(place), *looking.counted(place)]
    blobs = blob_verifying.counted(blob_place.of_data(place))
    if json_wanted:
        output.as_json({"items": found, "influxdb": databases, "blobs": blobs})
    elif not found:
        click.echo(texts.text("store.empty"))
    else:
        readable = [one for one in found if one.detail is None]
        if readable:
            output.as_table([texts.text(f"store.{key}") for key in _HEADINGS], [_cells(one) for one in readable])
        for one in found:
            if one.detail is not None:
                click.echo(texts.text("store.unreadable", name=Path(one.file).name, detail=one.detail), err=True)
    if blobs is not None and not json_wanted:
        _tell_blobs(blobs)
    if any(one.detail is not None for one in (*found, *([] if blobs is None else [blobs]))):
        raise SystemExit(directory.UNREADABLE)


def _cells(one: "counting.Stats") -> list[str]:
    return [
        one.project or Path(one.file).name,
        *(f"{count:,}" for count in (one.runs, one.series, one.rows, one.points)),
        directory.size(one.size_bytes),
        "–" if one.bytes_per_point is None else f"{one.bytes_per_point:.2f}",
        f"{one.rows_in_log:,}",
        _share(one.grouped, one.blocks),
        _share(one.thinned, one.blocks),
        directory.size(one.free_bytes),
        str(one.format),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _tell_blobs(one: "blob_verifying.Stats") -> None:
    if one.detail is not None:
        click.echo(texts.text("store.unreadable", name=one.file, detail=one.detail), err=True)
        return
    click.echo(
        texts.text(
            "store.blobs.stats",
            blobs=one.blobs,
            small=one.small_blobs,
            bytes=directory.size(one.bytes),
            size=directory.size(one.size_bytes),
            partial=one.partial,
            partial_bytes=directory.size(one.partial_bytes),
        )
    )
