"""Where an InfluxDB is, and as whom it is asked: the parts of ``influxdb://user:password@host:8086/database``.

Made by `store.open`; used by `client`. The secret is in no text that a person or a log sees.
"""

import base64
from urllib import parse

import msgspec

from yoloscope import errors

SCHEMES = {"influxdb": False, "influxdbs": True}
"""Scheme of a store's URL, and whether it means TLS."""
FORM = "influxdb://USER:PASSWORD@HOST:8086/DATABASE"
_PORT = 8086
_ENCODE = "In user and password, letters such as @ / : # ? [ ] are written with a percent sign: %40 for @, %2F for /"
_OPTIONS = frozenset(("rp", "tls"))
_BRACKETS = frozenset("[]")
_ON = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class Address(msgspec.Struct, frozen=True):
    """An InfluxDB database. ``authorization`` is the header that says who asks, ``None`` for nobody."""

    host: str
    port: int
    database: str
    tls: bool = False
    retention_policy: str | None = None
    authorization: str | None = None

    def __repr__(self) -> str:
        """Return the address without its secret."""
        return self.public

    @property
    def public(self) -> str:
        """The address as people may see it."""
        scheme = "influxdbs" if self.tls else "influxdb"
        host = f"[{self.host}]" if ":" in self.host else self.host
        policy = f"?rp={parse.quote(self.retention_policy)}" if self.retention_policy else ""
        return f"{scheme}://{host}:{self.port}/{parse.quote(self.database)}{policy}"


def from_url(url: str) -> Address:
    """Return the address that a store's URL names.

    Raises:
        ConfigError: if it lacks host or database, or says something that is not known; the secret is not repeated.
    """
    parts = split(url)
    options = dict(parse.parse_qsl(parts.query, keep_blank_values=True))
    database = parse.unquote(parts.path.strip("/"))
    try:
        port = parts.port or _PORT
    except ValueError:
        raise errors.ConfigError(f"--store {FORM}: the port is no number from 1 to 65535. {_ENCODE}") from None
    if not parts.hostname or not database or "/" in database:
        raise errors.ConfigError(f"--store {parts.scheme}: needs a host and one database, as in {FORM}. {_ENCODE}")
    if '"' in database or "\\" in database or not database.isprintable():
        raise errors.ConfigError(f"--store {FORM}: a database's name holds no quote, backslash or control character")
    if set(options) - _OPTIONS:
        raise errors.ConfigError(f"--store {FORM} knows ?rp=NAME and ?tls=1 and nothing else. {_ENCODE}")
    return Address(
        host=parts.hostname,
        port=port,
        database=database,
        tls=SCHEMES[parts.scheme] or _is_on(options.get("tls", "0")),
        retention_policy=options.get("rp") or None,
        authorization=_authorization(parts),
    )


def split(url: str) -> parse.SplitResult:
    """Return the parts of a store's URL, of whatever kind.

    Raises:
        ConfigError: if it is none; what Python says of it would repeat a part that may be the secret.
    """
    refusal = errors.ConfigError(f"--store is no URL as {FORM} is one. {_ENCODE}")
    try:
        parts = parse.urlsplit(url)
    except ValueError:
        raise refusal from None
    if _BRACKETS & set(parts.netloc.rpartition("@")[0]):  # Python 3.10 takes them
        raise refusal
    return parts


def _is_on(text: str) -> bool:
    if text.lower() not in _ON:
        raise errors.ConfigError(f"--store {FORM}: ?tls= is 1 or 0. {_ENCODE}")
    return _ON[text.lower()]


def _authorization(parts: parse.SplitResult) -> str | None:
    """Return a header of user and password; of a token where the user is left out, as 2.x and 3.x want it."""
    user, secret = parse.unquote(parts.username or ""), parse.unquote(parts.password or "")
    if not user and not secret:
        return None
    if not user:
        if not (secret.isascii() and secret.isprintable()):
            raise errors.ConfigError(f"--store {FORM}: the token holds a letter that no token has")
        return f"Token {secret}"
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
