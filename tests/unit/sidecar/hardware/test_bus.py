"""Cards that are plugged in, by the kernel's own list."""

from pathlib import Path

from yoloscope.sidecar.hardware import bus


def test_cards_are_counted_on_the_bus(tmp_path: Path) -> None:
    devices = {
        "a": ("0x10de", "0x030000"),
        "b": ("0x10de", "0x040300"),
        "c": ("0x8086", "0x030000"),
        "d": ("0x10de", "0x030200"),
    }
    for name, (vendor, kind) in devices.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "vendor").write_text(vendor + "\n")
        (tmp_path / name / "class").write_text(kind + "\n")
    assert bus.count(tmp_path) == 2
    assert bus.count(tmp_path / "none") is None


def test_cards_that_are_on_no_bus_are_not_denied(tmp_path: Path) -> None:
    device = tmp_path / "dxg"
    assert bus.count(tmp_path, elsewhere=(str(device),)) == 0
    device.touch()  # Windows lends its cards to WSL, and on a Jetson they are part of the processor
    assert bus.count(tmp_path, elsewhere=(str(device),)) is None
