"""A wiki that has moved, or is gone, as readers meet it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import Settings
from wiki_activity.storage.renames import save_matrix
from wiki_activity.storage.wiki_table import load_wikis
from wiki_activity_tests.explorer.links import open_link
from wiki_activity_tests.explorer.stored import NOW

OLD, NEW = "hi.wikipedia.org", "hi-in.wikipedia.org"


@pytest.fixture
def client(settings: Settings, own_settings: ExplorerSettings, engine: Engine) -> Iterator[TestClient]:
    """A reader after Hindi has moved."""
    wikis = load_wikis(engine)
    save_matrix(engine, [replace(one, project=NEW) if one.project == OLD else one for one in wikis], NOW)
    app = create_app(settings, own_settings, engine, lambda: NOW)
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield open_link(client, app)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"/p/{OLD}", f"/p/{NEW}"),
        (f"/p/{OLD}?vs=bn.wikipedia.org&from=2020-01", f"/p/{NEW}?vs=bn.wikipedia.org&from=2020-01"),
        (f"/p/{OLD}/peaks/2025-03?metric=editors", f"/p/{NEW}/peaks/2025-03?metric=editors"),
        (f"/live/{OLD}", f"/live/{NEW}"),
        (f"/api/v1/projects/{OLD}", f"/api/v1/projects/{NEW}"),
        (f"/api/v1/projects/{OLD}/series?metric=edits", f"/api/v1/projects/{NEW}/series?metric=edits"),
        (f"/api/v1/projects/{OLD}/series.csv", f"/api/v1/projects/{NEW}/series.csv"),
        (f"/api/v1/projects/{OLD}/peaks/2025-03", f"/api/v1/projects/{NEW}/peaks/2025-03"),
        (f"/api/v1/episodes?project={OLD}", f"/api/v1/episodes?project={NEW}"),
    ],
)
def test_an_old_address_leads_to_the_same_page_or_answer_of_the_new_one(client: TestClient, old: str, new: str) -> None:
    client.get("/")
    answer = client.get(old)
    assert (answer.status_code, answer.headers["location"]) == (301, new)
    assert client.get(new).status_code == 200


@pytest.mark.parametrize("address", ["/p/{}?from=2020-01", "/live/{}", "/api/v1/projects/{}"])
def test_the_name_of_a_wikis_database_leads_there_too(client: TestClient, engine: Engine, address: str) -> None:
    (dbname,) = {one.dbname for one in load_wikis(engine) if one.project == NEW}
    answer = client.get(address.format(dbname))
    assert (answer.status_code, answer.headers["location"]) == (301, address.format(NEW))


def test_a_write_to_an_old_address_is_sent_on_as_a_write(client: TestClient) -> None:
    token = client.get("/api/v1/session").json()["csrf_token"]
    body = {"label": "Contest", "note": "", "link": None, "kind": "event", "version": 0}
    answer = client.put(
        f"/api/v1/projects/{OLD}/peaks/2025-03/annotation?metric=edits", json=body, headers={"X-CSRF-Token": token}
    )
    assert (answer.status_code, answer.headers["location"]) == (
        308,
        f"/api/v1/projects/{NEW}/peaks/2025-03/annotation?metric=edits",
    )


def test_what_was_stored_is_on_the_page_of_the_new_address(client: TestClient) -> None:
    months = client.get(f"/api/v1/projects/{NEW}/series").json()
    assert (months["project"], len(months["peaks"])) == (NEW, 5)
    assert f"{NEW}</a>, until it moved at {OLD}" in client.get(f"/p/{NEW}").text


def test_an_old_address_to_compare_with_is_taken_with_a_notice(client: TestClient) -> None:
    page = client.get(f"/p/bn.wikipedia.org?vs={OLD}").text
    assert f"“{OLD}” is now {NEW}." in page
    assert f'href="/p/{NEW}"' in page


def test_an_old_address_that_somebody_looks_for_is_found(client: TestClient) -> None:
    assert client.get(f"/find?q={OLD}").headers["location"] == f"/p/{NEW}"


def test_a_new_wiki_at_an_old_address_has_its_page_there(client: TestClient, engine: Engine) -> None:
    wikis = load_wikis(engine)
    hindi = next(one for one in wikis if one.project == NEW)
    save_matrix(engine, [*wikis, replace(hindi, project=OLD, dbname="otherwiki", name="Another wiki")], NOW)
    assert client.get(f"/p/{OLD}").status_code == 200
    assert client.get(f"/api/v1/projects/{OLD}").json()["name"] == "Another wiki"


def test_a_wiki_that_is_gone_says_so_and_keeps_its_page(client: TestClient, engine: Engine) -> None:
    save_matrix(engine, [one for one in load_wikis(engine) if one.project != NEW], NOW)
    page = client.get(f"/p/{NEW}")
    assert page.status_code == 200
    assert "no longer names this one: it is asked for no more" in page.text
    assert client.get(f"/api/v1/projects/{NEW}").json()["gone"] is True
    assert len(client.get(f"/api/v1/projects/{NEW}/series").json()["peaks"]) == 5
