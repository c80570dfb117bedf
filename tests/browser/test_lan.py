"""Over plain HTTP on an address of the network there is no secure context: what a browser keeps for those is done without."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.xdist_group("browser-lan")]

ROOT = Path(__file__).resolve().parents[2]
RECORDING = ROOT / "tests/data/trainings/with-items.yoloscope"
SOON_MS = 20_000


def _own_address() -> str | None:
    """Return the address this machine has in its network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        found = probe.getsockname()[0]
        return None if found.startswith("127.") else found
    return None


def _allow_all(url: str, token: str) -> None:
    policy = {"class_names": "text", "text": True, "summaries": True, "media": True}
    requests.put(
        f"{url}/api/v1/projects/signs/policy", json=policy, headers={"Authorization": f"Bearer {token}"}, timeout=10
    ).raise_for_status()


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server on this machine's address, with one training in it: its URL and its token."""
    address = _own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    folder = tmp_path_factory.mktemp("lan")
    environment = {**os.environ, "HOME": str(folder), "PYTHONPATH": str(ROOT), "YOLOSCOPE_STRICT": "1"}
    start = [sys.executable, "-m", "yoloscope"]
    words = [*start, "up", "--json", "--host", address, "--port", "0", "--data", str(folder / "data")]
    with subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            url = json.loads(server.stdout.readline())["url"].rstrip("/")
            token = (folder / "data" / "token").read_text().strip()
            environment["YOLOSCOPE_TOKEN"] = token
            _allow_all(url, token)
            subprocess.run(
                [*start, "import", str(RECORDING), "--server", url],
                cwd=folder,
                env=environment,
                check=True,
                timeout=60,
                stdout=subprocess.DEVNULL,
            )
            yield url, token
        finally:
            server.terminate()


def test_a_dashboard_in_the_network_does_without_a_secure_context(lan, visit) -> None:
    url, token = lan
    seen = visit(url, url)
    page = seen.page
    assert page.evaluate("[window.isSecureContext, 'clipboard' in navigator, 'randomUUID' in crypto]") == [False] * 3
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").press("Enter")
    page.get_by_test_id("run-row").get_by_role("link").click(timeout=SOON_MS)
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "connected")
    page.get_by_role("tab", name="Charts").click()
    chart = page.locator("canvas").first
    expect(chart).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name=re.compile("^More about this run")).click()
    page.get_by_role("menuitem", name="Copy link").click()
    expect(page.get_by_test_id("toast")).to_contain_text("copied")
    # The header guards behind TLS; without, Chromium tells that it does nothing.
    assert [error for error in seen.errors if "Cross-Origin-Opener-Policy" not in error] == []
    answer = requests.get(f"{url}/api/v1/runs", timeout=10)
    assert answer.status_code == 401
