"""What is kept of the log in memory is what the log holds, whatever was appended, sealed and removed since."""

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings, stateful
from hypothesis import strategies as st

from contracts import rows, series_views
from yoloscope import errors
from yoloscope.store.series import blocks, memory, tail

BOTH = (rows.LOSS, "b")


def _values(store: blocks.BlockStore) -> list[float]:
    with store.view(rows.PROJECT, rows.RUN) as view:
        return view.values(rows.LOSS, view.parts(rows.LOSS).id.tolist()).tolist()


def _append(store: blocks.BlockStore, values: list[float], *, names: tuple[str, ...] = (rows.LOSS,)) -> None:
    sent = rows.matrix([[value] * len(names) for value in values], names=names)
    store.append(rows.PROJECT, [rows.lane(sent, first_seq=None)]).result()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[blocks.BlockStore]:
    store = blocks.BlockStore(tmp_path)
    yield store
    store.close()


def test_rows_are_decoded_once(store: blocks.BlockStore, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    decode = tail._decoded
    monkeypatch.setattr(tail, "_decoded", lambda log, **more: decoded.append(len(log)) or decode(log, **more))
    for at in range(4):
        _append(store, [float(at)])
        for _ in range(2):
            assert _values(store) == [float(one) for one in range(at + 1)]
    assert decoded == [1, 1, 1, 1]


def test_an_older_moment_is_told_beside_a_newer_one(store: blocks.BlockStore) -> None:
    _append(store, [1.0, 2.0])
    with store.view(rows.PROJECT, rows.RUN) as before:
        store.seal(rows.PROJECT, rows.RUN)
        _append(store, [3.0])
        assert _values(store) == [1.0, 2.0, 3.0]
        assert before.values(rows.LOSS, before.parts(rows.LOSS).id.tolist()).tolist() == [1.0, 2.0]
    assert _values(store) == [1.0, 2.0, 3.0]


def test_a_moment_that_began_before_the_newest_was_kept_gets_its_own_rows(
    store: blocks.BlockStore, tmp_path: Path
) -> None:
    _append(store, [1.0, 2.0])
    readers = store._file(rows.PROJECT).readers
    known = tail.Tails(memory.Memory(max_bytes=1_000_000), tmp_path)
    with readers.transaction() as old:
        (run,) = old.execute("SELECT id FROM run").fetchone()
        _append(store, [3.0])
        store.close()
        with readers.transaction() as new:
            [newest] = tail.of_run(new, run=run, run_id=rows.RUN, known=known)
        [older] = tail.of_run(old, run=run, run_id=rows.RUN, known=known)
    assert newest.rows.values[:, 0].tolist() == [1.0, 2.0, 3.0]
    assert older.rows.values[:, 0].tolist() == [1.0, 2.0]
    assert known.get((run, newest.shape)) is newest


def test_an_older_moment_gets_back_what_was_sealed_since(store: blocks.BlockStore, tmp_path: Path) -> None:
    for value in (1.0, 2.0, 3.0):
        _append(store, [value])
    file = store._file(rows.PROJECT)
    known = tail.Tails(memory.Memory(max_bytes=1_000_000), tmp_path)
    with file.readers.transaction() as old:
        (run,) = old.execute("SELECT id FROM run").fetchone()
        with contextlib.closing(sqlite3.connect(file.path)) as changing, changing:
            changing.execute("DELETE FROM log WHERE id = 1")  # sealing takes the oldest, some at a time
        with file.readers.transaction() as new:
            [newest] = tail.of_run(new, run=run, run_id=rows.RUN, known=known)
        [older] = tail.of_run(old, run=run, run_id=rows.RUN, known=known)
    assert newest.rows.values[:, 0].tolist() == [2.0, 3.0]
    assert older.rows.values[:, 0].tolist() == [1.0, 2.0, 3.0]


def test_rows_of_any_number_in_a_log_row_come_back(store: blocks.BlockStore) -> None:
    for count in (1, 1, 3, 3, 2, 1, 5):
        _append(store, [0.5 + at for at in range(count)], names=BOTH)
    with store.view(rows.PROJECT, rows.RUN) as view:
        series_views.check(view, "b", store.points(rows.PROJECT, rows.RUN, "b"))
        assert view.parts("b").rows.tolist() == [16]


def test_a_log_row_of_another_length_than_it_says_is_damaged(store: blocks.BlockStore) -> None:
    _append(store, [1.0])
    _append(store, [2.0])
    with store._file(rows.PROJECT)._writing() as writer:
        writer._connection.execute(
            "UPDATE log SET payload = (SELECT payload FROM log WHERE id = 1), rows = 2 WHERE id = 2"
        )
    with pytest.raises(errors.StoreError, match="log row 2 of run 'r1'"):
        _values(store)


class Tails(stateful.RuleBasedStateMachine):
    """One process that appends in two shapes, seals and reads, with little memory for tails."""

    @stateful.initialize(max_bytes=st.sampled_from([0, 600, 10**6]))
    def start(self, max_bytes: int) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.store = blocks.BlockStore(Path(self.directory.name))
        small: memory.Memory[tail.Tail] = memory.Memory(max_bytes=max_bytes)
        self.store._file(rows.PROJECT).readers.tails = tail.Tails(small, Path(self.directory.name))
        self.sent: list[float] = []

    @stateful.rule(count=st.integers(1, 3), both=st.booleans())
    def append(self, count: int, both: bool) -> None:
        values = [float(len(self.sent) + at) for at in range(count)]
        _append(self.store, values, names=BOTH if both else BOTH[:1])
        self.sent += values

    @stateful.rule()
    def seal(self) -> None:
        self.store.seal(rows.PROJECT, rows.RUN)

    @stateful.rule()
    def remove(self) -> None:
        self.store.remove(rows.PROJECT, rows.RUN)
        self.sent = []

    @stateful.invariant()
    def tells_what_was_sent(self) -> None:
        if hasattr(self, "store"):
            assert sorted(_values(self.store)) == self.sent

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.directory.cleanup()


TestTails = pytest.mark.slow(Tails.TestCase)
TestTails.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
