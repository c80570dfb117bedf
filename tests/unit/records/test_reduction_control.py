"""What commands and their outcome become under a policy."""

import msgspec

from yoloscope.records import ids, policy, reduction, row


def batch(*entries: row.Entry) -> row.Batch:
    ref = row.RunRef(ids.RunId("r"), ids.ProjectName("p"), name="given", created_ns=1)
    return row.Batch(ref, row.AttemptRef(0, 1, 1), ids.WriterId("0" * 32), 0, 7, entries)


def reduced(*entries: row.Entry, holds: policy.Policy) -> tuple[row.Entry, ...]:
    return reduction.reduced(batch(*entries), policy=holds, index_of=int).entries


def test_of_a_command_s_outcome_only_our_words_and_numbers_leave() -> None:
    result: dict[str, object] = {
        "reason": "no_checkpoint",
        "detail": "no secret.pt here",
        "lr": {"from": 0.01, "to": 0.003},
        "path": "/home/ann/secret/epoch.pt",
    }
    acted = row.Acted("c1", "save", "refused", 1, 7, 0.5, result)
    [strict] = reduced(acted, holds=policy.Policy())
    [opened] = reduced(acted, holds=policy.Policy(text=True, class_names="text"))
    shown = {"reason": "no_checkpoint", "detail": "<text>", "lr": {"from": 0.01, "to": 0.003}, "path": "<path>.pt"}
    assert strict == msgspec.structs.replace(acted, result=shown)
    assert isinstance(opened, row.Acted)
    assert opened.result == result | {"path": "<path>/epoch.pt"}
    withheld = msgspec.structs.replace(policy.LEFT_TO_THE_TRAINER, text=False)
    assert reduction.forbidden(batch(strict), policy=withheld) is None
    found = reduction.forbidden(batch(acted), policy=withheld)
    assert found is not None
    assert found.field == "entries[0].result.detail"


def test_what_a_training_can_be_asked_leaves_whole() -> None:
    control: dict[str, object] = {
        "verbs": ["pause", "resume", "stop", "set", "save", "validate", "close_mosaic", "rollback", "note"],
        "settings": ["lr", "lr_factor", "weight_decay", "epochs", "patience", "close_mosaic", "box", "angle"],
        "cannot": {"set.box": "version_cannot", "stop.resumable": "no_checkpoint", "set.batch": "framework_cannot"},
        "ranks": 2,
    }
    told = row.Updated("settings", {"control": control})
    assert reduced(told, holds=policy.Policy()) == (told,)
