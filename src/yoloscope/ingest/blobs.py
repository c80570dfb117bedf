"""Parts of items into the blob store, piece by piece: whose they are, whether they may come in, and whether they are what was said.

Called by the blobs route. A part is taken only where an item of the run tells of it, and only while the policy lets the item in. With its
last piece a part is compared with its digest and with what its items say of it, before anybody can read it; one that is wrong is gone.
"""

from collections import OrderedDict
from collections.abc import Collection

import anyio
import anyio.to_thread
import msgspec

from yoloscope import errors
from yoloscope.ingest import allowed, contents, live, turns
from yoloscope.records import ids, media, policy, reduction
from yoloscope.store import ports, ports_media

REFUSED = "refused_by_policy"
"""Why parts that the policy forbids are counted as lost by their run."""
_REFUSED_KNOWN_MAX = 20_000
_DECODED_AT_ONCE = 2
"""Parts that are inflated and checked: an embedding takes some 300 MB for a second, however few bytes it came in."""


class Totals(msgspec.Struct):
    """What came in since the server started."""

    parts: int = 0
    bytes: int = 0
    refused: int = 0


class Piece(msgspec.Struct, frozen=True):
    """Some bytes of a part, where they belong, and how many bytes the whole has. Without bytes it asks how far the part has come."""

    digest: str
    offset: int
    size_bytes: int
    data: bytes


class Blobs:
    """The only writer of parts. One event loop; what blocks runs in worker threads."""

    def __init__(
        self, catalog: ports.Catalog, store: ports_media.BlobStore, *, policies: allowed.Policies, hub: live.Hub
    ) -> None:
        self.totals = Totals()
        self._catalog = catalog
        self._store = store
        self._policies = policies
        self._hub = hub
        self._turns = turns.Turns()
        self._refused: OrderedDict[tuple[ids.RunId, str], None] = OrderedDict()
        self._decoding = anyio.CapacityLimiter(_DECODED_AT_ONCE)  # who waits holds no thread

    async def accept(self, run: ids.RunId, piece: Piece) -> ports_media.BlobState:
        """Store a piece of a part and return how far the part has come; what is there already changes nothing.

        Raises:
            NotFound: if there is no such run, or none of its items has such a part.
            PolicyForbids: if the policy does not let the item in; nothing is stored, and the part is counted as lost once.
            SequenceGap: if the piece belongs elsewhere than where the part stands.
            InvalidRecord: if the piece does not fit, or the whole part is not what its item says; nothing of the part is kept.
            DigestMismatch: if the whole part has another digest; nothing of it is kept.
            StoreFull: if there is no room; what was there stays.
        """
        _check(piece)
        project = (await anyio.to_thread.run_sync(self._catalog.run, run)).ref.project
        holds = await self._policies.of(project)
        try:
            claims = await anyio.to_thread.run_sync(self._claims, run, piece, holds)
            async with self._turns.of([piece.digest]):
                limiter = self._decoding if any(part.media_type == media.CONTENT for _, part in claims) else None
                was_whole, state = await anyio.to_thread.run_sync(self._take, piece, claims, holds, limiter=limiter)
        except errors.PolicyForbids:
            await anyio.to_thread.run_sync(self._forget_begun, run, piece.digest)
            await self._count_refusal(run, piece.digest, project=project)
            raise
        if state.whole and not was_whole:
            self.totals.parts += 1
            self._hub.showed(run, project=project)
        return state

    def readable(self, digests: Collection[str]) -> set[str]:
        """Return those of some digests whose parts are whole. Blocking."""
        return self._store.whole(list(digests))

    def _claims(self, run: ids.RunId, piece: Piece, holds: policy.Policy) -> contents.Claims:
        """Return what the items of the run say of a part, of those that the policy lets in."""
        if not holds.summaries and not holds.media:
            raise _forbidden("parts of items")
        found = self._catalog.items.parts(run, piece.digest)
        if not found:
            raise errors.NotFound(
                f"no item of run {run!r} has a part {piece.digest!r} yet; send it when the rows before it are acknowledged"
            )
        let_in = [(item, part) for item, part in found if reduction.withheld(item, policy=holds) is None]
        if not let_in:
            raise _forbidden(f"what {reduction.withheld(found[0][0], policy=holds)}")
        claims = [(item, part) for item, part in let_in if part.size_bytes == piece.size_bytes]
        if not claims:
            raise errors.InvalidRecord(
                f"the part has {let_in[0][1].size_bytes} bytes by its item, not {piece.size_bytes}; nothing was stored",
                field="Upload-Length",
                fix=f"send {let_in[0][1].size_bytes}",
            )
        return claims

    def _take(self, piece: Piece, claims: contents.Claims, holds: policy.Policy) -> tuple[bool, ports_media.BlobState]:
        """Store a piece of a part that nobody else sends now; return whether the part was whole before, and how far it is."""
        state = self._store.state(piece.digest)
        if state.whole:  # as a part of other items, perhaps: this one may say something else of it
            with self._store.opened(piece.digest) as whole:
                contents.check(whole, claims=claims, holds=holds)
            return True, state
        if state.offset > piece.size_bytes:  # begun by somebody who said that it is longer
            self._store.remove([piece.digest])
            state = self._store.state(piece.digest)
        offset, data = piece.offset, piece.data
        if (
            state.offset == piece.size_bytes
        ):  # all came, but the server was killed before it was compared; or there is nothing to come
            offset, data = state.offset, b""
        elif not data:
            return False, state
        state = self._store.append(
            piece.digest,
            offset=offset,
            data=data,
            size_bytes=piece.size_bytes,
            check=lambda whole: contents.check(whole, claims=claims, holds=holds),
        )
        self.totals.bytes += len(data)
        return False, state

    def _forget_begun(self, run: ids.RunId, digest: str) -> None:
        """Remove what came of a refused part of the run before it was."""
        if self._catalog.items.parts(run, digest):
            state = self._store.state(digest)
            if state.offset and not state.whole:
                self._store.remove([digest])

    async def _count_refusal(self, run: ids.RunId, digest: str, *, project: ids.ProjectName) -> None:
        """Count a refused part, once however often it is sent; a server that starts again counts it again."""
        self.totals.refused += 1
        if (run, digest) in self._refused:
            return
        self._refused[run, digest] = None
        if len(self._refused) > _REFUSED_KNOWN_MAX:
            self._refused.popitem(last=False)
        await anyio.to_thread.run_sync(lambda: self._catalog.items.count_lost(run, reason=REFUSED, items=1))
        self._hub.changed(run, project=project)


def _check(piece: Piece) -> None:
    if not media.DIGEST.match(piece.digest):
        raise errors.InvalidRecord(
            f"{piece.digest[:80]!r} is no digest; nothing was stored",
            field="digest",
            fix="use the SHA-256 of the part in 64 lower-case digits",
        )
    if not 0 <= piece.size_bytes <= media.FILE_MAX_BYTES:
        raise errors.InvalidRecord(
            f"a part of {piece.size_bytes} bytes is not taken; nothing was stored",
            field="Upload-Length",
            fix=f"send at most {media.FILE_MAX_BYTES} bytes",
        )
    if piece.offset < 0 or piece.offset + len(piece.data) > piece.size_bytes:
        raise errors.InvalidRecord(
            f"{len(piece.data)} bytes at {piece.offset} do not lie in a part of {piece.size_bytes}; nothing was stored",
            field="Upload-Offset",
            fix="send the offset of the first byte of the body",
        )


def _forbidden(what: str) -> errors.PolicyForbids:
    return errors.PolicyForbids(
        f"the policy of the project does not let {what} in; nothing was stored",
        field="digest",
        fix="leave it out; `yoloscope policy PROJECT` shows and changes what may leave",
    )
