"""Pages: the dashboard, the API's description, and that nothing comes from outside."""

import json
import re
import runpy
from pathlib import Path

import pytest

from yoloscope.server import dashboard

ROOT = Path(__file__).parents[2]


@pytest.fixture
def built(tmp_path, monkeypatch) -> Path:
    """A dashboard as the web build leaves it."""
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "swagger").mkdir()
    (static / "index.html").write_text("<!doctype html><title>built</title>")
    (static / "favicon.svg").write_text("<svg/>")
    (static / ".stamp").write_text("secret")
    (static / "assets" / "app-1234.js").write_text("export {}")
    (static / "swagger" / "swagger-ui-bundle.js").write_text("var SwaggerUIBundle")
    (static / "swagger" / "swagger-ui.css").write_text("body {}")
    monkeypatch.setattr(dashboard, "STATIC", static)
    return static


def test_assets_are_kept_for_ever_and_the_page_is_asked_for_again(live_server, built) -> None:
    asset, page = live_server.get("/assets/app-1234.js", token=None), live_server.get("/", token=None)
    assert "immutable" in asset.headers["Cache-Control"]
    assert asset.headers["Content-Type"].startswith("text/javascript")
    assert (page.text, page.headers["Cache-Control"]) == ("<!doctype html><title>built</title>", "no-cache")


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [("gzip, deflate, br", "gzip"), ("identity", None), ("gzip;q=0, *", None), ("br, gzip;q=0.5", "gzip")],
)
def test_large_assets_travel_compressed_to_those_who_take_it(live_server, built, accepts, encoding) -> None:
    (built / "assets" / "large-1234.js").write_text("export const a = 1;\n" * 1000)
    answer = live_server.get("/assets/large-1234.js", token=None, headers={"Accept-Encoding": accepts}, stream=True)
    assert answer.headers.get("Content-Encoding") == encoding
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.content == b"export const a = 1;\n" * 1000
    if encoding:
        assert int(answer.headers["Content-Length"]) < 1000
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_a_new_build_of_the_same_name_is_not_the_old_one(live_server, built) -> None:
    path = built / "assets" / "same.css"
    for text in ("a" * 5000, "b" * 5000):
        path.write_text(text)
        assert live_server.get("/assets/same.css", token=None).text == text


def test_paths_of_the_dashboard_lead_to_its_page_but_paths_of_the_api_do_not(live_server, built) -> None:
    html = {"Accept": "text/html,*/*"}
    assert "built" in live_server.get("/runs/r1", token=None, headers=html).text
    for path in ("/api/v1/nothing", "/assets/nothing.js", "/docs/nothing"):
        assert live_server.get(path, headers=html).status_code == 404


@pytest.mark.parametrize(
    "path", ["/.stamp", "/..%2f..%2fpyproject.toml", "/assets/..%2f.stamp", "/%00", "/" + "x" * 5_000]
)
def test_only_built_files_are_served(live_server, built, path) -> None:
    assert live_server.get(path, token=None).status_code == 404


def test_without_a_build_the_page_says_how_to_make_one(live_server, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(dashboard, "STATIC", tmp_path / "nothing")
    assert "make web" in live_server.get("/", token=None).text


def test_the_api_page_is_made_of_our_own_files(live_server, built) -> None:
    page = live_server.get("/docs", token=None)
    assert not re.search(r"https?:|//\w", page.text)
    assert not re.search(r"<script>|<script [^>]*>[^<]", page.text)
    for path in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert live_server.get(path, token=None).status_code == 200, path


def test_every_page_carries_the_security_headers(live_server) -> None:
    for path in ("/", "/docs", "/api/v1/runs", "/nothing"):
        headers = live_server.get(path).headers
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")


def test_the_committed_description_is_current() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "openapi.py"))["description"]()
    assert json.loads((ROOT / "openapi.json").read_text()) == json.loads(made)


def test_the_description_speaks_of_problems_only(live_server) -> None:
    said = live_server.get("/openapi.json", token=None).json()
    for path in said["paths"].values():
        for operation in path.values():
            assert set(operation["responses"]) <= {"200", "201", "202", "204", "206", "304", "default"}
            assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in said["components"]["schemas"]
