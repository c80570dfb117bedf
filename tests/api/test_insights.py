"""What a project has learnt, over HTTP: runs as trainers send them, trash and questions that cannot be answered included."""

import pytest

from yoloscope.records import row

pytestmark = pytest.mark.slow  # a server each

METRIC = "metrics/mAP50-95"
LEARNT = "/api/v1/insights/learnt?project=signs"
IMPORTANCE = "/api/v1/insights/importance?project=signs"
DATA = {"train": {"images": 192, "file_list_sha256": "ab" * 32}, "val": {"images": 48}}
OFF, ON = (0.50, 0.51, 0.52, 0.50, 0.49), (0.56, 0.57, 0.55, 0.56, 0.58, 0.57)


@pytest.fixture
def project(live_server, batches) -> object:
    """A project in which mosaic helps: five runs against six on the same data, and three that do not count."""

    def train(
        name: str,
        values: list[float],
        *,
        mosaic: float,
        seed: int = 0,
        end: str | None = "finished",
        metric: str = METRIC,
    ) -> None:
        told = (
            row.Updated("config", {"lr0": 0.01, "name": name}),
            row.Updated("settings", {"mosaic": mosaic}),
            row.Updated("provenance", {"data": DATA, "seed": seed}),
            row.Updated("progress", {"epochs": 300}),
        )
        ended = (row.Ended(end, 1_700_000_100_000_000_000),) if end else ()
        batch = batches(
            *told, batches.matrix({metric: values}), *ended, run=name, writer=name.encode().hex().ljust(32, "0")
        )
        assert live_server.ingest(batches.body(batch)).status_code == 200

    for at, value in enumerate(OFF):
        train(f"off{at}", [0.1, value, 0.3], mosaic=0.0, seed=at)
    for at, value in enumerate(ON):
        train(f"on{at}", [0.1, value, 0.3], mosaic=1.0, seed=at)
    train("crashed", [0.9], mosaic=1.0, end="crashed")
    train("running", [0.9], mosaic=1.0, end=None)
    train("blind", [0.9], mosaic=1.0, metric="metrics/recall")
    live_server.train = train
    return live_server


def test_what_was_learnt_has_the_documented_shape(project) -> None:
    answer = project.get(LEARNT).json()
    [on_data] = answer.pop("data")
    runs = answer.pop("runs")
    assert runs["counted"] == 11
    assert sorted((one["reason"], one["count"], one["text"]["zh"][:3]) for one in runs["ignored"]) == [
        ("crashed", 1, "在完成"),
        ("in_progress", 1, "仍在进"),
        ("no_metric", 1, "没有这"),
    ]
    assert answer == {
        "project": "signs",
        "metric": {
            "name": METRIC,
            "title": {"en": "mAP50-95", "zh": "mAP50-95"},
            "which": "best",
            "better": "higher",
            "points": True,
        },
        "comparisons": 1,
    }
    [effect] = on_data.pop("effects")
    assert (on_data["data"]["train_images"], on_data["data"]["val_images"]) == (192, 48)
    assert (on_data["runs"], on_data["labels"]) == (11, [])
    numbers = {key: effect.pop(key) for key in ("difference", "low", "high", "p", "p_adjusted")}
    assert numbers["difference"] == pytest.approx(sum(ON) / 6 - sum(OFF) / 5)
    assert 0.04 < numbers["low"] < numbers["difference"] < numbers["high"] < 0.08
    assert numbers["p"] == numbers["p_adjusted"] < 0.001
    sentence = effect.pop("sentence")
    assert sentence["en"].startswith(
        "mosaic 1.0 instead of 0.0: mAP50-95 +6.1 points (95 % +4.6…+7.6), 6 against 5 runs"
    )
    assert sentence["zh"].startswith("mosaic 取 1.0 而非 0.0：mAP50-95 +6.1 个百分点")
    assert effect == {
        "setting": "mosaic",
        "kind": "augmentation",
        "from": {"text": "0.0", "value": 0.0, "low": None, "high": None},
        "to": {"text": "1.0", "value": 1.0, "low": None, "high": None},
        "verdict": "helped",
        "basis": "matched",
        "n_from": 5,
        "n_to": 6,
        "left_out": 0,
        "pairs": 1,
        "aliases": [],
    }


def test_the_last_value_can_be_asked_for(project) -> None:
    answer = project.get(f"{LEARNT}&value=last").json()
    assert answer["metric"]["which"] == "last"
    assert answer["data"][0]["effects"][0]["difference"] == 0.0


def test_importance_has_the_documented_shape(project) -> None:
    answer = project.get(IMPORTANCE).json()
    assert answer.keys() == {"project", "metric", "runs", "data_sets", "together", "items", "labels"}
    assert (answer["runs"]["counted"], answer["data_sets"]) == (11, 1)
    [item] = answer["items"]
    assert item.keys() == {
        *("setting", "kind", "same", "tangled", "values", "n"),
        *("share", "p", "trend", "unique", "verdict", "sentence"),
    }
    assert (item["setting"], item["values"], item["n"], item["verdict"]) == ("mosaic", 2, 11, "matters")
    assert item["share"] > 0.8


def test_runs_in_the_trash_are_not_there_and_come_back(project) -> None:
    gone = [project.services.catalog.run(f"off{at}").ref.id for at in range(4)]
    project.services.catalog.set_deleted(gone, deleted_ns=1)
    answer = project.get(LEARNT).json()
    assert answer["runs"]["counted"] == 7
    assert answer["data"][0]["effects"][0]["verdict"] == "too_few_runs"
    project.services.catalog.set_deleted(gone, deleted_ns=None)
    assert project.get(LEARNT).json()["runs"]["counted"] == 11


def test_a_new_run_is_in_the_next_answer(project) -> None:
    assert project.get(LEARNT).json()["data"][0]["effects"][0]["n_to"] == 6
    project.train("on9", [0.57], mosaic=1.0, seed=9)
    assert project.get(LEARNT).json()["data"][0]["effects"][0]["n_to"] == 7


WRONG = [
    ("", 422, "project", "see /docs"),
    ("project=none", 404, None, None),
    ("project=signs&metric=metrics/map5095", 422, "metric", METRIC),
    ("project=signs&value=mean", 422, "value", "see /docs"),
    ("project=signs&better=bigger", 422, "better", "see /docs"),
    ("project=signs&limit=3", 422, "limit", "use project, metric, value, better"),
    ("project=signs&project=signs", 422, "project", "send it once"),
]


def test_a_wrong_question_is_said_so(project) -> None:
    for path in ("learnt", "importance"):
        for query, status, field, fix in WRONG:
            answer = project.get(f"/api/v1/insights/{path}?{query}")
            said = answer.json()
            assert (answer.status_code, said.get("field")) == (status, field), said
            assert fix is None or fix in said["fix"]
