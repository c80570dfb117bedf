"""What every catalogue keeps to of findings, their timelines and diagnoses. A back end inherits `FindingsContract`."""

from pathlib import Path

import msgspec
import pytest

from contracts.catalog import PROJECT, RUN, ref
from contracts.two_runs import TwoRuns
from yoloscope import errors
from yoloscope.records import finding, ids
from yoloscope.store import ports, ports_findings

R1, R2, NOBODY = ids.RunId("r1"), ids.RunId("r2"), ids.RunId("nobody")
OVERFIT = finding.Finding(
    rule="G01",
    name="overfit_early",
    severity="warning",
    confidence=0.8,
    opened=finding.Moment(17.0, 1_700, 5),
    updated=finding.Moment(18.0, 1_800, 6),
    series=("val/cls_loss", "train/total"),
    window=(5.0, 18.0),
    values={"rise": 0.06, "epochs": 12, "classes": ["划痕/轻微 (A)"]},
    changes={"patience": 30},
)
DIVERGED = finding.Finding(rule="N13", name="divergence", severity="critical", opened=finding.Moment(20.0))
SAID = ports_findings.Diagnosis(
    verdict="warning",
    answer={"en": "Slow.", "zh": "慢。"},
    not_evaluated={"S01": ("time/data_s",)},
    thresholds="abc",
    state=b"\x00\xff",
)
Change, Happened, Health = ports_findings.Change, ports_findings.Happened, ports_findings.Health


class FindingsContract(TwoRuns):
    """The suite."""

    def test_what_was_put_outlives_the_catalogue(self, catalog: ports.Catalog, tmp_path: Path) -> None:
        catalog.findings.put(R1, [Change(OVERFIT, "opened"), Change(DIVERGED, "opened")], diagnosis=SAID, at_ns=9)
        again = self.open(tmp_path)
        assert again.findings.of_run(R1) == [ports_findings.Held(OVERFIT), ports_findings.Held(DIVERGED)]
        assert again.findings.diagnosis(R1) == msgspec.structs.replace(SAID, updated_ns=9)
        assert again.findings.timeline(R1) == [
            Happened("G01", "opened", "warning", 17.0, 9),
            Happened("N13", "opened", "critical", 20.0, 9),
        ]
        assert (again.findings.of_run(R2), again.findings.diagnosis(R2), again.findings.timeline(R2)) == ([], None, [])
        again.close()

    def test_it_is_known_by_which_rules_each_run_was_judged(self, catalog: ports.Catalog) -> None:
        assert catalog.findings.judged() == {}
        catalog.findings.put(R1, [], diagnosis=SAID, at_ns=1)
        catalog.findings.put(R2, [], diagnosis=msgspec.structs.replace(SAID, thresholds="other"), at_ns=1)
        assert catalog.findings.judged() == {R1: "abc", R2: "other"}

    def test_the_same_again_adds_no_line_to_the_timeline(self, catalog: ports.Catalog) -> None:
        worse = msgspec.structs.replace(OVERFIT, severity="critical")
        for at_ns in (1, 2):
            catalog.findings.put(R1, [Change(OVERFIT, "opened")], diagnosis=SAID, at_ns=at_ns)
        catalog.findings.put(R1, [Change(worse, "raised"), Change(worse)], diagnosis=SAID, at_ns=3)
        over = msgspec.structs.replace(worse, status="closed", closed=finding.Moment(30.0))
        catalog.findings.put(R1, [Change(over, "closed")], diagnosis=SAID, at_ns=4)
        catalog.findings.put(R1, [Change(worse, "reopened")], diagnosis=SAID, at_ns=5)
        lines = [(one.kind, one.severity, one.epoch, one.at_ns) for one in catalog.findings.timeline(R1)]
        assert lines == [
            ("opened", "warning", 17.0, 1),
            ("raised", "critical", 18.0, 3),
            ("closed", "critical", 30.0, 4),
            ("reopened", "critical", 18.0, 5),
        ]

    def test_a_dismissal_outlives_what_the_diagnosis_says_next(self, catalog: ports.Catalog) -> None:
        catalog.findings.put(R1, [Change(OVERFIT, "opened")], diagnosis=SAID, at_ns=1)
        catalog.findings.dismiss(R1, "G01", reason="小数据集", at_ns=2)
        catalog.findings.dismiss(R1, "G01", reason="小数据集", at_ns=3)
        catalog.findings.put(R1, [Change(OVERFIT)], diagnosis=SAID, at_ns=4)
        catalog.findings.replace(R1, [OVERFIT, DIVERGED], diagnosis=SAID, at_ns=5)
        first, second = catalog.findings.of_run(R1)
        assert first == ports_findings.Held(OVERFIT, ports_findings.Dismissal(2, "小数据集"))
        assert second == ports_findings.Held(DIVERGED)
        assert catalog.findings.dismissed_in(PROJECT) == {"G01": 1}
        catalog.findings.restore(R1, "G01", at_ns=6)
        catalog.findings.restore(R1, "G01", at_ns=7)
        assert catalog.findings.dismissed_in(PROJECT) == {}
        said = [(one.rule, one.kind, one.at_ns, one.reason) for one in catalog.findings.timeline(R1)]
        assert said == [
            ("G01", "opened", 1, ""),
            ("G01", "dismissed", 2, "小数据集"),
            ("N13", "opened", 5, ""),
            ("G01", "restored", 6, ""),
        ]

    def test_a_replay_takes_the_place_of_all(self, catalog: ports.Catalog) -> None:
        catalog.findings.put(R1, [Change(OVERFIT, "opened")], diagnosis=SAID, at_ns=1)
        catalog.findings.replace(R1, [DIVERGED], diagnosis=SAID, at_ns=2)
        assert catalog.findings.of_run(R1) == [ports_findings.Held(DIVERGED)]

    def test_health_is_that_of_what_is_open_and_not_dismissed(self, catalog: ports.Catalog) -> None:
        over = msgspec.structs.replace(DIVERGED, status="closed", closed=finding.Moment(30.0))
        info = msgspec.structs.replace(OVERFIT, rule="G06", severity="info")
        changes = [Change(OVERFIT, "opened"), Change(over, "closed"), Change(info, "opened")]
        catalog.findings.put(R1, changes, diagnosis=SAID, at_ns=1)
        assert (catalog.run(R1).health, catalog.run(R2).health) == (Health("warning", 1), Health())
        catalog.findings.dismiss(R1, "G01", reason="", at_ns=2)
        assert catalog.run(R1).health == Health("healthy", 0)
        catalog.findings.put(R1, [], diagnosis=msgspec.structs.replace(SAID, verdict="unknown"), at_ns=3)
        assert catalog.run(R1).health == Health("unknown", 0)
        catalog.findings.put(R1, [Change(DIVERGED, "reopened")], diagnosis=SAID, at_ns=4)
        assert catalog.run(R1).health == Health("critical", 1)

    def test_a_rule_that_three_runs_of_a_project_dismissed_is_but_a_note_there(self, catalog: ports.Catalog) -> None:
        runs = [R1, R2, *(ids.RunId(f"more{number}") for number in range(2))]
        for number, run in enumerate(runs[2:]):
            catalog.open_run(ref(run, name=f"more {number}"))
        for run in runs:
            catalog.findings.put(run, [Change(OVERFIT, "opened")], diagnosis=SAID, at_ns=1)
        for run in runs[:2]:
            catalog.findings.dismiss(run, "G01", reason="", at_ns=2)
        assert catalog.run(runs[3]).health == Health("warning", 1)
        mark = catalog.changes.since(0).mark
        catalog.findings.dismiss(runs[2], "G01", reason="", at_ns=3)
        assert catalog.run(runs[3]).health == Health("healthy", 0)
        assert catalog.changes.since(mark).runs == set(runs)
        catalog.findings.restore(runs[2], "G01", at_ns=4)
        assert catalog.run(runs[3]).health == Health("warning", 1)

    def test_findings_of_all_runs_are_found_the_newest_first(self, catalog: ports.Catalog) -> None:
        other = ids.RunId("other")
        catalog.open_run(msgspec.structs.replace(ref("other", name="other"), project=ids.ProjectName("elsewhere")))
        over = msgspec.structs.replace(DIVERGED, status="closed", closed=finding.Moment(30.0))
        catalog.findings.put(R1, [Change(OVERFIT, "opened")], diagnosis=SAID, at_ns=1)
        catalog.findings.put(R2, [Change(OVERFIT, "opened"), Change(over, "closed")], diagnosis=SAID, at_ns=3)
        catalog.findings.put(other, [Change(DIVERGED, "opened")], diagnosis=SAID, at_ns=2)
        catalog.findings.dismiss(R1, "G01", reason="known", at_ns=4)

        def found(**wanted: object) -> list[tuple[str, str]]:
            page = catalog.findings.page(ports_findings.Wanted(**wanted), cursor=None)
            assert page.next_cursor is None
            return [(one.run, one.held.finding.rule) for one in page.findings]

        assert found() == [("r2", "N13"), ("r2", "G01"), ("other", "N13"), ("r1", "G01")]
        assert found(project=PROJECT) == [("r2", "N13"), ("r2", "G01"), ("r1", "G01")]
        assert found(severities=("critical",)) == [("r2", "N13"), ("other", "N13")]
        assert found(severities=("critical",), status="open") == [("other", "N13")]
        assert found(status="closed") == [("r2", "N13")]
        assert found(rules=("G01", "G02")) == [("r2", "G01"), ("r1", "G01")]
        assert found(project=ids.ProjectName("nobody")) == found(severities=("info",)) == []
        last = catalog.findings.page(ports_findings.Wanted(), cursor=None).findings[-1]
        held = ports_findings.Held(OVERFIT, ports_findings.Dismissal(4, "known"))
        assert last == ports_findings.OfRun(R1, held)
        catalog.set_deleted([R2], deleted_ns=5)
        assert found() == [("other", "N13"), ("r1", "G01")]

    def test_pages_of_findings_hold_each_once(self, catalog: ports.Catalog) -> None:
        rules = [msgspec.structs.replace(OVERFIT, rule=f"G{number:02}") for number in range(5)]
        for run in (R1, R2):
            catalog.findings.put(run, [Change(one, "opened") for one in rules], diagnosis=SAID, at_ns=7)
        wanted = ports_findings.Wanted(limit=4)
        pages, cursor = [catalog.findings.page(wanted, cursor=None)], None
        while (cursor := pages[-1].next_cursor) is not None:
            pages.append(catalog.findings.page(wanted, cursor=cursor))
        assert [len(page.findings) for page in pages] == [4, 4, 2]
        found = [(one.run, one.held.finding.rule) for page in pages for one in page.findings]
        assert found == [(run, f"G{number:02}") for run in ("r2", "r1") for number in reversed(range(5))]
        whole = catalog.findings.page(msgspec.structs.replace(wanted, limit=10), cursor=None)
        assert whole.next_cursor is None
        for cursor in ("", "x", "WzEsInIxIl0"):
            with pytest.raises(errors.InvalidRecord, match="is not usable"):
                catalog.findings.page(wanted, cursor=cursor)

    def test_what_is_quiet_in_a_project_is_a_note_on_every_page(self, catalog: ports.Catalog) -> None:
        runs = [R1, R2, ids.RunId("r3"), ids.RunId("r4")]
        elsewhere = msgspec.structs.replace(ref("r9", name="r9"), project=ids.ProjectName("elsewhere"))
        for made in (ref("r3", name="r3"), ref("r4", name="r4"), elsewhere):
            catalog.open_run(made)
        for run in (*runs, elsewhere.id):
            catalog.findings.put(run, [Change(OVERFIT, "opened")], diagnosis=SAID, at_ns=1)
        for run in runs[:3]:
            catalog.findings.dismiss(run, "G01", reason="", at_ns=2)

        def found(severity: finding.Severity) -> list[tuple[str, bool]]:
            page = catalog.findings.page(ports_findings.Wanted(severities=(severity,)), cursor=None)
            return [(one.run, one.is_quiet) for one in page.findings]

        assert found("warning") == [("r9", False)]
        assert found("info") == [(run, True) for run in ("r4", "r3", "r2", "r1")]

    def test_who_is_not_there_is_told(self, catalog: ports.Catalog) -> None:
        catalog.findings.put(NOBODY, [Change(OVERFIT, "opened")], diagnosis=SAID, at_ns=1)
        assert catalog.findings.of_run(NOBODY) == []
        for act in (
            lambda: catalog.findings.dismiss(R1, "G01", reason="", at_ns=1),
            lambda: catalog.findings.restore(R1, "G01", at_ns=1),
        ):
            with pytest.raises(errors.NotFound, match="no finding of rule 'G01'"):
                act()

    def test_findings_go_with_their_run_and_a_change_is_noted(self, catalog: ports.Catalog) -> None:
        mark = catalog.changes.since(0).mark
        catalog.findings.put(R1, [Change(OVERFIT, "opened")], diagnosis=SAID, at_ns=1)
        assert catalog.changes.since(mark).runs == {R1}
        catalog.remove_run(R1)
        catalog.open_run(RUN)
        assert (catalog.findings.of_run(R1), catalog.findings.timeline(R1), catalog.findings.diagnosis(R1)) == (
            [],
            [],
            None,
        )
