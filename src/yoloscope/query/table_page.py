"""A page of the run table: runs filtered, sorted, cut, and what all that match are together.

Called by the server's runs route. The records have the field names of the HTTP schemas.
"""

import hashlib
from collections.abc import Sequence
from typing import Literal

import msgspec

from yoloscope.query import aggregates, cursors, facts, table
from yoloscope.query.filters import evaluate, fields, grammar, lexer, parser, printing
from yoloscope.records import ids, state

Archived = Literal["false", "true", "any"]
_WHICH: dict[Archived, table.Which] = {"false": "shown", "true": "archived", "any": "kept"}
SORTED_MAX = 5
"""Names to sort by; each makes the cursor longer."""


class Question(msgspec.Struct, frozen=True):
    """What is asked of the run table; the texts are those of the filter language."""

    project: ids.ProjectName | None = None
    where: str = ""
    sort: str = ""
    states: tuple[state.State, ...] = ()
    which: table.Which = "shown"
    aggregates: str = ""
    columns: str = ""
    limit: int = 100
    cursor: str | None = None


class TableRow(facts.RunRow, frozen=True, kw_only=True):
    """A row of the table with the values that were asked for beside it, by their names as asked, ``None`` where a run has none."""

    values: dict[str, object]


class Page(msgspec.Struct, frozen=True):
    """A page, where the next one starts, how many runs match in all, and what they are together."""

    items: list[TableRow]
    next: str | None
    total: int
    aggregates: dict[str, aggregates.Aggregate]


class _Asked(msgspec.Struct, frozen=True):
    """The names of a question with what they stand for."""

    order: list[cursors.Column]
    aggregates: dict[str, fields.Field]
    columns: dict[str, fields.Field]


def page(question: Question, *, snapshot: table.Snapshot, now_ns: int) -> Page:
    """Return a page of the run table.

    Raises:
        InvalidFilter: naming the place, if a text of the question cannot be used.
        InvalidRecord: if the cursor was not given out for this question.
        StoreError: if points of the project could not be read.
    """
    scope = snapshot.scope(question.project, which=question.which)
    asked = _asked(question, scope=scope, now_ns=now_ns)
    matching = _matching(question, scope=scope, now_ns=now_ns)
    ordered = cursors.in_order(matching, asked.order)
    mark = _mark(question)
    first = 0
    if question.cursor is not None:
        cursor = cursors.cursor_from_text(question.cursor, columns=len(asked.order), question=mark)
        first = cursors.behind(cursor, ordered, asked.order)
    shown = ordered[first : first + question.limit]
    more = first + question.limit < len(ordered)
    return Page(
        items=[_row(run, columns=asked.columns, now_ns=now_ns) for run in shown],
        next=cursors.text_from_run(shown[-1], asked.order, question=mark) if more else None,
        total=len(matching),
        aggregates={name: aggregates.aggregate(field, matching) for name, field in asked.aggregates.items()},
    )


def silent(scope: fields.Scope, *, now_ns: int) -> list[tuple[ids.RunId, state.State]]:
    """Return the runs whose state is another one now than was last said, by the passing of time alone."""
    found: list[tuple[ids.RunId, state.State]] = []
    for run in scope.unended():
        seen = facts.state_at(run, now_ns=now_ns)
        if seen != run.state:
            found.append((run.ref.id, seen))
    return found


def which(where: str, *, archived: Archived | None = None) -> table.Which:
    """Return which runs are asked; unless it is said, archived ones too if the filter names the field."""
    if archived is None:
        says = any(token.kind in ("name", "quoted") and token.unquoted == "archived" for token in lexer.tokens(where))
        archived = "any" if says else "false"
    return _WHICH[archived]


def depends_on_time(question: Question) -> bool:
    """Tell whether the answer may change without any run doing so, other than by its falling silent."""
    return "now" in question.where


def _asked(question: Question, *, scope: fields.Scope, now_ns: int) -> _Asked:
    def field(term: grammar.Term, *, text: str, named: str) -> fields.Field:
        return fields.field(term, scope=scope, text=text, named=named, now_ns=now_ns)

    def named(text: str, *, parameter: str) -> dict[str, fields.Field]:
        terms = parser.terms(text, field=parameter) if text else []
        return {printing.text_from_term(term): field(term, text=text, named=parameter) for term in terms}

    def column(one: grammar.Wanted) -> cursors.Column:
        return cursors.Column(
            fields.ordering(one.term, field(one.term, text=question.sort, named="sort")), one.descending
        )

    summed = named(question.aggregates, parameter="aggregates")
    _check_numbers(summed, question.aggregates)
    return _Asked(
        order=[column(one) for one in _order(question.sort)],
        aggregates=summed,
        columns=named(question.columns, parameter="columns"),
    )


def _order(sort: str) -> list[grammar.Wanted]:
    wanted = parser.order(sort, field="sort") if sort else []
    if len(wanted) > SORTED_MAX:
        raise grammar.refusal(
            f"{len(wanted)} names to sort by",
            text=sort,
            place=wanted[SORTED_MAX].term.place,
            fix=f"use at most {SORTED_MAX}",
            field="sort",
        )
    return wanted


def _check_numbers(summed: dict[str, fields.Field], text: str) -> None:
    for name, field in summed.items():
        if field.kind not in ("number", "any"):
            place = next(
                term.place for term in parser.terms(text, field="aggregates") if printing.text_from_term(term) == name
            )
            raise grammar.refusal(
                f"{name!r} is no number",
                text=text,
                place=place,
                fix="name a series, or a field that is a number",
                field="aggregates",
            )


def _matching(question: Question, *, scope: fields.Scope, now_ns: int) -> Sequence[fields.Facts]:
    runs = scope.runs
    if question.states:
        wanted = frozenset(question.states)
        runs = [run for run in runs if facts.state_at(run, now_ns=now_ns) in wanted]
    if question.where.strip():
        asked = evaluate.Asked(question.where, scope, now_ns)
        passes = evaluate.predicate(parser.expression(question.where), asked=asked)
        runs = [run for run in runs if passes(run)]
    return runs


def _mark(question: Question) -> str:
    """Return what is the same for all pages of a question, and only for them."""
    said = (question.project, question.where, question.sort, sorted(question.states), question.which)
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=6).hexdigest()


def _row(run: fields.Facts, *, columns: dict[str, fields.Field], now_ns: int) -> TableRow:
    row = facts.run_row(run, now_ns=now_ns)
    values = {name: fields.shown(field.get(run), field.kind) for name, field in columns.items()}
    return TableRow(**{name: getattr(row, name) for name in facts.RunRow.__struct_fields__}, values=values)
