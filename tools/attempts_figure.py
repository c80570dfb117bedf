"""Draw the curve of docs/attempts.md from a real training that was killed and resumed.

``python tools/attempts_figure.py record DIR`` reads the spools of such a training (``DIR`` holds its ``.yoloscope``) into
``docs/images/attempts.json``; ``python tools/attempts_figure.py draw`` makes ``docs/images/attempts.svg`` of that.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from yoloscope.curves import supersede
from yoloscope.records import row
from yoloscope.spool import layout, reader

IMAGES = Path(__file__).parents[1] / "docs" / "images"
NUMBERS, FIGURE = IMAGES / "attempts.json", IMAGES / "attempts.svg"
SERIES = "train/box_loss"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 340, 52, 14, 40, 44

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #333 } .axis { stroke: #888; stroke-width: 1; fill: none }
.grid { stroke: #888; stroke-opacity: .25 } path { fill: none; stroke-width: 2; stroke-linejoin: round }
.first { stroke: #2563c9 } .again { stroke: #8a8a8a; stroke-dasharray: 4 4; stroke-width: 1.5 } .second { stroke: #c2570c }
.start { stroke: #888; stroke-dasharray: 2 3 } text.first { fill: #2563c9; stroke: none } text.second { fill: #c2570c; stroke: none }
text.again { fill: #6b6b6b; stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .first { stroke: #7fb0ff } .second { stroke: #ffa65c } .again { stroke: #a0a0a0 }
  text.first { fill: #7fb0ff } text.second { fill: #ffa65c } text.again { fill: #b5b5b5 }
}
"""


def record(folder: Path) -> None:
    """Write down what each process logged of the series, and where it began."""
    directories = [path.parent for path in (folder / ".yoloscope").glob("*/run.json")]
    manifests = sorted((layout.load_manifest(one) for one in directories), key=lambda one: one.wall_ns)
    attempts = [
        {"start_step": manifest.attempts[-1].start_step, **_points(folder / ".yoloscope" / manifest.writer)}
        for manifest in manifests
    ]
    NUMBERS.write_text(json.dumps({"series": SERIES, "attempts": attempts}) + "\n", encoding="utf-8")


def _points(directory: Path) -> dict[str, Sequence[float]]:
    points: dict[int, float] = {}
    for lane in reader.lanes(directory):
        for chunk in reader.chunks(directory, lane=lane):
            for entry in chunk.entries:
                if isinstance(entry, row.Matrix) and SERIES in entry.names:
                    values = np.reshape(np.frombuffer(entry.values), (entry.rows, -1))[:, entry.names.index(SERIES)]
                    points |= dict(zip(np.frombuffer(entry.step, np.int64).tolist(), values.tolist(), strict=True))
    steps = sorted(points)
    return {"step": steps, "value": [round(points[step], 4) for step in steps]}


def draw() -> None:
    """Draw the recorded numbers: what counts, and what the second attempt took the place of."""
    first, second = json.loads(NUMBERS.read_text(encoding="utf-8"))["attempts"]
    start = second["start_step"]
    step = np.array(first["step"])
    hidden = supersede.cut(
        step=step, epoch=step * np.nan, wall_ns=step, by=[supersede.Cut(start_epoch=None, start_step=start)]
    )
    points = list(zip(first["step"], first["value"], strict=True))
    kept = [point for point, gone in zip(points, hidden.tolist(), strict=True) if not gone]
    again = [point for point, gone in zip(points, hidden.tolist(), strict=True) if gone]
    FIGURE.write_text(_svg(kept, again, list(zip(second["step"], second["value"], strict=True)), start=start), "utf-8")


Points = list[tuple[float, float]]


def _svg(kept: Points, again: Points, second: Points, *, start: int) -> str:
    everything = kept + again + second
    last, top = max(at for at, _ in everything), max(value for _, value in everything)
    low = min(value for _, value in everything)

    def x(step: float) -> float:
        return LEFT + step / last * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (top - value) / (top - low) * (HEIGHT - TOP - BOTTOM)

    def path(of: Points, name: str) -> str:
        return f'<path class="{name}" d="M{" ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in of)}"/>'

    rises = [
        f'<path class="grid" d="M{LEFT},{y(value):.1f} H{WIDTH - RIGHT}"/>'
        f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.1f}</text>'
        for value in np.linspace(low, top, 5)
    ]
    ticks = [
        f'<text x="{x(step):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step}</text>'
        for step in range(0, int(last) + 1, 8)
    ]
    killed = again[-1][0]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{SERIES} of a training that was killed and resumed</title><style>{STYLE}</style>",
            *rises,
            *ticks,
            f'<path class="axis" d="M{LEFT},{HEIGHT - BOTTOM} H{WIDTH - RIGHT}"/>',
            f'<path class="start" d="M{x(start):.1f},{TOP} V{HEIGHT - BOTTOM}"/>',
            path(again, "again"),
            path(kept, "first"),
            path([kept[-1], *second[:1]], "second"),
            path(second, "second"),
            f'<text class="first" x="{LEFT + 8}" y="20">attempt 1, kept: steps 0–{kept[-1][0]}</text>',
            f'<text class="again" x="{WIDTH * 0.34:.0f}" y="20">attempt 1, superseded: {start}–{killed}</text>',
            f'<text class="second" x="{WIDTH * 0.68:.0f}" y="20">attempt 2: from step {start} on</text>',
            f'<text x="{(WIDTH + LEFT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">step</text>',
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    if sys.argv[1] == "record":
        record(Path(sys.argv[2]))
    else:
        draw()
