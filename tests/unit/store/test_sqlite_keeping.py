"""Trash, retention and sessions of the catalogue on SQLite: the contract of every catalogue."""

from pathlib import Path

from contracts import keeping as contract
from yoloscope.store import ports
from yoloscope.store.catalog import catalog


class TestSqliteKeeping(contract.KeepingContract):
    def open(self, directory: Path) -> ports.Catalog:
        return catalog.SqlCatalog(f"sqlite:///{directory / 'catalog.db'}")
