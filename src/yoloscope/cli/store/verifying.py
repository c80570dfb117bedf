"""``yoloscope store verify``: reads everything, names what is damaged, writes nothing."""

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yoloscope.cli import output, texts
from yoloscope.cli.store import directory

if TYPE_CHECKING:
    from yoloscope.store.blobs import verify as blob_verifying
    from yoloscope.store.series import verify as verifying

_DAMAGED = 2
_TOLD_MAX = 20
_SHOWN_MAX = 5


@click.command()
@directory.data
@click.option("--totals", is_flag=True, help="Count totals again and compare; takes twice as long.")
@directory.as_json
def verify(data: Path | None, *, totals: bool, json_wanted: bool) -> None:
    """Read everything in the data directory, beside a running server or without one.

    Exits with 0 if all is whole, 2 if something is damaged, 3 if something could not be read. Nothing is written.
    """
    from yoloscope.store.blobs import place as blob_place
    from yoloscope.store.blobs import verify as blob_verifying
    from yoloscope.store.influxdb import looking
    from yoloscope.store.series import verify as verifying

    place = directory.existing(data)
    databases = directory.in_influxdb(place, "store.influxdb.verify")
    found: list[verifying.Verified] = []
    for verified in itertools.chain(verifying.of_directory(place, totals=totals), looking.verified(place)):
        found.append(verified)
        if not json_wanted:
            _tell(verified)
    blobs = blob_verifying.of_directory(blob_place.of_data(place), catalog=place / "catalog.db")
    if json_wanted:
        output.as_json({"items": found, "influxdb": databases, "blobs": blobs})
    elif blobs is not None:
        _tell_blobs(blobs)
    states = {verified.state for verified in (*found, *([] if blobs is None else [blobs]))}
    if "damaged" in states:
        raise SystemExit(_DAMAGED)
    if "unreadable" in states:
        raise SystemExit(directory.UNREADABLE)


def _tell(verified: "verifying.Verified") -> None:
    name = verified.project or Path(verified.file).name
    if verified.state == "unreadable":
        click.echo(texts.text("store.unreadable", name=name, detail=verified.detail))
    elif verified.state == "whole" and verified.project is None:
        click.echo(texts.text("store.whole_file", name=name))
    elif verified.state == "whole":
        click.echo(
            texts.text("store.whole", name=name, runs=verified.runs, rows=verified.rows, payloads=verified.payloads)
        )
    else:
        click.echo(texts.text("store.damaged", name=name, count=len(verified.damage), file=verified.file))
        for damage in verified.damage[:_TOLD_MAX]:
            click.echo(f"  {damage.detail}")
        if len(verified.damage) > _TOLD_MAX:
            click.echo(texts.text("store.more_damage", count=len(verified.damage) - _TOLD_MAX))


def _tell_blobs(found: "blob_verifying.Verified") -> None:
    if found.state == "unreadable":
        click.echo(texts.text("store.unreadable", name=found.file, detail=found.detail))
        return
    if found.state == "whole":
        size = directory.size(found.bytes)
        click.echo(texts.text("store.blobs.whole", blobs=found.blobs, size=size, missing=found.missing))
        return
    click.echo(texts.text("store.blobs.damaged", count=len(found.damage), file=found.file))
    for damage in found.damage[:_TOLD_MAX]:
        click.echo(f"  {damage.digest}: {damage.detail}")
        for item in damage.items[:_SHOWN_MAX]:
            click.echo(f"    {item}")
    if len(found.damage) > _TOLD_MAX:
        click.echo(texts.text("store.more_damage", count=len(found.damage) - _TOLD_MAX))
