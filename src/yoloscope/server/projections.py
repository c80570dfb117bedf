"""Embeddings as points on a plane or in a room, calculated by a process of its own (`projection_main`), and kept in memory for the next who looks.

Owned by `services`. Principal components take a second and the other methods minutes, so that each of the two kinds has a process of its own, which
projects one embedding at a time.
"""

import importlib.util
import sys
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from yoloscope import errors
from yoloscope.records import media
from yoloscope.server import children, problems, projection_main
from yoloscope.store import ports_media

Method = projection_main.Method
COMMAND = (sys.executable, "-m", "yoloscope.server.projection_main")
PROJECTION_S = 180.0  # t-SNE of the most points takes half a minute on a quiet core
KEPT_BYTES = 16 * 1024 * 1024
"""Projections in memory: about a hundred of the largest."""
_LIBRARIES: dict[Method, tuple[str, str, str]] = {
    "tsne": ("sklearn", "t-SNE", "pip install 'yoloscope[projector]'"),
    "umap": ("umap", "UMAP", "pip install umap-learn"),
}


class _Lane(NamedTuple):
    """A process, and what it answered."""

    child: children.Child
    answers: children.Answers


class Projections:
    """The projections of a blob store's embeddings, by digest. One event loop; what blocks runs in worker threads."""

    def __init__(
        self,
        store: ports_media.BlobStore,
        *,
        command: Sequence[str] = COMMAND,
        projection_s: float = PROJECTION_S,
    ) -> None:
        self._store = store
        self._projection_s = projection_s
        self._quick, self._slow = (
            _Lane(children.Child(command, does="projects embeddings"), children.Answers(kept_bytes=KEPT_BYTES // 2))
            for _ in range(2)
        )

    @property
    def pid(self) -> int | None:
        """The number of the process for principal components, ``None`` while there is none."""
        return self._quick.child.pid

    async def of(self, digest: str, method: Method, *, dimensions: int) -> bytes:
        """Return a projection of an embedding's part as JSON.

        Raises:
            NotFound: if the part is not whole.
            HTTPException: a problem "method-missing" if the library of the method is not installed.
            InvalidRecord: if it cannot be projected.
        """
        _check_installed(method)
        lane = self._quick if method == "pca" else self._slow
        try:
            return await lane.answers.of(
                f"{digest} {method} {dimensions}", lambda: self._made(lane.child, digest, method, dimensions)
            )
        except children.RefusedError as error:
            raise errors.InvalidRecord(
                f"the embedding cannot be projected: {error}", field="method", fix="try method=pca, or log fewer points"
            ) from error

    def close(self) -> None:
        """End the processes; calling it twice is harmless."""
        self._quick.child.close()
        self._slow.child.close()

    def _made(self, child: children.Child, digest: str, method: Method, dimensions: int) -> bytes:
        with self._store.opened(digest) as part:
            asked = projection_main.Asked(method, dimensions, part.read(media.EMBEDDING_MAX_BYTES))
        return child.asked(msgspec.msgpack.encode(asked), within_s=self._projection_s)


def _check_installed(method: Method) -> None:
    module, name, line = _LIBRARIES.get(method, ("", "", ""))
    if module and importlib.util.find_spec(module) is None:
        raise problems.refusal(
            "method-missing",
            f"{name} needs a library that the server does not have",
            field="method",
            fix=f"install it where the server runs: {line}",
        )
