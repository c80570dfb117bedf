"""The report as one page that needs nothing from anywhere: for a mail, a ticket, a printer."""

import html
import math
import time
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from yoloscope.cli.doctor import drawing, folding, judged, words
from yoloscope.diagnose import advice, telling
from yoloscope.importers import contract
from yoloscope.records import finding

_WIDTH, _HEIGHT = 320, 96
_EDGE = 6
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6675; --line: #d8dee6; --back: #fff; --card: #f6f8fa; --curve: #1f6feb;
 --healthy: #1a7f37; --info: #0969da; --warning: #9a6700; --critical: #cf222e; --unknown: #5b6675; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa7b4; --line: #30363d; --back: #0d1117; --card: #161b22; --curve: #58a6ff;
 --healthy: #3fb950; --info: #58a6ff; --warning: #d29922; --critical: #ff7b72; --unknown: #9aa7b4; } }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; background: var(--back); color: var(--ink);
 font: 15px/1.6 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .25rem; } h3 { font-size: 1rem; margin: 0; }
.soft { color: var(--soft); font-size: .85rem; } .summary { font-size: 1.05rem; margin: .5rem 0 1rem; }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; font-size: .8rem; margin-right: .5rem; white-space: nowrap; }
.healthy { color: var(--healthy); } .info { color: var(--info); } .warning { color: var(--warning); } .critical { color: var(--critical); }
.unknown { color: var(--unknown); }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); gap: .75rem; } figure { margin: 0; }
svg { width: 100%; height: auto; background: var(--card); border-radius: .4rem; }
polyline { fill: none; stroke: var(--curve); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
line { stroke: currentColor; stroke-dasharray: 3 3; vector-effect: non-scaling-stroke; } svg text { font-size: 9px; fill: currentColor; }
article { background: var(--card); border-left: 4px solid; border-radius: .4rem; padding: .75rem 1rem; margin: .75rem 0; }
article p { color: var(--ink); margin: .4rem 0; } dl { color: var(--ink); margin: .4rem 0 0; } dt { color: var(--soft); font-size: .85rem; } dd { margin: 0 0 .4rem; }
code { font: .85rem ui-monospace, monospace; background: var(--back); border: 1px solid var(--line); border-radius: .3rem; padding: .1rem .4rem; }
"""


def write(path: Path, all_judged: Sequence[judged.Judged], *, language: telling.Language) -> None:
    """Write the page."""
    parts = [part for one in all_judged for part in _report(one, language)]
    title = words.say("report", language)
    made = words.say("made", language, version=metadata.version("yoloscope"), date=time.strftime("%Y-%m-%d %H:%M"))
    lines = (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>",
        *parts,
        f'<p class="soft">{html.escape(made)}</p></body></html>\n',
    )
    path.write_text("\n".join(lines), encoding="utf-8")


def _report(one: judged.Judged, language: telling.Language) -> Iterator[str]:
    badge = f'<span class="badge {one.verdict}">{words.say(one.verdict, language)}</span>'
    yield f"<section><h2>{badge}{html.escape(one.title)}</h2>"
    yield f'<div class="soft">{html.escape(one.source)}</div>'
    yield f'<p class="summary">{html.escape(telling.in_language(one.summary, language))}</p>'
    yield '<div class="curves">'
    marks = [found for found in one.findings if found.severity != "info" and found.opened.epoch]
    for curve in one.curves:
        yield _figure(curve, language, marks=marks)
    yield "</div>"
    for found in one.findings:
        yield from _article(found, one, language)
    for kind in folding.folded(one.faults):
        yield from _lines(kind.shown, language)
        if kind.more:
            yield f'<details class="soft"><summary>{words.say("folded", language, count=len(kind.more))}</summary>'
            yield from _lines(kind.more, language)
            yield "</details>"
    yield "</section>"


def _lines(faults: Sequence[contract.Fault], language: telling.Language) -> Iterator[str]:
    for fault in faults:
        yield f'<p class="soft">{html.escape(words.fault(fault, language))}</p>'


def _article(found: finding.Finding, one: judged.Judged, language: telling.Language) -> Iterator[str]:
    said = judged.told(found, language)
    change = advice.as_command(one.facts.framework, advice.arguments(found.changes, one.facts).arguments)
    head = f'<span class="badge">{words.say(found.severity, language)}</span>{html.escape(said.title)}'
    yield f'<article class="{found.severity}"><h3>{head} <span class="soft">{found.rule}</span></h3>'
    yield f"<p>{html.escape(said.evidence)}</p>"
    if found.caused_by:
        title = telling.title(found.caused_by, judged.TEXTS, language=language)
        yield f'<p class="soft">{html.escape(words.say("caused_by", language, title=title))}</p>'
    yield "<dl>"
    is_brief = found.severity == "info" or found.status == "closed"
    for key, body in (("why", said.why), ("advice", said.advice), ("closes", said.closes)):
        if body and not is_brief:
            yield f"<dt>{words.say(key, language)}</dt><dd>{html.escape(body)}</dd>"
        if key == "advice" and change:
            yield f"<dt>{words.say('change', language)}</dt><dd><code>{html.escape(change)}</code></dd>"
    yield "</dl></article>"


def _figure(curve: drawing.Curve, language: telling.Language, *, marks: Sequence[finding.Finding]) -> str:
    name = words.say(f"curve.{curve.name}", language)
    lines = "".join(f'<polyline points="{points}"/>' for points in _stretches(curve))
    first, last = curve.epochs[0], max(curve.epochs[-1], curve.epochs[0] + 1)
    for number, mark in enumerate(marks):
        x = _EDGE + ((mark.opened.epoch or first) - first) / (last - first) * (_WIDTH - 2 * _EDGE)
        y = 10 + 10 * (number % 3)  # neighbours stand below each other
        at_end = ' text-anchor="end"' if x > _WIDTH - 30 else ""
        lines += (
            f'<g class="{mark.severity}"><line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{_HEIGHT}"/>'
            f'<text x="{x - 2 if at_end else x + 2:.1f}" y="{y}"{at_end}>{mark.rule}</text></g>'
        )
    label = html.escape(f"{name}: {curve.values[-1]:.4g}")
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{lines}</svg>'
        f'<figcaption class="soft">{label}</figcaption></figure>'
    )


def _stretches(curve: drawing.Curve) -> Iterator[str]:
    """Yield the points of each stretch of numbers, in the picture's units."""
    finite = [value for value in curve.values if math.isfinite(value)]
    if not finite:
        return
    low, high = min(finite), max(finite)
    first, last = curve.epochs[0], max(curve.epochs[-1], curve.epochs[0] + 1)
    stretch: list[str] = []
    for epoch, value in zip(curve.epochs, curve.values, strict=True):
        if not math.isfinite(value):
            yield " ".join(stretch)
            stretch = []
            continue
        x = _EDGE + (epoch - first) / (last - first) * (_WIDTH - 2 * _EDGE)
        share = (value - low) / (high - low) if high > low else 0.0
        stretch.append(f"{x:.1f},{_EDGE + (1 - share) * (_HEIGHT - 2 * _EDGE):.1f}")
    yield " ".join(stretch)
