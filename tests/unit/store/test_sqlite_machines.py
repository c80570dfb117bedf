"""Machines on SQLite: the contract of every store of machines."""

from pathlib import Path

from contracts import machines as contract
from yoloscope.store import ports
from yoloscope.store.catalog import catalog


class TestSqliteMachines(contract.MachinesContract):
    def open(self, directory: Path) -> ports.Catalog:
        return catalog.SqlCatalog(f"sqlite:///{directory / 'catalog.db'}")
