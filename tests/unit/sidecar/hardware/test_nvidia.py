"""NVIDIA cards over a recorded stand-in of NVML: what each call tells, and what is left of a card that does not tell it."""

import logging

import pynvml
import pytest

from yoloscope.records import system
from yoloscope.sidecar.hardware import bus, nvidia, port

ADA, AMPERE = 0, 1


@pytest.fixture
def vendor(nvml, caplog) -> port.Vendor:
    caplog.set_level(logging.INFO)
    opened = nvidia.opened()
    assert opened is not None
    return opened


def test_a_card_tells_all_that_nvml_knows(vendor) -> None:
    expected = port.Card(
        vendor="nvidia",
        index=0,
        uuid="GPU-5f0c2d7e-9b1a-4c3d-8e2f-6a7b8c9d0e1f",
        name="NVIDIA GeForce RTX 4090",
        numbers={
            "memory_bytes": 17892507648.0,
            "memory_total_bytes": 25757220864.0,
            "util_percent": 97.0,
            "memory_busy_percent": 61.0,
            "temperature_c": 71.0,
            "power_w": 371.234,
            "power_limit_w": 450.0,
            "sm_clock_hz": 2.61e9,
            "memory_clock_hz": 10.251e9,
            "throttled_by_power": 1.0,
            "throttled_by_heat": 0.0,
            "throttled_by_hardware": 0.0,
            "throttled_by_power_brake": 0.0,
            "xid": 0.0,
            "xid_errors": 0.0,
        },
        processes={4242: 17423138816, 5151: 402653184},
    )
    assert vendor.look()[ADA] == expected


def test_every_value_has_a_meaning(vendor) -> None:
    told = {name for card in vendor.look() for name in card.numbers}
    assert told | {"training_memory_bytes"} == set(system.CARD_MEASURES)


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (0x0, set()),
        (0x1 | 0x2 | 0x10 | 0x100, set()),  # idle, set clocks, sync boost, display: nobody is slowed
        (0x4, {"throttled_by_power"}),
        (0x20, {"throttled_by_heat"}),
        (0x40, {"throttled_by_heat"}),
        (0x8 | 0x80, {"throttled_by_hardware", "throttled_by_power_brake"}),
    ],
)
def test_throttle_reasons_become_series_of_their_own(nvml, vendor, bits, expected) -> None:
    nvml.say(ADA, "throttle", bits)
    numbers = vendor.look()[ADA].numbers
    assert {name for name, value in numbers.items() if name.startswith("throttled") and value} == expected


def test_what_a_card_does_not_tell_is_left_out_and_said_once(vendor, caplog) -> None:
    looks = [vendor.look(), vendor.look()]
    assert [look[ADA].numbers.get("ecc_corrected") for look in looks] == [None, None]
    assert [look[AMPERE].numbers.get("ecc_corrected") for look in looks] == [2.0, 3.0]
    assert [look[AMPERE].numbers.get("util_percent") for look in looks] == [None, None]
    assert [look[AMPERE].numbers["memory_bytes"] for look in looks] == [42949672960.0, 42949672960.0]
    assert [message for message in caplog.messages if "utilisation" in message] == [
        "NVIDIA card 1 (NVIDIA A100-SXM4-80GB): utilisation cannot be read: Not Supported"
    ]


def test_a_call_that_failed_for_once_is_tried_again(nvml, vendor) -> None:
    nvml.say(ADA, "power", {"error": pynvml.NVML_ERROR_UNKNOWN})
    assert "power_w" not in vendor.look()[ADA].numbers
    nvml.say(ADA, "power", 123_000)
    assert vendor.look()[ADA].numbers["power_w"] == 123.0


def test_a_card_lost_in_the_middle_leaves_its_error_and_the_other_card(vendor, caplog) -> None:
    vendor.look()
    vendor.look()
    lost = vendor.look()
    assert lost[ADA].numbers["memory_bytes"] == 471859200.0
    assert (lost[AMPERE].numbers, lost[AMPERE].processes) == ({"xid": 94.0, "xid_errors": 1.0}, None)
    later = vendor.look()
    assert later[AMPERE].numbers == {"xid": 79.0, "xid_errors": 2.0}
    assert len([message for message in caplog.messages if "GPU is lost" in message]) == 1


def test_a_lost_card_is_asked_once_a_look(nvml, vendor, monkeypatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(nvml, "nvmlDeviceGetPowerUsage", lambda handle, out: asked.append(1) or 0)
    nvml.say(ADA, "memory", {"error": pynvml.NVML_ERROR_GPU_IS_LOST})
    nvml.say(AMPERE, "memory", {"error": pynvml.NVML_ERROR_GPU_IS_LOST})
    vendor.look()
    assert asked == []


def test_processes_without_their_memory_are_still_listed(nvml, vendor) -> None:
    nvml.pids = lambda card: [[7, pynvml.NVML_VALUE_NOT_AVAILABLE_ulonglong.value]]
    assert vendor.look()[ADA].processes == {7: -1}


def test_a_card_that_lists_no_processes_is_told_from_one_that_has_none(nvml, vendor) -> None:
    nvml.pids = lambda card: []
    assert vendor.look()[ADA].processes == {}
    nvml.say(ADA, "processes", {"error": pynvml.NVML_ERROR_NO_PERMISSION})
    assert vendor.look()[ADA].processes is None


def test_a_driver_that_went_is_said_by_the_port(nvml, vendor) -> None:
    vendor.look()
    nvml.gone = pynvml.NVML_ERROR_DRIVER_NOT_LOADED
    with pytest.raises(port.DriverGone):
        vendor.look()
    vendor.close()


def test_without_a_driver_there_is_no_word(monkeypatch, caplog) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(pynvml, "nvmlLib", None)

    def absent(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(pynvml, "CDLL", absent)
    assert nvidia.opened() is None
    assert caplog.messages == []


@pytest.mark.parametrize("code", ["LIB_RM_VERSION_MISMATCH", "DRIVER_NOT_LOADED", "UNKNOWN"])
def test_a_driver_that_does_not_answer_is_told_from_none_by_the_cards_on_the_bus(nvml, monkeypatch, code) -> None:
    """It was updated, or the machine has just begun; without a card its library alone is there."""
    nvml.gone = getattr(pynvml, f"NVML_ERROR_{code}")
    for count in (0, None):
        monkeypatch.setattr(bus, "count", lambda count=count: count)
        assert nvidia.opened() is None
    monkeypatch.setattr(bus, "count", lambda: 2)
    with pytest.raises(port.DriverGone):
        nvidia.opened()


def test_cards_that_cannot_be_counted_are_not_none(nvml, monkeypatch) -> None:
    monkeypatch.setattr(nvml, "nvmlDeviceGetCount_v2", lambda _: pynvml.NVML_ERROR_UNKNOWN)
    with pytest.raises(port.DriverGone, match="cannot be counted"):
        nvidia.opened()
