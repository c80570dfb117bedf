from hypothesis import given
from hypothesis import strategies as st

from yoloscope.ingest import spelling
from yoloscope.records import names, row

FOREIGN = ("metrics/mAP50(B)", "metrics/mAP50B", "metrics/mAP_0.5", "metrics/mAP50", "coco/bbox_mAP_50", "lr", "x")


def test_the_second_of_two_names_that_would_be_one_keeps_its_original() -> None:
    spelt = spelling.distinct(("metrics/mAP50(B)", "metrics/mAP_0.5"), spell=names.canonical)
    assert spelt == ("metrics/mAP50", "metrics/mAP_0.5")


def test_a_canonical_name_stays_even_when_a_foreign_one_comes_first() -> None:
    spelt = spelling.distinct(("metrics/mAP50(B)", "metrics/mAP50"), spell=names.canonical)
    assert spelt == ("metrics/mAP50(B)", "metrics/mAP50")


@given(st.lists(st.sampled_from(FOREIGN), unique=True))
def test_no_two_names_of_a_row_become_one(written) -> None:
    spelt = spelling.distinct(tuple(written), spell=names.canonical)
    assert len(set(spelt)) == len(written)


def test_entries_without_names_pass_as_they_are() -> None:
    entry = row.Skip(3)
    assert spelling.canonical_entry(entry) is entry
