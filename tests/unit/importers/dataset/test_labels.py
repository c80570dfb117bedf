from hypothesis import assume, given
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


def spans(data: st.DataObject) -> tuple[float, float]:
    """Two places along a side of an image, the nearer first."""
    near, far = sorted((data.draw(SIDE), data.draw(SIDE)))
    return near, far


def told(*numbers: float) -> labels.Label:
    return labels.parse(" ".join(map(repr, (0, *numbers))).encode(), path="a.txt", classes=1)


@given(data=st.data())
def test_a_box_inside_its_image_never_overhangs(data) -> None:
    (left, right), (top, bottom) = spans(data), spans(data)
    found = told((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
    assert (found.overhanging, found.fault) == (0, None)


@given(data=st.data())
def test_corners_read_as_centre_and_size_overhang_where_their_far_edge_would_be_beyond(data) -> None:
    """The far corner taken for a size makes the right edge of the box that is read left + right / 2, the left one left - right / 2."""
    (left, right), (top, bottom) = spans(data), spans(data)
    reach = max(left + right / 2 - 1, right / 2 - left, top + bottom / 2 - 1, bottom / 2 - top)
    assume(abs(reach - labels.OVERHANG) > 1e-9)
    assert told(left, top, right, bottom).overhanging == (reach > labels.OVERHANG)


@given(data=st.data())
def test_corners_of_a_box_from_the_first_to_the_last_quarter_always_overhang(data) -> None:
    left, right = data.draw(st.floats(0.0, 0.25)), data.draw(st.floats(0.65, 1.0))
    top, bottom = spans(data)
    assert told(left, top, right, bottom).overhanging == 1
    assert told(top, left, bottom, right).overhanging == 1


@given(edge=st.sampled_from(["left", "right", "top", "bottom"]), size=st.floats(0.2, 0.5), by=st.floats(0.0, 0.09))
def test_a_box_over_any_edge_by_more_than_a_twentieth_overhangs(edge, size, by) -> None:
    """Its centre stays within the image, so that no trainer leaves it out."""
    assume(abs(by - labels.OVERHANG) > 1e-9)
    centre = size / 2 - by if edge in {"left", "top"} else 1 + by - size / 2
    found = told(*((centre, 0.5) if edge in {"left", "right"} else (0.5, centre)), size, size)
    assert (found.overhanging, found.fault) == (by > labels.OVERHANG, None)


def test_an_outline_does_not_overhang_and_a_pose_may() -> None:
    outline = labels.parse(b"0 0.1 0.2 0.9 0.2 0.9 0.99", path="a.txt", classes=1)
    pose = labels.parse(b"0 0.9 0.5 0.4 0.4 0.5 0.5 2", path="a.txt", classes=1, keypoints=3)
    assert (outline.overhanging, pose.overhanging) == (0, 1)


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
