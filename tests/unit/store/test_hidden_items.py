"""What a store leaves out of a question for items is exactly what `curves.supersede` hides."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.catalog import RUN
from contracts.items import item, wanted
from yoloscope.curves import supersede
from yoloscope.query import media as media_queries
from yoloscope.records import ids, row
from yoloscope.store import ports_media
from yoloscope.store.blobs import local
from yoloscope.store.catalog import catalog, hiding

UNKNOWN = 9
steps = st.none() | st.sampled_from([-(2**62), -1, 0, 5, 10, 2**62])
epochs = st.none() | st.sampled_from([-0.5, 0.0, 1.0, 2.5, 1e300])
wall_ns = st.integers(0, 4)
starts_of = st.lists(st.tuples(epochs, steps, wall_ns, st.sampled_from([0, 0, 0, 1])), max_size=5)
items_of = st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 5, UNKNOWN]), steps, epochs, wall_ns), max_size=25)


def starts_from(drawn: list[tuple[float | None, int | None, int, int]]) -> list[supersede.Start]:
    given_starts = [
        supersede.Start(at, ids.WriterId(f"{rank}" * 32), at, wall, epoch, step, rank)
        for at, (epoch, step, wall, rank) in enumerate(drawn, start=1)
    ]
    return supersede.in_order(given_starts)


def kept_by_rule(found: list[ports_media.StoredItem], starts: list[supersede.Start]) -> list[int]:
    items = [one.item for one in found]
    hidden = supersede.superseded(
        "",
        attempt=np.array([one.attempt for one in found], np.int32),
        step=np.array([row.NO_STEP if one.step is None else one.step for one in items], np.int64),
        epoch=np.array([np.nan if one.epoch is None else one.epoch for one in items], np.float64),
        wall_ns=np.array([one.wall_ns for one in items], np.int64),
        starts=starts,
    )
    return [one.place for one, is_hidden in zip(found, hidden.tolist(), strict=True) if not is_hidden]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(drawn=starts_of, told=items_of)
def test_a_store_leaves_out_what_the_rules_hide(tmp_path_factory: pytest.TempPathFactory, drawn, told) -> None:
    starts = starts_from(drawn)
    opened = catalog.SqlCatalog(f"sqlite:///{tmp_path_factory.mktemp('c') / 'catalog.db'}")
    opened.open_run(RUN)
    for number, (attempt, step, epoch, wall) in enumerate(told):
        one = item(number, step=step, epoch=epoch, wall_ns=wall)
        opened.items.store(RUN.id, attempt=attempt, items=[one])
    every = opened.items.find(wanted())
    known = {one.number for one in starts}
    of_unknown = [one.place for one in every if one.attempt not in known]
    found = opened.items.find(wanted(hidden_by={RUN.id: starts}))
    assert [one.place for one in found] == sorted({*kept_by_rule(every, starts), *of_unknown})
    assert found == [one for one in every if one.place in {kept.place for kept in found}]
    assert kept_by_rule(found, starts) == kept_by_rule(every, starts)
    opened.close()


RESTARTS = 6


def resumed(opened: catalog.SqlCatalog) -> None:
    """Have a run begun again ever earlier, each attempt with ten items."""
    opened.open_run(RUN)
    for at in range(RESTARTS):
        begun = row.AttemptRef(index=at, wall_ns=10**18 + at, mono_ns=5, start_step=10 * at if at else None)
        attempt = opened.open_attempt(RUN.id, ids.WriterId("a" * 32), begun)
        shown = [item(100 * at + step, step=step) for step in range(10 * at, 10 * at + 20)]
        opened.items.store(RUN.id, attempt=attempt, items=shown)


@pytest.mark.parametrize("groups", [1, 2, 200])
def test_pages_are_the_same_however_much_the_store_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, groups: int
) -> None:
    monkeypatch.setattr(hiding, "GROUPS_MOST", groups)
    opened, blobs = catalog.SqlCatalog(f"sqlite:///{tmp_path / 'c.db'}"), local.LocalBlobStore(tmp_path / "blobs")
    resumed(opened)
    seen: list[tuple[int | None, int]] = []
    after = None
    while True:
        question = media_queries.Question(wanted=wanted(limit=7, after=after))
        page = media_queries.page(opened, blobs, question)
        seen += [(one.step, one.attempt) for one in page.items]
        if page.next is None:
            break
        after = media_queries.cursor_from_text(page.next)
    last = [(step, RESTARTS) for step in range(10 * RESTARTS - 10, 10 * RESTARTS + 10)]
    older = [(step, step // 10 + 1) for step in range(10 * RESTARTS - 10)]
    assert seen == older + last
    blobs.close()
    opened.close()


def test_a_run_of_very_many_attempts_is_no_question_too_deep(tmp_path: Path) -> None:
    starts = [supersede.Start(at, ids.WriterId("a" * 32), at, at, None, at) for at in range(1, 1_001)]
    opened = catalog.SqlCatalog(f"sqlite:///{tmp_path / 'c.db'}")
    opened.open_run(RUN)
    opened.items.store(RUN.id, attempt=1, items=[item(0, step=1), item(1, step=2)])
    found = opened.items.find(wanted(hidden_by={RUN.id: starts}))
    assert [one.item.step for one in found] == [1]
    opened.close()
