"""Findings over HTTP: what the diagnosis says of a run, and what people say to that."""

import msgspec
import pytest

from yoloscope.records import finding, ids, row
from yoloscope.server.diagnosing import known
from yoloscope.store import ports_findings

pytestmark = pytest.mark.slow  # a server each
RUNS = "/api/v1/runs"
NAN = finding.Finding(
    rule="N01",
    name="train_loss_nonfinite",
    severity="critical",
    variant="single",
    confidence=0.9,
    opened=finding.Moment(4.0, 40, 1_700_000_040_000_000_000),
    updated=finding.Moment(5.0, 50, 1_700_000_050_000_000_000),
    series=("train/box_loss",),
    window=(0.0, 50.0),
    by_step=True,
    values={"names": ["train/box_loss"], "step": 40, "epoch": 4, "repeats": 0},
    changes={"lr0": 0.001},
)
SLOW = finding.Finding(
    rule="X99", name="of another release", severity="warning", values={"seconds": 3.0, "names": ["a", "b"]}
)
SAID = ports_findings.Diagnosis(
    verdict="critical",
    answer={"en": "Broken.", "zh": "坏了。", "phase": "early", "final": 0.4},
    not_evaluated={"X98": ("a/b",), "G01": ("val/cls_loss", "val/box_loss")},
    thresholds=known.DIGEST,
)
KEYS = (
    "rule name title what why severity is_quiet status confidence evidence advice closes opened updated closed series window by_step "
    "values caused_by dismissed actions"
)


def problem_of(answer) -> tuple[int, str, str | None]:
    said = answer.json()
    return answer.status_code, said["type"].removeprefix("urn:yoloscope:problem:"), said.get("field")


def add(server, batches, run: str, *findings: finding.Finding, said: ports_findings.Diagnosis | None = SAID) -> None:
    """Store a run of one row with findings."""
    batch = batches(
        batches.matrix({"a": [1.0]}), row.Ended("finished", 1), run=run, writer=run.encode().hex().rjust(32, "0")
    )
    assert server.ingest(batches.body(batch)).status_code == 200
    if said is not None:
        changes = [ports_findings.Change(one, "opened") for one in findings]
        server.services.catalog.findings.put(ids.RunId(run), changes, diagnosis=said, at_ns=1_700_000_060_000_000_000)


def findings_of(server, run: str = "r1") -> dict[str, object]:
    answer = server.get(f"{RUNS}/{run}/findings")
    assert answer.status_code == 200, answer.text
    return answer.json()


def dismissal(rule: str = "N01", run: str = "r1") -> str:
    return f"{RUNS}/{run}/findings/{rule}/dismissal"


def listed(server, where: str) -> list[str]:
    answer = server.get(RUNS, params={"where": where, "sort": "id"})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_findings_have_evidence_advice_and_both_languages(live_server, batches) -> None:
    add(live_server, batches, "r1", SLOW, NAN)
    told = findings_of(live_server)
    assert list(told) == ["items", "answer", "timeline", "not_evaluated"]
    first, second = told["items"]
    assert (first["rule"], second["rule"]) == ("N01", "X99")
    assert (second["title"]["zh"], second["evidence"]["en"]) == ("of another release", "seconds = 3.0, names = a, b")
    assert sorted(first) == sorted(KEYS.split())
    assert first["severity"] == "critical"
    assert first["opened"] == {"epoch": 4.0, "step": 40, "time": "2023-11-14T22:14:00.000Z"}
    for key in ("title", "what", "why", "evidence", "closes"):
        assert set(first[key]) == {"en", "zh"}
        assert first[key]["en"]
        assert first[key]["zh"]
    assert "box_loss" in first["evidence"]["en"]
    assert first["advice"]["args"] == {"lr0": 0.001}
    assert first["advice"]["command"].endswith(" lr0=0.001")
    assert told["answer"]["sentence"] == {"en": "Broken.", "zh": "坏了。"}
    assert (told["answer"]["verdict"], told["answer"]["phase"]) == ("critical", "early")
    assert told["answer"]["facts"] == {"final": 0.4}
    assert [(one["rule"], one["kind"]) for one in told["timeline"]] == [("X99", "opened"), ("N01", "opened")]
    assert told["not_evaluated"] == [
        {
            "rule": "G01",
            "name": "overfit_early",
            "title": {"en": "Overfitting begins", "zh": "开始过拟合"},
            "missing": ["val/cls_loss", "val/box_loss"],
        },
        {"rule": "X98", "name": "X98", "title": {"en": "X98", "zh": "X98"}, "missing": ["a/b"]},
    ]


def test_findings_of_all_runs_stand_on_pages(live_server, batches) -> None:
    add(live_server, batches, "r1", NAN)
    add(live_server, batches, "r2", NAN, SLOW)
    assert live_server.call("PATCH", f"{RUNS}/r2", json={"name": "night"}).status_code == 200

    def page(**asked: object) -> dict[str, object]:
        answer = live_server.get("/api/v1/findings", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    first = page(limit=2)
    second = page(limit=2, cursor=first["next"])
    shown = [*first["items"], *second["items"]]
    assert [(one["run"], one["run_name"], one["rule"]) for one in shown] == [
        ("r2", "night", "X99"),
        ("r2", "night", "N01"),
        ("r1", "r1", "N01"),
    ]
    assert second["next"] is None
    own = findings_of(live_server)["items"][0]
    project = live_server.get(f"{RUNS}/r1").json()["project"]
    assert shown[-1] == {**own, "run": "r1", "run_name": "r1", "project": project}
    asked = {"project": project, "severity": ["critical", "info"], "rule": "N01", "status": "open"}
    assert [one["run"] for one in page(**asked)["items"]] == ["r2", "r1"]
    assert page(severity="warning")["items"][0]["rule"] == "X99"
    assert page(status="closed") == page(project="nobody") == {"items": [], "next": None}
    assert live_server.get("/api/v1/findings", token=None).status_code == 401


def test_a_filter_of_findings_that_cannot_be_used_is_named(live_server) -> None:
    asked = {
        "severity": "bad",
        "status": "dismissed",
        "rule": "overfit",
        "limit": 0,
        "cursor": "WzEsInIxIl0",
        "project": "a" * 300,
        "run": "r1",
    }
    told = {
        name: problem_of(live_server.get("/api/v1/findings", params={name: value})) for name, value in asked.items()
    }
    kinds = {"cursor": "invalid-record", "project": "invalid-record", "run": "unknown-parameter"}
    assert told == {name: (422, kinds.get(name, "invalid-request"), name) for name in asked}


def test_a_finding_of_older_rules_is_told_by_its_numbers(live_server, batches) -> None:
    add(live_server, batches, "r1", msgspec.structs.replace(NAN, values={"loss": 2.5}))
    (shown,) = findings_of(live_server)["items"]
    assert (shown["evidence"], shown["values"]) == ({"en": "loss = 2.5", "zh": "loss = 2.5"}, {"loss": 2.5})


def test_a_run_that_was_not_judged_says_so(live_server, batches) -> None:
    add(live_server, batches, "r1", said=None)
    assert findings_of(live_server) == {"items": [], "answer": None, "timeline": [], "not_evaluated": []}
    assert live_server.get(f"{RUNS}/r1").json()["health"] is None


def test_a_dismissed_finding_does_not_count_until_it_is_restored(live_server, batches) -> None:
    add(live_server, batches, "r1", NAN)
    answer = live_server.call("PUT", dismissal(), json={"reason": "  a known\r\nspike "})
    assert answer.status_code == 200, answer.text
    (shown,) = answer.json()["items"]
    assert shown["dismissed"]["reason"] == "a known\nspike"
    run = live_server.get(f"{RUNS}/r1").json()
    assert (run["health"], run["findings"]) == ("healthy", 0)
    back = live_server.call("DELETE", dismissal()).json()
    assert back["items"][0]["dismissed"] is None
    assert [one["kind"] for one in back["timeline"]] == ["opened", "dismissed", "restored"]
    run = live_server.get(f"{RUNS}/r1").json()
    assert (run["health"], run["findings"]) == ("critical", 1)


def test_three_dismissals_in_a_project_make_a_rule_quiet_there(live_server, batches) -> None:
    for run in ("r1", "r2", "r3", "r4"):
        add(live_server, batches, run, NAN)
    for run in ("r1", "r2"):
        assert live_server.call("PUT", dismissal(run=run), json={}).status_code == 200
    assert findings_of(live_server, "r4")["items"][0]["is_quiet"] is False
    assert live_server.call("PUT", dismissal(run="r3"), json={"reason": ""}).status_code == 200
    (quiet,) = findings_of(live_server, "r4")["items"]
    assert (quiet["is_quiet"], quiet["severity"]) == (True, "info")
    run = live_server.get(f"{RUNS}/r4").json()
    assert (run["health"], run["findings"]) == ("healthy", 0)
    assert live_server.call("DELETE", dismissal(run="r1")).status_code == 200
    assert findings_of(live_server, "r4")["items"][0]["severity"] == "critical"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"[]", None),
        (b'{"reason": 3}', None),
        (b'{"why": "x"}', None),
        (b'{"reason": "' + b"x" * 1_001 + b'"}', "reason"),
        (b'{"reason": "a\\u0000b"}', "reason"),
    ],
)
def test_a_body_that_is_no_reason_changes_nothing(live_server, batches, body: bytes, field: str | None) -> None:
    add(live_server, batches, "r1", NAN)
    answer = live_server.call("PUT", dismissal(), data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    if field is not None:
        assert problem_of(answer)[2] == field
    assert findings_of(live_server)["items"][0]["dismissed"] is None


def test_what_is_not_known_is_not_found(live_server, batches) -> None:
    add(live_server, batches, "r1", NAN)
    assert live_server.get(f"{RUNS}/nobody/findings").status_code == 404
    for method in ("PUT", "DELETE"):
        for path in (dismissal(run="nobody"), dismissal("G01"), dismissal("no such rule")):
            more = {"json": {}} if method == "PUT" else {}
            answer = live_server.call(method, path, **more)
            assert (answer.status_code, path) == (404, path), answer.text


def test_whoever_may_not_write_may_not_dismiss(live_server, batches) -> None:
    add(live_server, batches, "r1", NAN)
    assert live_server.call("PUT", dismissal(), token=None, json={}).status_code == 401
    assert live_server.get(f"{RUNS}/r1/findings", token=None).status_code == 401


def test_the_run_table_is_filtered_by_health(live_server, batches) -> None:
    add(live_server, batches, "r1", NAN, SLOW)
    add(live_server, batches, "r2", SLOW, said=msgspec.structs.replace(SAID, verdict="warning"))
    add(live_server, batches, "r3", said=msgspec.structs.replace(SAID, verdict="healthy"))
    add(live_server, batches, "r4", said=None)
    assert listed(live_server, 'health == "critical"') == ["r1"]
    assert listed(live_server, 'health in ["critical", "warning"]') == ["r1", "r2"]
    assert listed(live_server, "findings > 0") == ["r1", "r2"]
    assert listed(live_server, "findings == 2") == ["r1"]
    assert listed(live_server, 'health == "healthy"') == ["r3"]
