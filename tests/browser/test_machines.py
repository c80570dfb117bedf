"""The machines page in a real browser on a real server."""

import time

import pytest
from playwright.sync_api import expect

from yoloscope.records import ids, row

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

S = 10**9
GIB = 2**30
SOON_MS = 60_000
"""How long the page may take to show what came: it asks each five seconds."""
LONG = "a-run-whose-name-holds-all-of-its-settings-" * 4


def _link(server) -> str:
    return f"{server.url}/open/{server.services.links.new()}"


def _post(server, host: str, cards: list[dict[str, object]], *, clock: list[int], **more: object) -> None:
    plain = {"host": host, "boot_id": "b", "wall_ns": clock[0], "interval_s": 10, "cpus": 16}
    answer = server.call("POST", "/api/v1/machines", json=plain | {"cards": cards} | more)
    assert answer.json() == {"host": host, "taken": True}


def _card(at: int, **changes: object) -> dict[str, object]:
    plain = {"index": at, "uuid": f"GPU-{at}", "name": "NVIDIA GeForce RTX 4090", "vendor": "nvidia", "util_percent": 0}
    return plain | {"memory_bytes": GIB // 4, "memory_total_bytes": 24 * GIB} | changes


@pytest.fixture
def clocked(serve) -> tuple[object, list[int]]:
    """A server whose clock runs a driven time behind the real one."""
    server, back_ns = serve(), [0]
    server.services.clock_ns = lambda: time.time_ns() - back_ns[0]
    return server, back_ns


def _fill(server, back_ns: list[int]) -> None:
    """Report a host whose first card has been idle for three hours, whose second works for a run, whose third is held."""
    holder = [{"pid": 5, "run": "r1"}]
    for hours in (5, 3, 2, 0):
        back_ns[0] = hours * 3600 * S
        cards = [
            _card(0, util_percent=80 if hours >= 3 else 0),
            _card(1, util_percent=97, memory_bytes=20 * GIB, temperature_c=88, power_w=400, processes=holder),
            _card(2, util_percent=0, memory_bytes=9 * GIB, processes=[{"pid": 9}]),
        ]
        run = {"run": "r1", "project": "signs", "pid": 5, "since_ns": 1}
        _post(server, "gpu-01", cards, clock=[time.time_ns() - back_ns[0]], runs=[run], cpu_percent=37.4)


def test_before_the_first_report_the_page_says_what_sends_them(live_server, visit) -> None:
    seen = visit(live_server.url, _link(live_server))
    seen.page.get_by_role("link", name="Machines").click()
    expect(seen.page.get_by_text("No machine has reported yet")).to_be_visible(timeout=SOON_MS)
    expect(seen.page.get_by_text(f"yoloscope agent --server {live_server.url}")).to_be_visible(timeout=SOON_MS)
    _post(live_server, "cpu-1", [], clock=[time.time_ns()])
    expect(seen.page.get_by_test_id("machine")).to_have_attribute("data-host", "cpu-1", timeout=SOON_MS)
    expect(seen.page.get_by_text("No accelerator")).to_be_visible(timeout=SOON_MS)
    expect(seen.page.get_by_test_id("totals")).to_have_text("1 machine", timeout=SOON_MS)
    assert seen.errors == []


def test_cards_tell_what_they_do_for_whom_and_since_when(clocked, batches, visit) -> None:
    server, back_ns = clocked
    server.ingest(batches.body(batches(batches.matrix({"train/box_loss": [1.0]}), run="r1", alive=True)))
    _fill(server, back_ns)
    seen = visit(server.url, _link(server))
    seen.page.goto(f"{server.url}/machines")
    expect(seen.page.get_by_test_id("totals")).to_have_text(
        "1 of 3 cards idle · 1 held without working", timeout=SOON_MS
    )
    cards = seen.page.get_by_test_id("card")
    expect(cards).to_have_count(3, timeout=SOON_MS)
    expect(cards.nth(0)).to_contain_text("idle for 3h", timeout=SOON_MS)
    expect(cards.nth(1)).to_contain_text("97%", timeout=SOON_MS)
    expect(cards.nth(1)).to_contain_text("20 / 24 GiB", timeout=SOON_MS)
    expect(cards.nth(1)).to_contain_text("88 °C", timeout=SOON_MS)
    expect(cards.nth(1)).to_contain_text("for 5h", timeout=SOON_MS)
    expect(cards.nth(2)).to_contain_text("1 other process", timeout=SOON_MS)
    expect(cards.nth(2)).to_contain_text("not working for 5h", timeout=SOON_MS)
    expect(cards.nth(0).locator('path[data-level="4"]')).to_have_count(1, timeout=SOON_MS)
    expect(cards.nth(2).locator('path[data-level="held"]')).to_have_count(1, timeout=SOON_MS)
    expect(cards.nth(1).get_by_role("link", name="r1")).to_be_visible(timeout=SOON_MS)
    _post(server, "gpu-01", [_card(0, util_percent=64, processes=[{"pid": 7, "run": "r1"}])], clock=[time.time_ns()])
    expect(seen.page.get_by_test_id("totals")).to_have_text("0 of 1 card idle", timeout=SOON_MS)
    expect(cards.nth(0)).to_contain_text("just started", timeout=SOON_MS)
    cards.nth(0).get_by_role("link", name="r1").click()
    expect(seen.page.get_by_test_id("chart-loss/box_loss")).to_be_visible(timeout=SOON_MS)
    assert seen.errors == []


def test_a_card_tells_when_it_is_free_and_the_soonest_comes_first(clocked, batches, visit) -> None:
    server, _ = clocked
    plan = row.Updated("progress", {"epoch": 2, "epochs": 400})
    server.ingest(batches.body(batches(plan, batches.matrix({"train/box_loss": [1.0] * 21}), run="r1", alive=True)))
    cards = [
        _card(0, util_percent=90, processes=[{"pid": 7}]),
        _card(1, util_percent=90, processes=[{"pid": 5, "run": "r1"}]),
    ]
    _post(server, "gpu-01", cards, clock=[time.time_ns()])
    seen = visit(server.url, _link(server))
    seen.page.goto(f"{server.url}/machines")
    expect(seen.page.get_by_test_id("forecast")).to_contain_text("free in about", timeout=SOON_MS)
    expect(seen.page.get_by_test_id("totals")).to_contain_text("next one free in about", timeout=SOON_MS)
    shown = seen.page.get_by_test_id("card")
    expect(shown.first).to_have_attribute("data-uuid", "GPU-0")
    seen.page.get_by_test_id("sort-free").click()
    expect(shown.first).to_have_attribute("data-uuid", "GPU-1", timeout=SOON_MS)
    assert seen.page.url.endswith("/machines?sort=free")
    assert seen.errors == []


def test_a_machine_that_fell_silent_is_told_as_offline(clocked, visit) -> None:
    server, back_ns = clocked
    back_ns[0] = 3 * 3600 * S
    _post(server, "gone", [_card(0, util_percent=50)], clock=[1])
    back_ns[0] = 0
    _post(server, "there", [], clock=[1])
    seen = visit(server.url, _link(server))
    seen.page.goto(f"{server.url}/machines")
    hosts = seen.page.get_by_test_id("machine")
    expect(hosts).to_have_count(2, timeout=SOON_MS)
    assert [hosts.nth(at).get_attribute("data-host") for at in range(2)] == ["there", "gone"]
    expect(hosts.nth(1)).to_contain_text("offline, last heard 3h ago", timeout=SOON_MS)
    expect(hosts.nth(1)).to_contain_text("not known now", timeout=SOON_MS)
    expect(seen.page.get_by_test_id("totals")).to_have_text("2 machines · 1 machine offline", timeout=SOON_MS)


@pytest.mark.parametrize("width", [390, 1440])
def test_long_names_in_both_languages_fit(clocked, batches, visit, width) -> None:
    server, _ = clocked
    named = row.RunRef(ids.RunId("r1"), ids.ProjectName("signs"), name=LONG, created_ns=1)
    server.ingest(batches.body(batches(batches.matrix({"train/box_loss": [1.0]}), run=named)))
    for at in range(20):
        cards = [
            _card(card, uuid=f"{at}-{card}", util_percent=90, processes=[{"pid": 5, "run": "r1"}]) for card in range(8)
        ]
        _post(server, f"{at}." + "a-host-with-a-long-name." * 8, cards, clock=[1])
    seen = visit(server.url, _link(server), width=width)
    seen.page.goto(f"{server.url}/machines")
    expect(seen.page.get_by_test_id("card")).to_have_count(160, timeout=SOON_MS)
    fits = "() => { const page = document.querySelector('#content'); return page.scrollWidth <= page.clientWidth; }"
    assert seen.page.evaluate(fits)
    seen.page.get_by_test_id("lang-toggle").click()
    expect(seen.page.get_by_role("heading", name="机器")).to_be_visible(timeout=SOON_MS)
    expect(seen.page.get_by_test_id("totals")).to_have_text("160 张卡中 0 张空闲", timeout=SOON_MS)
    assert seen.page.evaluate(fits)
    assert seen.errors == []
