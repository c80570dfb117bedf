"""What an earlier process left in the log: sealed by the next one, also where nothing is written any more."""

import time
from pathlib import Path

import pytest

from contracts import rows
from yoloscope.records import ids
from yoloscope.store.series import blocks, payload, upkeep

FULL = [0.5 * n for n in range(payload.BLOCK_ROWS)]
SHORT = ids.RunId("r2")


def _append(store: blocks.BlockStore, values: list[float], *, run: ids.RunId) -> None:
    lane = rows.lane(rows.column(values), run=run, lane=int(run[1:]), first_seq=None)
    store.append(rows.PROJECT, [lane]).result()


def _unsealed(store: blocks.BlockStore, run: ids.RunId) -> int:
    """Return how many rows of a run are in no block."""
    with store.view(rows.PROJECT, run) as view:
        parts = view.parts(rows.LOSS)
        return int(parts.rows[~parts.grouped].sum())


def test_what_a_killed_server_left_is_sealed_though_it_is_only_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(upkeep.Upkeep, "ask_seal", lambda *_, **__: None)
        store = blocks.BlockStore(tmp_path)
        _append(store, FULL, run=rows.RUN)
        _append(store, [1.0, 2.0], run=SHORT)
        store.close()
    store = blocks.BlockStore(tmp_path)
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == FULL
    deadline = time.monotonic() + 60
    while _unsealed(store, rows.RUN) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (_unsealed(store, rows.RUN), _unsealed(store, SHORT)) == (0, 2)
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == FULL
    store.close()
