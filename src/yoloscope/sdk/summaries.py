"""Arguments of `log_histogram`, `log_curve`, `log_matrix` and `log_table` made into what is handed over, checked as a whole."""

import itertools
from collections.abc import Container, Mapping, Sized
from typing import cast

from yoloscope import errors
from yoloscope.records import media
from yoloscope.sdk import arrays, guard, plain
from yoloscope.sdk.words import Made, Words, has_text
from yoloscope.spool import handed

BINS_MAX = 4_096
"""More than a screen has columns of pixels for."""
COUNT_MAX = 2**53
"""Up to here doubles count one by one."""
VALUES_MAX_BYTES = 64 * 1024 * 1024
"""Raw values of a histogram, of which only the counts leave the machine: a write of some 30 ms."""
_HEAD_BYTES = 64 * 1024  # left for names and the structure of the content
_TOO_MUCH = "log fewer numbers at once: every tenth, or a part"


def histogram(words: Words, values: object, counts: object, edges: object, bins: object) -> Made:
    """Return values that the sidecar counts, or what was counted already.

    Raises:
        InvalidRecord: if neither or both are given, or one cannot be used.
    """
    del words
    if (values is None) == (counts is None) or (counts is None) != (edges is None):
        raise errors.InvalidRecord(
            "a histogram needs values, or counts and edges",
            field="values",
            fix="give values alone, or counts= and edges=",
        )
    if values is None:
        return _counted(counts, edges)
    found = arrays.of(values, field="values", most=VALUES_MAX_BYTES)
    if found.nbytes > VALUES_MAX_BYTES:
        raise errors.InvalidRecord(
            f"values take {found.nbytes:,} bytes, more than {VALUES_MAX_BYTES:,}",
            field="values",
            fix="give counts= and edges=, or a sample such as values[::10]",
        )
    if not found.cells:
        raise errors.InvalidRecord("values is empty", field="values", fix="give a number or more")
    if isinstance(bins, bool) or not isinstance(bins, int) or not 1 <= bins <= BINS_MAX:
        raise errors.InvalidRecord(
            f"bins is {bins!r:.80}", field="bins", fix=f"give a whole number from 1 to {BINS_MAX}"
        )
    flat = found._replace(shape=(found.cells,))
    return Made(handed.HistogramAbout(bins), (("values", flat),))


def _counted(counts: object, edges: object) -> Made:
    told = arrays.vector(counts, field="counts", dtype="f8")
    ends = arrays.vector(edges, field="edges", dtype="f8", length=told.cells + 1)
    for field, found in (("counts", told), ("edges", ends)):
        arrays.must_be_finite(found, field=field)
    if not told.cells or arrays.bounds(told)[0] < 0 or sum(arrays.values(told)) > COUNT_MAX:
        fix = f"give counts from 0 to {COUNT_MAX:,} in all"
        raise errors.InvalidRecord("counts is empty, negative or too large", field="counts", fix=fix)
    numbers = arrays.values(ends)
    if any(one >= after for one, after in itertools.pairwise(numbers)):
        raise errors.InvalidRecord("edges do not ascend", field="edges", fix="give each edge above the one before")
    _must_be_small(told.cells + ends.cells)
    return Made(handed.HistogramAbout(told.cells), (("counts", told), ("edges", ends)))


def curve(words: Words, x: object, y: object, *, classes: object, labels: object, names: tuple[object, object]) -> Made:
    """Return one or more curves over the same x.

    Raises:
        InvalidRecord: if an argument cannot be used, or y is neither (n,) nor (k, n).
    """
    places = arrays.vector(x, field="x", dtype="f8")
    arrays.must_be_finite(places, field="x")
    if not places.cells:
        raise errors.InvalidRecord("x is empty", field="x", fix="give a place or more")
    found = arrays.of(y, field="y", dtype="f8")
    if found.shape == (places.cells,):
        found = found._replace(shape=(1, places.cells))
    if len(found.shape) != 2 or found.shape[1] != places.cells or not found.cells:
        raise arrays.wrong_shape(found, field="y", wanted=f"({places.cells},) or (k, {places.cells}), as x has")
    told = words.labels(classes, labels, places=found.shape[0], fields=("classes", "labels"), name="")
    _must_be_small(places.cells + found.cells, words)
    about = handed.CurveAbout(told, x_name=words.name(names[0]), y_name=words.name(names[1]))
    return Made(about, (("x", places), ("y", found)))


def matrix(
    words: Words,
    values: object,
    *,
    classes: tuple[object, object],
    texts: tuple[object, object],
    names: tuple[object, object],
) -> Made:
    """Return a matrix; classes, texts and names are those of rows and columns.

    Raises:
        InvalidRecord: if an argument cannot be used, or there are not as many labels as rows or columns.
    """
    found = arrays.of(values, field="values", dtype="f8")
    if len(found.shape) != 2 or not found.cells:
        raise arrays.wrong_shape(found, field="values", wanted="(rows, columns)")
    height, width = found.shape
    rows = words.labels(classes[0], texts[0], places=height, fields=("row_classes", "rows"), name=names[0])
    columns = words.labels(classes[1], texts[1], places=width, fields=("column_classes", "columns"), name=names[1])
    _must_be_small(found.cells, words)
    return Made(handed.MatrixAbout(rows, columns), (("values", found),))


def table(words: Words, columns: object, classes: object) -> Made:
    """Return a table; `classes` names the columns of class numbers or titles.

    Raises:
        InvalidRecord: if an argument cannot be used, or columns differ in length.
    """
    if not isinstance(columns, Mapping) or not columns:
        fix = 'give a mapping of names to columns, such as {"recall": [0.5, 0.7]}; of a frame dict(frame)'
        raise errors.InvalidRecord("columns is no mapping, or empty", field="columns", fix=fix)
    given = cast("Mapping[object, object]", columns)
    of_classes = _class_columns(classes, given)
    told: list[handed.ColumnAbout] = []
    parts: list[tuple[str, arrays.Grid]] = []
    lengths: dict[str, int] = {}
    for at, (key, values) in enumerate(given.items()):
        name = _column_name(words, key, taken=lengths)
        if not name or name in lengths:
            raise errors.InvalidRecord(
                f"columns has {name!r} twice, or one without a name", field="columns", fix="name each column once"
            )
        texts, found = _column(words, values, field=f"columns[{name!r}]", is_classes=key in of_classes)
        told.append(handed.ColumnAbout(name, texts))
        parts += [(str(at), found)] if found is not None else []
        lengths[name] = len(texts or ()) if found is None else found.cells
    if len(set(lengths.values())) != 1:
        said = ", ".join(f"{name!r} has {length}" for name, length in list(lengths.items())[:5])
        raise errors.InvalidRecord(
            f"columns differ in length: {said}", field="columns", fix="give columns of equal length"
        )
    _must_be_small(sum(lengths.values()), words)
    return Made(handed.TableAbout(next(iter(lengths.values())), tuple(told)), tuple(parts))


def _column_name(words: Words, key: object, *, taken: Container[str]) -> str:
    """Return the name of a column as it may leave; those of which little is left stay apart."""
    name = words.name(key)
    if name == plain.word(key) or name not in taken:
        return name
    return next(apart for number in itertools.count(2) if (apart := f"{name}-{number}") not in taken)


def _class_columns(classes: object, given: Mapping[object, object]) -> frozenset[object]:
    named = (classes,) if isinstance(classes, str) else tuple(cast("tuple[object, ...]", classes))
    unknown = [name for name in named if name not in given]
    if unknown:
        said = f"classes names {guard.text_of(unknown[0])[:80]!r}, which is no column"
        raise errors.InvalidRecord(said, field="classes", fix="name columns of the table")
    return frozenset(named)


def _column(
    words: Words, values: object, *, field: str, is_classes: bool
) -> tuple[tuple[str, ...] | None, arrays.Grid | None]:
    """Return the texts or the numbers of a column."""
    if is_classes:
        length = len(values) if isinstance(values, Sized) else 0
        return None, words.classes(values, field=field, length=length)
    if has_text(values):
        return words.texts(values, field=field), None
    return None, arrays.vector(values, field=field, dtype="f8")


def _must_be_small(cells: int, words: Words | None = None) -> None:
    """Refuse what `wire.content` would refuse, or what nobody can look at."""
    size_bytes = 8 * cells + (words.size_bytes if words else 0) + _HEAD_BYTES
    if cells > arrays.CELLS_MAX or size_bytes > media.SUMMARY_MAX_BYTES:
        said = f"values are {cells:,} numbers, with texts {size_bytes:,} bytes; {arrays.CELLS_MAX:,} and {media.SUMMARY_MAX_BYTES:,} are the most"
        raise errors.InvalidRecord(said, field="values", fix=_TOO_MUCH)
