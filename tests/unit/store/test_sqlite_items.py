"""Items on SQLite: the contract of every store of them."""

from pathlib import Path

import pytest

from contracts import items as contract
from yoloscope.store import ports
from yoloscope.store.catalog import catalog, items


class TestSqliteItems(contract.ItemsContract):
    @pytest.fixture(autouse=True)
    def _limits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._set = monkeypatch.setattr

    def open(self, directory: Path, *, most: int | None = None) -> ports.Catalog:
        if most is not None:
            self._set(items, "ITEMS_MOST", most)
        return catalog.SqlCatalog(f"sqlite:///{directory / 'catalog.db'}")


def test_digests_come_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "_PAGE", 3)
    opened = catalog.SqlCatalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    opened.open_run(contract.RUN)
    opened.items.store(contract.RUN.id, attempt=1, items=[contract.item(at) for at in range(6)])
    assert [digest for digest, _ in opened.items.digests()] == [contract.digest(at) for at in range(1, 7)]
    opened.close()
