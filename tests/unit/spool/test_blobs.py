"""The folder of encoded parts and its ledger: whole or not at all, and the same whoever reads it after whatever end."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yoloscope.records import media
from yoloscope.spool import blobs


def item(number: int, *parts: media.Part, kind: media.Kind = "histogram") -> media.Item:
    return media.Item(number, kind, f"n{number}", 1, parts=parts)


def put(store: blobs.Blobs, data: bytes) -> media.Part:
    return store.put(data)


def due(store: blobs.Blobs) -> list[tuple[int, int]]:
    """Return item number and size of each part that is due."""
    return [(one.item.number, one.part.size_bytes) for one in store.due()]


def test_a_part_has_the_name_of_its_digest_and_is_put_once(tmp_path: Path) -> None:
    store = blobs.Blobs(tmp_path)
    data = bytes(range(256)) * 10_000
    part = put(store, data)
    assert (part.digest, part.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert (tmp_path / "blobs" / part.digest).read_bytes() == data
    store.sent(part.digest)
    assert put(store, data) == part
    assert sorted(path.name for path in (tmp_path / "blobs").iterdir()) == ["sent"]


def test_an_empty_part_is_a_part(tmp_path: Path) -> None:
    store = blobs.Blobs(tmp_path)
    part = put(store, b"")
    store.settle(item(0, part), "told")
    assert due(store) == [(0, 0)]


def test_only_what_the_server_was_told_of_is_due_the_smallest_first(tmp_path: Path) -> None:
    store = blobs.Blobs(tmp_path)
    large, small, other, kept = (put(store, b"x" * size) for size in (100, 10, 50, 5))
    store.note(item(0, large))
    store.note(item(1, small))
    store.note(item(2, other))
    for number, part in ((0, large), (1, small)):
        store.settle(item(number, part), "told")
    assert store.settle(item(3, kept), "withheld")
    assert not store.settle(item(3, kept), "withheld")
    assert due(store) == [(1, 10), (0, 100)]
    assert [held.size_bytes for held in store.waiting()] == [100, 10, 50]
    assert due(blobs.Blobs(tmp_path)) == [(1, 10), (0, 100)]


def test_what_is_sent_is_not_due_until_the_server_is_doubted(tmp_path: Path) -> None:
    store = blobs.Blobs(tmp_path)
    part = put(store, b"abc")
    store.settle(item(0, part), "told")
    store.sent(part.digest)
    store.settle(item(1, part), "told")
    assert (store.due(), store.waiting(), store.is_due()) == ([], [], False)
    again = blobs.Blobs(tmp_path)
    assert again.due() == []
    again.doubt()
    assert due(again) == [(0, 3)]


def test_another_server_is_told_first(tmp_path: Path) -> None:
    store = blobs.Blobs(tmp_path)
    part, dropped = put(store, b"abc"), put(store, b"d")
    store.settle(item(0, part), "told")
    store.settle(item(1, dropped), "dropped")
    store.sent(part.digest)
    store.start_again()
    assert due(store) == []
    store.settle(item(0, part), "told")
    assert due(store) == [(0, 3)]
    assert not store.settle(item(1, dropped), "withheld")


def test_a_part_of_two_items_goes_with_the_one_that_may(tmp_path: Path) -> None:
    store = blobs.Blobs(tmp_path)
    part = put(store, b"abc")
    for number in (0, 1):
        store.settle(item(number, part), "told")
    assert due(store) == [(0, 3)]
    store.settle(item(0, part), "refused")
    assert due(store) == [(1, 3)]
    store.settle(item(1, part), "refused")
    assert due(store) == []


def test_two_processes_learn_from_each_other(tmp_path: Path) -> None:
    watcher, sender = blobs.Blobs(tmp_path), blobs.Blobs(tmp_path)
    part = put(watcher, b"abc")
    watcher.note(item(4, part))
    assert sender.item(4) == item(4, part)
    sender.settle(item(4, part), "told")
    assert due(watcher) == [(4, 3)]


def test_what_gives_way_is_counted_once_for_each_item(tmp_path: Path) -> None:
    store = blobs.Blobs(tmp_path)
    part = put(store, b"abc")
    for number in (0, 1):
        store.settle(item(number, part, kind="image"), "told")
    [held] = store.waiting()
    assert store.drop(held) == 2
    assert (store.waiting(), due(store), held.path.exists()) == ([], [], False)


def test_what_is_kept_is_neither_waiting_nor_just_encoded(tmp_path: Path) -> None:
    store = blobs.Blobs(tmp_path)
    waits, sent, withheld, _fresh = (put(store, text) for text in (b"w", b"s", b"h", b"f"))
    store.settle(item(0, waits), "told")
    store.settle(item(1, sent), "told")
    store.settle(item(2, withheld), "withheld")
    store.sent(sent.digest)
    assert {path.name for path, _, _ in store.kept()} == {sent.digest, withheld.digest}


def test_damaged_parts_are_named(tmp_path: Path) -> None:
    store = blobs.Blobs(tmp_path)
    good, bad, gone_bad = (put(store, text) for text in (b"1", b"2", b"3"))
    store.sent(gone_bad.digest)
    for path in (tmp_path / "blobs" / bad.digest, tmp_path / "blobs" / "sent" / gone_bad.digest):
        path.write_bytes(b"x")
    assert store.damaged() == sorted([bad.digest, gone_bad.digest])
    assert good.digest not in store.damaged()


@settings(max_examples=30)
@given(st.data())
def test_a_ledger_that_was_cut_anywhere_tells_what_is_whole(tmp_path_factory: pytest.TempPathFactory, data) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    store = blobs.Blobs(folder)
    parts = [store.put(bytes([number])) for number in range(3)]
    for number, part in enumerate(parts):
        store.settle(item(number, part), "told")
    ledger = folder / "blobs" / "ledger"
    raw = ledger.read_bytes()
    cut = data.draw(st.integers(0, len(raw)))
    ledger.write_bytes(raw[:cut])
    again = blobs.Blobs(folder)
    assert len(due(again)) <= 3
    for number, part in enumerate(parts):
        again.settle(item(number, part), "told")
    assert [number for number, _ in due(again)] == [0, 1, 2]
    assert [number for number, _ in due(blobs.Blobs(folder))] == [0, 1, 2]
