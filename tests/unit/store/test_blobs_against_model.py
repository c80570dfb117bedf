"""The local blob store against a dict, through random uploads, kills, removals and collections."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.blobs import digest_of
from yoloscope import errors
from yoloscope.store import ports_media
from yoloscope.store.blobs import local

BLOBS = [b"", b"a", b"sign" * 100, bytes(range(256)) * 256, bytes(range(255, -1, -1)) * 257, b"large" * 30_000]
"""Two of them as small and as large as a row and a file can be."""
DIGESTS = {digest_of(data): data for data in BLOBS}
digests = st.sampled_from(sorted(DIGESTS))


class Uploads(RuleBasedStateMachine):
    """``begun`` holds what came of each blob that is not whole, ``whole`` the digests of the others."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.store = local.LocalBlobStore(Path(self.place.name))
        self.killed: list[local.LocalBlobStore] = []
        self.begun: dict[str, bytes] = {}
        self.whole: set[str] = set()

    def teardown(self) -> None:
        for store in (*self.killed, self.store):
            store.close()
        self.place.cleanup()

    def expected(self, digest: str) -> ports_media.BlobState:
        if digest in self.whole:
            return ports_media.BlobState(len(DIGESTS[digest]), whole=True)
        return ports_media.BlobState(len(self.begun.get(digest, b"")), whole=False)

    @rule(digest=digests, share=st.floats(0, 1))
    def send_on(self, digest: str, share: float) -> None:
        data, at = DIGESTS[digest], self.expected(digest).offset
        self.send(digest, data[at : at + int(share * (len(data) - at) + 0.5)])

    @rule(digest=digests)
    def send_the_rest(self, digest: str) -> None:
        self.send_on(digest, 1.0)

    @rule(digest=digests, other=digests)
    def send_something_else(self, digest: str, other: str) -> None:
        self.send(digest, DIGESTS[other][self.expected(digest).offset : len(DIGESTS[digest])])

    def send(self, digest: str, data: bytes) -> None:
        """Send bytes to where the blob stands; what is as long as the whole and is another is gone."""
        at, size_bytes = self.expected(digest).offset, len(DIGESTS[digest])
        came = self.begun.get(digest, b"") + data
        if digest not in self.whole and len(came) == size_bytes and came != DIGESTS[digest]:
            with pytest.raises(errors.DigestMismatch):
                self.store.append(digest, offset=at, data=data, size_bytes=size_bytes)
            self.begun.pop(digest, None)
            return
        state = self.store.append(digest, offset=at, data=data, size_bytes=size_bytes)
        if digest not in self.whole:
            self.begun[digest] = came
        if came == DIGESTS[digest]:
            self.begun.pop(digest, None)
            self.whole.add(digest)
        assert state == self.expected(digest)

    @rule(digest=digests, offset=st.integers(0, 200_000))
    def send_from_elsewhere(self, digest: str, offset: int) -> None:
        at = self.expected(digest).offset
        if digest in self.whole or offset == at:
            return
        with pytest.raises(errors.SequenceGap) as gap:
            self.store.append(digest, offset=offset, data=b"x", size_bytes=len(DIGESTS[digest]))
        assert gap.value.expected == at

    @rule(digest=digests)
    def put(self, digest: str) -> None:
        assert self.store.put(DIGESTS[digest]) == digest
        self.begun.pop(digest, None)
        self.whole.add(digest)

    @rule(some=st.lists(digests, max_size=3))
    def remove(self, some: list[str]) -> None:
        size = {digest: self.expected(digest).offset for digest in some}
        assert self.store.remove(some) == sum(size.values())
        self.forget(set(some))

    @rule(named=st.sets(digests))
    def collect(self, named: set[str]) -> None:
        there = {digest for digest, _, _ in self.store.digests()}
        freed = self.store.collect(sorted(there), used=lambda asked: named & set(asked))
        gone = there - named
        assert freed == ports_media.Freed(len(gone), sum(self.expected(digest).offset for digest in gone))
        self.forget(gone)

    @rule()
    def collect_begun(self) -> None:
        assert self.store.collect_begun(older_s=-1).bytes == sum(map(len, self.begun.values()))
        self.begun.clear()

    def forget(self, digests: set[str]) -> None:
        self.whole -= digests
        for digest in digests:
            self.begun.pop(digest, None)

    @rule()
    def kill(self) -> None:
        self.killed.append(self.store)
        self.store = local.LocalBlobStore(Path(self.place.name))

    @invariant()
    def holds_what_it_should(self) -> None:
        assert {digest: self.store.state(digest) for digest in DIGESTS} == {
            digest: self.expected(digest) for digest in DIGESTS
        }
        assert self.store.whole(list(DIGESTS)) == self.whole
        assert all(self.store.read(digest) == DIGESTS[digest] for digest in self.whole)
        sizes = {digest: len(DIGESTS[digest]) for digest in self.whole}
        begun = {digest: len(came) for digest, came in self.begun.items() if came}
        found = [(digest, size) for digest, size, _ in self.store.digests()]
        assert sorted(found) == sorted((sizes | begun).items())
        expected = ports_media.BlobTotals(len(sizes), sum(sizes.values()), sum(begun.values()))
        assert self.store.totals() == expected
        assert list(self.store.verify()) == []


TestUploads = Uploads.TestCase
TestUploads.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestUploads.pytestmark = [pytest.mark.slow]
