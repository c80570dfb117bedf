"""Runs dropped on the page, and the ledger of what is missing, in a real browser on a real server."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from yoloscope.records import ids, row
from yoloscope.wire import codec, protocol, recording

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

DROP = """([content, name]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name));
    for (const type of ["dragenter", "dragover", "drop"]) {
        window.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
}"""


def _send(server, *batches: row.Batch) -> None:
    for batch in batches:
        body = codec.body_from_batches([batch])
        answer = server.call("POST", "/api/v1/ingest", data=body, headers={"Content-Type": protocol.CONTENT_TYPE})
        assert answer.status_code == 200, answer.text


def _link(server) -> str:
    return f"{server.url}/open/{server.services.links.new()}"


def _recorded(server, batches, folder: Path, run: str = "carried") -> Path:
    """Return a file that holds a finished run of a server."""
    values = [1 / (step + 1) for step in range(50)]
    writer = ids.WriterId(run.encode().hex().ljust(32, "0"))
    entries = batches.matrix({"train/box_loss": values}), row.Ended("finished", 10**18)
    _send(server, batches(*entries, run=run, writer=writer))
    target = folder / f"{run}{recording.SUFFIX}"
    target.write_bytes(server.get(f"/api/v1/runs/{run}/recording").content)
    return target


def _drop(page: Page, file: Path) -> None:
    page.evaluate(DROP, [base64.b64encode(file.read_bytes()).decode(), file.name])


def test_a_dropped_file_is_imported_and_its_run_opens(serve, batches, visit, tmp_path: Path) -> None:
    file = _recorded(serve(), batches, tmp_path)
    server = serve()
    seen = visit(server.url, _link(server))
    expect(seen.page.get_by_role("button", name="Import a run…")).to_be_visible()
    _drop(seen.page, file)
    expect(seen.page.get_by_test_id("chart-loss/box_loss")).to_have_attribute("data-total", "50")
    assert seen.page.url == f"{server.url}/runs/carried"
    expect(seen.page.get_by_text("Finished", exact=True).first).to_be_visible()
    seen.page.go_back()
    expect(seen.page.get_by_test_id("run-row")).to_have_count(1)
    _drop(seen.page, file)
    expect(seen.page.get_by_test_id("chart-loss/box_loss")).to_have_attribute("data-total", "50")
    assert seen.errors == []


def test_files_that_cannot_be_taken_are_told_by_name_and_the_others_are_there(
    serve, batches, visit, tmp_path: Path
) -> None:
    source = serve()
    good = [_recorded(source, batches, tmp_path, run=run) for run in ("one", "two")]
    cut = tmp_path / "cut.yoloscope"
    cut.write_bytes(good[0].read_bytes()[:-20])
    other = tmp_path / "picture.yoloscope"
    other.write_bytes(b"\x89PNG\r\n\x1a\n")
    server = serve()
    seen = visit(server.url, _link(server))
    with seen.page.expect_file_chooser() as chooser:
        seen.page.get_by_role("button", name="Import a run…").click()
    chooser.value.set_files([cut, other, *good])
    cards = seen.page.get_by_test_id("import")
    expect(cards).to_have_count(4, timeout=30_000)
    phases = ["failed", "failed", "done", "done"]
    for at, phase in enumerate(phases):
        expect(cards.nth(at)).to_have_attribute("data-phase", phase)
    expect(cards.nth(0)).to_contain_text("cut.yoloscope")
    expect(cards.nth(0)).to_contain_text("The file ends early")
    expect(cards.nth(1)).to_contain_text("no recording of yoloscope")
    expect(seen.page.get_by_test_id("run-row")).to_have_count(2)
    cards.nth(0).get_by_role("button").click()
    expect(cards).to_have_count(3)
    cards.nth(1).get_by_role("link", name="one").click()
    seen.page.get_by_role("tab", name="Charts").click()
    expect(seen.page.get_by_test_id("chart-loss/box_loss")).to_have_attribute("data-total", "50")


def test_the_ledger_tells_every_reason_and_what_follows_counts_down(serve, batches, visit) -> None:
    server = serve()
    lost = {"disk_full": 1200, "torn": 3, "of_a_newer_release": 1}
    _send(server, batches(batches.matrix({"train/box_loss": [1.0]}), lost=lost, deferred=700, alive=True))
    _send(server, batches(run="whole", writer=ids.WriterId("f" * 32)))
    _send(server, batches(run="kept", writer=ids.WriterId("e" * 32), lost={"policy": 4}))
    seen = visit(server.url, _link(server))
    expect(seen.page.get_by_test_id("run-row")).to_have_count(3)
    marks = seen.page.get_by_test_id("lost-mark")
    expect(marks).to_have_count(2)
    expect(seen.page.locator("[data-run-id=r1]").get_by_test_id("lost-mark")).to_have_attribute(
        "title", "1,204 rows never reached the server"
    )
    seen.page.goto(f"{server.url}/runs/r1")
    ledger = seen.page.get_by_test_id("ledger")
    expect(ledger.get_by_role("alert")).to_have_text("1,204 rows never reached the server. The curves have gaps there.")
    first = ledger.locator("[data-reason]").first
    expect(first).not_to_be_visible()
    ledger.locator("summary").press("Enter")
    expect(first).to_contain_text("The training's disk was full")
    expect(first).to_contain_text("1,200")
    expect(ledger.locator("[data-reason]")).to_have_count(3)
    expect(seen.page.get_by_test_id("deferred")).to_contain_text("700 rows follow later")
    _send(server, batches(first_seq=1, lost=lost, deferred=20, alive=True))
    expect(seen.page.get_by_test_id("deferred")).to_contain_text("20 rows follow later")
    _send(server, batches(first_seq=1, lost=lost, alive=True))
    expect(seen.page.get_by_test_id("deferred")).to_have_count(0)
    expect(first).to_be_visible()
    seen.page.goto(f"{server.url}/runs/whole")
    expect(seen.page.get_by_role("heading", name="whole")).to_be_visible()
    expect(seen.page.get_by_test_id("ledger")).to_have_count(0)
    assert seen.errors == []


def test_what_a_policy_kept_back_is_explained_where_its_stand_ins_are(serve, batches, visit) -> None:
    server = serve()
    reduced = row.Updated("config", {"data": "<path>.yaml", "lr0": 0.01})
    _send(server, batches(batches.matrix({"class/0/AP50": [0.5], "class/1/AP50": [0.4]}), reduced))
    named = batches.matrix({"class/scratch/AP50": [0.5]})
    _send(server, batches(named, row.Updated("config", {"lr0": 0.01}), run="named", writer=ids.WriterId("f" * 32)))
    seen = visit(server.url, _link(server))
    for run, count in (("r1", 1), ("named", 0)):
        seen.page.goto(f"{server.url}/runs/{run}?tab=charts")
        expect(seen.page.get_by_role("heading", name="AP50 per class")).to_be_visible()
        expect(seen.page.get_by_test_id("withheld-classes")).to_have_count(count)
        seen.page.get_by_role("tab", name="Config").click()
        expect(seen.page.get_by_role("rowheader", name="lr0", exact=True)).to_be_visible()
        expect(seen.page.get_by_test_id("withheld-texts")).to_have_count(count)
    assert seen.errors == []
