"""The process that projects embeddings: decodes content that nobody trusts, and calculates for up to minutes.

Started by `projections` as ``python -m yoloscope.server.projection_main``. scikit-learn and umap-learn are loaded when somebody asks for them.
"""

import importlib
from typing import Literal, Protocol, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import projection
from yoloscope.records import content
from yoloscope.server import child_main
from yoloscope.wire import content as wire_content

Method = Literal["pca", "tsne", "umap"]
POINTS_MAX = 5_000
"""Of more a fixed sample is shown: a page draws no more, and t-SNE of these takes half a minute."""
MEMORY_MAX_BYTES = 4 * 1024 * 1024 * 1024
"""Of address space: the compiler behind UMAP alone takes two."""
NEIGHBOURS_LEAST = 5
"""Points without which there are no neighbourhoods to keep."""
_BEFORE = 50  # dimensions that neighbours are sought in, as t-SNE's author does
_PERPLEXITY = 30.0
_SEED = 0


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """How to project the content of an embedding's part."""

    method: Method
    dimensions: int
    part: bytes


class Projection(msgspec.Struct, frozen=True):
    """Points by the places of their vectors; the field names are those of the HTTP schema."""

    method: Method
    dimensions: int
    points: list[list[float]]
    explained: list[float] | None
    of: int
    sampled: list[int] | None


class _Model(Protocol):
    """What both libraries' estimators do."""

    def fit_transform(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]: ...


_asked_from_bytes = msgspec.msgpack.Decoder(Asked)


def main() -> None:
    """Serve until the input ends."""
    child_main.serve(answer, memory_max_bytes=MEMORY_MAX_BYTES)


def answer(question: bytes) -> bytes:
    """Return a projection as JSON.

    Raises:
        ValueError: if the part is no embedding, or has too few points for the method.
        YoloscopeError: if it is no content.
    """
    asked = _asked_from_bytes.decode(question)
    held = wire_content.from_bytes(asked.part)
    if not isinstance(held, content.Embedding):
        raise ValueError("the item is no embedding")  # noqa: TRY004 - a value of the file's, not of a caller's
    return msgspec.json.encode(projected(held, asked.method, dimensions=asked.dimensions))


def projected(held: content.Embedding, method: Method, *, dimensions: int) -> Projection:
    """Return the points of an embedding; raises as `answer`."""
    values = np.frombuffer(held.vectors, "<f4").astype(np.float64)
    vectors = np.reshape(values, (len(values) // held.dimensions, held.dimensions))
    places = projection.shown(vectors, most=POINTS_MAX)
    chosen = vectors[places]
    if method == "pca":
        points, shares = projection.principal(chosen, dimensions=dimensions)
    else:
        points, shares = _neighbourly(chosen, method, dimensions=dimensions), None
    return Projection(
        method=method,
        dimensions=dimensions,
        points=[[float(f"{value:.7g}") for value in point] for point in points.tolist()],
        explained=shares,
        of=len(vectors),
        sampled=None if len(places) == len(vectors) else places.tolist(),
    )


def _neighbourly(vectors: projection.Points, method: Literal["tsne", "umap"], *, dimensions: int) -> projection.Points:
    """Return points that keep near what is near."""
    if len(vectors) < NEIGHBOURS_LEAST:
        raise ValueError(f"{method} needs at least {NEIGHBOURS_LEAST} points without NaN; there are {len(vectors)}")
    if vectors.shape[1] > _BEFORE:
        vectors, _ = projection.principal(vectors, dimensions=min(_BEFORE, len(vectors)))
    model = _tsne(vectors, dimensions) if method == "tsne" else _umap(len(vectors), dimensions)
    return np.nan_to_num(model.fit_transform(vectors.astype(np.float32)).astype(np.float64))  # all alike: no place


def _tsne(vectors: projection.Points, dimensions: int) -> _Model:
    made = importlib.import_module("sklearn.manifold").TSNE(
        n_components=dimensions,
        perplexity=min(_PERPLEXITY, (len(vectors) - 1) / 3),
        init=_beginning(vectors, dimensions),
        random_state=_SEED,
        n_jobs=1,
    )
    return cast("_Model", made)


def _beginning(vectors: projection.Points, dimensions: int) -> NDArray[np.float32]:
    """Return where t-SNE begins: by principal components, as scikit-learn would, but also of points that have fewer than are asked for."""
    points, _ = projection.principal(vectors, dimensions=dimensions)
    spread = points[:, 0].std() or 1.0
    apart = np.random.default_rng(_SEED).normal(size=points.shape)  # what is alike must not stay in one place
    return (points / spread * 1e-4 + apart * 1e-6).astype(np.float32)


def _umap(count: int, dimensions: int) -> _Model:
    made = importlib.import_module("umap").UMAP(
        n_components=dimensions,
        n_neighbors=min(15, count - 1),
        init="spectral" if count > dimensions + 2 else "random",
        random_state=_SEED,
        n_jobs=1,
    )
    return cast("_Model", made)


if __name__ == "__main__":
    main()
