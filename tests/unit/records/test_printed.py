"""Which printed lines leave where free text is withheld: progress does, anything else is a mark; twice is once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.records import ids, policy, printed, reduction, row

STRICT = policy.Policy()
OPEN = policy.Policy(text=True)
HEADER = "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95)"


def reduced(*lines: str, holds: policy.Policy = STRICT, bare: bool = False) -> tuple[str, ...]:
    [entry] = reduction.reduced(batch(*lines), policy=holds, index_of=lambda _: 0, bare=bare).entries
    assert isinstance(entry, row.Printed)
    return entry.lines


def batch(*lines: str) -> row.Batch:
    ref = row.RunRef(ids.RunId("r"), ids.ProjectName("p"), name="n", created_ns=1)
    return row.Batch(ref, row.AttemptRef(0, 1, 1), ids.WriterId("0" * 32), 0, 0, (row.Printed("out", 5, 1, lines, 3),))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size",
        "        1/3      1.23G      1.234      2.345      1.2         12        640: 50% ━━━━━━────── 2/4 2.1it/s 0.4s<1.2s",
        f"{HEADER}: 100% ━━━━━━━━━━━━ 2/2 3.3it/s 0.6s",
        f"{HEADER}     Mask(P          R      mAP50  mAP50-95): 100%|██████████| 2/2 [00:00<00:00,  5.63it/s]",
        "                   all        128        929      0.64      0.537      0.605      0.446",
        "     Epoch   gpu_mem       box       obj       cls    labels  img_size",
        "100%|██████████| 10/10 [00:01<00:00,  9.50it/s]",
        " 53%|█████▎    | 53/100 [00:05<00:04, 10.01it/s, loss=0.123, lr=1e-5]",
        "epoch 1: 100%|####| 10/10 [00:01<?, ?it/s]",
        "Epoch 3/10 loss 0.5 lr 0.01",
        "loss: 0.53",
        "2 epochs completed in 0.001 hours.",
        "Starting training for 100 epochs...",
        "Speed: 0.2ms preprocess, 10.1ms inference, 0.0ms loss, 0.5ms postprocess per image",
        "2026-11-22 07:30:14,123 1.2 GB nan [1.2, 3.4]",
    ],
)
def test_progress_leaves_as_it_is(line: str) -> None:
    assert reduced(line) == (line,)


@pytest.mark.parametrize(
    "line",
    [
        *("scratch 12 34 0.5", "train 12 34 0.5 0.4", "box 1 2 3", "box: 3", "C 1 2", "划痕 1 2", "1 划痕", "٣"),
        *("lot12", "12a", "0.5acme", "3 scratches", "acme: 100%", "all scratch 1", "a.jpg", "/lots/12", "loss acme"),
        "train: Scanning /lots/12/labels... 4 images, 0 backgrounds",
        "image 1/4 /lots/12/7.jpg: 640x640 2 scratches, 3.4ms",
        "RuntimeError: lot 12",
        "100%|██████████| 10/10 acme",
    ],
)
def test_any_other_line_is_a_mark_with_its_number(line: str) -> None:
    assert reduced("1/3", line, "2/3") == ("1/3", "<text>", "2/3")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("read /lots/12/data.yaml now", "read <path>/data.yaml now"),
        ('  File "/lots/12/a.py", line 3', '  File "<path>/a.py", line 3'),
        ("C:\\lots\\a.txt", "<path>/a.txt"),
        ("~/lots/a.py:12", "<path>/a.py:12"),
        ("file:///lots/12/a.py", "<path>/a.py"),
        ("see https://docs/a/b.html", "see https://docs/a/b.html"),
        ("loss 1/2 and/or b/c", "loss 1/2 and/or b/c"),
        ("in /lots/12/", "in <path>"),
        ("a / b", "a / b"),
        ("\\\\store\\lots\\a.txt", "<path>/a.txt"),
        ("//store/lots/a.txt", "<path>/a.txt"),
        ("C:\\\\lots\\\\a.txt", "<path>/a.txt"),
        ("no file '/lots/line 7 (new)/a b.txt'", "no file '<path>/a b.txt'"),
        ("// a remark", "// a remark"),
        ("it's '/a' or '/b'", "it's '<path>/a' or '<path>/b'"),
    ],
)
def test_where_text_leaves_folders_are_cut_off(line: str, expected: str) -> None:
    assert reduced(line, holds=OPEN) == (expected,)


def test_a_server_that_knows_other_words_gets_none() -> None:
    assert reduced("1/3", "", bare=True) == ("<text>", "<text>")


@given(
    st.lists(
        st.text()
        | st.sampled_from(
            [HEADER, "1/3 2.1it/s", "/a/b c:\\d\\e", "file://x//y", "<path>/x", "~//x/", "'/a b/c", "'", "//x\\\\y"]
        ),
        max_size=4,
    )
)
def test_reducing_twice_is_reducing_once_and_passes_the_check(lines: list[str]) -> None:
    for holds in (policy.Policy(), OPEN, policy.STRICTEST):
        once = reduced(*lines, holds=holds)
        assert reduced(*once, holds=holds) == once
        assert reduction.forbidden(batch(*once), policy=holds) is None


def test_a_server_refuses_a_line_that_tells_more() -> None:
    found = reduction.forbidden(batch("1/3", "lot 12"), policy=policy.Policy())
    assert found is not None
    assert found.field == "entries[0].lines[1]"


@pytest.mark.parametrize("piece", ["1--", "1xx", "1,", "a", "/", "a.a/", "x://", "\\", "a ", "1e", "it/s", "="])
def test_no_line_takes_long(piece: str) -> None:
    """What would be a search without end in a careless pattern comes back; pytest's own limit watches."""
    line = (piece * 2_000)[:2_000] + "é"
    assert printed.is_progress(line) is False
    assert printed.with_short_paths(line)
