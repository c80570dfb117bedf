"""Bodies as they were sent to batches that were checked: a large one in a thread, so that others do not wait for it.

Called by `accept`.
"""

import anyio.to_thread

from yoloscope import errors
from yoloscope.ingest import limits, unpack
from yoloscope.records import row
from yoloscope.wire import codec

_INLINE_BYTES = 64 * 1024  # as sent; handing a smaller body to a thread takes longer than decoding it
_INLINE_PLAIN_BYTES = 8 * _INLINE_BYTES


async def batches_from_body(body: bytes, *, encoding: str) -> list[row.Batch]:
    """Return the batches of a body; what is small as sent may still be large unpacked.

    Raises:
        WireError: if the bytes break the protocol.
        InvalidRecord: if a batch says what the catalogue cannot keep.
    """
    if len(body) <= _INLINE_BYTES:
        plain = unpack.unpacked(body, encoding=encoding)
        if len(plain) <= _INLINE_PLAIN_BYTES:
            return _batches_from_body(plain)
    else:
        plain = await anyio.to_thread.run_sync(lambda: unpack.unpacked(body, encoding=encoding))
    return await anyio.to_thread.run_sync(_batches_from_body, plain)


def _batches_from_body(plain: bytes) -> list[row.Batch]:
    try:
        batches = codec.batches_from_body(plain)
    except UnicodeDecodeError as error:
        raise errors.FrameCorrupt(f"a text is not UTF-8: {error}") from error
    for batch in batches:
        limits.check(batch)
    return batches
