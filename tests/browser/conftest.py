"""A headless Chromium that may talk to the test's server alone, and whose WebSocket can be cut."""

import re
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, WebSocketRoute, expect, sync_playwright
from tools.seeding import server

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 60_000
"""For what is to come and comes: how long it takes says how busy the machine is."""

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module: while it is open, an event loop runs here, which tests of asyncio cannot stand."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class Wire:
    """The live WebSocket between page and server, with a switch."""

    def __init__(self) -> None:
        self.is_cut = False
        self.refused = 0
        self._open: list[WebSocketRoute] = []

    def connect(self, route: WebSocketRoute) -> None:
        """Let a new connection through, or refuse it while the wire is cut."""
        if self.is_cut:
            self.refused += 1
            route.close(code=1013)
            return
        route.connect_to_server()
        self._open.append(route)

    def cut(self) -> None:
        """Close what is open and refuse what comes."""
        self.is_cut = True
        while self._open:
            self._open.pop().close(code=1013)

    def mend(self) -> None:
        """Let connections through again."""
        self.is_cut = False


class Visit:
    """One page with its wire, the requests it made and the errors it showed."""

    def __init__(self, page: Page, wire: Wire) -> None:
        self.page = page
        self.wire = wire
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", self._requested)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)

    def _requested(self, request: Request) -> None:
        self.requests.append(request.url)

    def foreign(self, address: str) -> list[str]:
        """Return the requests that went to another address than the server's."""
        own = urlsplit(address).netloc
        return [
            url for url in self.requests if urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc != own
        ]

    def series_requests(self) -> int:
        """Return how often points were fetched."""
        return sum("/api/v1/series" in url for url in self.requests)

    def number(self, test_id: str, attribute: str) -> float:
        """Return a data attribute of a chart as a number."""
        return float(self.page.get_by_test_id(test_id).get_attribute(attribute) or "nan")


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a link in a browser of its own; a request to a foreign host fails the test."""
    opened: list[tuple[Visit, str]] = []

    def open_link(
        address: str, link: str, *, width: int = 1440, height: int = 900, scheme: str = "light", locale: str = "en-GB"
    ) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale, has_touch=width < 600
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        wire = Wire()
        page.route_web_socket(re.compile("/api/v1/live"), wire.connect)
        made = Visit(page, wire)
        opened.append((made, address))
        page.goto(link)
        return made

    yield open_link
    for made, address in opened:
        foreign = made.foreign(address)
        made.page.context.close()
        assert foreign == []


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Seeded]:
    """A server with trainings in it, one for all tests of a process: those that change a run take one that no other looks at."""
    with server.seeded(tmp_path_factory.mktemp("seeded")) as made:
        yield made


@pytest.fixture
def look(visit: Callable[..., Visit], seeded: server.Seeded) -> Callable[..., Visit]:
    """Open a page of the seeded server, logged in; ``locale="zh-CN"`` for Chinese."""

    def at(path: str, **more: object) -> Visit:
        seen = visit(seeded.url, seeded.link(), **more)
        seen.page.goto(seeded.url + path)
        return seen

    return at
