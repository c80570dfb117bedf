"""Groups of commands that are imported when they are used, so that the overview loads nothing.

Called by `main` and by groups below it, each with a table of its own.
"""

import importlib
from collections.abc import Mapping
from typing import NamedTuple

import click


class Command(NamedTuple):
    """Where a command lives and what the overview says of it."""

    module: str
    attribute: str
    help: str


class LazyGroup(click.Group):
    """A group whose commands are those of a table."""

    def __init__(self, *args: object, table: Mapping[str, Command], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # pyright: ignore[reportArgumentType] - passed on as click's decorator gave them
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the table."""
        del ctx
        return sorted(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now."""
        del ctx
        entry = self._table.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = getattr(importlib.import_module(entry.module), entry.attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from the table alone."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._table[name].help) for name in sorted(self._table)])
