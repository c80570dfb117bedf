"""Batches to bodies and back, with every rule of the protocol checked on the way in.

Called by the sidecar (encode) and by ingest (decode). After `batches_from_body` a batch can be trusted: column lengths
agree, names are usable, sequence numbers and ids are in range.
"""

import zlib
from collections.abc import Iterable
from typing import Any

import msgspec

from yoloscope import errors
from yoloscope.records import command, ids, media, names, row
from yoloscope.wire import frame, packing, protocol


class _SentBatch(row.Batch, frozen=True):
    """A batch whose rows may be packed."""

    entries: tuple[row.Entry | packing.Packed, ...]  # pyright: ignore[reportIncompatibleVariableOverride]  # packed on the way only


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_SentBatch)
_FIX = "send frames as docs/wire.md describes"


def body_from_batches(batches: Iterable[row.Batch]) -> bytes:
    """Return the body for some batches, not compressed, of the least version that can tell them: an older server refuses a newer one whole."""
    sent = [_as_sent(batch) for batch in batches]
    version = max((_version_for(batch) for batch in sent), default=protocol.VERSION)
    return frame.body_from_payloads((_encoder.encode(batch) for batch in sent), version=version)


def batches_from_body(body: bytes) -> list[row.Batch]:
    """Return the batches of an unpacked body.

    Raises:
        WireError: if the bytes break the protocol (see `frame.payloads_from_body`).
        InvalidRecord: if an id or a name is not usable.
    """
    payloads = frame.payloads_from_body(body)
    if len(payloads) > protocol.BATCHES_MAX:
        raise errors.FrameTooLarge(
            f"the body holds {len(payloads)} batches; the limit is {protocol.BATCHES_MAX}",
            fix="send fewer batches in one request",
        )
    return [_batch_from_payload(payload, index=index) for index, payload in enumerate(payloads)]


def unpacked(body: bytes, *, encoding: str) -> bytes:
    """Return `body` inflated as its ``Content-Encoding`` says; at most the limit is ever produced.

    Raises:
        FrameTooLarge: if it would unpack to more than the limit.
        FrameCorrupt: if it is not whole or not of that encoding.
    """
    if encoding in ("", "identity"):
        return body
    if encoding != "deflate":
        raise errors.FrameCorrupt(
            f"Content-Encoding {encoding[:40]!r} is not known",
            field="Content-Encoding",
            fix="use deflate, zstd or identity",
        )
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(body, protocol.BODY_MAX_BYTES + 1)
    except zlib.error as error:
        raise errors.FrameCorrupt(f"the body is not deflate data: {error}", fix=_FIX) from error
    if len(plain) > protocol.BODY_MAX_BYTES:
        raise errors.FrameTooLarge(
            f"the body unpacks to more than {protocol.BODY_MAX_BYTES} bytes", fix="send fewer rows in one request"
        )
    if not inflater.eof:
        raise errors.FrameTruncated("the compressed body ends early", fix="send the whole body")
    return plain


def _batch_from_payload(payload: bytes, *, index: int) -> row.Batch:
    try:
        sent = _decoder.decode(payload)
    except (msgspec.DecodeError, RecursionError) as error:
        raise errors.FrameCorrupt(f"frame {index}: {error}", field=f"frame[{index}]", fix=_FIX) from error
    batch = _as_stored(sent, place=f"frame[{index}]")
    _check_batch(batch, place=f"frame[{index}]")
    return batch


def _version_for(batch: _SentBatch) -> int:
    if any(isinstance(entry, row.Acted) for entry in batch.entries):
        return protocol.CONTROL_VERSION
    if any(isinstance(entry, media.Item) for entry in batch.entries):
        return protocol.MEDIA_VERSION
    if batch.rank or batch.stalled or any(_is_of_watch(entry) for entry in batch.entries):
        return protocol.WATCH_VERSION
    is_packed = any(isinstance(entry, packing.Packed) for entry in batch.entries)
    return protocol.PACKED_VERSION if is_packed else protocol.VERSION


def _is_of_watch(entry: row.Entry | packing.Packed) -> bool:
    return isinstance(entry, row.Printed) or (isinstance(entry, row.Updated) and entry.section == "life")


def _as_sent(batch: row.Batch) -> _SentBatch:
    entries = (
        packing.packed(entry) if isinstance(entry, row.Matrix) and entry.rows >= packing.ROWS_LEAST else entry
        for entry in batch.entries
    )
    fields: dict[str, Any] = msgspec.structs.asdict(batch) | {"entries": tuple(entries)}
    return _SentBatch(**fields)


def _as_stored(sent: _SentBatch, *, place: str) -> row.Batch:
    entries = (
        packing.unpacked(entry, place=f"{place}.entries[{number}]") if isinstance(entry, packing.Packed) else entry
        for number, entry in enumerate(sent.entries)
    )
    fields: dict[str, Any] = msgspec.structs.asdict(sent) | {"entries": tuple(entries)}
    return row.Batch(**fields)


def _check_batch(batch: row.Batch, *, place: str) -> None:
    ids.run_id_from_text(batch.run.id)
    ids.project_name_from_text(batch.run.project)
    ids.run_name_from_text(batch.run.name)
    ids.writer_id_from_text(batch.writer)
    _check_range(batch.lane, field=f"{place}.lane", top=2**31)
    _check_range(batch.first_seq, field=f"{place}.first_seq", top=2**62)
    _check_range(batch.attempt.index, field=f"{place}.attempt.index", top=2**31)
    for field in ("wall_ns", "mono_ns"):
        _check_range(getattr(batch.attempt, field), field=f"{place}.attempt.{field}", top=2**63)
    _check_range(batch.run.created_ns, field=f"{place}.run.created_ns", top=2**63)
    _check_range(batch.deferred, field=f"{place}.deferred", top=2**62)
    _check_range(batch.rank, field=f"{place}.rank", top=2**31)
    if any(count < 0 or count >= 2**62 for count in batch.lost.values()):
        raise errors.FrameCorrupt(f"{place}.lost holds a count out of range", field=f"{place}.lost", fix=_FIX)
    for number, entry in enumerate(batch.entries):
        _check_entry(entry, place=f"{place}.entries[{number}]")


def _check_entry(entry: row.Entry, *, place: str) -> None:
    if isinstance(entry, row.Matrix):
        _check_matrix(entry, place=place)
    elif isinstance(entry, row.Skip):
        _check_range(entry.sequences, field=f"{place}.sequences", top=2**40)
    elif isinstance(entry, row.Printed):
        _check_printed(entry, place=place)
    elif isinstance(entry, row.Acted):
        _check_acted(entry, place=place)


def _check_acted(acted: row.Acted, *, place: str) -> None:
    _check_range(acted.wall_ns, field=f"{place}.wall_ns", top=2**63)
    if not 0 < len(acted.id) <= command.ID_MAX_CHARS:
        raise errors.FrameCorrupt(f"{place}.id is no command's", field=f"{place}.id", fix=_FIX)
    if acted.step is not None and not -(2**63) <= acted.step < 2**63:
        raise errors.FrameCorrupt(f"{place}.step is out of range", field=f"{place}.step", fix=_FIX)


def _check_printed(printed: row.Printed, *, place: str) -> None:
    for field in ("first", "left_out"):
        _check_range(getattr(printed, field), field=f"{place}.{field}", top=2**62)
    _check_range(printed.wall_ns, field=f"{place}.wall_ns", top=2**63)
    if len(printed.lines) > protocol.LINES_MAX or any(len(line) > protocol.LINE_MAX_CHARS for line in printed.lines):
        raise errors.FrameCorrupt(
            f"{place} holds too many lines or too long ones",
            field=f"{place}.lines",
            fix=f"send at most {protocol.LINES_MAX} lines of at most {protocol.LINE_MAX_CHARS} characters",
        )


def _check_matrix(matrix: row.Matrix, *, place: str) -> None:
    if not matrix.names or len(matrix.names) > protocol.ROW_NAMES_MAX:
        raise errors.FrameCorrupt(
            f"{place} names {len(matrix.names)} series", field=f"{place}.names", fix=f"use 1-{protocol.ROW_NAMES_MAX}"
        )
    if len(set(matrix.names)) != len(matrix.names):
        raise errors.FrameCorrupt(f"{place} names a series twice", field=f"{place}.names", fix="name each series once")
    for name in matrix.names:
        names.check(name)
    for column in ("step", "epoch", "wall_ns", "mono_ns"):
        if len(getattr(matrix, column)) != 8 * matrix.rows:
            raise errors.FrameCorrupt(f"{place}.{column} has a wrong length", field=f"{place}.{column}", fix=_FIX)
    if len(matrix.values) != 8 * matrix.rows * len(matrix.names):
        raise errors.FrameCorrupt(f"{place}.values has a wrong length", field=f"{place}.values", fix=_FIX)


def _check_range(value: int, *, field: str, top: int) -> None:
    if not 0 <= value < top:
        raise errors.FrameCorrupt(f"{field} is {value}, out of range", field=field, fix=f"use 0 to {top - 1}")
