"""Garbage collection: blobs that no item of any run names any more are removed.

Called by the server's jobs. A run in the trash still names its blobs; one that was removed for good does not, and what no other run names goes
with the next collection. Blobs younger than a day are left alone, whatever names them.

A trainer must never take a blob for sent that is then removed. It stores the item first and asks for the blob then; `BlobStore.collect`
asks the catalogue while nobody is told of the blob. So either the item is there when the catalogue is asked, and the blob stays, or the blob is
gone when its trainer asks, and is sent again.
"""

from collections.abc import Iterator
from itertools import islice

from yoloscope.store import ports_media

OLDER_S = 24 * 3600.0
_TOGETHER_MAX = 500  # blobs looked at in one step, after which the server may stop


def steps(
    blobs: ports_media.BlobStore, items: ports_media.Items, *, older_s: float = OLDER_S
) -> Iterator[ports_media.Freed]:
    """Remove what nothing names, one step for each yield; stopped between two of them, the next collection goes on.

    Raises (while it is read):
        StoreError: if a store cannot be read or written; what was removed is gone.
    """
    yield blobs.collect_begun(older_s=older_s)
    old = (digest for digest, _, age_s in blobs.digests() if age_s > older_s)
    while some := list(islice(old, _TOGETHER_MAX)):
        named = items.used(some)  # most are: asked before any of them is held
        unnamed = [digest for digest in some if digest not in named]
        yield blobs.collect(unnamed, used=items.used) if unnamed else ports_media.Freed(0, 0)
