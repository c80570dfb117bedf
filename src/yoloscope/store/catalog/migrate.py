"""Bringing a catalogue to this release's schema with Alembic, without any configuration file.

Imported by `catalog` only when there is something to do: Alembic takes longer to load than a catalogue to open.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command, config

_SCRIPTS = Path(__file__).parent / "migrations"


def to_head(connection: sa.Connection) -> None:
    """Apply all steps that the catalogue lacks, within the connection's transaction."""
    settings = config.Config()
    settings.set_main_option("path_separator", "os")
    settings.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
