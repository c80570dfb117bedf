"""The content of items as bytes: deflated msgpack of a version and one `records.content` struct.

Called by the sidecar (encode) and the server (decode), which trusts none of it: nothing is inflated beyond the limit, and arrays have the
lengths that their places say.
"""

import zlib

import msgspec

from yoloscope import errors
from yoloscope.records import content, media

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[int, content.Content])
_versions = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw])


def to_bytes(found: content.Content) -> bytes:
    """Return content as it is sent and stored; equal content gives equal bytes."""
    return zlib.compress(_encoder.encode((content.VERSION, found)), 6)


def from_bytes(data: bytes) -> content.Content:
    """Return the content of some bytes.

    Raises:
        WireError: if they are no content, of another version, or inflate to more than `media.SUMMARY_MAX_BYTES`.
        InvalidRecord: if an array's length is not what its places say.
    """
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(data, media.SUMMARY_MAX_BYTES + 1)
    except zlib.error as error:
        raise errors.FrameCorrupt(f"the content is not deflate data: {error}") from error
    if len(plain) > media.SUMMARY_MAX_BYTES:
        raise errors.FrameTooLarge(
            f"the content inflates to more than {media.SUMMARY_MAX_BYTES} bytes", fix="log less in one call"
        )
    if not inflater.eof:
        raise errors.FrameTruncated("the content ends early")
    return _decoded(plain)


def _decoded(plain: bytes) -> content.Content:
    try:
        version, _ = _versions.decode(plain)
        if version != content.VERSION:
            raise errors.FrameVersion(f"the content is of version {version}; this release knows {content.VERSION}")
        return _decoder.decode(plain)[1]
    except (msgspec.DecodeError, RecursionError) as error:
        raise errors.FrameCorrupt(f"the content cannot be read: {error}") from error
