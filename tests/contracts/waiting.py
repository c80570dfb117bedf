"""What every catalogue keeps to of trainings that wait to be started again. A back end inherits `WaitingContract`."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.catalog import ATTEMPT, OTHER_WRITER, RESUMED, RUN, WRITER, ref
from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import ports, ports_commands, ports_waiting

R1, R2 = ids.RunId("r1"), ids.RunId("r2")
NOBODY = ids.RunId("nobody")
LIVING = ids.WriterId("9" * 32)
S = 10**9
ENDED = row.Ended(state="stopped", wall_ns=2 * 10**18, reason=None, exit_code=0)
ALLOWED = {
    "waiting": {"starting", "failed"},
    "starting": {"starting", "started", "failed"},
    "started": {"started"},
    "failed": set(),
    None: set(),
}
"""Which word of an agent counts in which state."""


def asked(wish: str = "a1", **changes: object) -> ports_waiting.Asked:
    return ports_waiting.Asked(**{"id": wish, "host": "h", "who": "me", **changes})


def said(word: ports_waiting.Word, wish: str = "a1", **changes: object) -> ports_waiting.Said:
    return ports_waiting.Said(**{"wish": wish, "word": word, "host": "h", "who": "agent h", **changes})


def audit(catalog: ports.Catalog, run: ids.RunId = R1) -> list[tuple[str, str, str]]:
    events = catalog.commands.audit(run, limit=100, cursor=None).events
    return [(one.kind, one.who, one.detail) for one in reversed(events)]


class WaitingContract:
    """The suite; `open` returns a catalogue whose data outlive it."""

    @abstractmethod
    def open(self, directory: Path) -> ports.Catalog: ...

    @pytest.fixture
    def catalog(self, tmp_path: Path) -> Iterator[ports.Catalog]:
        catalog = self.open(tmp_path)
        for at, one in enumerate((RUN, ref("r2", name="second"))):
            catalog.open_run(one)
            catalog.open_attempt(one.id, ids.WriterId(f"{at}" * 32), ATTEMPT)
            catalog.apply(one.id, [ENDED])
        yield catalog
        catalog.close()

    def lives(self, catalog: ports.Catalog) -> ids.RunId:
        """Open a run that goes on and was asked to give its card back."""
        run = ref("r3", name="third")
        catalog.open_run(run)
        catalog.open_attempt(run.id, LIVING, ATTEMPT)
        release = ports_commands.Asked(id="c1", verb="pause", args={"release": True}, who="me", lasts_s=60.0)
        catalog.commands.ask(run.id, release, writer=LIVING, now_ns=0)
        return run.id

    def test_a_run_that_is_being_released_is_handed_out_once_it_has_ended(self, catalog: ports.Catalog) -> None:
        run = self.lives(catalog)
        assert catalog.commands.is_releasing(run)
        wish = catalog.waiting.ask(run, asked(), now_ns=5)
        assert (catalog.waiting.open_at("h"), catalog.waiting.shown(["h"], now_ns=6)) == ([], [wish])
        done = row.Acted("c1", "pause", "applied", 7, 10, 1.5, {})
        catalog.commands.settle(run, LIVING, [done], attempt=1, now_ns=7)
        assert (catalog.commands.is_releasing(run), catalog.waiting.open_at("h")) == (True, [])
        catalog.apply(run, [ENDED])
        assert catalog.waiting.open_at("h") == [wish]

    def test_a_release_that_comes_to_nothing_takes_its_run_from_the_list(self, catalog: ports.Catalog) -> None:
        """Else it would be started again whenever it ends, though somebody stops it hours later."""
        run = self.lives(catalog)
        catalog.waiting.ask(run, asked(), now_ns=5)
        assert catalog.commands.expire(run, now_ns=61 * S) == [run]
        assert (catalog.commands.is_releasing(run), catalog.waiting.one(run)) == (False, None)
        assert [kind for kind, *_ in audit(catalog, run)] == ["sent", "queued", "expired", "cancelled"]

    def test_a_run_that_ended_before_its_release_came_still_goes_on(self, catalog: ports.Catalog) -> None:
        run = self.lives(catalog)
        wish = catalog.waiting.ask(run, asked(), now_ns=5)
        catalog.apply(run, [ENDED])
        assert catalog.commands.expire(run, now_ns=61 * S) == [run]
        assert catalog.waiting.open_at("h") == [wish]

    def test_a_wish_outlives_the_catalogue_and_is_told_in_the_audit(self, catalog: ports.Catalog, tmp_path) -> None:
        catalog.waiting.ask(R1, asked(card="GPU-1", at_once=True), now_ns=5)
        wish = ports_waiting.Wish(
            run=R1,
            id="a1",
            host="h",
            card="GPU-1",
            at_once=True,
            who="me",
            state="waiting",
            asked_ns=5,
            changed_ns=5,
        )
        again = self.open(tmp_path)
        assert (again.waiting.one(R1), again.waiting.open_at("h")) == (wish, [wish])
        again.close()
        assert audit(catalog) == [("queued", "me", "on h, card GPU-1")]
        assert catalog.waiting.one(R2) is None
        assert catalog.waiting.open_at("other") == []
        with pytest.raises(errors.NotFound):
            catalog.waiting.ask(NOBODY, asked(), now_ns=5)

    def test_the_order_is_that_of_asking_whatever_the_clock_does(self, catalog: ports.Catalog) -> None:
        catalog.waiting.ask(R1, asked("a1"), now_ns=100)
        catalog.waiting.ask(R2, asked("a2"), now_ns=50)
        assert [wish.id for wish in catalog.waiting.open_at("h")] == ["a1", "a2"]
        same = catalog.waiting.ask(R1, asked("a3"), now_ns=200)
        assert (same.id, same.asked_ns) == ("a1", 100), "the same again keeps its place"
        other = catalog.waiting.ask(R1, asked("a4", card="GPU-1"), now_ns=300)
        assert (other.id, [wish.id for wish in catalog.waiting.open_at("h")]) == ("a4", ["a2", "a4"])

    def test_only_so_many_wait_for_one_machine(self, catalog: ports.Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ports_waiting, "HOST_MAX", 1)
        catalog.waiting.ask(R1, asked("a1"), now_ns=1)
        with pytest.raises(errors.TooMuch):
            catalog.waiting.ask(R2, asked("a2"), now_ns=2)
        assert catalog.waiting.ask(R2, asked("a2", host="other"), now_ns=2).host == "other"

    def test_a_wish_is_started_once_and_by_its_machine_alone(self, catalog: ports.Catalog) -> None:
        catalog.waiting.ask(R1, asked(), now_ns=1)
        assert not catalog.waiting.say(R1, said("starting", "b9"), now_ns=2)
        assert not catalog.waiting.say(R1, said("starting", host="other"), now_ns=2)
        assert not catalog.waiting.say(R2, said("starting"), now_ns=2)
        assert catalog.waiting.say(R1, said("starting"), now_ns=2)
        assert catalog.waiting.ask(R1, asked("a2", card="GPU-1"), now_ns=3).state == "starting"
        assert catalog.waiting.say(R1, said("starting"), now_ns=3), "an agent that was killed asks again"
        assert catalog.waiting.say(R1, said("started"), now_ns=4)
        assert not catalog.waiting.say(R1, said("started"), now_ns=5)
        assert not catalog.waiting.say(R1, said("starting"), now_ns=6)
        assert catalog.waiting.open_at("h") == []
        assert [kind for kind, _, _ in audit(catalog)] == ["queued", "starting", "started"]

    def test_what_failed_says_why_and_may_be_asked_for_again(self, catalog: ports.Catalog) -> None:
        catalog.waiting.ask(R1, asked(), now_ns=1)
        assert catalog.waiting.say(R1, said("failed", detail="w" * 2_000), now_ns=2)
        (wish,) = catalog.waiting.shown(["h"], now_ns=3)
        assert (wish.state, wish.detail) == ("failed", "w" * 1_000)
        assert catalog.waiting.shown(["h"], now_ns=3 + ports_waiting.FAILED_SHOWN_NS) == []
        assert catalog.waiting.ask(R1, asked("a2"), now_ns=4).state == "waiting"

    def test_cancelling_takes_back_what_is_not_being_started(self, catalog: ports.Catalog) -> None:
        catalog.waiting.ask(R1, asked(), now_ns=1)
        assert catalog.waiting.cancel(R1, host="other", who="you", now_ns=2) is None
        cancelled = catalog.waiting.cancel(R1, host="h", who="you", now_ns=2)
        assert cancelled is not None
        assert (cancelled.state, catalog.waiting.one(R1)) == ("waiting", None)
        assert not catalog.waiting.say(R1, said("starting"), now_ns=3)
        assert catalog.waiting.cancel(R1, host="h", who="you", now_ns=3) is None
        assert audit(catalog) == [("queued", "me", "on h"), ("cancelled", "you", "on h")]

        catalog.waiting.ask(R1, asked("a2"), now_ns=4)
        catalog.waiting.say(R1, said("starting", "a2"), now_ns=5)
        held = catalog.waiting.cancel(R1, host="h", who="you", now_ns=6)
        assert (held and held.state, catalog.waiting.one(R1) is not None) == ("starting", True)
        late = catalog.waiting.cancel(R1, host="h", who="you", now_ns=5 + ports_waiting.STARTING_NS)
        assert (late and late.state, catalog.waiting.one(R1)) == ("waiting", None), "its agent died"

    def test_a_run_that_lives_again_waits_no_more(self, catalog: ports.Catalog) -> None:
        catalog.waiting.ask(R1, asked(), now_ns=1)
        older = msgspec.structs.replace(ATTEMPT, index=1, wall_ns=ATTEMPT.wall_ns + 1)
        catalog.open_attempt(R1, ids.WriterId("0" * 32), older)
        assert catalog.waiting.one(R1).state == "waiting", "what the dead process still sends is no new life"
        catalog.open_attempt(R1, OTHER_WRITER, RESUMED)
        assert (catalog.waiting.one(R1).state, catalog.waiting.open_at("h")) == ("started", [])
        assert not catalog.waiting.say(R1, said("starting"), now_ns=3), "nobody starts it a second time"
        assert catalog.waiting.say(R1, said("started"), now_ns=4)
        assert not catalog.waiting.say(R1, said("started"), now_ns=5)

    def test_another_rank_is_no_new_life(self, catalog: ports.Catalog) -> None:
        catalog.waiting.ask(R1, asked(), now_ns=1)
        catalog.open_attempt(R1, OTHER_WRITER, RESUMED, rank=1)
        assert catalog.waiting.one(R1).state == "waiting"

    def test_a_run_in_the_trash_is_not_started_and_one_that_is_removed_is_forgotten(
        self, catalog: ports.Catalog
    ) -> None:
        catalog.waiting.ask(R1, asked(), now_ns=1)
        catalog.set_deleted([R1], deleted_ns=2)
        assert (catalog.waiting.open_at("h"), catalog.waiting.startable(["h"])) == ([], [R2])
        catalog.set_deleted([R1], deleted_ns=None)
        assert len(catalog.waiting.open_at("h")) == 1
        catalog.remove_run(R1)
        assert (catalog.waiting.one(R1), catalog.waiting.open_at("h")) == (None, [])

    def test_what_can_go_on_is_offered_newest_first_and_not_without_end(
        self, catalog: ports.Catalog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        states = (("r3", "finished", "h"), ("r4", "crashed", "h"), ("r5", "failed", "other"))
        for at, (run, state, host) in enumerate(states):
            catalog.open_run(ref(run, name=run, host=host, created_ns=10**18 + at))
            catalog.open_attempt(ids.RunId(run), WRITER, ATTEMPT)
            catalog.apply(ids.RunId(run), [msgspec.structs.replace(ENDED, state=state)])
            catalog.observe(ids.RunId(run), WRITER, now_ns=3 * 10**18 + at, lost={}, alive=False)
        catalog.open_run(ref("r6", name="live"))
        catalog.open_attempt(ids.RunId("r6"), WRITER, ATTEMPT)
        assert catalog.waiting.startable(["h"])[0] == "r4"
        assert set(catalog.waiting.startable(["h"])) == {"r1", "r2", "r4"}
        assert set(catalog.waiting.startable(["h", "other"])) == {"r1", "r2", "r4", "r5"}
        monkeypatch.setattr(ports_waiting, "STARTABLE_MAX", 1)
        assert catalog.waiting.startable(["h", "other"]) == ["r5", "r4"]
        assert catalog.waiting.startable([]) == []

    @given(words=st.lists(st.sampled_from(["starting", "started", "failed", "ask", "cancel"]), max_size=12))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_no_word_counts_that_cannot_follow(self, catalog: ports.Catalog, words) -> None:
        now_ns, wish = 1, catalog.waiting.one(R1)
        if wish is not None:  # of the example before
            catalog.waiting.cancel(R1, host="h", who="me", now_ns=wish.changed_ns + ports_waiting.STARTING_NS)
        for at, word in enumerate(words):
            now_ns += S
            before = catalog.waiting.one(R1)
            state = before.state if before else None
            if word == "ask":
                after = catalog.waiting.ask(R1, asked(f"c{at}"), now_ns=now_ns)
                assert after.state == ("starting" if state == "starting" else "waiting")
            elif word == "cancel":
                catalog.waiting.cancel(R1, host="h", who="me", now_ns=now_ns)
                assert (catalog.waiting.one(R1) is not None) == (state == "starting")
            else:
                counted = catalog.waiting.say(R1, said(word, before.id if before else "none"), now_ns=now_ns)
                assert counted == (word in ALLOWED[state] and (word, state) != ("started", "started"))
                if counted:
                    assert catalog.waiting.one(R1).state == word
