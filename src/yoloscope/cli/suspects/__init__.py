"""``yoloscope suspects``: labels of a training set that the model steadily contradicts, listed or shown by a page of this machine."""

from pathlib import Path

import click

from yoloscope.cli import output
from yoloscope.cli.suspects import finding, listing


@click.command("suspects")
@click.argument("run", required=False)
@click.option(
    "--dir",
    "place",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where to look for the run; default: YOLOSCOPE_DIR, else this folder.",
)
@click.option(
    "--top", type=click.IntRange(1, 100_000), default=listing.TOP, show_default=True, metavar="N", help="How many."
)
@click.option("--serve", is_flag=True, help="Show them with their images on a page that this machine serves to itself.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="With --serve; 0 takes a free one."
)
@click.option("--json", "json_wanted", is_flag=True, help="Print one line of JSON.")
def suspects(run: str | None, *, place: Path | None, top: int, serve: bool, port: int, json_wanted: bool) -> None:
    """List labels that the model of a training steadily contradicts, most suspected first.

    RUN is a folder of a training or what it wrote down, a run's name or its id or the start of one; left out, it is the run of the folder. All of it lies on the machine that
    trained and is never sent. A training that still runs can be asked as well.
    """
    found = finding.find(run, place=place)
    if serve:
        from yoloscope.cli.suspects import serving

        serving.run(found, top=top, port=port, json_wanted=json_wanted)
        return
    told = listing.answer(found, top=top)
    if json_wanted:
        output.as_json(told)
        return
    listing.tell(told)
