"""`yoloscope spool ls|show|verify`: what trainings have written down and how much of it is sent."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from yoloscope import errors
from yoloscope.cli import output, texts
from yoloscope.spool import inventory

_FAULTY = 1
_KIB = 1024
_place = click.argument("place", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")


class Unreadable(msgspec.Struct, frozen=True):
    """A directory that could not be read, and why."""

    directory: str
    detail: str


@click.group()
def spool() -> None:
    """List, show and verify what trainings have written down."""


@spool.command("ls")
@_place
@_json
def list_spool(place: Path | None, *, json_wanted: bool) -> None:
    """List the runs found in and below PLACE (default: YOLOSCOPE_DIR, else this folder)."""
    found, unreadable = _inventories(place)
    if json_wanted:
        output.as_json({"items": found, "unreadable": unreadable})
        return
    headings = ("name", "project", "state", "rows", "acknowledged", "size", "parts", "directory")
    if found:
        output.as_table([texts.text(f"spool.{key}") for key in headings], [_cells(item) for item in found])
    _tell(unreadable, place=place, found=found)


@spool.command("show")
@_place
@_json
def show_spool(place: Path | None, *, json_wanted: bool) -> None:
    """Show each run in and below PLACE: lanes, series and losses."""
    found, unreadable = _inventories(place)
    if json_wanted:
        output.as_json({"items": found, "unreadable": unreadable})
        return
    for item in found:
        click.echo(f"{item.project}/{item.name} ({item.run}) {texts.text(f'spool.is_{item.state}')}  {item.directory}")
        headings = ("lane", "segments", "rows", "events", "torn", "acknowledged", "size")
        output.as_table([texts.text(f"spool.{key}") for key in headings], [_lane_cells(lane) for lane in item.lanes])
        click.echo(texts.text("fact", name=texts.text("spool.series"), value=", ".join(item.names) or "–"))
        for reason, rows in item.lost.items():
            why = texts.text_or(f"lost.{reason}", reason)
            click.echo(texts.text("fact", name=texts.text("spool.lost"), value=f"{rows} – {why}"))
        if item.handed or item.parts_waiting:
            said = texts.text(
                "spool.parts_of", parts=item.parts_waiting, size=_size(item.parts_bytes), items=item.handed
            )
            click.echo(texts.text("fact", name=texts.text("spool.parts"), value=said))
    _tell(unreadable, place=place, found=found)


@spool.command("verify")
@_place
@_json
def verify_spool(place: Path | None, *, json_wanted: bool) -> None:
    """Read every frame and every part in and below PLACE; exits with 1 if something is torn, damaged or cannot be read."""
    found, unreadable = _inventories(place)
    damaged = {item.directory: inventory.damaged_parts(Path(item.directory)) for item in found}
    if json_wanted:
        output.as_json({"items": found, "unreadable": unreadable, "damaged_parts": damaged})
    else:
        for item in found:
            key = "spool.torn_at" if item.torn else "spool.whole"
            click.echo(texts.text(key, name=item.name, directory=item.directory, count=item.torn))
            for digest in damaged[item.directory]:
                click.echo(texts.text("spool.damaged_part", name=item.name, digest=digest, directory=item.directory))
        _tell(unreadable, place=place, found=found)
    if unreadable or any(item.torn or damaged[item.directory] for item in found):
        raise SystemExit(_FAULTY)


def _root(place: Path | None) -> Path:
    return place or Path(os.environ.get("YOLOSCOPE_DIR") or Path.cwd())


def _inventories(place: Path | None) -> tuple[list[inventory.Inventory], list[Unreadable]]:
    root = _root(place)
    found: list[inventory.Inventory] = []
    unreadable: list[Unreadable] = []
    for directory in inventory.find(root):
        try:
            found.append(inventory.of(directory))
        except (errors.SpoolError, OSError) as error:
            unreadable.append(Unreadable(str(directory), str(error)))
    return found, unreadable


def _tell(unreadable: Sequence[Unreadable], *, place: Path | None, found: Sequence[inventory.Inventory]) -> None:
    """Say what cannot be read, or that there is nothing at all."""
    if not found and not unreadable:
        click.echo(texts.text("sync.none", directory=_root(place)), err=True)
    for item in unreadable:
        click.echo(f"{item.directory}: {item.detail}", err=True)


def _cells(item: inventory.Inventory) -> list[str]:
    lanes = item.lanes
    return [
        item.name,
        item.project,
        texts.text(f"spool.is_{item.state}"),
        str(sum(lane.rows for lane in lanes)),
        f"{sum(lane.acknowledged for lane in lanes)}/{sum(lane.rows + lane.events + lane.skipped for lane in lanes)}",
        _size(sum(lane.size_bytes for lane in lanes)),
        f"{item.parts_waiting} ({_size(item.parts_bytes)})" if item.parts_waiting else "–",
        item.directory,
    ]


def _lane_cells(lane: inventory.LaneCount) -> list[str]:
    counts = (lane.lane, lane.segments, lane.rows, lane.events, lane.torn, lane.acknowledged)
    return [*map(str, counts), _size(lane.size_bytes)]


def _size(size_bytes: int) -> str:
    return f"{size_bytes / _KIB:.0f} KiB" if size_bytes < _KIB * _KIB else f"{size_bytes / _KIB / _KIB:.1f} MiB"
