"""What handed files become: the numbers that numpy says, pictures that any reader opens, and nothing of what cannot be made."""

import io
import struct
import zlib
from pathlib import Path

import handing
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from PIL import Image, PngImagePlugin

from yoloscope import errors
from yoloscope.records import content, media
from yoloscope.sidecar import encoding
from yoloscope.sidecar.encoding import picture, png, summaries
from yoloscope.spool import handed
from yoloscope.wire import content as wire_content


def made(directory: Path, told: handed.Handed) -> encoding.Made:
    with handed.opened(handed.path(directory, told.number)) as (read, buffers):
        return encoding.made(read, buffers, pictures=encoding.Pictures(lambda _: True))


def content_of(part: encoding.Encoded) -> content.Content:
    return wire_content.from_bytes(bytes(part.data))


def numbers(data: bytes) -> list[float]:
    return np.frombuffer(data, np.float64).tolist()


def test_a_histogram_of_values_is_what_numpy_counts(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(3, 2, 1000).astype(np.float32)
    told = handing.over(tmp_path, 0, "histogram", {"values": values}, about=handed.HistogramAbout(bins=20))
    [part], facts = made(tmp_path, told).parts, made(tmp_path, told).facts
    found = content_of(part)
    assert isinstance(found, content.Histogram)
    counts, edges = np.histogram(values.astype(np.float64), bins=20)
    assert numbers(found.counts) == counts.tolist()
    assert numbers(found.edges) == pytest.approx(edges.tolist())
    assert (found.least, found.most) == (float(values.min()), float(values.max()))
    wide = values.astype(np.float64)
    assert (found.mean, found.deviation) == (pytest.approx(wide.mean()), pytest.approx(wide.std()))
    assert facts == {"bins": 20, "total": 1000, "nan": 0, "inf": 0}


def test_what_is_not_finite_is_counted_apart() -> None:
    values = np.array([1.0, np.nan, 3.0, np.inf, -np.inf, np.nan, 3.0])
    found = summaries.histogram(handed.HistogramAbout(bins=2), {"values": values})
    assert (found.total, found.nan, found.inf) == (3, 2, 2)
    assert numbers(found.counts) == [1, 2]
    assert (found.least, found.most, found.mean) == (1.0, 3.0, pytest.approx(7 / 3))
    assert found.deviation == pytest.approx(np.std([1, 3, 3]))


@pytest.mark.parametrize("values", [[], [np.nan, np.inf]])
def test_without_a_finite_value_one_bin_is_empty(values: list[float]) -> None:
    found = summaries.histogram(handed.HistogramAbout(), {"values": np.array(values)})
    assert (numbers(found.counts), numbers(found.edges), found.total) == ([0], [0, 1], 0)
    assert (found.least, found.most, found.mean, found.deviation) == (None, None, None, None)


FLOATS = [np.float16, np.float32, np.float64]


@settings(max_examples=60)
@given(
    st.one_of(
        *[arrays_of.arrays(dtype, st.integers(1, 40)) for dtype in (*FLOATS, np.int8, np.int64, np.uint64, np.bool_)]
    ),
    st.integers(1, 70),
)
def test_every_histogram_is_whole_and_loses_no_value(values: np.ndarray, bins: int) -> None:
    found = summaries.histogram(handed.HistogramAbout(bins=bins), {"values": values})
    assert content_of(encoding.Encoded("data", media.CONTENT, wire_content.to_bytes(found))) == found
    assert found.total + found.nan + found.inf == len(values)
    assert sum(numbers(found.counts)) == found.total
    if found.total:
        edges = numbers(found.edges)
        assert edges[0] <= found.least <= found.most <= edges[-1]


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).normal(size=1000)
    whole = summaries.histogram(handed.HistogramAbout(), {"values": values})
    monkeypatch.setattr(summaries, "_CHUNK", 7)
    parted = summaries.histogram(handed.HistogramAbout(), {"values": values})
    assert (parted.counts, parted.edges, parted.total) == (whole.counts, whole.edges, whole.total)
    assert (parted.mean, parted.deviation) == (pytest.approx(whole.mean), pytest.approx(whole.deviation))


def test_counts_that_were_made_already_stay(tmp_path: Path) -> None:
    arrays = {"counts": np.array([1.0, 2.5]), "edges": np.array([0.0, 1.0, 4.0])}
    [part] = made(tmp_path, handing.over(tmp_path, 0, "histogram", arrays, about=handed.HistogramAbout())).parts
    assert content_of(part) == content.Histogram(arrays["edges"].tobytes(), arrays["counts"].tobytes(), 3)


def test_curves_matrices_tables_keep_their_labels(tmp_path: Path) -> None:
    x, y = np.arange(3.0), np.array([[1.0, np.nan, 3.0], [4.0, 5.0, 6.0]])
    classes = content.Labels("class", classes=(0, -2))
    told = handing.over(tmp_path, 0, "curve", {"x": x, "y": y}, about=handed.CurveAbout(classes, "recall", "precision"))
    [part] = made(tmp_path, told).parts
    assert content_of(part) == content.Curve(x.tobytes(), y.tobytes(), classes, "recall", "precision")
    assert made(tmp_path, told).facts == {"curves": 2, "points": 3}

    about = handed.MatrixAbout(rows=classes, columns=content.Labels(texts=("a", "b", "c")))
    [part] = made(tmp_path, handing.over(tmp_path, 1, "matrix", {"values": y}, about=about)).parts
    assert content_of(part) == content.Matrix(2, 3, y.tobytes(), about.rows, about.columns)

    columns = (handed.ColumnAbout("n"), handed.ColumnAbout("class"), handed.ColumnAbout("note", texts=("x", "y")))
    arrays = {"0": np.array([1.0, np.nan]), "1": np.array([7, -1], np.int32)}
    told = handing.over(tmp_path, 2, "table", arrays, about=handed.TableAbout(2, columns))
    [part] = made(tmp_path, told).parts
    assert content_of(part) == content.Table(
        (
            content.Column("n", numbers=arrays["0"].tobytes()),
            content.Column("class", classes=(7, -1)),
            content.Column("note", texts=("x", "y")),
        )
    )
    assert made(tmp_path, told).facts == {"columns": 3, "rows": 2}


def test_a_picture_has_pixels_boxes_and_a_mask(tmp_path: Path) -> None:
    pixels, mask = handing.photo(1), np.zeros((48, 64), np.uint16)
    mask[3, 4] = 300
    arrays = {
        "image": pixels,
        "mask": mask,
        "xyxy": np.array([[0, 0, 9, 9], [1, 1, 2, 2]], np.float32),
        "classes": np.array([0, 5], np.int32),
        "scores": np.array([0.25, np.nan], np.float32),
        "truth": np.array([0, 1], np.uint8),
        "outlines": np.arange(14, dtype=np.float32).reshape(7, 2),
        "corners": np.array([3, 4], np.uint32),
        "keypoints": np.ones((2, 5, 3), np.float32),
    }
    told = handing.over(tmp_path, 0, "image", arrays, about=handed.ImageAbout(boxes=2, keypoints_each=5))
    image, boxes, label_map = made(tmp_path, told).parts
    assert [part.role for part in (image, boxes, label_map)] == ["image", "boxes", "mask"]
    assert made(tmp_path, told).facts == {"width": 64, "height": 48, "boxes": 2}
    assert (image.media_type, label_map.media_type) == (media.WEBP, media.PNG)
    with Image.open(io.BytesIO(bytes(image.data))) as opened:
        assert (opened.format, opened.size) == ("WEBP", (64, 48))
        assert np.abs(np.asarray(opened.convert("RGB"), int) - pixels).mean() < 15
    with Image.open(io.BytesIO(bytes(label_map.data))) as opened:
        assert (np.asarray(opened) == mask).all()
    found = content_of(boxes)
    assert isinstance(found, content.Boxes)
    assert [np.frombuffer(outline, np.float32).tolist() for outline in found.outlines] == [
        list(range(6)),
        list(range(6, 14)),
    ]
    assert (found.classes, found.keypoints_each) == (arrays["classes"].tobytes(), 5)


def test_a_picture_without_boxes_differs_from_one_of_which_nobody_said(tmp_path: Path) -> None:
    pixels = {"image": handing.photo(1)}
    none = {
        **pixels,
        "xyxy": np.empty((0, 4), np.float32),
        "classes": np.empty(0, np.int32),
        "scores": np.empty(0, np.float32),
        "truth": np.empty(0, np.uint8),
    }
    unsaid = made(tmp_path, handing.over(tmp_path, 0, "image", pixels, about=handed.ImageAbout()))
    empty = made(tmp_path, handing.over(tmp_path, 1, "image", none, about=handed.ImageAbout(boxes=0)))
    assert [part.role for part in unsaid.parts] == ["image"]
    assert [part.role for part in empty.parts] == ["image", "boxes"]
    assert empty.facts["boxes"] == 0


def test_of_a_figure_the_pixels_alone_leave(tmp_path: Path) -> None:
    told, file = PngImagePlugin.PngInfo(), io.BytesIO()
    told.add_text("Software", "canary 1")
    told.add_itxt("Author", "canary 2", zip=True)
    exif = Image.Exif()
    exif[0x010E] = "canary 3"
    shown = [Image.new("RGB", (5, 3), (at, 8, 9)) for at in (1, 2)]
    more = {"save_all": True, "append_images": shown[1:], "default_image": True}
    shown[0].save(
        file, "PNG", pnginfo=told, exif=exif, icc_profile=b"canary 4", transparency=(1, 8, 9), dpi=(90, 90), **more
    )
    drawn = file.getvalue() + b"canary 5"
    figure = made(tmp_path, handing.over(tmp_path, 1, "figure", {"figure": np.frombuffer(drawn, np.uint8)}))
    [left] = [bytes(part.data) for part in figure.parts]
    kinds = [left[at - 4 : at].decode() for at in _chunk_bodies(left)]
    assert kinds == ["IHDR", "tRNS", "pHYs", "IDAT", "IEND"]
    with Image.open(io.BytesIO(left)) as opened, Image.open(io.BytesIO(drawn)) as first:
        assert opened.convert("RGBA").tobytes() == first.convert("RGBA").tobytes()
    for cut in (b"GIF89a", drawn[:50], b""):
        with pytest.raises(ValueError, match="figure"):
            png.bare(cut)


def _chunk_bodies(data: bytes) -> list[int]:
    """Return where the bodies of a PNG's chunks begin."""
    found, at = [], 8
    while at < len(data):
        found.append(at + 8)
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return found


def test_text_figure_graph_embedding_file(tmp_path: Path) -> None:
    said = np.frombuffer("grün".encode(), np.uint8)
    [text] = made(tmp_path, handing.over(tmp_path, 0, "text", {"text": said})).parts
    assert (text.data, text.media_type) == ("grün".encode(), media.TEXT)

    drawn = np.frombuffer(png.encoded(np.zeros((3, 5, 3), np.uint8)), np.uint8)
    figure = made(tmp_path, handing.over(tmp_path, 1, "figure", {"figure": drawn}))
    assert (figure.parts[0].role, figure.parts[0].media_type) == ("image", media.PNG)
    assert figure.facts == {"width": 5, "height": 3}

    nodes = (content.Node("a", "Conv", 10, (4, 5)), content.Node("b", "Detect", 7, frozen=True))
    graph = made(tmp_path, handing.over(tmp_path, 2, "graph", about=handed.GraphAbout(nodes, (("a", "b"),))))
    assert content_of(graph.parts[0]) == content.Graph(nodes, (("a", "b"),))
    assert graph.facts == {"nodes": 2, "edges": 1, "parameters": 17}

    arrays = {"vectors": np.ones((2, 3), np.float32), "classes": np.array([1, -1], np.int32)}
    embedding = made(tmp_path, handing.over(tmp_path, 3, "embedding", arrays))
    assert content_of(embedding.parts[0]) == content.Embedding(
        3, arrays["vectors"].tobytes(), arrays["classes"].tobytes()
    )
    assert embedding.facts == {"points": 2, "dimensions": 3}


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_our_png_is_read_by_others(channels: int, dtype: type) -> None:
    if dtype == np.uint16 and channels > 1:
        return  # Pillow reads these in 8 bits
    pixels = np.random.default_rng(channels).integers(0, np.iinfo(dtype).max, (7, 11, channels)).astype(dtype)
    with Image.open(io.BytesIO(png.encoded(pixels))) as opened:
        assert np.asarray(opened).reshape(7, 11, channels).tolist() == pixels.tolist()


def test_a_png_holds_nothing_but_pixels() -> None:
    file, at, kinds = png.encoded(np.zeros((2, 2, 3), np.uint8)), 8, []
    while at < len(file):
        (size,) = struct.unpack_from(">I", file, at)
        kinds.append(file[at + 4 : at + 8])
        assert zlib.crc32(file[at + 4 : at + 8 + size]) == struct.unpack_from(">I", file, at + 8 + size)[0]
        at += 12 + size
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


def test_few_colours_are_kept_without_loss() -> None:
    pixels = np.zeros((100, 100, 3), np.uint8)
    pixels[20:40, 30:60] = (250, 10, 20)
    data, media_type = picture.encoded(pixels)
    assert media_type == media.WEBP
    with Image.open(io.BytesIO(data)) as opened:
        assert (np.asarray(opened.convert("RGB")) == pixels).all()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_without_pillow_pictures_are_png(channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "_image", None)
    pixels = np.random.default_rng(1).integers(0, 255, (9, 8, channels), np.uint8)
    data, media_type = picture.encoded(pixels)
    assert media_type == media.PNG
    with Image.open(io.BytesIO(data)) as opened:
        assert np.asarray(opened).reshape(9, 8, channels).tolist() == pixels.tolist()


def test_too_many_pixels_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "PICTURE_MAX_PIXELS", 100)
    with pytest.raises(errors.InvalidRecord, match="20 x 6 pixels"):
        picture.encoded(np.zeros((6, 20, 3), np.uint8))


@pytest.mark.parametrize("pillow", [True, False])
def test_a_picture_or_mask_that_no_server_takes_is_refused_here(pillow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "PICTURE_MAX_BYTES", 1000)
    if not pillow:
        monkeypatch.setattr(picture, "_image", None)
    noise = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    with pytest.raises(errors.InvalidRecord, match=r"bytes when encoded"):
        picture.encoded(noise)
    with pytest.raises(errors.InvalidRecord, match=r"bytes when encoded"):
        picture.map_encoded(noise[:, :, 0].astype(np.uint16))
    assert picture.encoded(noise[:4, :4])


def test_a_picture_that_comes_again_is_known_by_its_pixels_while_its_part_is_kept(tmp_path: Path) -> None:
    kept = True
    pictures = encoding.Pictures(lambda _: kept, most=2)
    part = media.Part("image", "0" * 64, 5, media.WEBP)
    for name in ("a", "b", "c"):
        pictures.learn(name, part)
    assert (pictures.part("a"), pictures.part("b"), pictures.part("c")) == (None, part, part)
    kept = False
    assert pictures.part("c") is None
