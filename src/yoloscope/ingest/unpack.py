"""Bodies unpacked within the limit: zstd here, what the trainer tower knows in `wire.codec`."""

import sys

from yoloscope import errors
from yoloscope.wire import codec, protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_WINDOW_LOG_MAX = 23  # a window of 8 MiB: no body may be larger, so a frame that asks for more memory gets none


def unpacked(body: bytes, *, encoding: str) -> bytes:
    """Return `body` inflated as its ``Content-Encoding`` says; at most the limit is ever produced.

    Raises:
        FrameTooLarge: if it would unpack to more than the limit.
        FrameTruncated: if it ends early.
        FrameCorrupt: if it is not of that encoding.
    """
    if len(body) > protocol.BODY_MAX_BYTES:
        raise errors.FrameTooLarge(
            f"the body is larger than {protocol.BODY_MAX_BYTES} bytes", fix="send fewer rows in one request"
        )
    return _from_zstd(body) if encoding == "zstd" else codec.unpacked(body, encoding=encoding)


def _from_zstd(body: bytes) -> bytes:
    inflater = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG_MAX})
    try:
        plain = inflater.decompress(body, protocol.BODY_MAX_BYTES + 1)
    except zstd.ZstdError as error:
        raise errors.FrameCorrupt(f"the body is not zstd data: {error}") from error
    if len(plain) > protocol.BODY_MAX_BYTES:
        raise errors.FrameTooLarge(
            f"the body unpacks to more than {protocol.BODY_MAX_BYTES} bytes", fix="send fewer rows in one request"
        )
    if not inflater.eof:
        raise errors.FrameTruncated("the compressed body ends early", fix="send the whole body")
    if inflater.unused_data:
        raise errors.FrameCorrupt("bytes follow the compressed body", fix="send one zstd frame")
    return plain
