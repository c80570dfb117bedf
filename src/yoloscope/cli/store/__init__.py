"""``yoloscope store``: looks after what a server keeps in its data directory."""

import click

from yoloscope.cli.lazy import Command, LazyGroup

COMMANDS: dict[str, Command] = {
    "compact": Command("yoloscope.cli.store.compacting", "compact", "Merge small blocks and give space back."),
    "copy": Command("yoloscope.cli.store.copying", "copy", "Copy runs between kinds of stores."),
    "stats": Command("yoloscope.cli.store.stating", "stats", "Count what each project takes."),
    "verify": Command("yoloscope.cli.store.verifying", "verify", "Read everything and name what is damaged."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def store() -> None:
    """Look after what a server keeps in its data directory."""
