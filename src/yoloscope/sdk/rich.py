"""The calls of a run for more than numbers: summaries (histogram, curve, matrix, table) and media (image, text, figure, graph, embedding, artifact).

Each call checks its arguments and copies them into one file (`spool.handed`, which says what each kind hands over); encoding and sending
are the sidecar's. Nothing is kept of what the policy of the training's folder forbids. None raises into a training, but
under ``YOLOSCOPE_STRICT=1`` a bad argument raises `InvalidRecord` that names it and the fix. `step` and `epoch` are those of `Run.log`.
docs/media.md shows each by example.
"""

import os
from collections.abc import Iterable, Mapping

from yoloscope.records import media
from yoloscope.sdk import files, guard, items, models, pictures, summaries
from yoloscope.sdk.words import Made, Words

_Moment = items.Moment


class Rich:
    """What `Run` inherits; `_items` is None while nothing is kept: before a start, after the end, at rank above 0, when disabled."""

    def __init__(self) -> None:
        self._items: items.Items | None = None

    def takes(self, kind: str) -> bool:
        """Tell whether an item of a kind, such as ``image``, would be kept now, so that nothing is computed in vain.

        Raises:
            InvalidRecord: if there is no such kind, under ``YOLOSCOPE_STRICT=1`` alone.
        """
        with guard.attempt("takes"):
            return self._items is not None and self._items.allows(kind)
        return False

    def log_histogram(  # noqa: PLR0913  # the public contract: all by name but the first
        self,
        name: str,
        values: object = None,
        *,
        counts: object = None,
        edges: object = None,
        bins: int = 64,
        step: int | None = None,
        epoch: float | None = None,
    ) -> None:
        """Keep how values are distributed: values of any shape, or ``counts`` (n,) between ``edges`` (n + 1,) that ascend.

        Values are counted into `bins` beside the training; NaN and infinities among them are counted apart.
        """
        self._log(
            "histogram",
            name,
            lambda words: summaries.histogram(words, values, counts, edges, bins),
            _Moment(step, epoch),
        )

    def log_curve(  # noqa: PLR0913  # the public contract: all by name but the first
        self,
        name: str,
        x: object,
        y: object,
        *,
        classes: object = None,
        labels: object = None,
        x_name: str = "",
        y_name: str = "",
        step: int | None = None,
        epoch: float | None = None,
    ) -> None:
        """Keep curves over the same x: `x` is (n,) finite, `y` (n,) or (k, n), where NaN leaves a gap.

        `classes` are k numbers or titles of classes, -1 for background and -2 for all classes; or `labels` k texts.
        """

        def make(words: Words) -> Made:
            return summaries.curve(words, x, y, classes=classes, labels=labels, names=(x_name, y_name))

        self._log("curve", name, make, _Moment(step, epoch))

    def log_matrix(  # noqa: PLR0913  # the public contract: all by name but the first
        self,
        name: str,
        values: object,
        *,
        row_classes: object = None,
        column_classes: object = None,
        rows: object = None,
        columns: object = None,
        row_name: str = "",
        column_name: str = "",
        step: int | None = None,
        epoch: float | None = None,
    ) -> None:
        """Keep a matrix (rows, columns); rows and columns are classes by number or title, or texts, or just places.

        Of a confusion matrix rows are what was predicted, columns what is true; background is class -1.
        """

        def make(words: Words) -> Made:
            classes, texts = (row_classes, column_classes), (rows, columns)
            return summaries.matrix(words, values, classes=classes, texts=texts, names=(row_name, column_name))

        self._log("matrix", name, make, _Moment(step, epoch))

    def log_table(
        self,
        name: str,
        columns: Mapping[str, object],
        *,
        classes: Iterable[str] = (),
        step: int | None = None,
        epoch: float | None = None,
    ) -> None:
        """Keep a table: names mapped to columns of equal length, of numbers or of texts; `classes` names those of class numbers or titles."""
        self._log("table", name, lambda words: summaries.table(words, columns, classes), _Moment(step, epoch))

    def log_image(
        self,
        name: str,
        array: object,
        boxes: object = None,
        *,
        mask: object = None,
        step: int | None = None,
        epoch: float | None = None,
    ) -> None:
        """Keep a picture (height, width), (height, width, 3) RGB or with 4 channels RGBA: uint8, or floats from 0 to 1; or one of Pillow.

        `boxes` are drawn by the page, not into the pixels: mappings ``{"xyxy": (x1, y1, x2, y2), "class": 3, "score": 0.9, "truth": False,
        "outline": [(x, y), ...], "keypoints": [(x, y, visibility), ...]}`` in pixels, of which only ``xyxy`` must be there, or one mapping
        of columns ``xyxy`` (n, 4), ``classes``, ``scores``, ``truth``, ``outlines``, ``keypoints`` (n, k, 3). `mask` is (height, width) of
        whole numbers from 0 to 65535.
        """
        self._log("image", name, lambda words: pictures.image(words, array, boxes, mask), _Moment(step, epoch))

    def log_text(self, name: str, text: str, *, step: int | None = None, epoch: float | None = None) -> None:
        """Keep a text of at most 1 MiB."""
        self._log("text", name, lambda _: files.text(text), _Moment(step, epoch))

    def log_figure(self, name: str, figure: object, *, step: int | None = None, epoch: float | None = None) -> None:
        """Keep what a matplotlib figure shows; it draws itself in the calling thread, which takes it some 50 ms or more."""
        self._log("figure", name, lambda _: pictures.figure(figure), _Moment(step, epoch))

    def log_graph(
        self,
        name: str,
        nodes: Iterable[object],
        edges: Iterable[object],
        *,
        step: int | None = None,
        epoch: float | None = None,
    ) -> None:
        """Keep a model: layers ``{"id": "model.0", "kind": "Conv", "parameters": 464, "shape": (16, 320, 320), "frozen": False}`` and pairs of ids."""
        self._log("graph", name, lambda _: models.graph(nodes, edges), _Moment(step, epoch))

    def log_embedding(  # noqa: PLR0913  # the public contract: all by name but the first
        self,
        name: str,
        vectors: object,
        *,
        classes: object = None,
        images: object = None,
        boxes: object = None,
        step: int | None = None,
        epoch: float | None = None,
    ) -> None:
        """Keep points of a feature space: `vectors` (n, dimensions) finite, `classes` (n,) with -1 for none.

        `images` (n,) says from which image of yours each was taken, -1 for none, and `boxes` (n, 4) where in it, as x1, y1, x2, y2 in pixels.
        """

        def make(words: Words) -> Made:
            return models.embedding(words, vectors, classes=classes, images=images, boxes=boxes)

        self._log("embedding", name, make, _Moment(step, epoch))

    def log_artifact(
        self, name: str, path: str | os.PathLike[str], *, step: int | None = None, epoch: float | None = None
    ) -> None:
        """Keep a file as it is now, of at most 4 GiB; it is copied before this returns. `name` is how it is shown and saved."""
        self._log("artifact", name, lambda _: files.artifact(path), _Moment(step, epoch))

    def _log(self, kind: media.Kind, name: object, make: items.Make, moment: items.Moment) -> None:
        keeper = self._items
        if keeper is not None:
            keeper.log(kind, name, make, moment)
