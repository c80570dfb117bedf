"""Whether an InfluxDB database can be used, and which ledger below the data directory belongs to it.

Called by `store` when it is opened.
"""

import re
import secrets
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.store.influxdb import client

MARKER = "yoloscope:ledger"  # no project's name holds a colon
_WHERE = "database.txt"
_NEW_ID_BYTES = 6
_NOT_FOUND = re.compile(r"database not found|bucket .*not found|database .* does not exist", re.IGNORECASE)


def ledger_of(to: client.Client, *, below: Path) -> Path:
    """Return the directory of the ledger that belongs to a database, made if it is the first.

    Raises:
        ConfigError: if the database does not exist and cannot be made, drops old points, or is not the one that this data
            directory's points are in.
        StoreError: if InfluxDB cannot be reached or refuses.
    """
    marked = _marked(to)
    _refuse_finite(to)
    here = sorted(path.name for path in below.glob("*") if path.is_dir()) if below.is_dir() else []
    ours = [name for name in here if name in marked]
    if ours:
        return below / ours[0]
    return _begun(to, below=below)


def _begun(to: client.Client, *, below: Path) -> Path:
    """Mark the database as one that a new ledger belongs to, and return its directory."""
    name = secrets.token_hex(_NEW_ID_BYTES)
    to.write(f"{MARKER},store={name} ledger=1i 1".encode())
    directory = below / name
    directory.mkdir(mode=0o700, parents=True)
    (directory / _WHERE).write_text(f"{to.address.public}\n", encoding="utf-8")
    return directory


def _marked(to: client.Client) -> set[str]:
    """Return the ledgers that have points in the database, which is made if it does not exist and may be made."""
    statement = f'SELECT "ledger" FROM "{MARKER}" GROUP BY "store"'  # noqa: S608 - our own names
    try:
        return {table.tags["store"] for table in to.execute(statement)}
    except client.Refused as refused:
        if not _NOT_FOUND.search(str(refused)):
            raise
    _make(to)
    return {table.tags["store"] for table in to.execute(statement)}


def _make(to: client.Client) -> None:
    name = to.address.database
    try:
        if not to.version().startswith(("1.", "v1.")):
            raise errors.ConfigError(
                f"{to.address.public}: there is no database {name!r}. Make it first: a database in 3.x (influxdb3 create database "
                f"{name}), a bucket and a mapping to it in 2.x (influx bucket create, influx v1 dbrp create --db {name} --default)"
            )
        to.execute(f'CREATE DATABASE "{name}"')
    except client.Refused as refused:
        raise errors.ConfigError(
            f"{to.address.public}: there is no database {name!r}, and this user may not make it. As an administrator: "
            f'influx -execute \'CREATE DATABASE "{name}"\', then GRANT ALL ON "{name}" TO the user'
        ) from refused


class _Policy(msgspec.Struct, frozen=True, array_like=True):
    """A retention policy as 1.x lists it."""

    name: str
    duration: str
    shard_duration: str
    copies: int
    is_default: bool


def _refuse_finite(to: client.Client) -> None:
    """Return unless the retention policy in use drops points, which totals and the run table would go on counting."""
    try:
        tables = to.execute(f'SHOW RETENTION POLICIES ON "{to.address.database}"')
    except client.Refused:
        return  # not every version says; a write that is too old is refused there
    policies = [one for table in tables for one in msgspec.json.decode(table.values, type=list[_Policy])]
    wanted = to.address.retention_policy
    used = [one for one in policies if (one.is_default if wanted is None else one.name == wanted)]
    if wanted is not None and policies and not used:
        known = ", ".join(repr(one.name) for one in policies)
        raise errors.ConfigError(f"{to.address.public}: there is no retention policy {wanted!r}; there are {known}")
    if used and used[0].duration not in ("0s", "0", "INF"):
        raise errors.ConfigError(
            f"{to.address.public}: retention policy {used[0].name!r} drops points after {used[0].duration}, and yoloscope "
            f"keeps what it counted. Give one without an end with ?rp=NAME, or change it: ALTER RETENTION POLICY "
            f'"{used[0].name}" ON "{to.address.database}" DURATION INF; runs are deleted by the project\'s own retention'
        )
