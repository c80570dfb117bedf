"""A run on a server, of which people ask something and whose sidecar and trainer answer: what the tests of commands share."""

import contextlib
import json
from collections.abc import Iterator

import requests
from websockets.sync import client as ws

from yoloscope.records import row

RUN = "/api/v1/runs/r1"
COMMANDS = f"{RUN}/commands"
MINE, OTHER = "0123456789abcdef" * 2, "f" * 32
START_NS = 1_700_000_000 * 10**9
CONTROL = {
    "verbs": ["pause", "resume", "stop", "set", "save", "note"],
    "settings": ["lr", "lr_factor", "epochs", "patience"],
    "cannot": {"set.box": "version_cannot", "close_mosaic": "mosaic_off", "pause.release": "framework_cannot"},
    "ranks": 1,
    "version": 1,
}
KEYS = "id verb args state who created deadline accepted settled applied_at result cause effect"


class Training:
    """One run on a server: what its trainer says, what people ask, what its sidecar hears."""

    def __init__(self, server, batches) -> None:
        self.server, self.batches = server, batches
        self.seq = 0

    def say(self, *entries: row.Entry, **changes: object) -> dict[str, object]:
        batch = self.batches(*entries, **{"first_seq": self.seq, **changes})
        if batch.writer == MINE and not batch.lane:
            self.seq += batch.sequences
        answer = self.server.ingest(self.batches.body(batch))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def begin(self, *, control: dict[str, object] | None = CONTROL, epochs: int = 2) -> "Training":
        entries = [self.batches.matrix({"a": [1.0] * (10 * epochs + 1)})]
        if control is not None:
            entries.append(row.Updated("settings", {"control": control}))
        self.say(*entries, alive=True)
        return self

    def ask(self, verb: str, args: dict[str, object] | None = None, **more: object) -> requests.Response:
        return self.server.call("POST", COMMANDS, json={"verb": verb, "args": args or {}, **more})

    def asked(self, verb: str, args: dict[str, object] | None = None, **more: object) -> str:
        answer = self.ask(verb, args, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def did(self, command: str, verb: str, state: str = "applied", **more: object) -> row.Acted:
        return row.Acted(command, verb, state, START_NS, 42, 2.0, **more)

    def known(self) -> list[dict[str, object]]:
        return self.server.get(COMMANDS).json()["items"]

    def states(self) -> list[tuple[str, str]]:
        return [(one["verb"], one["state"]) for one in self.known()]

    def audit(self) -> list[tuple[str, str, str]]:
        items = self.server.get(f"{COMMANDS}/audit").json()["items"]
        return [(one["kind"], one["verb"], one["reason"]) for one in reversed(items)]

    def state(self) -> str:
        return self.server.get(RUN).json()["state"]

    def waiting(self, *, writer: str = MINE, wait_s: float = 0, seen: str = "") -> requests.Response:
        place = {"writer": writer, "wait_s": wait_s, "seen": seen}
        return self.server.get(f"{COMMANDS}/waiting", params=place)

    @contextlib.contextmanager
    def link(self, *, writer: str = MINE, run: str = "r1") -> Iterator[ws.ClientConnection]:
        address = self.server.url.replace("http", "ws") + f"/api/v1/runs/{run}/control?writer={writer}"
        with ws.connect(address, additional_headers={"Authorization": f"Bearer {self.server.token}"}) as opened:
            yield opened


def problem_of(answer) -> tuple[int, str, str | None]:
    said = answer.json()
    return answer.status_code, said["type"].removeprefix("urn:yoloscope:problem:"), said.get("reason")


def heard(connection) -> dict[str, object]:
    return json.loads(connection.recv(timeout=30))


def orders_of(message: dict[str, object]) -> list[tuple[str, dict[str, object]]]:
    assert message["type"] == "orders"
    return [(one["verb"], one["args"]) for one in message["orders"]]
