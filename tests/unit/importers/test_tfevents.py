import math
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.importers import written

from yoloscope import errors
from yoloscope.importers import event_message, tfevents, tfrecord
from yoloscope.importers.notices import Notices


def _source(folder: Path, *contents: bytes) -> tfevents.TfEvents:
    files = []
    for number, content in enumerate(contents):
        files.append(folder / f"events.out.tfevents.{number}.host.1.0")
        files[-1].write_bytes(written.record(written.version_event()) + content)
    return tfevents.TfEvents(folder, files=files)


def _epoch(step: int, *, wall_s: float, losses: bool = True) -> bytes:
    values = {"train/box_loss": 3.0 / step} if losses else {}
    values |= {"metrics/mAP50(B)": 0.25 * step}
    return b"".join(written.record(written.scalars(step, {tag: value}, wall_s=wall_s)) for tag, value in values.items())


def test_the_checksum_is_that_of_the_standard() -> None:
    crc = 0xE3069283  # RFC 3720: of "123456789"
    assert tfrecord.masked_crc(b"123456789") == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_ultralytics_steps_are_epochs(tmp_path) -> None:
    source = _source(tmp_path, *[_epoch(1, wall_s=100.0) + _epoch(2, wall_s=160.0)])
    found = list(source.entries())
    assert [(row.step, row.epoch, row.wall_ns, row.values) for row in written.rows(found)] == [
        (None, 1.0, 100 * 10**9, {"train/box_loss": 3.0, "metrics/mAP50": 0.25}),
        (None, 2.0, 160 * 10**9, {"train/box_loss": 1.5, "metrics/mAP50": 0.5}),
    ]
    assert [one.start_epoch for one in written.begun(found)] == [0.0]
    assert source.told().framework == "ultralytics"


def test_yolov5_counts_epochs_from_zero(tmp_path) -> None:
    event = written.scalars(
        0, {"train/obj_loss": 2.0, "metrics/mAP_0.5": 0.5, "x/lr0": 0.25, "x/lr1": 0.5, "x/lr2": 0.5}
    )
    rows = written.rows(_source(tmp_path, written.record(event)).entries())
    assert [row.epoch for row in rows] == [1.0]
    assert rows[0].values == {
        "train/obj_loss": 2.0,
        "metrics/mAP50": 0.5,
        "lr/bias": 0.25,
        "lr/weight": 0.5,
        "lr/bn": 0.5,
    }


def test_the_evaluation_of_the_best_weights_is_no_epoch(tmp_path) -> None:
    whole = _epoch(1, wall_s=1.0) + _epoch(2, wall_s=2.0)
    for last in (2, 3):  # before and since 8.4.52
        source = _source(tmp_path, whole + _epoch(last, wall_s=3.0, losses=False))
        assert [(row.epoch, row.values["metrics/mAP50"]) for row in written.rows(source.entries())] == [
            (1.0, 0.25),
            (2.0, 0.5),
        ]


def test_a_file_that_begins_after_another_ended_is_a_resumed_training(tmp_path) -> None:
    source = _source(tmp_path, _epoch(1, wall_s=1.0) + _epoch(2, wall_s=2.0), _epoch(3, wall_s=50.0))
    found = list(source.entries())
    assert [(row.attempt, row.epoch) for row in written.rows(found)] == [(0, 1.0), (0, 2.0), (1, 3.0)]
    assert [one.start_epoch for one in written.begun(found)] == [0.0, math.nextafter(2.0, math.inf)]


def test_files_that_are_written_side_by_side_are_one_attempt(tmp_path) -> None:
    first = b"".join(written.record(written.scalars(at, {"loss": 1.0}, wall_s=10.0 + at)) for at in range(3))
    second = b"".join(written.record(written.scalars(at, {"val_loss": 2.0}, wall_s=10.5 + at)) for at in range(3))
    found = list(_source(tmp_path, first, second).entries())
    assert [(row.attempt, row.step, *row.values) for row in written.rows(found)] == [
        (0, 0, "train/loss"),
        (0, 0, "val/loss"),
        (0, 1, "train/loss"),
        (0, 1, "val/loss"),
        (0, 2, "train/loss"),
        (0, 2, "val/loss"),
    ]
    assert len(written.begun(found)) == 1


def test_other_writers_count_iterations(tmp_path) -> None:
    content = b"".join(written.record(written.scalars(step, {"loss": 1.0, "lr": 0.5})) for step in (0, 50, 100, 50))
    found = list(_source(tmp_path, content).entries())
    assert [(row.attempt, row.step, row.epoch) for row in written.rows(found)] == [
        (0, 0, None),
        (0, 50, None),
        (0, 100, None),
        (1, 50, None),
    ]
    assert [one.start_step for one in written.begun(found)] == [0, 50]


def test_tensors_of_one_number_are_scalars(tmp_path) -> None:
    content = written.record(written.scalars(3, {"loss": 0.1}, as_tensor=True))
    assert [row.values for row in written.rows(_source(tmp_path, content).entries())] == [{"train/loss": 0.1}]


def test_large_records_are_passed_over(tmp_path) -> None:
    content = written.record(b"\x00" * (tfrecord.PAYLOAD_MAX_BYTES + 1)) + written.record(
        written.scalars(1, {"loss": 1.0})
    )
    source = _source(tmp_path, content)
    assert len(written.rows(source.entries())) == 1
    assert source.told().faults == ()


@pytest.mark.parametrize("missing", range(1, 20, 3))
def test_an_end_that_is_cut_off_is_told(tmp_path, missing) -> None:
    whole = written.record(written.scalars(1, {"loss": 1.0}))
    source = _source(tmp_path, whole + written.record(written.scalars(2, {"loss": 2.0}))[:-missing])
    assert [row.step for row in written.rows(source.entries())] == [1]
    assert ["ends within a record" in fault.en for fault in source.told().faults] == [True]


def test_a_damaged_record_ends_the_file_and_is_told(tmp_path) -> None:
    records = [bytearray(written.record(written.scalars(at, {"loss": 1.0}))) for at in range(4)]
    records[2][20] ^= 1
    source = _source(tmp_path, b"".join(records))
    assert [row.step for row in written.rows(source.entries())] == [0, 1]
    assert ["is damaged at byte" in fault.en for fault in source.told().faults] == [True]


def test_a_record_that_is_no_event_is_left_out_and_told(tmp_path) -> None:
    source = _source(tmp_path, written.record(b"\xff" * 30) + written.record(written.scalars(1, {"loss": 1.0})))
    assert [row.step for row in written.rows(source.entries())] == [1]
    assert [fault.en for fault in source.told().faults] == ["holds a record that is no event; left out"]


def test_what_is_no_event_file_is_refused(tmp_path) -> None:
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(b"epoch,loss\n1,2\n" * 9)
    with pytest.raises(errors.ImportFault, match="is no event file"):
        list(tfevents.TfEvents(tmp_path, files=[path]).entries())


def test_a_file_without_a_scalar_yet_is_said_to_be_so(tmp_path) -> None:
    with pytest.raises(errors.ImportFault, match="no scalar yet"):
        list(_source(tmp_path, b"").entries())


_tags = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=12).map(lambda text: f"my/{text}")
_events = st.lists(
    st.tuples(
        st.integers(-(2**62), 2**62),
        st.dictionaries(_tags, st.floats(width=32, allow_nan=False), min_size=1, max_size=4),
    )
)


@given(_events, st.booleans())
def test_random_events_are_read_back_as_they_were_written(tmp_path_factory, events, as_tensor) -> None:
    path = tmp_path_factory.mktemp("events") / "events.out.tfevents.1"
    path.write_bytes(
        b"".join(written.record(written.scalars(step, values, as_tensor=as_tensor)) for step, values in events)
    )
    notices = Notices(path)
    found = [event_message.read(payload) for payload in tfrecord.payloads(path, notices=notices)]
    assert [(event.step, event.scalars) for event in found] == events
    assert notices.faults() == ()


@given(st.binary(max_size=120))
def test_any_bytes_are_an_event_or_malformed(data) -> None:
    try:
        event_message.read(data)
    except event_message.Malformed:
        return


def test_numbers_of_every_tensor_type_are_read() -> None:
    def tensor(kind: int, form: str, value: float) -> bytes:
        inner = bytes([0x08, kind, 0x22, struct.calcsize(form)]) + struct.pack(form, value)
        value_bytes = b"\x0a\x01a" + b"\x42" + bytes([len(inner)]) + inner
        summary = b"\x0a" + bytes([len(value_bytes)]) + value_bytes
        return b"\x2a" + bytes([len(summary)]) + summary

    kinds = [(1, "<f", 0.5), (2, "<d", 0.1), (19, "<e", 0.25), (3, "<i", -7), (9, "<q", 2**40)]
    assert [event_message.read(tensor(*kind)).scalars["a"] for kind in kinds] == [0.5, 0.1, 0.25, -7.0, 2.0**40]
