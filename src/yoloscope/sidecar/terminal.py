"""What lines a terminal would show: a stream of text with carriage returns, erasing and moving up, folded into numbered lines.

A progress bar, redrawn a thousand times, is one line that changed. Colours and titles go. Pure: `console` feeds it and takes what changed.
"""

import re

import msgspec

from yoloscope.wire import protocol

REMEMBERED = 64
"""Lines above the last one that may still change: more than progress libraries redraw at a time."""
_CUT = "…"
_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+|\t)"
    r"|(?P<move>[\n\r\b])"
    r"|\x1b\[(?P<number>\d*)(?P<csi>[ABCDEFGK])"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursors hidden and shown
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles, links
    r"|\x1b[@-Z\\^_=>78c]|[\x00-\x1f\x7f-\x9f]"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,2000}\x1b?)?\Z")


class Memory(msgspec.Struct):
    """Where the cursor stands and what the lines are that may still change; enough for another process to go on."""

    row: int = 0
    column: int = 0
    last: int = 0
    floor: int = 0
    lines: dict[int, str] = {}


class Screen:
    """The lines of one stream, numbered from 0 on."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._lines = dict(memory.lines)
        self._changed: set[int] = set()

    def feed(self, text: str, *, to_the_end: bool) -> int:
        """Take text and return how many characters were used: an unfinished sequence at its end waits for its rest, unless nothing follows."""
        unfinished = None if to_the_end else _UNFINISHED.search(text)
        used = len(text) if unfinished is None else unfinished.start()
        for token in _TOKEN.finditer(text, 0, used):
            kind = token.lastgroup
            if kind == "text":
                self._put(token["text"])
            elif kind == "move":
                self._step(token["move"])
            elif kind == "csi":
                self._command(token["csi"], int(token["number"] or "0"))
        return used

    def skip(self, lines: int) -> None:
        """Go on below so many lines that nobody saw, at the beginning of one."""
        memory = self.memory
        memory.last += lines
        memory.row = memory.floor = memory.last
        memory.column = 0

    def taken(self) -> dict[int, str]:
        """Return the lines that changed since the last call, trimmed at their end; the cursor's own among them."""
        changed, self._changed = self._changed, set()
        found = {at: self._lines[at].rstrip() for at in sorted(changed)}
        oldest = self._top()
        self._lines = {at: line for at, line in self._lines.items() if at >= oldest}
        return found

    def saved(self) -> Memory:
        """Return what another process needs to go on."""
        self.memory.lines = dict(self._lines)
        return self.memory

    def _put(self, text: str) -> None:
        memory = self.memory
        line, column = self._lines.get(memory.row, ""), memory.column
        memory.column = end = column + len(text)
        if column < protocol.LINE_MAX_CHARS:
            line = line.ljust(column)[:column] + text + line[end:]
            if len(line) > protocol.LINE_MAX_CHARS:
                line = line[: protocol.LINE_MAX_CHARS - 1] + _CUT
            self._store(line)

    def _store(self, line: str) -> None:
        row = self.memory.row
        self._lines[row] = line
        self._changed.add(row)
        self.memory.last = max(self.memory.last, row)

    def _step(self, move: str) -> None:
        memory = self.memory
        if move == "\r":
            memory.column = 0
        elif move == "\b":
            memory.column = max(0, memory.column - 1)
        else:
            if memory.row not in self._lines:
                self._store("")
            memory.row, memory.column = memory.row + 1, 0
            memory.last = max(memory.last, memory.row)

    def _command(self, letter: str, number: int) -> None:
        memory, count = self.memory, max(1, number)
        if letter in "AF":
            memory.row = max(self._top(), memory.row - count)
        elif letter in "BE":
            memory.row = min(memory.last, memory.row + count)
        elif letter == "C":
            memory.column = min(protocol.LINE_MAX_CHARS, memory.column + count)
        elif letter == "D":
            memory.column = max(0, memory.column - count)
        elif letter == "G":
            memory.column = min(protocol.LINE_MAX_CHARS, count - 1)
        else:
            self._erase(number)
        if letter in "EF":
            memory.column = 0

    def _top(self) -> int:
        """Return the highest line that may still change."""
        return max(self.memory.floor, self.memory.last - REMEMBERED + 1)

    def _erase(self, number: int) -> None:
        line, column = self._lines.get(self.memory.row, ""), self.memory.column
        if not line:
            return
        if number == 0:
            self._store(line[:column])
        elif number == 1:
            self._store(" " * min(column, len(line)) + line[column:])
        elif number == 2:
            self._store("")
