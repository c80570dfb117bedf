"""Whether an InfluxDB database can be used, and which ledger below the data directory belongs to it.

Called by `store` when it is opened.
"""

import re
import secrets
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store.influxdb import client, lines

MARKER = "yoloscope:ledger"  # no project's name holds a colon
_WHERE = "database.txt"
_NEW_ID_BYTES = 6
_FORBIDDEN = 403
_NO_POLICY = re.compile(r"retention policy not found: \S*[^\s.]")
_NOT_FOUND = re.compile(r"database not found|bucket .*not found|database .* does not exist", re.IGNORECASE)


def ledger_of(to: client.Client, *, below: Path, beside_others: bool) -> Path:
    """Return the directory of the ledger that belongs to a database, made if it is the first or may stand ``beside_others``.

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
    if here and not beside_others:
        where = " or ".join(told(below / name) for name in here)
        if where == to.address.public:
            raise errors.ConfigError(
                f"the points of this data directory are in {where}, and there is nothing of it any more: the database was dropped, "
                f"or an older one put in its place. Nothing was changed: restore it from InfluxDB's own backup. {str(below.parent)!r}"
            )
        raise errors.ConfigError(
            f"the points of this data directory are in {where}, and {to.address.public} has none of them. Start with --store as "
            f"before, or copy them there first: yoloscope store copy FROM TO. {str(below.parent)!r}"
        )
    return _begun(to, below=below)


def highest_term(to: client.Client, *, store: str) -> int:
    """Return the newest term that a ledger ever began to write in, 0 before there is any; raises as `client.Client.query`."""
    found = to.execute(f'SELECT max("term") FROM "{MARKER}" WHERE "store" = \'{store}\'')  # noqa: S608 - our own names
    return max((term for table in found for _, term in msgspec.json.decode(table.values, type=list[_Term])), default=0)


_Term = tuple[int, int]


def term_line(project: ids.ProjectName, *, store: str, term: int) -> str:
    """Return the line that goes before the first rows of a term."""
    return f"{MARKER},project={lines.escaped(project)},store={store} term={term}i 1"


def told(directory: Path) -> str:
    """Return which database a ledger's directory belongs to, without its secret."""
    try:
        return (directory / _WHERE).read_text(encoding="utf-8").strip()
    except OSError:
        return "another database"


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
        if refused.status == _FORBIDDEN:
            raise _may_not(to, refused) from refused
        if policy := _NO_POLICY.search(str(refused)):
            raise errors.ConfigError(
                f"{to.address.public}: {policy[0]}; leave ?rp= out, or name one that is there"
            ) from refused
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
        raise _may_not(to, refused) from refused


def _may_not(to: client.Client, refused: client.Refused) -> errors.ConfigError:
    name = to.address.database
    return errors.ConfigError(
        f"database {name!r} does not exist, or this user may not use it. An administrator types: "
        f'CREATE DATABASE "{name}"; GRANT ALL ON "{name}" TO the user. {refused}'
    )


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
    if used and used[0].duration not in ("0s", "0", "INF"):
        raise errors.ConfigError(
            f"{to.address.public}: retention policy {used[0].name!r} drops points after {used[0].duration}, and yoloscope "
            f"keeps what it counted. Give one without an end with ?rp=NAME, or change it: ALTER RETENTION POLICY "
            f'"{used[0].name}" ON "{to.address.database}" DURATION INF; runs are deleted by the project\'s own retention'
        )
