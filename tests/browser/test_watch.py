"""What happens around the numbers, as people see it: output, attempts and the life of a process, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from yoloscope.records import ids, row

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

S = 10**9
STARTED_NS = 1_700_000_000 * S
OTHER = ids.WriterId("fedcba9876543210" * 2)
LOSS = "chart-loss/box_loss"
SOON_MS = 60_000
STACK = ["Thread 0x1 (most recent call first):", '  File "<path>/train.py", line 14 in train']


def _link(server) -> str:
    return f"{server.url}/open/{server.services.links.new()}"


def printed(*lines: str, first: int, stream: row.Stream = "out", left_out: int = 0) -> row.Printed:
    return row.Printed(stream, first, STARTED_NS, lines, left_out)


@pytest.fixture
def send(live_server, batches) -> Callable[..., dict[str, object]]:
    """Send entries of a writer of run r1, one behind the other."""
    sent: dict[str, int] = {}

    def send_entries(*entries: row.Entry, **changes: object) -> dict[str, object]:
        writer = str(changes.get("writer", batches.writer))
        batch = batches(*entries, first_seq=sent.get(writer, 0), alive=True, **changes)
        sent[writer] = batch.first_seq + batch.sequences
        answer = live_server.ingest(batches.body(batch))
        assert answer.status_code == 200, answer.text
        return answer.json()

    return send_entries


def _losses(batches, count: int, *, first_step: int = 0) -> row.Matrix:
    """Return rows of ten steps an epoch."""
    return batches.matrix({"train/box_loss": [2 - at / count for at in range(count)]}, first_step=first_step)


def _resume(send, batches) -> None:
    """Log 40 rows, then begin again at step 20 with 30 more."""
    send(_losses(batches, 40))
    second = row.AttemptRef(index=0, wall_ns=STARTED_NS + 100 * S, mono_ns=0, start_epoch=2.0, start_step=20)
    send(_losses(batches, 30, first_step=20), writer=OTHER, attempt=second)


def _shown(page: Page) -> list[str]:
    return page.get_by_test_id("console-line").all_inner_texts()


def test_output_appears_while_it_is_printed_and_a_bar_moves_in_its_place(live_server, send, batches, visit) -> None:
    send(_losses(batches, 10))
    seen = visit(live_server.url, _link(live_server))
    seen.page.goto(f"{live_server.url}/runs/r1")
    expect(seen.page.get_by_role("tab", name="History")).to_be_visible(timeout=SOON_MS)
    expect(seen.page.get_by_role("tab", name="Console")).to_have_count(0)

    send(printed("Starting training", first=0), printed("10%", first=0, stream="err"))
    seen.page.get_by_role("tab", name="Console").click(timeout=SOON_MS)
    lines = seen.page.get_by_test_id("console-line")
    expect(lines).to_contain_text(["Starting training", "10%"], timeout=SOON_MS)
    expect(lines.nth(1)).to_contain_text("err")

    send(printed("20%", first=0, stream="err"), printed("saved", first=1))
    expect(lines).to_contain_text(["Starting training", "20%", "saved"], timeout=SOON_MS)
    send(printed("<text>", "<text>", first=2), printed("behind", first=9, left_out=5))
    expect(seen.page.get_by_test_id("console-withheld")).to_contain_text("2 lines withheld", timeout=SOON_MS)
    expect(seen.page.get_by_test_id("console-gap")).to_contain_text("5 lines left out", timeout=SOON_MS)
    expect(seen.page.get_by_test_id("console-hint")).to_contain_text("yoloscope policy signs --text", timeout=SOON_MS)
    assert seen.errors == []


def test_it_follows_the_end_until_somebody_scrolls_away(live_server, send, visit) -> None:
    for first in range(0, 12_000, 1_000):
        send(printed(*(f"line {at}" for at in range(first, first + 1_000)), first=first))
    seen = visit(live_server.url, _link(live_server))
    seen.page.goto(f"{live_server.url}/runs/r1?tab=console")
    last = seen.page.get_by_test_id("console-line").last
    expect(last).to_contain_text("line 11999", timeout=SOON_MS)
    send(printed("line 12000", first=12_000))
    expect(last).to_contain_text("line 12000", timeout=SOON_MS)

    console = seen.page.get_by_test_id("console")
    to_end = seen.page.get_by_test_id("console-to-end")
    expect(to_end).to_have_count(0)
    console.evaluate("it => { it.scrollTop -= 4000; }")
    expect(to_end).to_be_visible(timeout=SOON_MS)
    top = console.evaluate("it => it.scrollTop")
    send(printed("line 12001", first=12_001))
    expect(seen.page.get_by_text("line 12001")).to_have_count(0)
    assert console.evaluate("it => it.scrollTop") == top
    to_end.click()
    expect(last).to_contain_text("line 12001", timeout=SOON_MS)
    assert len(_shown(seen.page)) < 200

    seen.page.get_by_test_id("console-search").fill("line 77")
    expect(seen.page.get_by_test_id("console-matches")).to_have_text("111 of 111", timeout=SOON_MS)
    seen.page.keyboard.press("Shift+Enter")
    expect(seen.page.get_by_test_id("console-matches")).to_have_text("1 of 111", timeout=SOON_MS)
    expect(seen.page.locator('[data-current="true"]')).to_have_text("line 77", timeout=SOON_MS)
    assert seen.errors == []


def test_superseded_points_are_drawn_when_they_are_asked_for(live_server, send, batches, visit) -> None:
    _resume(send, batches)
    seen = visit(live_server.url, _link(live_server))
    seen.page.goto(f"{live_server.url}/runs/r1?tab=charts")
    chart = seen.page.get_by_test_id(LOSS)
    expect(chart).to_have_attribute("data-total", "50", timeout=SOON_MS)
    expect(chart).to_have_attribute("data-superseded", "0")
    seen.page.get_by_test_id("superseded").click()
    expect(chart).to_have_attribute("data-superseded", "20", timeout=SOON_MS)
    expect(chart).to_have_attribute("data-total", "50")
    assert "superseded=true" in seen.page.url

    seen.page.reload()
    expect(chart).to_have_attribute("data-superseded", "20", timeout=SOON_MS)
    box = chart.bounding_box()
    assert box is not None
    seen.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    expect(chart).to_contain_text("attempt 1", timeout=SOON_MS)
    expect(chart).to_contain_text("· attempt 2")
    seen.page.get_by_test_id("superseded").click()
    expect(chart).to_have_attribute("data-superseded", "0", timeout=SOON_MS)
    assert seen.errors == []


def test_attempts_tell_what_became_of_them_and_a_stack_comes_when_asked_for(live_server, send, batches, visit) -> None:
    _resume(send, batches)
    seen = visit(live_server.url, _link(live_server), width=390, height=844)
    seen.page.goto(f"{live_server.url}/runs/r1?tab=history")
    attempts = seen.page.get_by_test_id("attempt")
    expect(attempts.nth(0)).to_contain_text("From epoch 2 on, attempt 2 took its place", timeout=SOON_MS)
    expect(attempts.nth(1)).to_contain_text("Goes on from epoch 2", timeout=SOON_MS)

    second = row.AttemptRef(index=0, wall_ns=STARTED_NS + 100 * S, mono_ns=0, start_epoch=2.0, start_step=20)
    ask = seen.page.get_by_test_id("take-stack")
    ask.click()
    expect(ask).to_be_disabled(timeout=SOON_MS)
    asks = None
    while asks is None:  # until the browser's request is there
        asks = send(writer=OTHER, attempt=second).get("asks")
    assert asks == ["stack"]
    dump = {"wall_ns": STARTED_NS + 200 * S, "by": "py-spy", "why": "asked", "lines": STACK}
    send(row.Updated("life", {"stack": dump}), writer=OTHER, attempt=second)
    expect(attempts.nth(1)).to_contain_text('File "<path>/train.py", line 14 in train', timeout=SOON_MS)
    expect(ask).to_be_enabled(timeout=SOON_MS)

    ended = row.Ended("crashed", STARTED_NS + 300 * S, reason="killed for lack of memory", exit_code=137)
    send(ended, row.Updated("life", {"oom_kills": 1}), writer=OTHER, attempt=second)
    expect(ask).to_be_disabled(timeout=SOON_MS)
    expect(attempts.nth(1)).to_contain_text("no process is left to look into", timeout=SOON_MS)
    expect(seen.page.get_by_role("banner")).to_be_visible()
    expect(seen.page.get_by_text("killed for lack of memory").first).to_be_visible(timeout=SOON_MS)
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 390
    assert seen.errors == []
