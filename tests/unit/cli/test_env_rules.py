"""Each rule of `yoloscope env`: silent one notch below its threshold, speaking at it, unknown where its fact is missing.

The facts of machines with cards were put together by hand: no such machine runs these tests.
"""

import msgspec
import pytest

from yoloscope.cli import env, texts
from yoloscope.cli.env import facts, rules
from yoloscope.cli.env.rules import cards, libraries, machine, serving

CARD = facts.Card("NVIDIA GeForce RTX 4090", "8.9", difference=1e-6)
TORCH = facts.Torch(
    "2.5.1+cu124",
    cuda="12.4",
    cudnn=90100,
    available=True,
    architectures=("sm_80", "sm_86", "sm_90", "compute_90"),
    cards=(CARD,),
)
SERVER = facts.Server("http://10.0.0.7:8080", is_private=True, reachable=True, version="0.1.0", clock_offset_s=0.1)
GOOD = facts.Facts(
    versions={
        "torch": "2.5.1+cu124",
        "torchvision": "0.20.1+cu124",
        "ultralytics": "8.3.112",
        "numpy": "2.1.0",
        "opencv-python": "4.10.0",
        "opencv-python-headless": None,
    },
    probed=True,
    torch=TORCH,
    cards_on_bus=1,
    driver="550.54",
    driver_cuda=(12, 4),
    places=(
        facts.Place("runs", "/w/runs", machine.DISK_WARNING_BYTES, "ext4"),
        facts.Place("spool", "/w/runs", machine.DISK_WARNING_BYTES, "ext4"),
    ),
    shared_memory_bytes=machine.SHARED_NEED_BYTES,
    memory_bytes=64_000_000_000,
    memory_free_bytes=machine.MEMORY_WARNING_BYTES,
    open_files=machine.OPEN_FILES_WARNING,
    server=SERVER,
    own_version="0.1.0",
    sync=False,
    settings_written=True,
)
CPU = facts.Torch("2.5.1+cpu")


def changed(**values: object) -> facts.Facts:
    return msgspec.structs.replace(GOOD, **values)


def torch(**values: object) -> facts.Facts:
    return changed(torch=msgspec.structs.replace(TORCH, **values))


def card(**values: object) -> facts.Facts:
    return torch(cards=(CARD, msgspec.structs.replace(CARD, **values)))


def server(**values: object) -> facts.Facts:
    return changed(server=msgspec.structs.replace(SERVER, **values))


def packages(**values: str | None) -> facts.Facts:
    return changed(versions={**GOOD.versions, **{name.replace("_", "-"): value for name, value in values.items()}})


def place(*, free_bytes: int = machine.DISK_WARNING_BYTES, file_system: str | None = "ext4") -> facts.Facts:
    return changed(places=(GOOD.places[0], facts.Place("spool", "/s", free_bytes, file_system)))


CASES: list[tuple[str, facts.Facts, str, str]] = [
    ("torch_import", packages(torch=None), "unknown", "missing"),
    ("torch_import", changed(torch=None, probed=False), "unknown", "skipped"),
    ("torch_import", changed(torch=None, torch_error="ImportError: libcudart.so.12"), "problem", "failed"),
    ("torch_import", changed(torch=None, hung="import"), "problem", "hung"),
    ("torch_import", changed(torch=None, hung="start"), "problem", "hung_cards"),
    ("cuda_build", changed(torch=CPU, cards_on_bus=0), "ok", "no_card"),
    ("cuda_build", changed(torch=CPU), "problem", "cpu_only"),
    ("cuda_build", torch(cuda=None, hip="6.2"), "ok", "ok"),
    ("cuda_build", changed(cards_on_bus=None), "unknown", "unknown"),
    ("cuda_build", changed(torch=None), "unknown", "unknown"),
    ("cuda_driver", changed(driver_cuda=(12, 3)), "warning", "older"),
    ("cuda_driver", changed(driver_cuda=(11, 8)), "problem", "too_old"),
    ("cuda_driver", changed(driver_cuda=(13, 0)), "ok", "ok"),
    ("cuda_driver", changed(driver_cuda=None), "problem", "no_driver"),
    ("cuda_driver", changed(driver_cuda=None, cards_on_bus=0), "ok", "none"),
    ("cuda_driver", changed(driver_cuda=None, cards_on_bus=None), "unknown", "unknown"),
    ("cuda_driver", changed(torch=CPU), "ok", "no_cuda"),
    ("cuda_seen", torch(available=False, cards=()), "problem", "unseen"),
    (
        "cuda_seen",
        changed(torch=msgspec.structs.replace(TORCH, available=False), variables={"CUDA_VISIBLE_DEVICES": ""}),
        "warning",
        "hidden",
    ),
    *(
        (
            "cuda_seen",
            changed(torch=msgspec.structs.replace(TORCH, available=False), variables={"CUDA_VISIBLE_DEVICES": value}),
            state,
            says,
        )
        for value, state, says in (
            ("0", "problem", "unseen"),
            ("GPU-1f", "problem", "unseen"),
            ("-1", "warning", "hidden"),
            ("64,0", "warning", "hidden"),
        )
    ),
    ("cuda_seen", changed(cards_on_bus=0), "ok", "none"),
    ("cuda_seen", changed(cards_on_bus=None), "unknown", "unknown"),
    ("cudnn", torch(cudnn=None), "problem", "missing"),
    ("cudnn", changed(torch=CPU), "ok", "unused"),
    ("cudnn", changed(torch=None), "unknown", "unknown"),
    ("architectures", card(capability="12.0"), "ok", "ok"),  # compute_90 is translated for it
    ("architectures", card(capability="7.5"), "problem", "unfit"),
    ("architectures", torch(architectures=()), "unknown", "unknown"),
    ("architectures", torch(cards=()), "ok", "none"),
    ("gpu_numbers", card(difference=cards.DIFFERENCE_MOST), "ok", "ok"),
    ("gpu_numbers", card(difference=cards.DIFFERENCE_MOST * 1.01), "problem", "wrong"),
    ("gpu_numbers", card(difference=None, error="OutOfMemoryError: x"), "problem", "failed"),
    ("gpu_numbers", changed(hung="cuda:0"), "problem", "hung"),
    ("gpu_numbers", torch(cards=()), "ok", "none"),
    ("gpu_numbers", changed(torch=None), "unknown", "unknown"),
    ("torchvision", packages(torchvision="0.19.1+cu124"), "problem", "other"),
    ("torchvision", packages(torchvision="0.20.1+cpu"), "problem", "build"),
    ("torchvision", packages(torchvision="0.20.1"), "ok", "ok"),
    ("torchvision", packages(torch="1.13.1", torchvision="0.14.1"), "ok", "ok"),
    ("torchvision", packages(torch="2.14.1", torchvision="0.29.1"), "ok", "ok"),
    ("torchvision", packages(torchvision=None), "unknown", "unknown"),
    ("numpy_trapz", packages(numpy="2.4.0", ultralytics="8.3.111"), "problem", "breaks"),
    ("numpy_trapz", packages(numpy="2.3.9", ultralytics="8.3.111"), "ok", "ok"),
    ("numpy_trapz", packages(numpy="2.4.0"), "ok", "ok"),
    ("numpy_trapz", packages(numpy=None), "unknown", "unknown"),
    ("weights_only", packages(torch="2.6.0", ultralytics="8.2.103"), "problem", "breaks"),
    ("weights_only", packages(torch="2.5.1", ultralytics="8.2.103"), "ok", "ok"),
    ("weights_only", packages(torch="2.6.0", ultralytics="8.3.0"), "ok", "ok"),
    ("weights_only", packages(ultralytics=None), "unknown", "unknown"),
    ("opencv", packages(opencv_python_headless="4.10.0"), "warning", "twice"),
    ("opencv", packages(opencv_python=None), "ok", "none"),
    ("disk", place(free_bytes=machine.DISK_WARNING_BYTES - 1), "warning", "low"),
    ("disk", place(free_bytes=machine.DISK_PROBLEM_BYTES), "warning", "low"),
    ("disk", place(free_bytes=machine.DISK_PROBLEM_BYTES - 1), "problem", "full"),
    ("disk", changed(places=()), "unknown", "unknown"),
    ("spool_place", place(file_system="nfs4"), "warning", "network"),
    ("spool_place", place(file_system="overlay"), "ok", "ok"),
    ("spool_place", place(file_system=None), "unknown", "unknown"),
    ("shared_memory", changed(shared_memory_bytes=machine.SHARED_NEED_BYTES - 1), "warning", "small"),
    ("shared_memory", changed(shared_memory_bytes=machine.SHARED_PROBLEM_BYTES), "warning", "small"),
    ("shared_memory", changed(shared_memory_bytes=64 * 1024**2), "problem", "tiny"),
    ("shared_memory", changed(shared_memory_bytes=None), "unknown", "unknown"),
    ("memory", changed(memory_free_bytes=machine.MEMORY_WARNING_BYTES - 1), "warning", "little"),
    ("memory", changed(memory_free_bytes=machine.MEMORY_PROBLEM_BYTES - 1), "problem", "little"),
    ("memory", changed(memory_limit_bytes=machine.MEMORY_WARNING_BYTES), "ok", "limited"),
    ("memory", changed(memory_limit_bytes=machine.MEMORY_PROBLEM_BYTES - 1), "problem", "little"),
    ("memory", changed(memory_limit_bytes=10**12), "ok", "ok"),
    ("memory", changed(memory_free_bytes=None), "unknown", "unknown"),
    ("open_files", changed(open_files=machine.OPEN_FILES_WARNING - 1), "warning", "low"),
    ("open_files", changed(open_files=-1), "ok", "ok"),
    ("open_files", changed(open_files=None), "unknown", "unknown"),
    ("server", server(reachable=False), "warning", "silent"),
    ("server", changed(server=None), "unknown", "unknown"),
    ("clock", server(clock_offset_s=serving.CLOCK_WARNING_S), "ok", "ok"),
    ("clock", server(clock_offset_s=serving.CLOCK_WARNING_S + 0.1), "warning", "behind"),
    ("clock", server(clock_offset_s=-60.0), "warning", "ahead"),
    ("clock", server(clock_offset_s=60.0, clock_error_s=58.5), "ok", "ok"),
    ("clock", server(clock_offset_s=None), "unknown", "unknown"),
    ("releases", server(version="0.2.0"), "warning", "differ"),
    ("releases", server(version=None), "unknown", "unknown"),
    ("proxy", changed(variables={"http_proxy": "http://p:3128"}), "warning", "others"),
    ("proxy", changed(variables={"http_proxy": "http://p:3128", "no_proxy": "localhost,10.0.0.7"}), "ok", "ok"),
    ("proxy", changed(variables={"https_proxy": "http://p:3128"}), "ok", "ok"),
    ("proxy", changed(variables={"YOLOSCOPE_PROXY": "http://p:3128"}), "warning", "own"),
    ("proxy", server(is_private=False), "ok", "public"),
    ("proxy", changed(server=None), "unknown", "unknown"),
    ("ultralytics_sends", changed(sync=True), "warning", "sync"),
    ("ultralytics_sends", changed(sync=True, variables={"YOLO_OFFLINE": "true"}), "ok", "offline"),
    ("ultralytics_sends", changed(sync=None, settings_written=False), "warning", "unwritten"),
    ("ultralytics_sends", changed(senders=("wandb",)), "warning", "integrations"),
    ("ultralytics_sends", packages(ultralytics=None), "ok", "missing"),
]


@pytest.mark.parametrize("name", rules.RULES)
def test_a_good_machine_is_good(name: str) -> None:
    assert rules.RULES[name](GOOD).state == "ok"


@pytest.mark.parametrize(
    ("name", "of", "state", "says"), CASES, ids=[f"{case[0]}-{case[3]}-{case[2]}" for case in CASES]
)
def test_a_rule_speaks_at_its_threshold(name: str, of: facts.Facts, state: str, says: str) -> None:
    found = rules.RULES[name](of)
    assert (state, says) == (found.state, found.says)


@pytest.mark.parametrize("locale", ["en_US.UTF-8", "zh_CN.UTF-8"])
@pytest.mark.parametrize(("name", "of", "state", "says"), [*CASES, *((name, GOOD, "", "") for name in rules.RULES)])
def test_what_a_rule_says_is_written_in_both_languages(
    name: str, of: facts.Facts, state: str, says: str, locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    [check] = [check for check in env.checks(of) if check.id == name]
    assert check.title
    assert check.found
    assert bool(check.fix) == (check.state in {"warning", "problem"})


def test_weights_may_be_forced() -> None:
    forced = msgspec.structs.replace(
        packages(torch="2.6.0", ultralytics="8.2.103"), variables={"TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}
    )
    assert libraries.weights_only(forced) == rules.Finding("ok", "forced")


def test_every_sentence_belongs_to_a_rule() -> None:
    told = {key.split(".")[1] for key in texts._TEXTS if key.startswith("check.")}
    assert told - {"summary", "unknown"} - {
        f"state_{state}" for state in ("ok", "warning", "problem", "unknown")
    } == set(rules.RULES)


@pytest.mark.parametrize(
    ("built", "capability", "runs"),
    [
        (("sm_80",), "8.0", True),
        (("sm_80",), "8.9", True),
        (("sm_86",), "8.0", False),
        (("sm_80",), "9.0", False),
        (("compute_80",), "9.0", True),
        (("compute_90",), "8.9", False),
        (("sm_90a", "sm_120"), "12.0", True),
        (("sm_37", "gfx90a", ""), "7.5", False),
    ],
)
def test_code_runs_on_its_own_and_later_cards_of_a_generation(
    built: tuple[str, ...], capability: str, runs: bool
) -> None:
    assert cards.runs_on(built, capability) is runs


def test_a_machine_without_cards_and_without_torch_has_no_problem() -> None:
    bare = facts.Facts(versions={}, probed=True, cards_on_bus=0, server=SERVER)
    assert {finding.state for finding in rules.judged(bare).values()} == {"ok", "unknown"}
