"""What was found wrong in a file while it was read: each kind once, with its first line and how often."""

from pathlib import Path

from yoloscope.importers import contract


class Notices:
    """Gathers faults of one file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._found: dict[tuple[str, str], tuple[int | None, int]] = {}

    def add(self, en: str, *, zh: str, line: int | None = None) -> None:
        """Note a fault; the same words again are counted."""
        first, count = self._found.get((en, zh), (line, 0))
        self._found[en, zh] = (first, count + 1)

    def faults(self) -> tuple[contract.Fault, ...]:
        """Return what was noted, in order of first appearance."""
        return tuple(
            contract.Fault(self.path, en + _more(count, " (in {} lines)"), zh + _more(count, "（共 {} 行）"), line)
            for (en, zh), (line, count) in self._found.items()
        )


def _more(count: int, form: str) -> str:
    return form.format(f"{count:,}") if count > 1 else ""
