"""``yoloscope store verify``: reads everything, names what is damaged, writes nothing."""

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yoloscope.cli import output, texts
from yoloscope.cli.store import directory

if TYPE_CHECKING:
    from yoloscope.store.series import verify as verifying

_DAMAGED = 2
_TOLD_MAX = 20


@click.command()
@directory.data
@click.option("--totals", is_flag=True, help="Count totals again and compare; takes twice as long.")
@directory.as_json
def verify(data: Path | None, *, totals: bool, json_wanted: bool) -> None:
    """Read everything in the data directory, beside a running server or without one.

    Exits with 0 if all is whole, 2 if something is damaged, 3 if something could not be read. Nothing is written.
    """
    from yoloscope.store.influxdb import looking
    from yoloscope.store.series import verify as verifying

    place = directory.existing(data)
    databases = directory.in_influxdb(place, "store.influxdb.verify")
    found: list[verifying.Verified] = []
    for verified in itertools.chain(verifying.of_directory(place, totals=totals), looking.verified(place)):
        found.append(verified)
        if not json_wanted:
            _tell(verified)
    if json_wanted:
        output.as_json({"items": found, "influxdb": databases})
    states = {verified.state for verified in found}
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
