"""What every blob store must do. A back end's test module inherits `BlobStoreContract` and gives the fixture `store`."""

import contextlib
import hashlib
import io
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from yoloscope import errors
from yoloscope.store import ports_media

SMALL = b"a picture of a sign"
LARGE = bytes(range(256)) * 1024  # 256 KiB


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def send(store: ports_media.BlobStore, data: bytes, *, piece: int = 100_000, said: str | None = None) -> str:
    """Append a blob piece by piece, from where it stands, and return its digest."""
    digest = said or digest_of(data)
    state = store.state(digest)
    while not state.whole:
        some = data[state.offset : state.offset + piece]
        state = store.append(digest, offset=state.offset, data=some, size_bytes=len(data))
    return digest


class BlobStoreContract:
    """Inherited by the tests of each back end."""

    @pytest.mark.parametrize("data", [b"", b"\0", SMALL, LARGE], ids=["empty", "one", "small", "large"])
    @pytest.mark.parametrize("piece", [2**24, 90_000, 7])
    def test_a_blob_that_was_sent_is_read_as_it_was(self, store, data: bytes, piece: int) -> None:
        if len(data) > 1000 and piece < 1000:
            piece = 50_001
        digest = send(store, data, piece=piece)
        assert store.state(digest) == ports_media.BlobState(len(data), whole=True)
        assert store.read(digest) == data
        with store.opened(digest) as file:
            file.seek(len(data) // 2)
            assert file.read() == data[len(data) // 2 :]
        assert store.whole([digest, "0" * 64]) == {digest}
        assert store.totals() == ports_media.BlobTotals(1, len(data), 0)
        assert list(store.verify()) == []

    def test_nothing_is_read_before_it_is_whole(self, store) -> None:
        digest = digest_of(LARGE)
        assert store.state(digest) == ports_media.BlobState(0, whole=False)
        begun = store.append(digest, offset=0, data=LARGE[:1000], size_bytes=len(LARGE))
        assert begun == store.state(digest) == ports_media.BlobState(1000, whole=False)
        assert store.whole([digest]) == set()
        assert store.totals() == ports_media.BlobTotals(0, 0, 1000)
        with pytest.raises(errors.NotFound):
            store.read(digest)
        with pytest.raises(errors.NotFound), store.opened(digest):
            pass

    @pytest.mark.parametrize("offset", [0, 999, 1001])
    def test_a_piece_from_elsewhere_tells_where_to_go_on(self, store, offset: int) -> None:
        digest = digest_of(LARGE)
        store.append(digest, offset=0, data=LARGE[:1000], size_bytes=len(LARGE))
        with pytest.raises(errors.SequenceGap) as gap:
            store.append(digest, offset=offset, data=LARGE[offset:], size_bytes=len(LARGE))
        assert (gap.value.expected, store.state(digest).offset) == (1000, 1000)

    @pytest.mark.parametrize("data", [SMALL, LARGE])
    def test_other_bytes_than_announced_are_refused_and_gone(self, store, data: bytes) -> None:
        digest = digest_of(b"another")
        with pytest.raises(errors.DigestMismatch):
            send(store, data, said=digest)
        assert store.state(digest) == ports_media.BlobState(0, whole=False)
        assert store.totals() == ports_media.BlobTotals(0, 0, 0)

    def test_more_bytes_than_announced_are_refused(self, store) -> None:
        digest = digest_of(LARGE)
        store.append(digest, offset=0, data=LARGE[:-1], size_bytes=len(LARGE))
        with pytest.raises(errors.DigestMismatch):
            store.append(digest, offset=len(LARGE) - 1, data=LARGE[-1:] + b"more", size_bytes=len(LARGE))
        assert send(store, LARGE) == digest

    def test_a_blob_begun_under_another_size_begins_again(self, store) -> None:
        digest = digest_of(SMALL)
        store.append(digest, offset=0, data=b"x" * 500, size_bytes=1000)
        with pytest.raises(errors.SequenceGap) as gap:
            store.append(digest, offset=500, data=b"", size_bytes=len(SMALL))
        assert gap.value.expected == 0
        assert store.read(send(store, SMALL)) == SMALL

    @pytest.mark.parametrize("data", [SMALL, LARGE])
    def test_one_that_is_whole_takes_anything_and_stays(self, store, data: bytes) -> None:
        digest = send(store, data)
        whole = store.append(digest, offset=12345, data=b"other", size_bytes=99)
        assert whole == ports_media.BlobState(len(data), whole=True)
        assert store.read(digest) == data

    @pytest.mark.parametrize("data", [SMALL, LARGE])
    def test_who_sends_looks_at_the_whole_before_anybody_reads_it(self, store, data: bytes) -> None:
        digest, seen = digest_of(data), list[bytes]()

        def refuse(whole) -> None:
            seen.append(whole.read())
            assert store.whole([digest]) == set()
            raise errors.InvalidRecord("no picture", field="body", fix="send one")

        half = len(data) // 2
        store.append(digest, offset=0, data=data[:half], size_bytes=len(data), check=refuse)
        assert seen == []
        with pytest.raises(errors.InvalidRecord, match="no picture"):
            store.append(digest, offset=half, data=data[half:], size_bytes=len(data), check=refuse)
        assert seen == [data]
        assert store.state(digest) == ports_media.BlobState(0, whole=False)
        assert store.totals() == ports_media.BlobTotals(0, 0, 0)

    @pytest.mark.parametrize("data", [SMALL, LARGE])
    def test_two_who_send_the_same_at_once_store_it_once(self, store, data: bytes) -> None:
        meeting = threading.Barrier(2)

        def upload() -> None:
            state = store.state(digest_of(data))
            meeting.wait()
            while not state.whole:
                some = data[state.offset : state.offset + 3000]
                with contextlib.suppress(errors.SequenceGap):
                    state = store.append(digest_of(data), offset=state.offset, data=some, size_bytes=len(data))
                    continue
                state = store.state(digest_of(data))

        with ThreadPoolExecutor(2) as pool:
            for one in [pool.submit(upload) for _ in range(2)]:
                one.result()
        assert store.read(digest_of(data)) == data
        assert store.totals() == ports_media.BlobTotals(1, len(data), 0)

    @pytest.mark.parametrize("data", [b"", SMALL, LARGE])
    def test_what_is_put_is_whole(self, store, data: bytes) -> None:
        digest = store.put(data)
        assert (digest, store.read(digest), store.put(data)) == (digest_of(data), data, digest)
        assert store.totals().blobs == 1

    def test_what_is_put_ends_what_an_upload_began(self, store) -> None:
        store.append(digest_of(LARGE), offset=0, data=LARGE[:1000], size_bytes=len(LARGE))
        assert store.read(store.put(LARGE)) == LARGE
        store.append(digest_of(SMALL), offset=0, data=b"!", size_bytes=len(SMALL))  # what an upload began wrongly
        assert store.read(store.put(SMALL)) == SMALL

    def test_what_is_removed_is_gone_and_comes_again(self, store) -> None:
        digests = [send(store, SMALL), send(store, LARGE), digest_of(b"begun")]
        store.append(digests[2], offset=0, data=b"be", size_bytes=5)
        assert store.remove([*digests, "0" * 64]) == len(SMALL) + len(LARGE) + 2
        assert [store.state(digest).offset for digest in digests] == [0, 0, 0]
        assert (store.totals(), list(store.digests())) == (ports_media.BlobTotals(0, 0, 0), [])
        assert store.read(send(store, LARGE)) == LARGE

    def test_only_what_nothing_names_is_collected(self, store) -> None:
        named, unnamed = send(store, SMALL), [send(store, LARGE), digest_of(b"begun")]
        store.append(unnamed[1], offset=0, data=b"be", size_bytes=5)
        asked: list[list[str]] = []

        def used(digests: Sequence[str]) -> set[str]:
            asked.append(sorted(digests))
            return {named}

        freed = store.collect([named, *unnamed], used=used)
        assert (freed, asked) == (ports_media.Freed(2, len(LARGE) + 2), [sorted([named, *unnamed])])
        assert [digest for digest, _, _ in store.digests()] == [named]

    def test_nobody_is_told_of_a_blob_between_the_question_and_its_removal(self, store) -> None:
        digest = send(store, LARGE)
        told: list[ports_media.BlobState] = []
        asking = threading.Event()

        def ask() -> None:
            asking.set()
            told.append(store.state(digest))

        def used(_: Sequence[str]) -> set[str]:
            thread.start()
            assert asking.wait(30)
            assert told == []
            return set()

        thread = threading.Thread(target=ask)
        store.collect([digest], used=used)
        thread.join(30)
        assert told == [ports_media.BlobState(0, whole=False)]

    def test_a_blob_that_somebody_is_busy_with_is_not_collected(self, store) -> None:
        digest, freed = digest_of(LARGE), list[ports_media.Freed]()

        def collect_meanwhile(whole: io.BytesIO) -> None:
            del whole
            with ThreadPoolExecutor(1) as pool:  # another thread, as the server's jobs are
                freed.append(pool.submit(store.collect, [digest], used=lambda _: set()).result(30))
                freed.append(pool.submit(store.collect_begun, older_s=-1).result(30))

        store.append(digest, offset=0, data=LARGE, size_bytes=len(LARGE), check=collect_meanwhile)
        assert freed == [ports_media.Freed(0, 0)] * 2
        assert store.read(digest) == LARGE

    def test_what_was_begun_and_left_is_collected_by_age(self, store) -> None:
        store.append(digest_of(LARGE), offset=0, data=LARGE[:1000], size_bytes=len(LARGE))
        send(store, SMALL)
        assert store.collect_begun(older_s=3600) == ports_media.Freed(0, 0)
        assert store.collect_begun(older_s=-1) == ports_media.Freed(1, 1000)
        assert store.totals() == ports_media.BlobTotals(1, len(SMALL), 0)

    def test_all_are_listed_whole_or_not(self, store) -> None:
        blobs = [SMALL, LARGE, b""]
        expected = {(send(store, data), len(data)) for data in blobs} | {(digest_of(b"begun"), 2)}
        store.append(digest_of(b"begun"), offset=0, data=b"be", size_bytes=5)
        found = list(store.digests())
        assert {(digest, size) for digest, size, _ in found} == expected
        assert len(found) == len(expected)
        assert all(0 <= age_s < 3600 for _, _, age_s in found)

    @pytest.mark.parametrize("digest", ["", "../../etc/passwd", "0" * 63, "A" * 64, "0" * 64 + "\n", "0/" * 32])
    def test_what_is_no_digest_names_no_blob(self, store, digest: str) -> None:
        for ask in (
            lambda: store.state(digest),
            lambda: store.read(digest),
            lambda: store.append(digest, offset=0, data=b"x", size_bytes=1),
            lambda: store.remove([digest]),
        ):
            with pytest.raises(errors.NotFound):
                ask()
        assert store.whole([digest]) == set()

    def test_closing_twice_is_harmless(self, store) -> None:
        store.close()
        store.close()
