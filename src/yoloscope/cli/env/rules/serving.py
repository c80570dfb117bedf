"""Rules on the way to the server, its clock and its release."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from yoloscope.cli.env import facts
from yoloscope.cli.env.rules.finding import UNKNOWN, Finding

CLOCK_WARNING_S = 2.0
"""Curves over time and heartbeats of two machines look wrong beside each other from there on."""


def server(of: facts.Facts) -> Finding:
    """The server answers."""
    if of.server is None:
        return UNKNOWN
    values = {"url": of.server.url}
    return Finding("ok", "ok", values) if of.server.reachable else Finding("warning", "silent", values)


def clock(of: facts.Facts) -> Finding:
    """This clock and the server's agree."""
    if of.server is None or of.server.clock_offset_s is None:
        return UNKNOWN
    surely_s = abs(of.server.clock_offset_s) - of.server.clock_error_s
    if surely_s <= CLOCK_WARNING_S:
        return Finding("ok", "ok", {"offset": f"{of.server.clock_offset_s:+.2f}"})
    says = "behind" if of.server.clock_offset_s > 0 else "ahead"
    return Finding("warning", says, {"seconds": f"{abs(of.server.clock_offset_s):.0f}"})


def releases(of: facts.Facts) -> Finding:
    """Server and trainer are of one release."""
    if of.server is None or of.server.version is None or not of.own_version:
        return UNKNOWN
    values = {"here": of.own_version, "there": of.server.version}
    return Finding("ok", "ok", values) if of.server.version == of.own_version else Finding("warning", "differ", values)


def proxy(of: facts.Facts) -> Finding:
    """No proxy catches what is meant for a server inside the building."""
    if of.server is None:
        return UNKNOWN
    values = {"url": of.server.url}
    if not of.server.is_private:
        return Finding("ok", "public", values)
    if of.variables.get("YOLOSCOPE_PROXY"):
        return Finding("warning", "own", values)
    caught = proxy_for(of.variables, url=of.server.url) is not None
    return Finding("warning", "others", values) if caught else Finding("ok", "ok", values)


def proxy_for(variables: Mapping[str, str], *, url: str) -> str | None:
    """Return the proxy through which a plain client would reach a server, None if it goes straight."""
    parts = urlsplit(url)
    names = (f"{parts.scheme}_proxy", "all_proxy")
    given = next(
        (value for name in names for value in (variables.get(name), variables.get(name.upper())) if value), None
    )
    exempt = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
    return None if _is_exempt(parts.hostname or "", exempt) else given


def _is_exempt(host: str, exempt: str) -> bool:
    """Tell whether a host is named, or ends as one that is named, in a list like ``localhost,.lan``."""
    names = [name.strip().partition(":")[0].lstrip(".").lower() for name in exempt.split(",") if name.strip()]
    return "*" in names or any(host.lower() == name or host.lower().endswith(f".{name}") for name in names)
