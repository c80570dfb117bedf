"""A headless Chromium, logged in, and what it can tell of frames, transfers and memory."""

import contextlib
import itertools
import shutil
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import serving

_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
_NOTE_DRAWS = """([chart]) => {
  const element = document.querySelector(`[data-testid='${chart}']`);
  window.__draws = [];
  new MutationObserver(() => {
    const x = Number(element.dataset.xMax);
    requestAnimationFrame(() => window.__draws.push([x, performance.timeOrigin + performance.now()]));
  }).observe(element, { attributes: true, attributeFilter: ["data-x-max"] });
}"""
_WATCH_FRAMES = """() => {
  const isFirst = window.__frames === undefined;
  window.__frames = []; window.__long = [];
  if (!isFirst) return;
  new PerformanceObserver((list) => window.__long.push(...list.getEntries().map((one) => one.duration))).observe({ type: "longtask" });
  const tick = (at) => { window.__frames.push(at); requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""
_MOVE = """([lasts]) => new Promise((resolve) => {
  const chart = document.querySelector("[data-draws]");
  const { left, width, top, height } = chart.getBoundingClientRect();
  const began = performance.now();
  let at = 0;
  const move = () => {
    const clientX = left + width * (0.3 + 0.4 * Math.abs((at++ % 80) - 40) / 40);
    chart.dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, pointerType: "mouse", clientX, clientY: top + height / 2, bubbles: true }));
    if (performance.now() - began < lasts) requestAnimationFrame(move);
    else resolve(performance.now() - began);
  };
  requestAnimationFrame(move);
})"""
_DRAWS = "() => [...document.querySelectorAll('[data-draws]')].map((one) => Number(one.dataset.draws))"
_DRAWN = "[data-points]:not([data-points='0'])"
quoted = quote


class Chromium:
    """Opens pages in profiles of their own."""

    def __init__(self, browser: Browser, server: serving.Server) -> None:
        self._browser = browser
        self._server = server

    @contextlib.contextmanager
    def page(self, *, width: int = 1440, height: int = 900) -> Iterator[Page]:
        """A page with nothing in its cache."""
        context = self._browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
        context.set_default_timeout(300_000)
        answer = context.request.post(
            f"{self._server.url}/api/v1/session",
            data={"token": self._server.token},
            headers={"Origin": self._server.url},
        )
        assert answer.ok, answer.text()
        page = context.new_page()
        yield page
        context.close()


@contextlib.contextmanager
def browser(server: serving.Server) -> Iterator[Chromium]:
    """One browser until the block ends."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield Chromium(launched, server)
        launched.close()


def transferred(page: Page) -> dict[str, int]:
    """Return the bytes of scripts and styles as they travelled, compressed by the server."""
    found = page.evaluate(
        "() => performance.getEntriesByType('resource').map((one) => [one.name, one.encodedBodySize])"
    )
    return {
        kind: sum(size for name, size in found if name.partition("?")[0].endswith(f".{kind}")) for kind in ("js", "css")
    }


def wait_for_charts(page: Page, count: int) -> None:
    """Wait until so many charts show points."""
    page.wait_for_selector(f"{_DRAWN} >> nth={count - 1}")


def note_draws(page: Page, chart: str) -> None:
    """Note from now on when the chart's right end moves, in Unix milliseconds of the frame behind it."""
    page.evaluate(_NOTE_DRAWS, [chart])


def draws(page: Page) -> list[tuple[float, float]]:
    """Return (x, Unix milliseconds) of what was noted."""
    return [(x, at) for x, at in page.evaluate("() => window.__draws")]


class Panned(NamedTuple):
    """What frames, tasks and charts came to while panning."""

    fps: float
    median_ms: float
    p95_ms: float
    longest_ms: float
    """The longest task; below 50 ms none is told of, and this is 0."""
    redraws: list[float]
    """How often a second each chart on screen was drawn."""


def pan(page: Page, *, seconds: float) -> Panned:
    """Drag the charts' window to and fro for so long, as Shift and the pointer do."""
    page.wait_for_timeout(3_000)
    page.evaluate(_WATCH_FRAMES)
    before = page.evaluate(_DRAWS)
    took = _drag(page, seconds)
    frames = page.evaluate("() => window.__frames")
    gaps = sorted(after - one for one, after in itertools.pairwise(frames))
    return Panned(
        fps=1e3 * len(gaps) / (frames[-1] - frames[0]),
        median_ms=gaps[len(gaps) // 2],
        p95_ms=gaps[int(len(gaps) * 0.95)],
        longest_ms=max(page.evaluate("() => window.__long"), default=0.0),
        redraws=[(now - then) / took for then, now in zip(before, page.evaluate(_DRAWS), strict=True)],
    )


def _drag(page: Page, seconds: float) -> float:
    """Hold the pointer down by the browser's input, and move it once a frame, as a mouse does; return the seconds."""
    chart = page.locator("[data-draws]").first.bounding_box()
    assert chart is not None
    page.mouse.move(chart["x"] + chart["width"] * 0.5, chart["y"] + chart["height"] / 2)
    page.keyboard.down("Shift")
    page.mouse.down()
    took = page.evaluate(_MOVE, [seconds * 1e3])
    page.mouse.up()
    page.keyboard.up("Shift")
    return took / 1e3


def heap_mb(page: Page) -> float:
    """Return the megabytes that scripts hold after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used / 1e6
