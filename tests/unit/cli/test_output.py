"""Tables: whole when piped; on a terminal what there is room for, and the rest is named."""

import io

import pytest

from yoloscope.cli import output

COLUMNS = ("Name", "State", "Directory")
ROWS = [("a-long-name-of-a-run-that-does-not-fit", "finished", "/data/" + "x" * 60)]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _printed(monkeypatch: pytest.MonkeyPatch, *, columns: int | None) -> list[str]:
    stream = io.StringIO() if columns is None else _Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", str(columns or 20))
    output.as_table(COLUMNS, ROWS)
    return [line.strip() for line in stream.getvalue().splitlines() if line.strip()]


def test_a_piped_table_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = _printed(monkeypatch, columns=None)
    assert lines[-1].split() == list(ROWS[0])


def test_what_a_narrow_terminal_has_no_room_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = _printed(monkeypatch, columns=40)
    assert lines[0].split() == ["Name", "State"]
    assert lines[-1] == "The terminal is too narrow for: Directory. A wider one, or --json, shows them."
    folded = "".join(line.split()[0] for line in lines[2:-1])
    assert folded == ROWS[0][0]
    assert "finished" in lines[2]


def test_what_looks_like_markup_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    output.as_table(("Name", "[/]", "[bold]x"), [("[red]a", "[/]", ":boom:")])
    lines = [line.split() for line in stream.getvalue().splitlines() if line.strip()]
    assert (lines[0], lines[-1]) == (["Name", "[/]", "[bold]x"], ["[red]a", "[/]", ":boom:"])


def test_facts_are_aligned_by_width_on_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    output.as_facts([("名称", "a"), ("Epoch", "b")])
    assert stream.getvalue() == " 名称  a\nEpoch  b\n"
