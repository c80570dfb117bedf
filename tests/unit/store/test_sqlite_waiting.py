"""The trainings that wait, on SQLite: the contract of every catalogue."""

from pathlib import Path

from contracts import waiting as contract
from yoloscope.store import ports
from yoloscope.store.catalog import catalog


class TestSqliteWaiting(contract.WaitingContract):
    def open(self, directory: Path) -> ports.Catalog:
        return catalog.SqlCatalog(f"sqlite:///{directory / 'catalog.db'}")
