"""The findings of runs, their timelines and diagnoses, in their tables.

`SqlFindings` borrows the transactions of `catalog`.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import msgspec
import sqlalchemy as sa

from yoloscope import errors
from yoloscope.records import finding, ids
from yoloscope.store import changes as store_changes
from yoloscope.store import ports_findings
from yoloscope.store.catalog import rows, tables

TIMELINE_MAX = 1_000
_finding, _event, _diagnosis = tables.finding.c, tables.finding_event.c, tables.diagnosis.c
_PLACE = _finding.first_ns, _finding.run, _finding.rule
_OF_PEOPLE: tuple[ports_findings.Kind, ...] = ("dismissed", "restored")
_Transaction = Callable[[], AbstractContextManager[sa.Connection]]
_from_text = msgspec.json.Decoder(finding.Finding)
_answer_from_text = msgspec.json.Decoder(dict[str, object])
_missing_from_text = msgspec.json.Decoder(dict[str, tuple[str, ...]])


class SqlFindings:
    """Implements `ports_findings.Findings`, whose methods say what each does."""

    def __init__(self, *, reading: _Transaction, writing: _Transaction, noted: store_changes.Changes) -> None:
        self._reading = reading
        self._writing = writing
        self._noted = noted

    def of_run(self, run: ids.RunId) -> list[ports_findings.Held]:
        """Return the findings of a run, in the order in which they opened first."""
        query = sa.select(tables.finding).where(_finding.run == run).order_by(_finding.first_ns, _finding.rule)
        with self._reading() as connection:
            return [_held(found) for found in connection.execute(query).mappings()]

    def page(self, wanted: ports_findings.Wanted, *, cursor: str | None) -> ports_findings.FindingList:
        """Return a page of the findings of all runs that are not in the trash, those that opened last first."""
        query = _wanted(wanted)
        if cursor is not None:
            query = query.where(sa.tuple_(*_PLACE) < sa.tuple_(*rows.finding_from_cursor(cursor)))
        with self._reading() as connection:
            found = connection.execute(query.limit(wanted.limit + 1)).mappings().all()
        shown = found[: wanted.limit]
        items = tuple(ports_findings.OfRun(ids.RunId(one["run"]), _held(one), one["is_quiet"]) for one in shown)
        more = len(found) > len(shown) and shown
        last = shown[-1] if more else None
        return ports_findings.FindingList(
            items, None if last is None else rows.cursor_from_finding(*(last[column.name] for column in _PLACE))
        )

    def timeline(self, run: ids.RunId) -> list[ports_findings.Happened]:
        """Return what happened to the findings of a run, oldest first, the newest 1,000."""
        query = sa.select(tables.finding_event).where(_event.run == run).order_by(_event.id.desc()).limit(TIMELINE_MAX)
        with self._reading() as connection:
            found = connection.execute(query).mappings().all()
        fields = ports_findings.Happened.__struct_fields__
        return [ports_findings.Happened(**{field: one[field] for field in fields}) for one in reversed(found)]

    def diagnosis(self, run: ids.RunId) -> ports_findings.Diagnosis | None:
        """Return how a run stands."""
        with self._reading() as connection:
            found = connection.execute(sa.select(tables.diagnosis).where(_diagnosis.run == run)).mappings().first()
        return None if found is None else _diagnosis_from_row(found)

    def judged(self) -> dict[ids.RunId, str]:
        """Return by which rules each run was judged."""
        with self._reading() as connection:
            found = connection.execute(sa.select(_diagnosis.run, _diagnosis.thresholds))
            return {ids.RunId(run): thresholds for run, thresholds in found}

    def put(
        self,
        run: ids.RunId,
        changes: Sequence[ports_findings.Change],
        *,
        diagnosis: ports_findings.Diagnosis,
        at_ns: int,
    ) -> None:
        """Keep what a diagnosis came to, all or nothing."""
        with self._writing() as connection:
            if not _is_there(connection, run):
                return
            for change in changes:
                _keep(connection, run, change.finding, at_ns=at_ns)
                if change.kind is not None and change.kind != _last_kind(connection, run, change.finding.rule):
                    _tell(connection, run, change.finding, kind=change.kind, at_ns=at_ns)
            _conclude(connection, run, diagnosis, at_ns=at_ns)
        self._noted.note([run])

    def replace(
        self,
        run: ids.RunId,
        findings: Sequence[finding.Finding],
        *,
        diagnosis: ports_findings.Diagnosis,
        at_ns: int,
    ) -> None:
        """Put findings in the place of all that a run had."""
        kept = [found.rule for found in findings]
        gone = tables.finding.delete().where(_finding.run == run, _finding.rule.not_in(kept))
        with self._writing() as connection:
            if not _is_there(connection, run):
                return
            connection.execute(gone)
            for found in findings:
                if _keep(connection, run, found, at_ns=at_ns):
                    _tell(connection, run, found, kind="opened", at_ns=at_ns)
            _conclude(connection, run, diagnosis, at_ns=at_ns)
        self._noted.note([run])

    def dismiss(self, run: ids.RunId, rule: str, *, reason: str, at_ns: int) -> None:
        """Note that a finding does not matter."""
        self._say(run, rule, dismissed_ns=at_ns, reason=reason, at_ns=at_ns)

    def restore(self, run: ids.RunId, rule: str, *, at_ns: int) -> None:
        """Take a dismissal back."""
        self._say(run, rule, dismissed_ns=None, reason="", at_ns=at_ns)

    def _say(self, run: ids.RunId, rule: str, *, dismissed_ns: int | None, reason: str, at_ns: int) -> None:
        of_rule = (_finding.run == run, _finding.rule == rule)
        with self._writing() as connection:
            found = connection.execute(sa.select(tables.finding).where(*of_rule)).mappings().first()
            if found is None:
                raise errors.NotFound(f"run {run!r} has no finding of rule {rule[:40]!r}")
            if (found["dismissed_ns"] is None) == (dismissed_ns is None) and found["reason"] == reason:
                return
            said = {"dismissed_ns": dismissed_ns, "reason": reason}
            connection.execute(tables.finding.update().where(*of_rule).values(said))
            kind: ports_findings.Kind = "restored" if dismissed_ns is None else "dismissed"
            _tell(connection, run, _from_text.decode(found["finding"]), kind=kind, at_ns=at_ns, reason=reason)
            alike = _alike(connection, run, rule)
        self._noted.note(alike)

    def dismissed_in(self, project: ids.ProjectName) -> dict[str, int]:
        """Return in how many runs of a project each rule's finding was dismissed."""
        with self._reading() as connection:
            return _dismissed(connection, project)


def of_runs(connection: sa.Connection, run_ids: Sequence[str]) -> dict[str, ports_findings.Health]:
    """Return the health of some runs; one that was never judged is left out."""
    judged = sa.select(_diagnosis.run, _diagnosis.verdict).where(_diagnosis.run.in_(run_ids))
    joined = tables.finding.join(tables.run, tables.run.c.id == _finding.run)
    speaking = (
        sa.select(_finding.run, _finding.rule, _finding.severity, tables.run.c.project)
        .select_from(joined)
        .where(_finding.run.in_(run_ids), _finding.status == "open", _finding.dismissed_ns.is_(None))
    )
    open_of: dict[str, list[str]] = {}
    quiet: dict[str, set[str]] = {}
    for run, rule, severity, project in connection.execute(speaking).all():
        if project not in quiet:
            quiet[project] = _quiet(connection, project)
        open_of.setdefault(run, []).append("info" if rule in quiet[project] else severity)
    return {
        run: ports_findings.Health(_verdict(verdict, open_of.get(run, ())), _grave(open_of.get(run, ())))
        for run, verdict in connection.execute(judged)
    }


def _wanted(wanted: ports_findings.Wanted) -> sa.Select[tuple[object, ...]]:
    """Return the question for findings of runs that are not in the trash, those that opened last first."""
    quiet = _quiet_everywhere()
    is_quiet = quiet.c.rule.is_not(None)
    severity = sa.case((is_quiet, "info"), else_=_finding.severity)
    of_project = sa.and_(quiet.c.project == tables.run.c.project, quiet.c.rule == _finding.rule)
    joined = tables.finding.join(tables.run, tables.run.c.id == _finding.run).outerjoin(quiet, of_project)
    query = sa.select(tables.finding, is_quiet.label("is_quiet")).select_from(joined)
    query = query.where(tables.run.c.deleted_ns.is_(None)).order_by(*(column.desc() for column in _PLACE))
    if wanted.project is not None:
        query = query.where(tables.run.c.project == wanted.project)
    if wanted.status is not None:
        query = query.where(_finding.status == wanted.status)
    if wanted.severities:
        query = query.where(severity.in_(wanted.severities))
    return query.where(_finding.rule.in_(wanted.rules)) if wanted.rules else query


def _quiet_everywhere() -> sa.Subquery:
    """Return the rules that are quiet, each with the project where it is."""
    of, run = tables.finding.alias(), tables.run.alias()
    query = sa.select(run.c.project, of.c.rule).select_from(of.join(run, run.c.id == of.c.run))
    dismissed = query.where(of.c.dismissed_ns.is_not(None)).group_by(run.c.project, of.c.rule)
    return dismissed.having(sa.func.count() >= ports_findings.QUIET_AT).subquery()


def _quiet(connection: sa.Connection, project: str) -> set[str]:
    return {rule for rule, count in _dismissed(connection, project).items() if count >= ports_findings.QUIET_AT}


def _dismissed(connection: sa.Connection, project: str) -> dict[str, int]:
    joined = tables.finding.join(tables.run, tables.run.c.id == _finding.run)
    query = (
        sa.select(_finding.rule, sa.func.count())
        .select_from(joined)
        .where(tables.run.c.project == project, _finding.dismissed_ns.is_not(None))
        .group_by(_finding.rule)
    )
    return {str(rule): int(count) for rule, count in connection.execute(query)}


def _grave(severities: Sequence[str]) -> int:
    """Return how many are more than notes."""
    return sum(one != "info" for one in severities)


def _verdict(said: str, severities: Sequence[str]) -> str:
    """Return what the open findings amount to; what the diagnosis itself said counts where it could not judge."""
    worst = next((one for one in ("critical", "warning") if one in severities), None)
    return worst or ("unknown" if said == "unknown" else "healthy")


def _alike(connection: sa.Connection, run: str, rule: str) -> list[ids.RunId]:
    """Return the runs of the project that have a finding of the rule: a dismissal may change how all of them are shown."""
    project = sa.select(tables.run.c.project).where(tables.run.c.id == run).scalar_subquery()
    joined = tables.finding.join(tables.run, tables.run.c.id == _finding.run)
    query = sa.select(_finding.run).select_from(joined).where(tables.run.c.project == project, _finding.rule == rule)
    return [ids.RunId(found) for found in connection.execute(query).scalars()]


def _is_there(connection: sa.Connection, run: str) -> bool:
    return connection.execute(sa.select(tables.run.c.id).where(tables.run.c.id == run)).first() is not None


def _keep(connection: sa.Connection, run: str, found: finding.Finding, *, at_ns: int) -> bool:
    """Write a finding; True if the run had none of its rule."""
    text = msgspec.json.encode(found).decode()
    values = {"status": found.status, "severity": found.severity, "finding": text}
    of_rule = (_finding.run == run, _finding.rule == found.rule)
    if connection.execute(tables.finding.update().where(*of_rule).values(values)).rowcount:
        return False
    new = {"run": run, "rule": found.rule, "first_ns": at_ns, "dismissed_ns": None, "reason": "", **values}
    connection.execute(tables.finding.insert().values(new))
    return True


def _last_kind(connection: sa.Connection, run: str, rule: str) -> str | None:
    """Return what was told last of a rule, people's words aside."""
    query = sa.select(_event.kind).where(_event.run == run, _event.rule == rule, _event.kind.not_in(_OF_PEOPLE))
    return connection.execute(query.order_by(_event.id.desc()).limit(1)).scalar()


def _tell(
    connection: sa.Connection,
    run: str,
    found: finding.Finding,
    *,
    kind: ports_findings.Kind,
    at_ns: int,
    reason: str = "",
) -> None:
    where = found.closed if kind == "closed" and found.closed is not None else found.updated
    epoch = found.opened.epoch if kind == "opened" else where.epoch
    line = {"run": run, "rule": found.rule, "kind": kind, "severity": found.severity, "reason": reason}
    connection.execute(tables.finding_event.insert().values({**line, "epoch": epoch, "at_ns": at_ns}))


def _conclude(connection: sa.Connection, run: str, said: ports_findings.Diagnosis, *, at_ns: int) -> None:
    values = {
        "verdict": said.verdict,
        "answer": msgspec.json.encode(said.answer).decode(),
        "not_evaluated": msgspec.json.encode(said.not_evaluated).decode(),
        "thresholds": said.thresholds,
        "state": said.state,
        "updated_ns": at_ns,
    }
    if not connection.execute(tables.diagnosis.update().where(_diagnosis.run == run).values(values)).rowcount:
        connection.execute(tables.diagnosis.insert().values({"run": run, **values}))


def _diagnosis_from_row(found: sa.RowMapping) -> ports_findings.Diagnosis:
    return ports_findings.Diagnosis(
        verdict=found["verdict"],
        answer=_answer_from_text.decode(found["answer"]),
        not_evaluated=_missing_from_text.decode(found["not_evaluated"]),
        thresholds=found["thresholds"],
        state=found["state"],
        updated_ns=found["updated_ns"],
    )


def _held(found: sa.RowMapping) -> ports_findings.Held:
    said = found["dismissed_ns"]
    dismissal = None if said is None else ports_findings.Dismissal(said, found["reason"])
    return ports_findings.Held(_from_text.decode(found["finding"]), dismissal)
