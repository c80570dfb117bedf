"""What every store of machines keeps to. A back end inherits `MachinesContract` and says how it is opened."""

import random
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest

from yoloscope import errors
from yoloscope.records import machine
from yoloscope.store import ports, ports_machines

S = 10**9
MINUTE = 60 * S
BUCKET = ports_machines.BUCKET_NS
START = 10**18 // BUCKET * BUCKET


def card(uuid: str = "GPU-0", **changes: object) -> machine.Card:
    return machine.Card(**{"index": 0, "uuid": uuid, "name": "RTX", "vendor": "nvidia", "util_percent": 0.0} | changes)


def report(*cards: machine.Card, at_ns: int = START, **changes: object) -> machine.Report:
    plain = {"host": "gpu-01", "boot_id": "b", "wall_ns": at_ns, "interval_s": 10.0, "cpus": 8, "cards": cards}
    return machine.Report(**plain | changes)


class MachinesContract:
    """The suite; `open` returns a catalogue whose data outlive it."""

    @abstractmethod
    def open(self, directory: Path) -> ports.Catalog: ...

    @pytest.fixture
    def catalog(self, tmp_path: Path) -> Iterator[ports.Catalog]:
        catalog = self.open(tmp_path)
        yield catalog
        catalog.close()

    @pytest.fixture
    def machines(self, catalog: ports.Catalog) -> ports_machines.Machines:
        return catalog.machines

    def test_the_newest_report_of_each_host_is_kept(self, machines: ports_machines.Machines) -> None:
        for host, cpus, at_ns in (("b", 1, 5), ("a", 2, 6), ("b", 3, 7)):
            assert machines.hear(report(host=host, cpus=cpus, at_ns=at_ns), now_ns=START + at_ns)
        found = machines.machines(since_ns=START)
        assert [(one.host, one.newest.cpus, one.first_heard_ns, one.heard_ns) for one in found] == [
            ("a", 2, START + 6, START + 6),
            ("b", 3, START + 5, START + 7),
        ]
        assert machines.machines(since_ns=START + 7) == found[1:]
        assert machines.machine("b") == found[1]
        with pytest.raises(errors.NotFound):
            machines.machine("c")

    def test_a_report_that_is_not_newer_stores_nothing(self, machines: ports_machines.Machines) -> None:
        machines.hear(report(card(util_percent=50.0)), now_ns=START)
        before = machines.machine("gpu-01"), machines.use("gpu-01", from_ns=0)
        for at_ns in (START, START - 1):
            assert not machines.hear(report(card(), at_ns=at_ns), now_ns=START + S)
        assert (machines.machine("gpu-01"), machines.use("gpu-01", from_ns=0)) == before

    def test_use_is_added_up_in_buckets_as_by_brute_force(self, machines: ports_machines.Machines) -> None:
        draw = random.Random(6)
        expected: dict[tuple[str, int], list[machine.Card]] = {}
        now_ns = START
        for _ in range(300):
            now_ns += draw.randrange(1, 40) * S
            seen = [_drawn(draw, uuid) for uuid in ("GPU-0", "GPU-1") if draw.random() < 0.9]
            machines.hear(report(*seen, at_ns=now_ns), now_ns=now_ns)
            for one in seen:
                expected.setdefault((one.uuid, now_ns - now_ns % BUCKET), []).append(one)
        assert {(one.card, one.begin_ns): one for one in machines.use("gpu-01", from_ns=0)} == {
            key: _bucket(*key, looks) for key, looks in expected.items()
        }
        from_ns, until_ns = START + 2 * BUCKET, START + 5 * BUCKET
        sums = {
            (one.host, one.card): (one.buckets, one.share_sum)
            for one in machines.use_sums(from_ns=from_ns, until_ns=until_ns)
        }
        for uuid in ("GPU-0", "GPU-1"):
            within = [
                _bucket(uuid, begin, looks)
                for (card_, begin), looks in expected.items()
                if card_ == uuid and from_ns <= begin < until_ns
            ]
            assert sums["gpu-01", uuid] == (
                len(within),
                pytest.approx(sum(one.busy_samples / one.samples for one in within)),
            )

    def test_reports_add_no_rows_but_for_new_buckets_and_runs_are_remembered_to_a_limit(
        self, machines: ports_machines.Machines
    ) -> None:
        for at in range(100):
            holders = (machine.CardProcess(at + 1, None, f"run-{at:03}"),)
            assert machines.hear(report(card(processes=holders), at_ns=START + at), now_ns=START + at * S)
        (bucket,) = machines.use("gpu-01", from_ns=0)
        assert (bucket.samples, bucket.busy_samples, len(bucket.runs)) == (100, 100, 64)

    def test_what_is_older_than_ninety_days_is_forgotten_when_a_bucket_begins(
        self, machines: ports_machines.Machines
    ) -> None:
        machines.hear(report(host="gone"), now_ns=START)
        machines.hear(report(card(), at_ns=1), now_ns=START)
        machines.hear(report(card(), at_ns=2), now_ns=START + BUCKET)
        later = START + ports_machines.KEPT_NS + BUCKET
        machines.hear(report(card(), at_ns=3), now_ns=later)
        assert [one.begin_ns for one in machines.use("gpu-01", from_ns=0)] == [START + BUCKET, later]
        assert [one.host for one in machines.machines(since_ns=0)] == ["gpu-01"]

    def test_since_when_a_card_is_used_survives_a_restart(self, tmp_path: Path) -> None:
        first = self.open(tmp_path)
        first.machines.hear(report(card(util_percent=90.0), at_ns=1), now_ns=START)
        first.close()
        second = self.open(tmp_path)
        second.machines.hear(report(card(util_percent=90.0), at_ns=2), now_ns=START + 30 * S)
        life = second.machines.machine("gpu-01").lives["GPU-0"]
        second.close()
        assert (life.used_from_ns, life.used_ns) == (START, START + 30 * S)


def _drawn(draw: random.Random, uuid: str) -> machine.Card:
    util = draw.choice([None, 0.0, 4.9, 5.0, draw.random() * 100])
    runs = draw.sample(["r1", "r2", None], draw.randrange(3))
    holders = tuple(machine.CardProcess(at + 1, None, run) for at, run in enumerate(runs))
    return card(uuid, util_percent=util, memory_bytes=draw.choice([None, draw.randrange(10**10)]), processes=holders)


def _bucket(uuid: str, begin_ns: int, looks: list[machine.Card]) -> ports_machines.UseBucket:
    utils = [one.util_percent for one in looks if one.util_percent is not None]
    return ports_machines.UseBucket(
        card=uuid,
        begin_ns=begin_ns,
        samples=len(looks),
        busy_samples=sum((one.util_percent or 0) >= 5 or len(one.processes) > 0 for one in looks),
        util_samples=len(utils),
        util_sum=pytest.approx(sum(utils)),
        memory_max_bytes=max(one.memory_bytes or 0 for one in looks),
        runs=tuple(sorted({one.run for look in looks for one in look.processes if one.run})),
    )
