"""What became of a command, in one line of either language."""

import msgspec
import pytest

from yoloscope.api import commands
from yoloscope.cli.act import telling
from yoloscope.records import refusals

CHANGED = {"lr": {"from": 0.01, "to": 0.003}, "file": "monitor.pt", "bytes": 5}
PAUSE = commands.Command(id="c", verb="pause")


def told(**changes: object) -> str:
    return telling.line(msgspec.structs.replace(PAUSE, **changes), run="r1")


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        (
            {"state": "applied", "applied_at": commands.AppliedAt(120, 4.3)},
            "✓ pause applied at step 120, epoch 4.3",
            "✓ 暂停已生效：第 120 步，epoch 4.3",
        ),
        ({"state": "applied"}, "✓ pause applied", "✓ 暂停已生效"),
        (
            {"verb": "set", "state": "applied", "applied_at": commands.AppliedAt(7), "result": CHANGED},
            "✓ set applied at step 7: lr 0.01 → 0.003, file monitor.pt, bytes 5",
            "✓ 设置已生效：第 7 步，lr 0.01 → 0.003，file monitor.pt，bytes 5",
        ),
        (
            {"verb": "resume", "state": "refused", "result": {"reason": "not_paused", "detail": "it runs"}},
            f"✗ resume refused: {refusals.TEXTS['not_paused'][0]}",
            f"✗ 继续被拒绝：{refusals.TEXTS['not_paused'][1]}",
        ),
        (
            {"state": "refused", "result": {"reason": "failed", "detail": "disk full"}},
            f"✗ pause refused: {refusals.TEXTS['failed'][0]} (disk full)",
            f"✗ 暂停被拒绝：{refusals.TEXTS['failed'][1]}（disk full）",
        ),
        (
            {"state": "refused", "result": {"reason": "of_tomorrow", "detail": "the moon"}},
            "✗ pause refused: the moon",
            "✗ 暂停被拒绝：the moon",
        ),
        (
            {"state": "expired", "result": {"reason": "superseded"}},
            f"✗ pause expired: {refusals.TEXTS['superseded'][0]}",
            f"✗ 暂停已过期：{refusals.TEXTS['superseded'][1]}",
        ),
        ({"state": "sent"}, "… pause is sent, and still open", "… 暂停已发送，还没有结果"),
    ],
)
def test_one_line_says_it(
    changes: dict[str, object], english: str, chinese: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(**changes).startswith(english)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert told(**changes).startswith(chinese)


def test_what_expired_says_who_did_not_answer() -> None:
    assert "nothing beside the training took it" in told(state="expired")
    assert "--deadline 300" in told(state="expired", accepted="2026-01-01T00:00:00Z")


def test_a_command_is_listed_as_it_was_typed() -> None:
    asked = commands.Command(id="c", verb="set", args={"lr": 0.003, "epochs": 120})
    assert telling.asked(asked) == "set lr=0.003 epochs=120"
    assert telling.asked(commands.Command(id="c", verb="pause", args={"release": False})) == "pause"
    assert telling.asked(commands.Command(id="c", verb="pause", args={"release": True})) == "pause release=True"


def test_what_came_of_an_act_is_told_in_the_users_language(monkeypatch: pytest.MonkeyPatch) -> None:
    said = commands.Effect(verdict="helped", sentence={"en": "It helped.", "zh": "有帮助。"})
    asked = commands.Command(id="c", verb="set", cause="N05", effect=said)
    assert (telling.effect(asked), telling.effect(PAUSE)) == ("It helped.", "")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert telling.effect(asked) == "有帮助。"


def test_the_way_is_shown_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with telling.Progress(silent=False) as progress:
        for state in ("sent", "accepted", "applied"):
            progress(msgspec.structs.replace(PAUSE, state=state))
    assert capsys.readouterr().err == "pause: sent → accepted → applied\n"
    with telling.Progress(silent=True) as progress:
        progress(PAUSE)
    assert capsys.readouterr().err == ""
