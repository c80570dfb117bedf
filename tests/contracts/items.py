"""What every store of items keeps to. A back end inherits `ItemsContract` and says how its catalogue is opened."""

import threading
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from contracts.catalog import ATTEMPT, OTHER_WRITER, RUN, WRITER, ref
from yoloscope import errors
from yoloscope.records import ids, media
from yoloscope.store import ports, ports_media

MOST = 5
OTHER = ids.RunId("r2")


def digest(at: int) -> str:
    return f"{at:064x}"


def part(at: int = 1, role: media.Role = "data", size_bytes: int = 10, media_type: str = media.CONTENT) -> media.Part:
    return media.Part(role, digest(at), size_bytes, media_type)


def item(number: int = 0, name: str = "val/confusion", **changes: object) -> media.Item:
    plain = media.Item(number=number, kind="matrix", name=name, wall_ns=10**18 + number, parts=(part(number + 1),))
    return msgspec.structs.replace(plain, **changes)


def wanted(*runs: str, **asked: object) -> ports_media.Wanted:
    return ports_media.Wanted(runs=tuple(map(ids.RunId, runs or (RUN.id,))), **asked)


def numbers(found: list[ports_media.StoredItem]) -> list[int]:
    return [one.item.number for one in found]


class ItemsContract:
    """The suite; `open` returns a catalogue whose data outlive it, which keeps at most `most` items of a run."""

    @abstractmethod
    def open(self, directory: Path, *, most: int | None = None) -> ports.Catalog: ...

    @pytest.fixture
    def catalog(self, tmp_path: Path) -> Iterator[ports.Catalog]:
        catalog = self.open(tmp_path)
        catalog.open_run(RUN)
        catalog.open_run(ref(OTHER))
        yield catalog
        catalog.close()

    @pytest.fixture
    def small(self, tmp_path: Path) -> Iterator[ports.Catalog]:
        """A catalogue that keeps few items."""
        catalog = self.open(tmp_path, most=MOST)
        catalog.open_run(RUN)
        yield catalog
        catalog.close()

    def test_an_item_comes_back_whole(self, catalog: ports.Catalog) -> None:
        whole = media.Item(
            number=2**61,
            kind="image",
            name="预测 val/a.jpg",
            wall_ns=10**18,
            step=2**62,
            epoch=3.25,
            parts=(part(1, "boxes"), part(2, "image", 7, media.WEBP), part(1, "mask", 2**40, media.PNG)),
            facts={"width": 640, "score": 0.5},
            needs=("text", "class_names"),
        )
        catalog.items.store(RUN.id, attempt=3, items=[whole])
        assert catalog.items.find(wanted()) == [ports_media.StoredItem(RUN.id, 1, 3, whole)]
        assert catalog.items.item(RUN.id, 1) == ports_media.StoredItem(RUN.id, 1, 3, whole)

    def test_an_item_without_parts_step_and_epoch_comes_back(self, catalog: ports.Catalog) -> None:
        catalog.items.store(RUN.id, attempt=1, items=[item(parts=())])
        assert [one.item for one in catalog.items.find(wanted())] == [item(parts=())]

    def test_storing_again_changes_nothing(self, catalog: ports.Catalog) -> None:
        catalog.items.store(RUN.id, attempt=1, items=[item(0), item(1)])
        catalog.items.store(RUN.id, attempt=1, items=[item(1, "other"), item(2), item(2, "other")])
        found = catalog.items.find(wanted())
        assert [(one.place, one.item.number, one.item.name) for one in found] == [
            (1, 0, "val/confusion"),
            (2, 1, "val/confusion"),
            (3, 2, "val/confusion"),
        ]

    def test_equal_numbers_of_attempts_and_runs_are_different_items(self, catalog: ports.Catalog) -> None:
        for run, attempt in ((RUN.id, 1), (RUN.id, 2), (OTHER, 1)):
            catalog.items.store(run, attempt=attempt, items=[item(0)])
        found = catalog.items.find(wanted(OTHER, RUN.id, OTHER))
        assert [(one.run, one.place, one.attempt) for one in found] == [(RUN.id, 1, 1), (RUN.id, 2, 2), (OTHER, 1, 1)]

    def test_places_stay_and_grow_when_opened_again(self, catalog: ports.Catalog, tmp_path: Path) -> None:
        catalog.items.store(RUN.id, attempt=1, items=[item(0)])
        again = self.open(tmp_path)
        again.items.store(RUN.id, attempt=1, items=[item(0), item(1)])
        assert [one.place for one in again.items.find(wanted())] == [1, 2]
        again.close()

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ({}, [0, 1, 2, 3, 4]),
            ({"names": ("a",)}, [0, 2]),
            ({"names": ("a", "b")}, [0, 1, 2, 3, 4]),
            ({"names": ()}, []),
            ({"kinds": ("matrix",)}, [0, 1, 2, 3]),
            ({"kinds": ("image", "matrix"), "names": ("b",)}, [1, 3, 4]),
            ({"from_step": 20}, [2, 3]),
            ({"from_step": 10, "to_step": 20}, [1, 2]),
            ({"to_epoch": 1.0}, [0, 1]),
            ({"from_epoch": 1.0, "to_epoch": 2.5}, [1, 2]),
            ({"from_epoch": 1.5, "to_step": 20}, [2]),
            ({"limit": 2}, [0, 1]),
            ({"limit": 2, "after": (RUN.id, 2)}, [2, 3]),
            ({"after": (RUN.id, 5)}, []),
            ({"after": (ids.RunId("r0"), 9)}, [0, 1, 2, 3, 4]),
            ({"after": (ids.RunId("r3"), 0)}, []),
        ],
    )
    def test_items_are_found_by_what_is_asked(self, catalog: ports.Catalog, asked, expected: list[int]) -> None:
        four = [item(at, "ab"[at % 2], step=10 * at, epoch=float(at)) for at in range(4)]
        catalog.items.store(RUN.id, attempt=1, items=[*four, item(4, "b", kind="image")])
        assert numbers(catalog.items.find(wanted(**asked))) == expected

    def test_pages_go_on_in_the_next_run(self, catalog: ports.Catalog) -> None:
        for run in (OTHER, RUN.id):
            catalog.items.store(run, attempt=1, items=[item(at) for at in range(3)])
        seen: list[tuple[str, int]] = []
        after = None
        while found := catalog.items.find(wanted(RUN.id, OTHER, limit=2, after=after)):
            seen += [(one.run, one.place) for one in found]
            after = (found[-1].run, found[-1].place)
        assert seen == [(run, place) for run in (RUN.id, OTHER) for place in (1, 2, 3)]

    def test_names_stand_in_order_of_first_arrival(self, catalog: ports.Catalog) -> None:
        some = [
            item(0, "z", step=5, epoch=1.0),
            item(1, "a", kind="image"),
            item(2, "z", step=2, epoch=3.0),
            item(3, "z", kind="curve", step=1),
        ]
        catalog.items.store(RUN.id, attempt=1, items=some)
        assert catalog.items.names(RUN.id) == [
            ports_media.ItemName("matrix", "z", 2, 2, 5, 1.0, 3.0),
            ports_media.ItemName("image", "a", 1, None, None, None, None),
            ports_media.ItemName("curve", "z", 1, 1, 1, None, None),
        ]
        assert catalog.items.names(OTHER) == []

    def test_parts_of_a_digest_are_those_of_the_run_alone(self, catalog: ports.Catalog) -> None:
        both = item(0, parts=(part(1, "image"), part(2, "boxes")))
        catalog.items.store(RUN.id, attempt=1, items=[both, item(1, parts=(part(1, "image"),))])
        catalog.items.store(OTHER, attempt=1, items=[item(0, parts=(part(3),))])
        found = catalog.items.parts(RUN.id, digest(1))
        assert [(one.number, which) for one, which in found] == [(0, part(1, "image")), (1, part(1, "image"))]
        assert found[0][0].parts == (part(2, "boxes"), part(1, "image"))
        assert catalog.items.parts(RUN.id, digest(3)) == []

    def test_used_digests_are_those_of_any_run(self, catalog: ports.Catalog) -> None:
        catalog.items.store(RUN.id, attempt=1, items=[item(0), item(1, parts=(part(1),))])
        catalog.items.store(OTHER, attempt=1, items=[item(0, parts=(part(9, size_bytes=4),))])
        catalog.set_deleted([OTHER], deleted_ns=5)
        assert catalog.items.used([digest(at) for at in range(2000)]) == {digest(1), digest(9)}
        assert list(catalog.items.digests()) == [(digest(1), 10), (digest(9), 4)]

    def test_nothing_of_a_removed_run_is_left(self, catalog: ports.Catalog) -> None:
        catalog.items.store(RUN.id, attempt=1, items=[item(0)])
        catalog.items.store(OTHER, attempt=1, items=[item(0, parts=(part(9),))])
        catalog.items.count_lost(RUN.id, reason="refused_by_policy", items=1)
        catalog.remove_run(RUN.id)
        assert [one.run for one in catalog.items.find(wanted(RUN.id, OTHER))] == [OTHER]
        assert list(catalog.items.digests()) == [(digest(9), 10)]
        catalog.open_run(RUN)
        assert catalog.run(RUN.id).lost == {}

    def test_an_unknown_run_or_item_is_said(self, catalog: ports.Catalog) -> None:
        nobody = ids.RunId("nobody")
        with pytest.raises(errors.NotFound):
            catalog.items.store(nobody, attempt=1, items=[item(0)])
        with pytest.raises(errors.NotFound):
            catalog.items.count_lost(nobody, reason="a", items=1)
        with pytest.raises(errors.NotFound):
            catalog.items.item(RUN.id, 1)
        assert (catalog.items.names(nobody), catalog.items.parts(nobody, digest(1))) == ([], [])

    def test_items_beyond_the_limit_are_counted_once_and_not_stored(self, small: ports.Catalog) -> None:
        mark = small.changes.since(0).mark
        small.items.store(RUN.id, attempt=1, items=[item(at) for at in range(MOST)])
        assert small.run(RUN.id).lost == {}
        assert small.changes.since(mark).runs == set()
        for _ in range(2):
            small.items.store(RUN.id, attempt=1, items=[item(at) for at in range(2, MOST + 3)])
        small.items.store(RUN.id, attempt=2, items=[item(0)])
        assert numbers(small.items.find(wanted())) == list(range(MOST))
        assert small.run(RUN.id).lost == {"too_many_items": 4}
        assert small.changes.since(mark).runs == {RUN.id}

    def test_what_the_server_did_not_keep_adds_up_beside_what_writers_lost(self, catalog: ports.Catalog) -> None:
        catalog.open_attempt(RUN.id, WRITER, ATTEMPT)
        catalog.observe(RUN.id, WRITER, now_ns=1, lost={"policy": 2}, alive=True)
        for _ in range(2):
            catalog.items.count_lost(RUN.id, reason="policy", items=3)
        assert catalog.run(RUN.id).lost == {"policy": 8}

    def test_two_that_store_at_once_share_no_place(self, catalog: ports.Catalog) -> None:
        catalog.open_attempt(RUN.id, WRITER, ATTEMPT)
        catalog.open_attempt(RUN.id, OTHER_WRITER, ATTEMPT)

        def store(attempt: int) -> None:
            for at in range(10):
                catalog.items.store(RUN.id, attempt=attempt, items=[item(at)])

        threads = [threading.Thread(target=store, args=[attempt]) for attempt in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [one.place for one in catalog.items.find(wanted())] == list(range(1, 21))
