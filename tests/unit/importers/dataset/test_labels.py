from hypothesis import given
from hypothesis import strategies as st

from yoloscope.importers.dataset import labels

SIDE = st.floats(0.0, 1.0)


@given(data=st.binary(max_size=300), classes=st.integers(1, 5), keypoints=st.sampled_from([0, 6]))
def test_any_bytes_are_a_label_or_a_fault(data, classes, keypoints) -> None:
    found = labels.parse(data, path="a.txt", classes=classes, keypoints=keypoints)
    assert len(found.classes) == len(found.widths) == len(found.heights)


@given(rows=st.lists(st.tuples(st.integers(0, 3), SIDE, SIDE, SIDE, SIDE), max_size=20))
def test_boxes_within_their_image_are_taken_as_they_are(rows) -> None:
    text = "\n".join(" ".join(map(repr, row)) for row in rows)
    found = labels.parse(text.encode(), path="a.txt", classes=4)
    assert found.fault is None
    assert list(found.classes) == [row[0] for row in rows]
    assert list(zip(found.widths, found.heights, strict=True)) == [row[3:] for row in rows]
    assert found.duplicates == len(rows) - len(set(rows))


def test_an_outline_is_the_box_around_it() -> None:
    found = labels.parse(b"1 0.1 0.2 0.5 0.2 0.3 0.8", path="a.txt", classes=2)
    assert (round(found.widths[0], 6), round(found.heights[0], 6)) == (0.4, 0.6)


def test_a_hundredth_beyond_the_image_is_tolerated() -> None:
    assert labels.parse(b"0 1.01 0.5 0.1 0.1", path="a.txt", classes=1).outside_image == 0
    assert labels.parse(b"0 1.011 0.5 0.1 0.1", path="a.txt", classes=1).outside_image == 1
    assert labels.parse(b"0 -0.011 0.5 0.1 0.1", path="a.txt", classes=1).outside_image == 1


def test_boxes_and_outlines_do_not_mix() -> None:
    mixed = b"0 0.5 0.5 0.1 0.1\n0 0.1 0.1 0.2 0.1 0.2 0.2\n"
    found = labels.parse(mixed, path="a.txt", classes=1)
    assert found.fault is not None
    assert (found.fault.en, found.fault.line) == ("it mixes boxes and outlines", 2)


def test_a_file_beyond_all_reason_is_not_parsed() -> None:
    found = labels.parse(b"0" * (labels.BYTES_MAX + 1), path="a.txt", classes=1)
    assert found.fault is not None
    assert found.fault.en == "it is larger than 32 MiB"
