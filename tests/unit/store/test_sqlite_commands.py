"""Commands in the catalogue on SQLite: the contract of every catalogue."""

from pathlib import Path

from contracts import commands as contract
from yoloscope.store import ports
from yoloscope.store.catalog import catalog


class TestSqliteCommands(contract.CommandsContract):
    def open(self, directory: Path) -> ports.Catalog:
        return catalog.SqlCatalog(f"sqlite:///{directory / 'catalog.db'}")
