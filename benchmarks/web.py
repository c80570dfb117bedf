"""How fast the dashboard is, in a headless Chromium with software rendering: a browser with a graphics card is faster.

python -m benchmarks.web [bundle] [paint] [pixel] [frames] [many] [memory] [--minutes N]

bundle  kilobytes of JavaScript that travel before the first chart, and up to it
paint   the first useful paint of the run table, cold: a new browser profile each time, 100 runs
pixel   from `log()` in a paced training to the pixel: ten rows a second, then one
frames  20 charts of 20 live runs while panning, and 8 charts of 20 runs fully redrawn
many    50 runs x 20 series x 100,000 points: the first eight charts drawn
memory  the page's heap over an hour (or N minutes) of live updates
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from benchmarks import machine, serving, web_browser, web_stores

REPEATS = 5
PIXEL_ROWS = 60
_PAN_S = 6.0
_SETTLE_S = 5.0  # a page that opens is another measure
Part = Callable[[Path, argparse.Namespace], None]


def main() -> None:
    """Run the parts that are named, or all but the hour of memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--points", type=int, default=100_000, help="points of each series in `many`")
    chosen = parser.parse_args()
    for name in chosen.parts or [one for one in PARTS if one != "memory"]:
        with tempfile.TemporaryDirectory() as folder:
            PARTS[name](Path(folder), chosen)
    print(machine.load())


def bundle(folder: Path, _: argparse.Namespace) -> None:
    """Print what travels, as the network counts it."""
    run = web_stores.small(folder, runs=3)
    with serving.server(folder) as server, web_browser.browser(server) as browser:
        for what, path in (("run table", "/"), ("run page up to its first chart", f"/runs/{run}?tab=charts")):
            with browser.page() as page:
                page.goto(server.url + path)
                page.wait_for_selector("[data-points]:not([data-points='0'])" if "runs" in path else "[role=row]")
                sizes = web_browser.transferred(page)
            print(f"{what}: {sizes['js'] / 1e3:.0f} kB of JavaScript, {sizes['css'] / 1e3:.1f} kB of CSS, compressed")


def paint(folder: Path, _: argparse.Namespace) -> None:
    """Print when the first row of the table is there after the address was opened."""
    web_stores.small(folder, runs=100)
    with serving.server(folder) as server, web_browser.browser(server) as browser:
        took = []
        for _repeat in range(REPEATS):
            with browser.page() as page:
                page.goto(server.url + "/", wait_until="commit")
                page.wait_for_selector("[role=row] >> nth=5")
                took.append(page.evaluate("performance.now()"))
    print(f"first useful paint, cold: {_spread(took)} ms (n = {REPEATS})")


def pixel(folder: Path, _: argparse.Namespace) -> None:
    """Print milliseconds from the call of `log()` to the frame in which its point is drawn."""
    for a_second in (1, 10):
        spool = folder / f"spool-{a_second}"
        with (
            serving.server(folder / str(a_second)) as server,
            web_browser.browser(server) as browser,
            web_stores.paced(server, spool, a_second=a_second) as training,
            browser.page() as page,
        ):
            page.goto(f"{server.url}/runs/{training.run}?tab=charts")
            page.wait_for_selector("[data-testid='chart-value'][data-points]:not([data-points='0'])")
            time.sleep(_SETTLE_S)
            web_browser.note_draws(page, "chart-value")
            began = time.time() * 1e3
            time.sleep(PIXEL_ROWS / min(a_second, 3))
            drawn = {int(x): at for x, at in web_browser.draws(page)}
            logged = {step: at for step, at in training.logged_ms().items() if at > began}
        waits = sorted(drawn_at - logged[step] for step in logged if (drawn_at := _first(drawn, step)) is not None)
        print(
            f"log() to pixel, {a_second} row(s) a second: p50 {statistics.median(waits):.0f}, "
            f"p95 {waits[int(len(waits) * 0.95)]:.0f}, most {waits[-1]:.0f} ms (n = {len(waits)})"
        )


def frames(folder: Path, _: argparse.Namespace) -> None:
    """Print frames a second while panning over live runs, long tasks, and the rate at which each chart is fully redrawn."""
    for charts, height in ((20, 1900), (8, 1150)):
        data = folder / str(charts)
        runs = web_stores.live(data, runs=20, names=charts, rows=2_000)
        with (
            serving.server(data) as server,
            web_browser.browser(server) as browser,
            web_stores.growing(server, runs, names=charts),
            browser.page(width=1920, height=height) as page,
        ):
            _compare(page, server, runs)
            web_browser.wait_for_charts(page, charts)
            found = [web_browser.pan(page, seconds=_PAN_S) for _repeat in range(REPEATS)]
        print(
            f"{charts} charts x 20 live runs, panning: {_spread([one.fps for one in found])} frames/s, median frame "
            f"{_spread([one.median_ms for one in found])} ms, p95 {_spread([one.p95_ms for one in found])}; longest task "
            f"{_spread([one.longest_ms for one in found])} ms; the slowest chart drawn "
            f"{_spread([min(one.redraws) for one in found])} times a second (n = {REPEATS} x {_PAN_S:.0f} s)"
        )


def many(folder: Path, chosen: argparse.Namespace) -> None:
    """Print when the first eight charts of fifty runs are drawn."""
    runs = web_stores.live(folder, runs=50, names=20, rows=chosen.points)
    with serving.server(folder) as server, web_browser.browser(server) as browser:
        took = []
        for _repeat in range(REPEATS):
            with browser.page(width=1920, height=1000) as page:
                _compare(page, server, runs)
                web_browser.wait_for_charts(page, 8)
                took.append(page.evaluate("performance.now()"))
    print(
        f"50 runs x 20 series x {chosen.points:,} points: first eight charts after {_spread(took)} ms (n = {REPEATS}, the first with a cold server)"
    )


def memory(folder: Path, chosen: argparse.Namespace) -> None:
    """Print the heap after collections, over the time."""
    runs = web_stores.live(folder, runs=20, names=20, rows=2_000)
    with (
        serving.server(folder) as server,
        web_browser.browser(server) as browser,
        web_stores.growing(server, runs, names=20),
        browser.page(width=1920, height=1200) as page,
    ):
        _compare(page, server, runs)
        page.wait_for_timeout(20_000)
        heaps: list[float] = []
        until = time.monotonic() + chosen.minutes * 60
        while time.monotonic() < until:
            heaps.append(web_browser.heap_mb(page))
            page.wait_for_timeout(min(30_000, chosen.minutes * 60_000 / 10))
    third = max(1, len(heaps) // 3)
    print(
        f"heap over {chosen.minutes:.0f} min of 20 charts x 20 live runs: median of the first third {statistics.median(heaps[:third]):.1f} MB, "
        f"of the last {statistics.median(heaps[-third:]):.1f}, most {max(heaps):.1f} (n = {len(heaps)})"
    )


PARTS: dict[str, Part] = {
    "bundle": bundle,
    "paint": paint,
    "pixel": pixel,
    "frames": frames,
    "many": many,
    "memory": memory,
}


def _compare(page: Page, server: serving.Server, runs: list[str]) -> None:
    page.goto(f"{server.url}/compare?run={web_browser.quoted(json.dumps(runs))}", wait_until="commit")


def _first(drawn: dict[int, float], step: int) -> float | None:
    """Return when a point was on screen: it was drawn when the chart's end had reached it."""
    return min((at for x, at in drawn.items() if x >= step), default=None)


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ({min(values):.0f}–{max(values):.0f})"


if __name__ == "__main__":
    main()
