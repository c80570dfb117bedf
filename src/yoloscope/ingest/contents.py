"""Whole parts compared with what their items say of them, before anybody reads them.

Called by `blobs` in a worker thread. What is wrong is told by the field ``body``; a file (`media.BYTES`) can hold anything.
"""

import codecs
from collections.abc import Sequence
from typing import BinaryIO

from yoloscope import errors
from yoloscope.ingest import pictures
from yoloscope.records import content, media, policy, reduction
from yoloscope.wire import content as wire_content

Claims = Sequence[tuple[media.Item, media.Part]]
"""What the items of a run say of one part."""
_PIECE_BYTES = 1024 * 1024
_KIND_OF: dict[media.Kind, type[content.Content]] = {
    "histogram": content.Histogram,
    "curve": content.Curve,
    "matrix": content.Matrix,
    "table": content.Table,
    "graph": content.Graph,
    "embedding": content.Embedding,
}


def check(whole: BinaryIO, *, claims: Claims, holds: policy.Policy) -> None:
    """Return if a whole part is what its items say, and holds nothing that the policy forbids.

    Raises:
        InvalidRecord: if it is not what an item says.
        PolicyForbids: if it holds free text that may not come in.
    """
    checked: set[tuple[object, ...]] = set()
    for item, part in claims:
        said = (item.kind, part.role, part.media_type)
        if said not in checked:
            checked.add(said)
            whole.seek(0)
            _check(whole, item=item, part=part, holds=holds)


def _check(whole: BinaryIO, *, item: media.Item, part: media.Part, holds: policy.Policy) -> None:
    if part.media_type == media.CONTENT:
        _check_content(whole.read(), item=item, part=part, holds=holds)
    elif part.media_type == media.TEXT:
        _check_text(whole)
    elif part.media_type in (media.WEBP, media.PNG):
        pictures.check(whole.read(pictures.HEAD_BYTES), media_type=part.media_type)


def texts_of(found: content.Content) -> Sequence[str]:
    """Return the texts that content holds beside the names of its axes, columns and layers."""
    if isinstance(found, content.Curve):
        return found.curves.texts
    if isinstance(found, content.Matrix):
        return found.rows.texts + found.columns.texts
    if isinstance(found, content.Table):
        return [text for column in found.columns for text in column.texts or ()]
    return ()


def names_of(found: content.Content) -> Sequence[str]:
    """Return the names of the axes or columns of a summary."""
    if isinstance(found, content.Curve):
        return found.x_name, found.y_name, found.curves.name
    if isinstance(found, content.Matrix):
        return found.rows.name, found.columns.name
    return [column.name for column in found.columns] if isinstance(found, content.Table) else ()


def _check_content(data: bytes, *, item: media.Item, part: media.Part, holds: policy.Policy) -> None:
    try:
        found = wire_content.from_bytes(data)
    except (errors.WireError, errors.InvalidRecord) as error:
        raise errors.InvalidRecord(f"the content cannot be used: {error}", field="body", fix=error.fix) from error
    expected = content.Boxes if part.role == "boxes" else _KIND_OF.get(item.kind)
    if expected is None or not isinstance(found, expected):
        raise errors.InvalidRecord(
            f"the content is a {type(found).__name__.lower()}, which the {part.role} of a {item.kind} cannot be",
            field="body",
            fix="send the content that the item was made for",
        )
    if not holds.text and any(reduction.word(text) != text for text in set(texts_of(found))):
        raise _forbidden("free text")
    if any(reduction.label(name, policy=holds) != name for name in names_of(found)):
        raise _forbidden("a class's name or a path as the name of an axis or a column")


def _forbidden(what: str) -> errors.PolicyForbids:
    return errors.PolicyForbids(
        f"the content holds {what}, which the policy of the project does not let in",
        field="body",
        fix="leave it out; `yoloscope policy PROJECT` shows and changes what may leave",
    )


def _check_text(whole: BinaryIO) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := whole.read(_PIECE_BYTES):
            if "\0" in decoder.decode(piece):
                raise errors.InvalidRecord("the text holds NUL characters", field="body", fix="leave them out")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise errors.InvalidRecord("the text is not UTF-8", field="body", fix="send UTF-8") from error
