"""The courier's HTTP: a token or proxy that was set wrongly is said, shown to nobody, and costs no row."""

import logging

import fake_server
import pytest

from yoloscope import errors
from yoloscope.sidecar import client
from yoloscope.wire import codec, protocol


@pytest.fixture
def body() -> bytes:
    return codec.body_from_batches([])


def _send(server: fake_server.FakeServer, body: bytes) -> None:
    sender = client.Client(server.url)
    try:
        sender.send(body)
    finally:
        sender.close()


def test_white_space_around_a_token_does_not_matter(
    server: fake_server.FakeServer, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOLOSCOPE_TOKEN", " abc\n")
    _send(server, body)
    assert server.headers[-1]["Authorization"] == "Bearer abc"


@pytest.mark.parametrize("token", ["sec\nret", "密sec", "sec\x00ret"])
def test_a_token_that_no_header_can_hold_waits_to_be_mended_and_is_not_shown(
    server: fake_server.FakeServer,
    body: bytes,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    token: str,
) -> None:
    monkeypatch.setattr(client.os, "environ", {"YOLOSCOPE_TOKEN": token})
    caplog.set_level(logging.DEBUG)
    with pytest.raises(errors.ServerUnavailable, match="YOLOSCOPE_TOKEN") as caught:
        _send(server, body)
    assert "sec" not in str(caught.value)
    assert "sec" not in caplog.text


def test_a_proxy_without_a_scheme_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLOSCOPE_PROXY", "proxy.factory:3128")
    sender = client.Client("http://example.com")
    assert sender._pool.proxy.url == "http://proxy.factory:3128"  # type: ignore[attr-defined]
    sender.close()


@pytest.mark.parametrize("proxy", ["socks9://x:1", "http://[::1"])
def test_a_proxy_that_cannot_be_used_makes_the_rows_wait(
    monkeypatch: pytest.MonkeyPatch, body: bytes, proxy: str
) -> None:
    monkeypatch.setenv("YOLOSCOPE_PROXY", proxy)
    with pytest.raises(errors.ServerUnavailable, match="YOLOSCOPE_PROXY"):
        client.Client("http://example.com").send(body)


def test_a_body_above_the_limit_is_not_sent(server: fake_server.FakeServer) -> None:
    with pytest.raises(errors.ServerRefused) as caught:
        _send(server, bytes(protocol.BODY_MAX_BYTES))
    assert caught.value.status == 413
    assert server.headers == []


def test_where_nothing_listens_a_try_is_made_every_five_seconds() -> None:
    assert client.backoff_s(9, wish_s=None, connected=False, draw=1.0) == 5.0
    assert client.backoff_s(9, wish_s=None, connected=True, draw=1.0) == 30.0


def test_a_large_body_has_the_time_that_a_slow_link_takes() -> None:
    assert client._timeout(0).connect_timeout == 5.0
    assert client._timeout(800 * 1024).connect_timeout == 105.0
