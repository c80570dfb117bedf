"""Items of runs shaped for screens: a page of them, their names, and the parts that they are made of.

Called by the server's media routes. The records have the field names of the HTTP schemas. Items of older attempts from where a newer one
began on are superseded, by the rules of the points (`curves.supersede`).
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.query import attempts as attempt_queries
from yoloscope.query import contents, texts
from yoloscope.records import content, ids, media, row
from yoloscope.store import ports, ports_media
from yoloscope.wire import content as wire_content

DATA_MAX_BYTES = 2 * 1024 * 1024
"""Arrays and texts within a page with data, about 5 MB of JSON; one item alone may have more."""
JSON_MAX_BYTES = 16 * 1024 * 1024
"""Arrays and texts of one part as JSON, which takes four seconds and 200 MB; embeddings can be four times as large."""
_LEAST_READ = 200
_Place = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]
_cursors = msgspec.msgpack.Decoder(tuple[str, _Place])


class Part(msgspec.Struct, frozen=True):
    """One piece of an item; ``stored`` tells whether its bytes are here."""

    role: media.Role
    digest: str
    media_type: str
    size_bytes: int
    stored: bool


class Item(msgspec.Struct, frozen=True):
    """One item; ``id`` is its place in the run, ``attempt`` the number that people know."""

    run: str
    id: int
    kind: media.Kind
    name: str
    step: int | None
    epoch: float | None
    time: str
    attempt: int
    superseded: bool
    facts: dict[str, int | float]
    parts: list[Part]
    data: contents.Shown | msgspec.UnsetType | None = msgspec.UNSET


class Page(msgspec.Struct, frozen=True):
    """Items in order of run and place, and the cursor of the page behind."""

    items: list[Item]
    next: str | None


class Name(msgspec.Struct, frozen=True):
    """What a run has under one name."""

    kind: media.Kind
    name: str
    items: int
    first_step: int | None
    last_step: int | None
    first_epoch: float | None
    last_epoch: float | None


class Names(msgspec.Struct, frozen=True):
    """The names of a run's items in order of first arrival."""

    items: list[Name]


class Found(msgspec.Struct, frozen=True):
    """One part of an item that is whole."""

    item: media.Item
    part: media.Part


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Which items are asked for, and how they are told."""

    wanted: ports_media.Wanted
    with_data: bool = False
    with_superseded: bool = False


def page(catalog: ports.Catalog, blobs: ports_media.BlobStore, question: Question) -> Page:
    """Return a page of items; with data it ends early where its data would be more than `DATA_MAX_BYTES`.

    Raises:
        NotFound: if a run is unknown.
    """
    told = {run: _Run(catalog.run(run)) for run in question.wanted.runs}
    limit = question.wanted.limit
    found: list[tuple[ports_media.StoredItem, bool]] = []
    for one in _shown(catalog, question, told):
        found.append(one)
        if len(found) > limit:
            break
    items = _items(blobs, found[:limit], told, with_data=question.with_data)
    is_all = len(items) == len(found)
    last = found[len(items) - 1][0] if items else None
    return Page(items, None if is_all or last is None else text_from_cursor(last.run, last.place))


def names(catalog: ports.Catalog, run: ids.RunId) -> Names:
    """Return the names of a run's items, those that were superseded included.

    Raises:
        NotFound: if the run is unknown.
    """
    catalog.run(run)
    found = (msgspec.structs.asdict(one) for one in catalog.items.names(run))
    return Names([Name(**values) for values in found])


def part(catalog: ports.Catalog, run: ids.RunId, place: int, role: media.Role, *, digest: str | None = None) -> Found:
    """Return what is known of one part of an item, if it is that of `digest`, where one is given.

    Raises:
        NotFound: if there is no such run, item or part.
    """
    item = catalog.items.item(run, place).item
    for one in item.parts:
        if one.role == role and digest in (None, one.digest):
            return Found(item, one)
    raise errors.NotFound(f"item {place} of run {run!r} has no such {role}")


def shown_content(catalog: ports.Catalog, blobs: ports_media.BlobStore, run: ids.RunId, found: Found) -> contents.Shown:
    """Return the content of a part as JSON can hold it.

    Raises:
        NotFound: if the run is unknown or the part is not whole.
        InvalidRecord: if it is no content, or more than `JSON_MAX_BYTES`.
    """
    if found.part.media_type != media.CONTENT:
        raise errors.InvalidRecord(
            f"the part is {found.part.media_type}, which has no form in JSON", field="format", fix="leave it out"
        )
    try:
        held = _content(blobs, found.part.digest)
    except errors.WireError as error:
        raise errors.InvalidRecord(f"the content cannot be read: {error}", field="format", fix=error.fix) from error
    size_bytes = contents.size_bytes(held)
    if size_bytes > JSON_MAX_BYTES:
        said = f"the part holds {size_bytes} bytes, more than {JSON_MAX_BYTES} as JSON"
        raise errors.InvalidRecord(said, field="format", fix="leave it out and decode the bytes")
    return contents.shown(held, titles=contents.titles_from_settings(catalog.run(run).settings))


def text_from_cursor(run: ids.RunId, place: int) -> str:
    """Return the cursor behind an item as it stands in an address."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode((run, place))).decode().rstrip("=")


def cursor_from_text(text: str) -> tuple[ids.RunId, int]:
    """Return the run and place of a cursor.

    Raises:
        InvalidRecord: if it is none of ours.
    """
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        run, place = _cursors.decode(plain)
        return ids.run_id_from_text(run), place
    except (ValueError, binascii.Error, msgspec.DecodeError, errors.InvalidRecord) as error:
        raise errors.InvalidRecord(
            f"the cursor {text[:80]!r} is none", field="cursor", fix="send `next` of the page before"
        ) from error


class _Run:
    """What is asked of a run for each of its items."""

    def __init__(self, info: ports.RunInfo) -> None:
        self.starts = [one.start for one in info.attempts]
        self._numbers = attempt_queries.number_of(info.attempts)
        self.titles: Callable[[int], str | None] = contents.titles_from_settings(info.settings)

    def number(self, attempt: int) -> int:
        """Return the number that people know of an attempt; one that came this very moment is the newest."""
        return self._numbers.get(attempt, max(self._numbers.values(), default=1))

    def superseded(self, found: Sequence[ports_media.StoredItem]) -> list[bool]:
        items = [one.item for one in found]
        steps = [row.NO_STEP if item.step is None else item.step for item in items]
        epochs = [np.nan if item.epoch is None else item.epoch for item in items]
        hidden = supersede.superseded(
            "",  # items of the machine are no exception: none is
            attempt=np.array([one.attempt for one in found], np.int32),
            step=np.array(steps, np.int64),
            epoch=np.array(epochs, np.float64),
            wall_ns=np.array([item.wall_ns for item in items], np.int64),
            starts=self.starts,
        )
        return hidden.tolist()


def _shown(
    catalog: ports.Catalog, question: Question, told: dict[ids.RunId, _Run]
) -> Iterator[tuple[ports_media.StoredItem, bool]]:
    """Yield the items that are asked for, and whether each is superseded."""
    hidden_by = {} if question.with_superseded else {run: one.starts for run, one in told.items()}
    limit = max(_LEAST_READ, question.wanted.limit + 1)
    wanted = msgspec.structs.replace(question.wanted, limit=limit, hidden_by=hidden_by)
    while True:
        found = catalog.items.find(wanted)
        hidden: dict[int, bool] = {}
        for run in {one.run for one in found}:
            places = [at for at, one in enumerate(found) if one.run == run]
            of_run = told[run].superseded([found[at] for at in places])
            hidden.update(zip(places, of_run, strict=True))
        for at, one in enumerate(found):
            if question.with_superseded or not hidden[at]:
                yield one, hidden[at]
        if len(found) < wanted.limit:
            return
        wanted = msgspec.structs.replace(wanted, after=(found[-1].run, found[-1].place))


def _items(
    blobs: ports_media.BlobStore,
    found: Sequence[tuple[ports_media.StoredItem, bool]],
    told: dict[ids.RunId, _Run],
    *,
    with_data: bool,
) -> list[Item]:
    """Return items as they are told, with data as many as may be."""
    whole = blobs.whole(list({part.digest for one, _ in found for part in one.item.parts}))
    items: list[Item] = []
    left = DATA_MAX_BYTES
    for one, is_superseded in found:
        of_run = told[one.run]
        item = _item(one, number=of_run.number(one.attempt), is_superseded=is_superseded, whole=whole)
        if with_data and one.item.is_summary:
            data, size_bytes = _data(blobs, one.item, whole=whole, titles=of_run.titles)
            if items and size_bytes > left:
                break
            left -= size_bytes
            item = msgspec.structs.replace(item, data=data)
        items.append(item)
    return items


def _item(one: ports_media.StoredItem, *, number: int, is_superseded: bool, whole: set[str]) -> Item:
    parts = [
        Part(part.role, part.digest, part.media_type, part.size_bytes, part.digest in whole) for part in one.item.parts
    ]
    return Item(
        run=one.run,
        id=one.place,
        kind=one.item.kind,
        name=one.item.name,
        step=one.item.step,
        epoch=one.item.epoch,
        time=texts.iso_from_ns(one.item.wall_ns),
        attempt=number,
        superseded=is_superseded,
        facts=one.item.facts,
        parts=parts,
    )


def _data(
    blobs: ports_media.BlobStore, item: media.Item, *, whole: set[str], titles: Callable[[int], str | None]
) -> tuple[contents.Shown | None, int]:
    """Return what a summary holds and how much that is; nothing while its part is not here or cannot be read."""
    for part in item.parts:
        if part.role == "data" and part.digest in whole:
            try:
                held = _content(blobs, part.digest)
            except (errors.WireError, errors.InvalidRecord, errors.NotFound):  # told when the part itself is asked for
                return None, 0
            return contents.shown(held, titles=titles), contents.size_bytes(held)
    return None, 0


def _content(blobs: ports_media.BlobStore, digest: str) -> content.Content:
    """Return the content of a part; what stands under its digest may be another item's file, of any size.

    Raises:
        NotFound: if the part is not whole.
        WireError, InvalidRecord: if it is no content.
    """
    with blobs.opened(digest) as file:
        return wire_content.from_bytes(file.read(media.EMBEDDING_MAX_BYTES))
