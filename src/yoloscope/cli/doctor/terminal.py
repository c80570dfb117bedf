"""The report for a terminal: what a good colleague would say first, then why, with small curves and the arguments to change."""

import sys
from collections.abc import Iterator, Sequence

from rich import console, text

from yoloscope.cli.doctor import drawing, folding, judged, words, wrapping
from yoloscope.diagnose import advice, telling
from yoloscope.records import finding

_WIDTH_MOST = 100
_CURVE_MOST = 48
_STYLES = {"healthy": "green", "info": "cyan", "warning": "yellow", "critical": "red", "unknown": "dim"}
_MARKS = {"healthy": "✓", "info": "·", "warning": "!", "critical": "✗", "unknown": "?"}
_PLAIN_MARKS = {**_MARKS, "healthy": "+", "info": "-", "critical": "x"}
_NAMES_MOST = 8


def show(all_judged: Sequence[judged.Judged], *, language: telling.Language) -> None:
    """Print what came of each source; without a terminal in plain letters, a hundred wide."""
    width = min(console.Console().width, _WIDTH_MOST) if sys.stdout.isatty() else _WIDTH_MOST
    screen = console.Console(width=width, highlight=False, file=sys.stdout, soft_wrap=False)
    for number, one in enumerate(all_judged):
        if number:
            screen.print()
        _Report(screen, language).show(one)


class _Report:
    def __init__(self, screen: console.Console, language: telling.Language) -> None:
        self._screen = screen
        self._language: telling.Language = language
        self._can_blocks = _takes("▁█✓", screen.encoding)

    def show(self, one: judged.Judged) -> None:
        self._head(one)
        self._print(telling.in_language(one.summary, self._language), "")
        self._curves(one.curves)
        for found in one.findings:
            self._screen.print()
            self._finding(found, one)
        if not one.findings and one.verdict != "unknown":
            self._print(words.say("none", self._language), "dim")
        self._foot(one)

    def _head(self, one: judged.Judged) -> None:
        line = text.Text()
        line.append(
            f"{self._mark(one.verdict)} {words.say(one.verdict, self._language)}", style=f"bold {_STYLES[one.verdict]}"
        )
        line.append(f"  {one.title}", style="bold")
        if one.epoch:
            line.append(f"  {self._progress(one)}", style="dim")
        self._screen.print(line)
        if one.source != one.title:
            self._print(one.source, "dim")

    def _progress(self, one: judged.Judged) -> str:
        if one.epochs:
            return words.say("epochs", self._language, done=one.epoch, budget=one.epochs)
        return words.say("epochs_open", self._language, done=one.epoch)

    def _curves(self, drawn: Sequence[drawing.Curve]) -> None:
        names = [words.say(f"curve.{curve.name}", self._language) for curve in drawn]
        room = max((text.Text(name).cell_len for name in names), default=0)
        for name, curve in zip(names, drawn, strict=True):
            line = text.Text("  " + name + " " * (room - text.Text(name).cell_len) + "  ")
            most = max(8, min(_CURVE_MOST, self._screen.width - room - 40))
            line.append(drawing.spark(curve.values, width=most, can_blocks=self._can_blocks), style="cyan")
            line.append("  " + self._ends(curve), style="dim")
            self._screen.print(line)

    def _ends(self, curve: drawing.Curve) -> str:
        best = curve.best
        last = f"{curve.values[-1]:.4g}"
        if best is None:
            return last
        return words.say("ends", self._language, last=last, best=f"{best[1]:.4g}", epoch=best[0])

    def _finding(self, found: finding.Finding, one: judged.Judged) -> None:
        said = judged.told(found, self._language)
        line = text.Text()
        line.append(f"{self._mark(found.severity)} {said.title}", style=f"bold {_STYLES[found.severity]}")
        line.append(f"  {found.rule} · {words.say(found.severity, self._language)} · {self._when(found)}", style="dim")
        self._screen.print(line)
        for style, paragraph in self._paragraphs(found, said, one):
            self._paragraph(paragraph, style)

    def _paragraph(self, paragraph: tuple[str, str], style: str) -> None:
        head, body = paragraph
        whole = f"{head}  {body}" if head else body
        for number, line in enumerate(wrapping.wrapped(whole, width=self._screen.width - 2)):
            shown = text.Text("  " + line, style=style)
            if number == 0:
                shown.stylize("dim", 0, len(head) + 2)
            self._screen.print(shown, soft_wrap=True)

    def _paragraphs(
        self, found: finding.Finding, said: telling.Telling, one: judged.Judged
    ) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield what is said, each with a style and a heading: of a note, and of what is over, no more than the evidence and what to change."""
        yield "", ("", said.evidence)
        if found.caused_by:
            title = telling.title(found.caused_by, judged.TEXTS, language=self._language)
            yield "dim", ("", words.say("caused_by", self._language, title=title))
        elif found.status == "open":
            is_note = found.severity == "info"
            if not is_note:
                yield "", (words.say("why", self._language), said.why)
                yield "", (words.say("advice", self._language), said.advice)
            advised = advice.arguments(found.changes, one.facts)
            change = advice.as_command(one.facts.framework, advised.arguments)
            if change:
                yield "bold", (words.say("change", self._language), change)
            for left in advised.dropped:
                why = telling.in_language(left.why, self._language)
                yield "dim", ("", words.say("dropped", self._language, key=left.key, why=why))
            if not is_note:
                yield "dim", (words.say("closes", self._language), said.closes)

    def _when(self, found: finding.Finding) -> str:
        if found.closed is not None and found.closed.epoch is not None:
            return words.say("closed", self._language, epoch=_epoch(found.closed.epoch))
        if found.opened.epoch is None or found.opened.epoch <= 0:
            return words.say("before", self._language)
        return words.say("since", self._language, epoch=_epoch(found.opened.epoch))

    def _foot(self, one: judged.Judged) -> None:
        if one.unevaluated and one.verdict != "unknown":
            self._screen.print()
            self._print(self._missing(one), "dim")
        for kind in folding.folded(one.faults):
            for fault in kind.shown:
                self._print(words.fault(fault, self._language), "dim")
            if kind.more:
                self._print(words.say("folded.where", self._language, count=len(kind.more)), "dim")

    def _missing(self, one: judged.Judged) -> str:
        inputs = list(dict.fromkeys(name for names in one.unevaluated.values() for name in names))
        between = "、" if self._language == "zh" else ", "
        names = between.join(inputs[:_NAMES_MOST])
        if len(inputs) > _NAMES_MOST:
            names += words.say("more", self._language, count=len(inputs) - _NAMES_MOST)
        return words.say("unevaluated", self._language, count=len(one.unevaluated), all=judged.RULES, names=names)

    def _print(self, line: str, style: str) -> None:
        for part in wrapping.wrapped(line, width=self._screen.width):
            self._screen.print(text.Text(part, style=style), soft_wrap=True)

    def _mark(self, verdict: str) -> str:
        return (_MARKS if self._can_blocks else _PLAIN_MARKS)[verdict]


def _epoch(epoch: float) -> str:
    return f"{epoch:.0f}"


def _takes(letters: str, encoding: str) -> bool:
    try:
        letters.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
