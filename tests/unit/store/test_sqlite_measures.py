"""Measures in the catalogue on SQLite: the contract of every catalogue."""

from pathlib import Path

from contracts import measures as contract
from yoloscope.store import ports
from yoloscope.store.catalog import catalog


class TestSqliteMeasures(contract.MeasuresContract):
    def open(self, directory: Path) -> ports.Catalog:
        return catalog.SqlCatalog(f"sqlite:///{directory / 'catalog.db'}")
