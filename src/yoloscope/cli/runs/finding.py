"""The options that the commands on runs have, and how they find the run that is meant."""

from collections.abc import Callable
from typing import TypeVar

import click

from yoloscope.api.finding import Raw, find, table

__all__ = ["Raw", "find", "server_and_json", "table"]
_Command = TypeVar("_Command", bound=Callable[..., object])


def server_and_json(command: _Command) -> _Command:
    """Give a command the options that all of this group have."""
    server = click.option(
        "--server",
        metavar="URL",
        help="Server to ask; default: YOLOSCOPE_SERVER, yoloscope.toml, or the one running here.",
    )
    return click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")(server(command))
