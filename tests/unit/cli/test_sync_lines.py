"""What `yoloscope sync` tells a log file while it sends: a line now and then."""

import pytest

from yoloscope.cli import sync


def test_a_line_is_written_when_the_last_one_is_some_seconds_old(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = [100.0]
    progress = sync._Lines(lambda: now_s[0]).begin("signs/first", total=20_000)
    for seconds, sent in ((1.0, 1000), (4.0, 5000), (1.0, 6000), (5.0, 25_000)):
        now_s[0] += seconds
        progress(sent)
    assert capsys.readouterr().err.splitlines() == [
        "signs/first: 5,000 of 20,000 sent",
        "signs/first: 25,000 of 25,000 sent",
    ]
