"""Pages of printed lines while a run goes on."""

from contracts import attempts, rows
from yoloscope.query import console
from yoloscope.records import ids, row
from yoloscope.store import open as opening

REF = row.RunRef(rows.RUN, rows.PROJECT, "first", 1)
OTHER = ids.WriterId("f" * 32)


class _Busy:
    """The real catalogue; as soon as it was asked for the run, a new attempt begins and prints."""

    def __init__(self, stores: opening.Stores) -> None:
        self._stores = stores
        self.console = stores.catalog.console

    def run(self, run: ids.RunId) -> object:
        info = self._stores.catalog.run(run)
        if len(info.attempts) == 1:
            number = attempts.begin(self._stores, row.AttemptRef(0, wall_ns=9, mono_ns=0), writer=OTHER)
            self.console.store(run, attempt=number, printed=[row.Printed("out", 0, 9, ("resumed",))])
        return info


def test_no_line_of_an_attempt_that_begins_while_a_page_is_made_is_skipped(stores: opening.Stores) -> None:
    stores.catalog.open_run(REF)
    first = attempts.begin(stores, row.AttemptRef(0, wall_ns=1, mono_ns=0))
    stores.catalog.console.store(rows.RUN, attempt=first, printed=[row.Printed("out", 0, 1, ("begun",))])
    busy, place, told = _Busy(stores), 0, []
    for _ in range(3):
        asked = {"after": place, "before": None, "limit": 500, "attempt": None, "stream": None}
        page = console.page(busy, rows.RUN, **asked)
        told += [(line.attempt, line.text) for line in page.items]
        place = page.next
    assert told == [(1, "begun"), (2, "resumed")]
