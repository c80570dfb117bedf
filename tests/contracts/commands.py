"""What every catalogue keeps to of commands and their audit. A back end inherits `CommandsContract`."""

import contextlib
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.catalog import ATTEMPT, RUN, WRITER, ref
from yoloscope import errors
from yoloscope.records import command, ids, row
from yoloscope.store import ports, ports_commands

R1, NOBODY = ids.RunId("r1"), ids.RunId("nobody")
OTHER = ids.WriterId("e" * 32)
S = 10**9
ALLOWED: dict[str | None, set[str]] = {
    None: {"sent", "refused"},
    "sent": {"accepted", "expired"},
    "accepted": {"applied", "refused", "expired"},
    "expired": {"applied"},
    "applied": set(),
    "refused": set(),
}
"""What may follow a line of the audit that changed a command."""
CHANGES = {"sent", "accepted", "applied", "refused", "expired"}
_IDS = st.sampled_from(["a", "b", "c"])
_WORDS = st.one_of(
    st.tuples(st.just("ask"), _IDS, st.sampled_from(["pause", "resume"])),
    st.tuples(st.just("take"), _IDS, st.sampled_from([WRITER, OTHER])),
    st.tuples(
        st.just("settle"),
        _IDS,
        st.tuples(st.sampled_from(["applied", "refused", "expired"]), st.sampled_from([WRITER, OTHER])),
    ),
    st.tuples(st.just("pass"), st.integers(1, 60), st.none()),
    st.tuples(st.just("expire"), st.none(), st.none()),
)


def asked(command_id: str, verb: command.Verb = "pause", **changes: object) -> ports_commands.Asked:
    return ports_commands.Asked(**{"id": command_id, "verb": verb, "args": {}, "who": "me", "lasts_s": 60.0, **changes})


def acted(
    command_id: str, state: command.Settled = "applied", verb: command.Verb = "pause", *, at: int = 7
) -> row.Acted:
    return row.Acted(command_id, verb, state, at, 10, 1.5, {"reason": "failed"} if state == "refused" else {})


def states(catalog: ports.Catalog, run: ids.RunId = R1) -> dict[str, str]:
    return {one.id: one.state for one in catalog.commands.page(run, limit=100, cursor=None).commands}


def kinds(catalog: ports.Catalog) -> list[str]:
    return [one.kind for one in reversed(catalog.commands.audit(R1, limit=1_000, cursor=None).events)]


class CommandsContract:
    """The suite; `open` returns a catalogue whose data outlive it."""

    @abstractmethod
    def open(self, directory: Path) -> ports.Catalog: ...

    @pytest.fixture
    def catalog(self, tmp_path: Path) -> Iterator[ports.Catalog]:
        catalog = self.open(tmp_path)
        catalog.open_run(RUN)
        catalog.open_attempt(R1, WRITER, ATTEMPT)
        yield catalog
        catalog.close()

    def test_a_command_outlives_the_catalogue(self, catalog: ports.Catalog, tmp_path: Path) -> None:
        sent = catalog.commands.ask(R1, asked("a", args={"x": [1, "中"]}), writer=WRITER, now_ns=5).command
        assert catalog.commands.take(R1, WRITER, ["a"], now_ns=6)
        assert catalog.commands.settle(R1, WRITER, [acted("a")], attempt=1, now_ns=9)
        again = self.open(tmp_path)
        [known] = again.commands.page(R1, limit=9, cursor=None).commands
        assert known == ports_commands.Known(
            run=R1,
            id="a",
            order=1,
            verb="pause",
            args={"x": [1, "中"]},
            state="applied",
            who="me",
            writer=WRITER,
            created_ns=5,
            deadline_ns=5 + 60 * S,
            accepted_ns=6,
            settled_ns=9,
            attempt=1,
            step=10,
            epoch=1.5,
            wall_ns=7,
            result={},
        )
        assert (sent.state, sent.order, again.run(R1).state) == ("sent", 1, "paused")
        again.close()

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(words=st.lists(_WORDS, max_size=20))
    def test_any_order_of_words_leaves_states_that_are_allowed_and_a_line_of_each(
        self, catalog: ports.Catalog, words: list[tuple[str, object, object]]
    ) -> None:
        run = ids.RunId(f"r{len(catalog.run_ids()) + 1}")
        catalog.open_run(ref(run, name=run))
        catalog.open_attempt(run, WRITER, ATTEMPT)
        now_ns = 0
        for what, which, how in words:
            now_ns += 1
            if what == "ask":
                catalog.commands.ask(run, asked(which, how), writer=WRITER, now_ns=now_ns)
            elif what == "take":
                catalog.commands.take(run, how, [which], now_ns=now_ns)
            elif what == "settle":
                catalog.commands.settle(run, how[1], [acted(which, how[0], at=now_ns)], attempt=1, now_ns=now_ns)
            elif what == "pass":
                now_ns += which * S
            else:
                catalog.commands.expire(run, now_ns=now_ns)
        _check_lines(catalog, run)

    def test_only_what_is_open_is_handed_to_its_writer_in_order(self, catalog: ports.Catalog) -> None:
        for name in "abc":
            catalog.commands.ask(R1, asked(name), writer=WRITER, now_ns=1)
        catalog.commands.settle(R1, WRITER, [acted("b", "refused")], attempt=1, now_ns=2)
        assert [one.id for one in catalog.commands.orders(R1, WRITER, now_ns=3)] == ["a", "c"]
        assert catalog.commands.orders(R1, OTHER, now_ns=3) == []
        assert catalog.commands.is_waiting(R1)
        assert not catalog.commands.is_waiting(NOBODY)

    def test_a_command_that_comes_while_another_is_settled_is_not_forgotten(
        self, catalog: ports.Catalog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is asked for between the commit of the other's end and the look at what is still open."""
        catalog.commands.ask(R1, asked("a"), writer=WRITER, now_ns=0)
        remember, asks = catalog.commands._remember, iter("b")

        def later(run: ids.RunId, **told: bool) -> None:
            for name in asks:
                catalog.commands.ask(run, asked(name), writer=WRITER, now_ns=1)
            remember(run, **told)

        monkeypatch.setattr(catalog.commands, "_remember", later)
        catalog.commands.settle(R1, WRITER, [acted("a", "applied")], attempt=1, now_ns=1)
        assert (states(catalog), catalog.commands.is_waiting(R1)) == ({"a": "applied", "b": "sent"}, True)
        assert catalog.commands.expire(None, now_ns=100 * S) == [R1]

    def test_a_command_that_stands_is_waited_for_though_nobody_could_look(
        self, catalog: ports.Catalog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever asked must not be told that it failed, and ask once more."""
        reading = catalog.commands._reading

        @contextlib.contextmanager
        def locked() -> Iterator[object]:
            raise errors.StoreError("database is locked")
            yield

        monkeypatch.setattr(catalog.commands, "_reading", locked)
        assert catalog.commands.ask(R1, asked("a"), writer=WRITER, now_ns=0).is_new
        monkeypatch.setattr(catalog.commands, "_reading", reading)
        assert catalog.commands.is_waiting(R1)
        assert catalog.commands.expire(None, now_ns=100 * S) == [R1]

    def test_what_was_taken_has_some_time_to_come_back(self, catalog: ports.Catalog) -> None:
        for name in "ab":
            catalog.commands.ask(R1, asked(name), writer=WRITER, now_ns=0)
        catalog.commands.take(R1, WRITER, ["b"], now_ns=1)
        assert catalog.commands.expire(R1, now_ns=60 * S - 1) == []
        assert catalog.commands.expire(None, now_ns=60 * S) == [R1]
        assert states(catalog) == {"a": "expired", "b": "accepted"}
        assert catalog.commands.expire(R1, now_ns=60 * S + ports_commands.GRACE_NS - 1) == []
        assert catalog.commands.expire(R1, now_ns=60 * S + ports_commands.GRACE_NS) == [R1]
        assert (states(catalog), catalog.commands.is_waiting(R1)) == ({"a": "expired", "b": "expired"}, False)

    def test_a_new_process_ends_what_was_for_the_old_one(self, catalog: ports.Catalog) -> None:
        catalog.commands.ask(R1, asked("a"), writer=WRITER, now_ns=0)
        later = row.AttemptRef(0, ATTEMPT.wall_ns + 10**12, 1, start_epoch=1.0)
        catalog.open_attempt(R1, OTHER, later)
        assert not catalog.commands.admits(R1, WRITER, now_ns=1)
        assert catalog.commands.admits(R1, OTHER, now_ns=1)
        assert catalog.commands.expire(R1, now_ns=1) == [R1]
        [known] = catalog.commands.page(R1, limit=9, cursor=None).commands
        assert (known.state, known.result) == ("expired", {"reason": "superseded"})
        assert kinds(catalog) == ["sent", "foreign", "expired"]

    def test_the_last_of_pause_and_resume_counts_in_whatever_order_they_come(self, catalog: ports.Catalog) -> None:
        for name, verb in (("a", "pause"), ("b", "resume")):
            catalog.commands.ask(R1, asked(name, verb), writer=WRITER, now_ns=0)
        catalog.commands.settle(R1, WRITER, [acted("b", verb="resume"), acted("a")], attempt=1, now_ns=1)
        assert catalog.run(R1).state == "running"

    def test_a_pause_that_gave_the_card_back_is_known(self, catalog: ports.Catalog) -> None:
        catalog.commands.ask(R1, asked("a", args={"release": True}), writer=WRITER, now_ns=0)
        assert not catalog.commands.was_released(R1)
        catalog.commands.settle(R1, WRITER, [acted("a")], attempt=1, now_ns=1)
        assert (catalog.commands.was_released(R1), catalog.run(R1).state) == (True, "running")

    def test_who_asks_too_fast_leaves_no_more_than_lines_and_few_of_them(self, catalog: ports.Catalog) -> None:
        refusal = ports_commands.Refusal("framework_cannot", "no")
        for at in range(ports_commands.MINUTE_MAX):
            catalog.commands.ask(R1, asked(str(at), refusal=refusal), writer=None, now_ns=S)
        turned = catalog.commands.ask(R1, asked("x"), writer=WRITER, now_ns=S).command
        assert (turned.state, turned.result and turned.result["reason"]) == ("refused", "too_many")
        assert len(states(catalog) | {"y": ""}) == 101  # a page
        assert "x" not in states(catalog)
        assert catalog.commands.ask(R1, asked("x"), writer=WRITER, now_ns=62 * S).command.state == "sent"
        assert kinds(catalog).count("rejected") == 1

    def test_the_lines_of_what_changed_nothing_are_bounded(
        self, catalog: ports.Catalog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ports_commands, "REJECTED_MAX", 3)
        forged = [acted(f"forged{at}") for at in range(5)]
        assert not catalog.commands.settle(R1, OTHER, forged, attempt=1, now_ns=1)
        catalog.commands.ask(R1, asked("a"), writer=WRITER, now_ns=2)
        assert kinds(catalog) == ["unknown"] * 3 + ["sent"]

    def test_an_unknown_run_has_no_commands(self, catalog: ports.Catalog) -> None:
        for call in (
            lambda: catalog.commands.ask(NOBODY, asked("a"), writer=None, now_ns=1),
            lambda: catalog.commands.page(NOBODY, limit=1, cursor=None),
            lambda: catalog.commands.audit(NOBODY, limit=1, cursor=None),
            lambda: catalog.commands.admits(NOBODY, WRITER, now_ns=1),
        ):
            with pytest.raises(errors.NotFound):
                call()
        catalog.commands.note(NOBODY, ports_commands.Event(kind="rejected"))
        assert catalog.commands.expire(NOBODY, now_ns=1) == []

    def test_pages_go_on_where_the_last_one_ended(self, catalog: ports.Catalog) -> None:
        for name in "abcde":
            catalog.commands.ask(R1, asked(name), writer=WRITER, now_ns=1)
        first = catalog.commands.page(R1, limit=3, cursor=None)
        rest = catalog.commands.page(R1, limit=3, cursor=first.next_cursor)
        assert ["".join(one.id for one in page.commands) for page in (first, rest)] == ["edc", "ba"]
        lines = catalog.commands.audit(R1, limit=4, cursor=None)
        more = catalog.commands.audit(R1, limit=4, cursor=lines.next_cursor)
        assert ["".join(one.command for one in page.events) for page in (lines, more)] == ["edcb", "a"]
        assert (rest.next_cursor, more.next_cursor) == (None, None)
        with pytest.raises(errors.InvalidRecord):
            catalog.commands.page(R1, limit=3, cursor="none")

    def test_a_run_that_is_removed_takes_its_commands_along(self, catalog: ports.Catalog) -> None:
        catalog.commands.ask(R1, asked("a"), writer=WRITER, now_ns=1)
        catalog.remove_run(R1)
        assert not catalog.commands.is_waiting(R1)
        catalog.open_run(ref("r1", name="again"))
        assert (states(catalog), kinds(catalog)) == ({}, [])


def _check_lines(catalog: ports.Catalog, run: ids.RunId) -> None:
    """Compare the state of each command with the lines that led there, each of which must be allowed after the one before."""
    lines = list(reversed(catalog.commands.audit(run, limit=1_000, cursor=None).events))
    orders = [one.order for one in reversed(catalog.commands.page(run, limit=100, cursor=None).commands)]
    assert orders == list(range(1, len(orders) + 1))
    for known in catalog.commands.page(run, limit=100, cursor=None).commands:
        changes = [one.kind for one in lines if one.command == known.id and one.kind in CHANGES]
        for before, after in zip([None, *changes], changes, strict=False):
            assert after in ALLOWED[before], changes
        assert changes[-1] == known.state
        assert (known.settled_ns is not None) == (known.state in command.SETTLED)
    assert {one.command for one in lines if one.kind in CHANGES} == set(states(catalog, run))
    last = [one for one in catalog.commands.page(run, limit=100, cursor=None).commands if one.state == "applied"]
    assert (catalog.run(run).state == "paused") == (bool(last) and last[0].verb == "pause")
