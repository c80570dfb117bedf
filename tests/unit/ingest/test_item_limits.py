"""What an item may say, checked with its batch: one that cannot be kept is refused with its field, and nothing of the body is stored."""

import asyncio

import msgspec
import pytest

from yoloscope import errors
from yoloscope.ingest import accept, item_limits, live
from yoloscope.records import ids, media
from yoloscope.store import ports_media

GOOD = media.Item(
    number=0,
    kind="image",
    name="val/a",
    wall_ns=1,
    step=-5,
    epoch=0.5,
    parts=(
        media.Part("image", "0" * 64, media.PICTURE_MAX_BYTES, media.WEBP),
        media.Part("mask", "0" * 64, 0, media.PNG),
        media.Part("boxes", "1" * 64, media.SUMMARY_MAX_BYTES, media.CONTENT),
    ),
    facts={"width": 2**62, "mAP50-95": -0.5, "a.b_c": 1e300},
    needs=("text", "class_names"),
)


def changed(**fields: object) -> media.Item:
    return msgspec.structs.replace(GOOD, **fields)


FILE = media.Part("data", "f" * 64, media.FILE_MAX_BYTES, media.BYTES)


def with_part(kind: media.Kind = "artifact", **fields: object) -> media.Item:
    return changed(kind=kind, parts=(msgspec.structs.replace(FILE, **fields),))


def test_an_item_at_every_limit_passes() -> None:
    item_limits.check(GOOD, place="entries[0]")
    item_limits.check(changed(name="n" * media.NAME_MAX_CHARS, parts=()), place="entries[0]")
    item_limits.check(with_part(), place="entries[0]")
    for kind, media_type, most in (
        ("embedding", media.CONTENT, media.EMBEDDING_MAX_BYTES),
        ("table", media.CONTENT, media.SUMMARY_MAX_BYTES),
        ("text", media.TEXT, media.TEXT_MAX_BYTES),
    ):
        item_limits.check(with_part(kind, media_type=media_type, size_bytes=most), place="entries[0]")
    item_limits.check(with_part("figure", role="image", media_type=media.PNG, size_bytes=1), place="entries[0]")


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (changed(number=-1), "e.number"),
        (changed(number=2**62), "e.number"),
        (changed(wall_ns=-1), "e.wall_ns"),
        (changed(wall_ns=2**63), "e.wall_ns"),
        (changed(name=""), "name"),
        (changed(name="a\nb"), "name"),
        (changed(name="n" * (media.NAME_MAX_CHARS + 1)), "e.name"),
        (changed(step=2**63), "e.step"),
        (changed(step=-(2**63)), "e.step"),
        (changed(epoch=float("nan")), "e.epoch"),
        (changed(epoch=float("inf")), "e.epoch"),
        (changed(facts={"a": float("nan")}), "e.facts.a"),
        (changed(facts={"a": 2**63}), "e.facts.a"),
        (changed(facts={"a sentence": 1}), "e.facts"),
        (changed(facts={"": 1}), "e.facts"),
        (changed(facts={f"f{at}": 1 for at in range(65)}), "e.facts"),
        (changed(facts={f"f{at}" + "x" * 60: 1.5 for at in range(64)}), "e.facts"),
        (changed(needs=("text", "text")), "e.needs"),
        (changed(parts=GOOD.parts + GOOD.parts[:1]), "e.parts"),
        (changed(parts=GOOD.parts[:1] * 2), "e.parts"),
        (with_part(digest="0" * 63), "e.parts[0].digest"),
        (with_part(digest="A" * 64), "e.parts[0].digest"),
        (with_part(digest="../" * 21 + "a"), "e.parts[0].digest"),
        (with_part(digest="0" * 64 + "\n"), "e.parts[0].digest"),
        (with_part(size_bytes=-1), "e.parts[0].size_bytes"),
        (with_part(size_bytes=media.FILE_MAX_BYTES + 1), "e.parts[0].size_bytes"),
        (with_part("text", media_type=media.TEXT, size_bytes=media.TEXT_MAX_BYTES + 1), "e.parts[0].size_bytes"),
        (with_part("table", media_type=media.CONTENT, size_bytes=media.SUMMARY_MAX_BYTES + 1), "e.parts[0].size_bytes"),
        (with_part(media_type="text/html"), "e.parts[0].media_type"),
        (with_part(media_type=media.SVG), "e.parts[0].media_type"),
        (with_part(media_type=media.WEBP), "e.parts[0].media_type"),
        (with_part("image", role="image", media_type=media.BYTES), "e.parts[0].media_type"),
        (with_part("image", role="boxes", media_type=media.TEXT), "e.parts[0].media_type"),
    ],
)
def test_an_item_that_cannot_be_kept_names_its_field(item: media.Item, field: str) -> None:
    with pytest.raises(errors.InvalidRecord) as caught:
        item_limits.check(item, place="e")
    assert (caught.value.field, bool(caught.value.fix)) == (field, True)


@pytest.mark.parametrize("kind", sorted(media.SUMMARIES))
def test_no_picture_text_or_file_comes_as_a_part_of_a_summary(kind: media.Kind) -> None:
    hidden = (
        ("image", media.WEBP, "role"),
        ("mask", media.PNG, "role"),
        ("boxes", media.CONTENT, "role"),
        ("data", media.TEXT, "media_type"),
        ("data", media.BYTES, "media_type"),
    )
    for role, media_type, field in hidden:
        with pytest.raises(errors.InvalidRecord) as caught:
            item_limits.check(with_part(kind, role=role, media_type=media_type, size_bytes=9), place="e")
        assert caught.value.field == f"e.parts[0].{field}"


def test_a_body_with_one_bad_item_stores_nothing(stores, batches) -> None:
    ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
    ok = msgspec.structs.replace(GOOD, kind="matrix", needs=(), parts=())
    body = batches.body(
        batches(batches.matrix({"a": [1.0]}), ok, run="r2", writer="1" * 32),
        batches(batches.matrix({"a": [1.0]}), msgspec.structs.replace(ok, epoch=float("nan"))),
    )
    with pytest.raises(errors.InvalidRecord) as caught:
        asyncio.run(ingest.accept(body, encoding=""))
    assert caught.value.field == "entries[1].epoch"
    assert stores.catalog.projects() == []


@pytest.mark.parametrize(("field", "value"), [("kind", "painting"), ("needs", ["faces"]), ("facts", {"a": "text"})])
def test_words_that_nobody_knows_are_no_frame(stores, batches, field: str, value: object) -> None:
    ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
    with pytest.raises(errors.FrameCorrupt):
        asyncio.run(ingest.accept(batches.body(batches(changed(**{field: value}))), encoding=""))
    assert stores.catalog.projects() == []


def test_items_are_stored_once_however_often_their_batch_is_sent(stores, batches) -> None:
    ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
    items = [media.Item(number=at, kind="matrix", name="m", wall_ns=1) for at in range(3)]

    async def send() -> None:
        for some, first in ((items[:2], 0), (items[:2], 0), (items, 0), (items[2:], 2)):
            await ingest.accept(batches.body(batches(*some, first_seq=first)), encoding="")

    asyncio.run(send())
    found = stores.catalog.items.find(ports_media.Wanted(runs=(ids.RunId("r1"),)))
    assert [(one.place, one.attempt, one.item) for one in found] == [(at + 1, 1, items[at]) for at in range(3)]
    assert ingest.totals.items == 3
