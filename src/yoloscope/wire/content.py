"""The content of items as bytes: deflated msgpack of a version and one `records.content` struct.

Called by the sidecar (encode) and the server (decode), which trusts none of it: nothing is inflated beyond the limit, and what comes out is
whole (`records.whole`).
"""

import zlib

import msgspec

from yoloscope import errors
from yoloscope.records import content, media, whole

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[int, content.Content])
_versions = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw])
_LEVEL = 6  # zlib's own default
_EMBEDDING = _encoder.encode((content.VERSION, content.Embedding(1, b"", b""))).partition(b"embedding")
_EMBEDDING_HEAD = _EMBEDDING[0] + _EMBEDDING[1]
"""How all embeddings begin, which alone may be larger than a summary."""


def to_bytes(found: content.Content) -> bytes:
    """Return content as it is sent and stored; equal content gives equal bytes.

    Raises:
        InvalidRecord: if it is not whole.
        FrameTooLarge: if nobody would take it.
    """
    whole.check(found)
    plain = _encoder.encode((content.VERSION, found))
    if len(plain) > _most_bytes(plain):
        raise _too_large(_most_bytes(plain))
    return zlib.compress(plain, _LEVEL)


def from_bytes(data: bytes) -> content.Content:
    """Return the content of some bytes.

    Raises:
        WireError: if they are no content, of another version, or inflate to more than `media.SUMMARY_MAX_BYTES`; embeddings to more
            than `media.EMBEDDING_MAX_BYTES`.
        InvalidRecord: if it is not whole.
    """
    found = _decoded(_inflated(data))
    whole.check(found)
    return found


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(data, media.SUMMARY_MAX_BYTES + 1)
        most = _most_bytes(plain)
        if len(plain) > media.SUMMARY_MAX_BYTES and most > len(plain):
            plain += inflater.decompress(inflater.unconsumed_tail, most + 1 - len(plain))
    except zlib.error as error:
        raise errors.FrameCorrupt(f"the content is not deflate data: {error}") from error
    if len(plain) > most:
        raise _too_large(most)
    if not inflater.eof:
        raise errors.FrameTruncated("the content ends early")
    if inflater.unused_data:
        raise errors.FrameCorrupt("something follows the content")
    return plain


def _most_bytes(plain: bytes) -> int:
    return media.EMBEDDING_MAX_BYTES if plain.startswith(_EMBEDDING_HEAD) else media.SUMMARY_MAX_BYTES


def _too_large(most: int) -> errors.FrameTooLarge:
    return errors.FrameTooLarge(f"the content inflates to more than {most} bytes", fix="log less in one call")


def _decoded(plain: bytes) -> content.Content:
    try:
        version, _ = _versions.decode(plain)
        if version != content.VERSION:
            raise errors.FrameVersion(f"the content is of version {version}; this release knows {content.VERSION}")
        return _decoder.decode(plain)[1]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.FrameCorrupt(f"the content cannot be read: {error}") from error
