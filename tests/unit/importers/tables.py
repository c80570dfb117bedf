"""Tables written to a file and read from it, for tests of how they are read."""

from pathlib import Path

from yoloscope.importers import contract, epochs, results_csv


def read(
    tmp_path: Path, text: str | bytes, *, name: str = "results.csv", **setting: object
) -> tuple[list, contract.Told]:
    """Return what a table gives: its entries, and what is told beside them."""
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    source = results_csv.ResultsCsv(path, setting=epochs.Setting(**setting))
    return list(source.entries()), source.told()


def faults(told: contract.Told) -> list[tuple[str, int | None]]:
    """Return what was found wrong, in words and lines."""
    return [(fault.en, fault.line) for fault in told.faults]
