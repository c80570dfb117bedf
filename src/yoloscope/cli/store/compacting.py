"""``yoloscope store compact``: seals and merges everything that no server is using, and gives space back."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yoloscope import errors
from yoloscope.cli import output, texts
from yoloscope.cli.store import directory

if TYPE_CHECKING:
    from yoloscope.store.series import tidy

_HELD = 2


@click.command()
@directory.data
@directory.as_json
def compact(data: Path | None, *, json_wanted: bool) -> None:
    """Seal what is in the logs, merge small blocks and give space back, while no server runs.

    A running server does this by itself. Exits with 2 if one holds the directory, with 3 if a file could not be compacted.
    """
    from yoloscope.store import open as store_opening
    from yoloscope.store.series import tidy

    place = directory.existing(data)
    databases = directory.in_influxdb(place, "store.influxdb.compact")
    found: list[tidy.Tidied] = []
    with contextlib.ExitStack() as holding:
        try:
            holding.enter_context(store_opening.held(place))
        except errors.StoreError as error:
            click.echo(texts.text("store.held", detail=error), err=True)
            raise SystemExit(_HELD) from error
        for tidied in tidy.of_directory(place) if (place / "series").is_dir() else ():
            found.append(tidied)
            if not json_wanted:
                _tell(tidied)
    if json_wanted:
        output.as_json({"items": found, "influxdb": databases})
    if any(tidied.detail is not None for tidied in found):
        raise SystemExit(directory.UNREADABLE)


def _tell(tidied: "tidy.Tidied") -> None:
    name = tidied.project or Path(tidied.file).name
    click.echo(
        texts.text(
            "store.compacted",
            name=name,
            rows=tidied.rows_sealed,
            before=directory.size(tidied.before_bytes),
            after=directory.size(tidied.after_bytes),
        )
    )
    if tidied.detail is not None:
        click.echo(texts.text("store.not_compacted", name=name, detail=tidied.detail), err=True)
