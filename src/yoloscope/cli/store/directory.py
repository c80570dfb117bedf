"""The option that names a data directory, for commands that work on one."""

from pathlib import Path

import click

from yoloscope.cli import texts, up

UNREADABLE = 3
"""The exit code where something could not be read at all."""

data = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Data directory; default: that of `yoloscope up`."
)
as_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")


def existing(named: Path | None) -> Path:
    """Return the data directory; where there is none, say so and exit: looking must not make one."""
    from yoloscope.store.influxdb import looking

    directory = (named or up.default_data()).expanduser().absolute()
    if not (directory / "series").is_dir() and not looking.addresses(directory):
        click.echo(texts.text("store.no_data", directory=directory), err=True)
        raise SystemExit(UNREADABLE)
    return directory


def in_influxdb(place: Path, key: str) -> list[str]:
    """Return the databases that a directory's points are in, which people are told, with what a command does of that."""
    from yoloscope.store.influxdb import looking

    found = looking.addresses(place)
    if found:
        click.echo(texts.text(key, databases=", ".join(found)), err=True)
    return found


def size(size_bytes: float) -> str:
    """Return a size as people read it."""
    units = ("B", "KiB", "MiB", "GiB")
    at = 0
    while size_bytes >= 1024 and at < len(units) - 1:
        size_bytes /= 1024
        at += 1
    return f"{size_bytes:.0f} {units[at]}" if at == 0 or size_bytes >= 100 else f"{size_bytes:.1f} {units[at]}"
