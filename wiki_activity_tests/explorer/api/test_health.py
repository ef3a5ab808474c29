"""Health, readiness, figures, and the API in words."""

import re
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import Settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity_tests.explorer.api.asking import SERIES, get
from wiki_activity_tests.explorer.stored import NOW


@pytest.fixture
def blind_client(settings: Settings, own_settings: ExplorerSettings) -> TestClient:
    """Of an explorer whose database is away."""
    engine = create_database_engine("mysql+pymysql://nobody@127.0.0.1:1/nothing")
    app = create_app(settings, own_settings, engine, lambda: NOW)
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


def test_readiness_tells_how_old_the_data_are(client: TestClient, empty_client: TestClient) -> None:
    assert get(client, "/readyz") == {"ok": True, "newest_month": "2026-09", "data_age_s": 0}
    assert get(empty_client, "/readyz") == {"ok": True, "newest_month": None, "data_age_s": None}


def test_without_its_database_the_process_lives_and_is_not_ready(blind_client: TestClient) -> None:
    assert get(blind_client, "/healthz") == {"ok": True}
    for address in ("/readyz", SERIES, "/api/v1/peaks", "/api/v1/annotations"):
        answer = blind_client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.headers["retry-after"]
        assert "127.0.0.1:1" not in answer.text
        assert "pymysql" not in answer.text.lower()
    figures = _read_figures(blind_client)
    assert figures["wiki_activity_database_readable", ()] == 0
    assert ("wiki_activity_data_age_seconds", ()) not in figures


def test_figures_count_requests_by_route_not_by_address(client: TestClient) -> None:
    for project in ("hi.wikipedia.org", "bn.wikipedia.org", "no.such.wiki"):
        client.get(f"/api/v1/projects/{project}/series")
    for number in range(5):
        client.get(f"/nothing/here/{number}")
    figures = _read_figures(client)
    name, route = "wiki_activity_explorer_requests_total", "/api/v1/projects/{project}/series"
    assert figures[name, (("method", "GET"), ("route", route), ("status", "200"))] == 2
    assert figures[name, (("method", "GET"), ("route", route), ("status", "404"))] == 1
    assert figures[name, (("method", "GET"), ("route", "none"), ("status", "404"))] == 5
    assert figures["wiki_activity_explorer_request_seconds_count", (("route", route),)] == 3
    assert figures["wiki_activity_data_age_seconds", ()] == 0
    assert figures["wiki_activity_live_viewers", ()] == 0
    assert not [key for key in figures if "wikipedia.org" in str(key) or "/nothing" in str(key)]


def test_what_is_refused_at_the_door_is_counted_too(client: TestClient) -> None:
    assert client.get("/about", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/about", headers={"Via": "1.1 proxy"}).status_code == 403
    assert client.post("/logout", headers={"Content-Length": "99999"}).status_code == 413
    figures = _read_figures(client)
    name = "wiki_activity_explorer_requests_total"
    for method, status in (("GET", "400"), ("GET", "403"), ("POST", "413")):
        assert figures[name, (("method", method), ("route", "none"), ("status", status))] == 1


def test_head_is_counted_under_its_route(client: TestClient) -> None:
    client.head("/api/v1/projects/hi.wikipedia.org/series")
    labels = (("method", "HEAD"), ("route", "/api/v1/projects/{project}/series"), ("status", "200"))
    assert _read_figures(client)["wiki_activity_explorer_requests_total", labels] == 1


def test_a_defect_is_counted_under_its_route(client: TestClient) -> None:
    assert isinstance(client.app, FastAPI)

    @client.app.get("/defect")
    def defect() -> None:
        raise RuntimeError

    reader = TestClient(client.app, base_url="http://localhost", raise_server_exceptions=False)
    assert reader.get("/defect").status_code == 500
    labels = (("method", "GET"), ("route", "/defect"), ("status", "500"))
    assert _read_figures(client)["wiki_activity_explorer_requests_total", labels] == 1


def test_odd_methods_make_one_label(client: TestClient) -> None:
    for method in ("BREW", "FETCH", "X" * 50):
        client.request(method, "/api/v1/projects")
    methods = {value for _, labels in _read_figures(client) for name, value in labels if name == "method"}
    assert methods <= {"GET", "other"}


def test_each_application_counts_for_itself(client: TestClient, empty_client: TestClient) -> None:
    client.get("/api/v1/projects")
    assert not [key for key in _read_figures(empty_client) if "/api/v1/projects" in str(key)]


def test_openapi_says_what_each_route_is_for_and_what_may_go_wrong(client: TestClient) -> None:
    schema = get(client, "/openapi.json")
    assert "Problem" in schema["components"]["schemas"]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            assert operation["description"], path
            if method in {"put", "post"} and "/annotation" in path:
                assert {"401", "403", "404", "409", "413", "415", "422", "429"} <= set(operation["responses"])
    csv = schema["paths"]["/api/v1/projects/{project}/series.csv"]["get"]["responses"]
    assert list(csv["200"]["content"]) == ["text/csv"]
    assert list(csv["404"]["content"]) == ["application/problem+json"]


def test_the_page_for_people_names_every_address_and_its_links_work(client: TestClient, engine: Engine) -> None:
    page = client.get("/api")
    assert page.status_code == 200
    for path in get(client, "/openapi.json")["paths"]:
        assert f"{path}</code>" in page.text
    links = set(map(unescape, re.findall(r'href="(/[^"]*)"', page.text))) - {"/live"}
    assert any(link.endswith("/series.csv") for link in links)
    for link in links:
        if "/static/" not in link and "stream" not in link and link.startswith(("/api", "/openapi")):
            assert client.get(link).status_code in {200, 404}, link


def test_the_page_for_people_needs_no_data(empty_client: TestClient) -> None:
    assert empty_client.get("/api").status_code == 200


def _read_figures(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
