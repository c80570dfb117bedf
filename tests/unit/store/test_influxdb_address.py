"""What a store's URL says, and that its secret is in no text."""

import base64
import traceback

import pytest

from yoloscope import errors
from yoloscope.store.influxdb import address


def test_all_parts_of_a_url_are_read() -> None:
    found = address.from_url("influxdb://us%40er:p%3Aw%2F@[::1]:9/my%20db?rp=ever&tls=1")
    expected = "Basic " + base64.b64encode(b"us@er:p:w/").decode()
    assert found == address.Address("::1", 9, "my db", tls=True, retention_policy="ever", authorization=expected)
    assert found.public == repr(found) == "influxdbs://[::1]:9/my%20db?rp=ever"


def test_a_password_without_a_user_is_a_token() -> None:
    found = address.from_url("influxdbs://:to%2Fken@host/db")
    assert found == address.Address("host", 8086, "db", tls=True, authorization="Token to/ken")
    assert "ken" not in repr(found)


def test_without_anybody_no_header_is_sent() -> None:
    assert address.from_url("influxdb://host/db/") == address.Address("host", 8086, "db")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("influxdb://u:hush@host", "needs a host and one database"),
        ("influxdb:///db", "needs a host and one database"),
        ("influxdb://u:hush@host/a/b", "needs a host and one database"),
        ("influxdb://u:hush@host:99999/db", "no number from 1 to 65535"),
        ("influxdb://u:hush@host/db?retention=1", r"\?rp=NAME and \?tls=1 and nothing else"),
        ("influxdb://u:12?hush@host/db", "needs a host and one database"),
        ("influxdb://u:pass@host/db?hush@host/db", "nothing else"),
        ("influxdb://u:hush@host/db?tls=hush", r"\?tls= is 1 or 0"),
        ("influxdb://u:hu/hush@host/db", "no number from 1 to 65535.*%2F for /"),
        ("influxdb://u:[hush]@host/db", "no URL"),
        ("influxdb://u:hush]@host/db", "no URL"),
        ("influxdb://u:hush\u2100@host/db", "no URL"),
        ("influxdb://:hush%0A@host/db", "a letter that no token has"),
        ("influxdb://:hush%E4%B8%AD@host/db", "a letter that no token has"),
        ("influxdb://u:hush@host/a%22b", "no quote"),
    ],
)
def test_unusable_urls_are_refused_without_their_secret(url: str, said: str) -> None:
    """Not even a traceback may hold it: what Python says of a URL repeats parts of it."""
    with pytest.raises(errors.ConfigError, match=said) as told:
        address.from_url(url)
    shown = "".join(line for line in traceback.format_exception_only(told.value) if "hush" in line)
    assert (shown, told.value.__suppress_context__ or told.value.__context__ is None) == ("", True)
