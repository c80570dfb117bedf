"""Who may come in: every route, with and without the token, from here and from elsewhere."""

import base64
import hashlib
import time
from collections.abc import Iterator

import pytest
from starlette.routing import BaseRoute
from websockets.exceptions import InvalidStatus
from websockets.sync import client as ws

from yoloscope.server import app as server_app
from yoloscope.server.access import require

pytestmark = pytest.mark.slow  # a server each

PROTECTED = [
    ("POST", "/api/v1/ingest"),
    ("GET", "/api/v1/projects"),
    ("GET", "/api/v1/runs"),
    ("GET", "/api/v1/runs/completions"),
    ("GET", "/api/v1/compare?run=r1&run=r1"),
    ("GET", "/api/v1/runs/r1"),
    ("GET", "/api/v1/runs/r1/series"),
    ("GET", "/api/v1/runs/r1/recording"),
    ("GET", "/api/v1/runs/r1/console"),
    ("POST", "/api/v1/runs/r1/stack"),
    ("PATCH", "/api/v1/runs/r1/blobs/{digest}"),
    ("GET", "/api/v1/media?run=r1"),
    ("GET", "/api/v1/runs/r1/media/names"),
    ("GET", "/api/v1/runs/r1/media/1/thumbnail"),
    ("GET", "/api/v1/runs/r1/media/1/data"),
    ("POST", "/api/v1/recordings"),
    ("GET", "/api/v1/projects/p/policy"),
    ("PUT", "/api/v1/projects/p/policy"),
    ("GET", "/api/v1/projects/p/retention"),
    ("PUT", "/api/v1/projects/p/retention"),
    ("DELETE", "/api/v1/runs/r1"),
    ("POST", "/api/v1/runs/r1/restore"),
    ("PATCH", "/api/v1/runs/r1"),
    ("GET", "/api/v1/findings"),
    ("GET", "/api/v1/runs/{run_id}/findings"),
    ("PUT", "/api/v1/runs/{run_id}/findings/{rule}/dismissal"),
    ("DELETE", "/api/v1/runs/{run_id}/findings/{rule}/dismissal"),
    ("POST", "/api/v1/runs/{run_id}/commands"),
    ("GET", "/api/v1/runs/{run_id}/commands"),
    ("GET", "/api/v1/runs/{run_id}/commands/audit"),
    ("GET", "/api/v1/runs/{run_id}/commands/waiting?writer=w"),
    ("POST", "/api/v1/runs/{run_id}/commands/taken"),
    ("POST", "/api/v1/runs/edit"),
    ("GET", "/api/v1/views"),
    ("POST", "/api/v1/views"),
    ("GET", "/api/v1/views/{view_id}"),
    ("PUT", "/api/v1/views/{view_id}"),
    ("DELETE", "/api/v1/views/{view_id}"),
    ("GET", "/api/v1/runs/r1/media/1/projection"),
    ("POST", "/api/v1/runs/delete"),
    ("POST", "/api/v1/runs/restore"),
    ("GET", "/api/v1/trash"),
    ("POST", "/api/v1/trash/empty"),
    ("GET", "/api/v1/series?run=r1&name=a"),
    ("GET", "/api/v1/series/names?run=r1"),
    ("GET", "/api/v1/groups?project=q&by=tag&name=a"),
    ("GET", "/api/v1/runs/r1/export?format=csv"),
    ("GET", "/api/v1/export?project=q&format=csv"),
    ("GET", "/api/v1/insights/learnt?project=q"),
    ("GET", "/api/v1/insights/importance?project=q"),
    ("GET", "/api/v1/learnt/acts?project=q"),
    ("GET", "/api/v1/projects/p/measures"),
    ("PUT", "/api/v1/projects/p/measures/{measure}"),
    ("GET", "/api/v1/runs/{run_id}/measures"),
    ("PUT", "/api/v1/runs/{run_id}/measures/spared"),
    ("POST", "/api/v1/links"),
    ("POST", "/api/v1/machines"),
    ("GET", "/api/v1/machines"),
    ("GET", "/api/v1/machines/{host}/history"),
    ("POST", "/api/v1/machines/{host}/waiting"),
    ("DELETE", "/api/v1/machines/{host}/waiting/{run_id}"),
    ("GET", "/api/v1/machines/{host}/starts?wait_s=0"),
    ("POST", "/api/v1/machines/{host}/starts"),
    ("GET", "/metrics"),
]
PUBLIC = [
    ("GET", "/"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
]
PROBLEM = "application/problem+json"


def leaves(routes) -> Iterator[BaseRoute]:
    """Yield every route, also those inside an included router."""
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is None:
            yield route
        else:
            yield from leaves(router.routes)


def problem_of(answer) -> str:
    assert answer.headers["Content-Type"] == PROBLEM
    said = answer.json()
    assert said["status"] == answer.status_code
    return said["type"].removeprefix("urn:yoloscope:problem:")


@pytest.fixture
def wide(serve) -> object:
    return serve(host="0.0.0.0")


def test_every_route_declares_what_it_requires(live_server) -> None:
    found = list(leaves(live_server.app.routes))
    assert len(found) > 15
    for route in found:
        declared = [one.dependency for one in route.dependencies if isinstance(one.dependency, require.Access)]
        assert len(declared) == 1, f"{route.path} declares no access"


def test_the_tables_here_know_every_route(live_server) -> None:
    protected = {
        path.partition("?")[0].replace("r1", "{run_id}").replace("/p/", "/{project}/") for _, path in PROTECTED
    }
    items = ("/1/data", "/{place}/{role}"), ("/1/", "/{place}/"), ("{run_id}/blobs", "{run}/blobs")
    for written, declared in items:
        protected = {path.replace(written, declared) for path in protected}
    public = {path for _, path in PUBLIC} | {"/open/{code}", "/docs/{name}", "/{path:path}"}
    assert {route.path for route in leaves(live_server.app.routes)} == (
        protected | (public - {"/"}) | {"/log", "/api/v1/live", "/api/v1/runs/{run_id}/control"}
    )
    assert server_app.ROUTERS


@pytest.mark.parametrize("token", [None, "", "x" * 40, "ü"])
def test_a_wrong_token_opens_nothing(live_server, token) -> None:
    for method, path in PROTECTED:
        headers = {} if token is None else {"Authorization": f"Bearer {token}".encode()}
        answer = live_server.call(method, path, token=None, headers=headers)
        assert (path, answer.status_code, problem_of(answer)) == (path, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_right_token_opens_everything(live_server) -> None:
    for method, path in PROTECTED:
        assert live_server.call(method, path).status_code in (200, 404, 415), path


def test_public_routes_ask_for_nothing(live_server) -> None:
    for method, path in PUBLIC:
        assert live_server.call(method, path, token=None).status_code in (200, 204), path


def test_the_token_may_stand_in_the_address(live_server) -> None:
    credentials = base64.b64encode(f"{live_server.token}:".encode()).decode()
    assert (
        live_server.get("/api/v1/runs", token=None, headers={"Authorization": f"Basic {credentials}"}).status_code
        == 200
    )
    for wrong in ("Basic !!!", "Basic " + base64.b64encode(b"wrong:").decode(), "Basic", "Digest x"):
        assert live_server.get("/api/v1/runs", token=None, headers={"Authorization": wrong}).status_code == 401


@pytest.mark.parametrize("scheme", ["Basic", "Bearer", "Digest"])
@pytest.mark.parametrize("rest", [b"\xfc", b"\xff\xfe", b"%00", b"=", b"a" * 7_000])
def test_credentials_that_are_no_text_of_ours_are_wrong_not_a_fault(live_server, scheme, rest) -> None:
    answer = live_server.get("/api/v1/runs", token=None, headers={"Authorization": scheme.encode() + b" " + rest})
    assert (answer.status_code, problem_of(answer)) == (401, "unauthorized")


def test_log_alone_is_open_on_loopback(live_server) -> None:
    assert live_server.log({"x": 1}, token=None).status_code == 200


def test_log_needs_the_token_once_others_can_reach_the_server(wide, serve) -> None:
    named = serve(allowed_hosts=("board.example",))
    for server in (wide, named):
        assert problem_of(server.log({"x": 1}, token=None)) == "unauthorized"
        assert server.log({"x": 1}).status_code == 200


def test_without_auth_nothing_asks_for_a_token(serve) -> None:
    server = serve(auth=False)
    assert server.get("/api/v1/runs", token=None).status_code == 200
    assert server.get("/api/v1/session", token=None).json()["auth_required"] is False


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "localhost@evil", "", "[::1", "a:b:c"]
)
def test_a_foreign_host_is_refused_on_loopback(live_server, host) -> None:
    for method, path in [*PROTECTED, *PUBLIC, ("POST", "/log")]:
        answer = live_server.call(method, path, headers={"Host": host})
        assert answer.status_code in (400, 403), path
        if answer.status_code == 403:
            assert problem_of(answer) == "foreign-host"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:8080"])
def test_this_machine_is_known_by_its_names(live_server, host) -> None:
    assert live_server.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"), [("10.1.2.3:8080", 200), ("[fe80::1]", 200), ("localhost", 200), ("evil.example", 403)]
)
def test_a_wide_server_answers_to_addresses_but_not_to_foreign_names(wide, host, status) -> None:
    assert wide.get("/healthz", headers={"Host": host}).status_code == status


def test_an_allowed_name_is_answered_to(serve) -> None:
    server = serve(host="0.0.0.0", allowed_hosts=("Board.example",))
    assert server.get("/healthz", headers={"Host": "board.example:8080"}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://{own}", "http://127.0.0.1:1", "http://{own}.evil"]
)
def test_pages_of_other_sites_may_not_write(live_server, origin) -> None:
    origin = origin.format(own=live_server.url.removeprefix("http://"))
    for method, path in [
        ("POST", "/log"),
        ("POST", "/api/v1/ingest"),
        ("POST", "/api/v1/links"),
        ("DELETE", "/api/v1/session"),
    ]:
        assert problem_of(live_server.call(method, path, headers={"Origin": origin})) == "foreign-origin"
    with (
        pytest.raises(InvalidStatus) as caught,
        ws.connect(live_server.url.replace("http", "ws") + "/api/v1/live", origin=origin),
    ):
        pass
    assert caught.value.response.status_code == 403


def test_our_own_pages_may_write(live_server) -> None:
    assert live_server.log({"x": 1}, headers={"Origin": live_server.url}).status_code == 200


def test_a_form_of_another_site_cannot_log(live_server) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = live_server.call("POST", "/log", token=None, data=b'{"x": 1}', headers={"Content-Type": content_type})
        assert problem_of(answer) == "content-type"
    assert live_server.get("/api/v1/runs").json()["items"] == []


def test_a_one_time_link_opens_once(live_server) -> None:
    link = live_server.call("POST", "/api/v1/links").json()["url"]
    opened = live_server.get(link.removeprefix(live_server.url), token=None)
    assert (opened.status_code, opened.headers["Location"]) == (303, "/")
    cookie = opened.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert live_server.get("/api/v1/runs", token=None).status_code == 200  # the session keeps its cookie
    live_server.session.cookies.clear()
    again = live_server.get(link.removeprefix(live_server.url), token=None)
    assert problem_of(again) == "link-used"
    page = live_server.get("/open/nothing", token=None, headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Content-Type"]) == (410, "text/html; charset=utf-8")


def test_a_token_typed_in_opens_a_session_that_ends_at_logout(live_server) -> None:
    login = live_server.call("POST", "/api/v1/session", token=None, json={"token": live_server.token})
    assert login.status_code == 204
    value = live_server.session.cookies[f"yoloscope_{live_server.settings.port}"]
    assert live_server.get("/api/v1/session", token=None).json()["authenticated"] is True
    assert live_server.call("DELETE", "/api/v1/session", token=None).status_code == 204
    stolen = live_server.get(
        "/api/v1/runs", token=None, headers={"Cookie": f"yoloscope_{live_server.settings.port}={value}"}
    )
    assert stolen.status_code == 401


def test_the_mark_beside_a_session_opens_nothing(live_server) -> None:
    live_server.call("POST", "/api/v1/session", token=None, json={"token": live_server.token})
    mark = f"yoloscope_{live_server.settings.port}_in"
    assert live_server.session.cookies[mark] == "1"
    live_server.session.cookies.clear()
    assert live_server.get("/api/v1/runs", token=None, headers={"Cookie": f"{mark}=1"}).status_code == 401


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"token": "wrong"}, "unauthorized"),
        ({"token": 3}, "invalid-request"),
        ({}, "invalid-request"),
        ([], "invalid-request"),
    ],
)
def test_a_log_in_that_fails_says_why_and_sets_no_cookie(live_server, body, slug) -> None:
    answer = live_server.call("POST", "/api/v1/session", token=None, json=body)
    assert problem_of(answer) == slug
    assert answer.json()["field"] == "token"
    assert "Set-Cookie" not in answer.headers


def test_a_session_opens_every_route_and_a_wrong_token_is_not_made_good_by_it(live_server) -> None:
    live_server.call("POST", "/api/v1/session", token=None, json={"token": live_server.token})
    for method, path in PROTECTED:
        assert live_server.call(method, path, token=None).status_code in (200, 404, 415), path
        assert live_server.call(method, path, token="x" * 40).status_code == 401, path


def test_a_session_ends_by_itself(live_server) -> None:
    opened = live_server.services.sessions.open()
    digest = hashlib.sha256(opened.encode()).hexdigest()
    live_server.services.catalog.add_session(digest, expires_ns=time.time_ns() - 1)
    cookie = {"Cookie": f"yoloscope_{live_server.settings.port}={opened}"}
    assert live_server.get("/api/v1/runs", token=None, headers=cookie).status_code == 401


def test_a_session_alone_does_not_let_another_sites_page_write(live_server) -> None:
    live_server.call("POST", "/api/v1/session", token=None, json={"token": live_server.token})
    for origin in ("http://evil.example", "null", live_server.url.replace("127.0.0.1", "localhost")):
        answer = live_server.call("POST", "/api/v1/links", token=None, headers={"Origin": origin})
        assert problem_of(answer) == "foreign-origin"


@pytest.mark.parametrize("path", ["/log", "/api/v1/ingest", "/api/v1/runs"])
def test_no_other_site_is_promised_anything(live_server, path) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = live_server.call("OPTIONS", path, token=None, headers=asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_a_live_connection_needs_the_token(live_server) -> None:
    with pytest.raises(InvalidStatus) as caught, ws.connect(live_server.url.replace("http", "ws") + "/api/v1/live"):
        pass
    assert caught.value.response.status_code == 401
