"""Any JSON where people change something: it is done, or refused as a problem that names a field; never a fault of our own."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yoloscope.records import ids

pytestmark = pytest.mark.slow

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)
FITTING = st.text(max_size=12) | st.lists(st.text(max_size=6), max_size=4) | st.booleans() | st.none()
CALLS = {
    ("PATCH", "/api/v1/runs/{run}"): ("name", "tags", "group", "note", "starred", "archived"),
    ("POST", "/api/v1/runs/edit"): ("runs", "add_tags", "remove_tags", "group", "starred", "archived"),
    ("POST", "/api/v1/views"): ("kind", "name", "project", "state"),
    ("PUT", "/api/v1/views/{view}"): ("version", "name", "project", "state"),
}
TAKEN = (200, 201)
REFUSED = (409, 422)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("call", CALLS)
def test_any_json_is_done_or_refused_by_name(live_server, call: tuple[str, str], data: st.DataObject) -> None:
    server = live_server
    run = server.log({"a": 1}, query="?project=p&run=x").json()["run"]
    known = server.get("/api/v1/views").json()["items"]
    if not known:
        view = {"kind": "runs", "name": "v", "state": {}}
        known = [server.call("POST", "/api/v1/views", json=view).json()]
    fields = st.dictionaries(st.sampled_from(CALLS[call]), FITTING | ANYTHING, max_size=4)
    body = data.draw(fields | ANYTHING)
    if isinstance(body, dict) and data.draw(st.booleans()):
        whole = {"runs": [run], "kind": "runs", "name": "n", "state": {}, "version": known[0]["version"]}
        body = {**{key: value for key, value in whole.items() if key in CALLS[call]}, **body}
    path = call[1].format(run=run, view=known[0]["id"])
    text = json.dumps(body, ensure_ascii=data.draw(st.booleans())).encode(errors="surrogatepass")
    answer = server.call(call[0], path, data=text, headers={"Content-Type": "application/json"})
    assert answer.status_code in (*TAKEN, *REFUSED), answer.text
    if answer.status_code in REFUSED:
        assert answer.json()["field"]
        assert answer.json()["fix"]
    assert server.get("/api/v1/views").status_code == server.get("/api/v1/runs?archived=any").status_code == 200
    assert server.services.catalog.run(ids.RunId(run)).ref.project == "p"
