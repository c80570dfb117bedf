"""Printed lines on SQLite: the contract of every store of them."""

from pathlib import Path

import pytest

from contracts import console as contract
from yoloscope.store import ports
from yoloscope.store.catalog import catalog, console


class TestSqliteConsole(contract.ConsoleContract):
    @pytest.fixture(autouse=True)
    def _limits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._set = monkeypatch.setattr

    def open(self, directory: Path, *, most: int | None = None) -> ports.Catalog:
        if most is not None:
            self._set(console, "LINES_MOST", most)
            self._set(console, "LINES_AFTER_REMOVAL", most * 9 // 10)
        return catalog.SqlCatalog(f"sqlite:///{directory / 'catalog.db'}")
