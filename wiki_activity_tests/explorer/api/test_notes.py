"""`/notes` of the API: written on any days of any wikis, found, changed, and refused where it cannot be kept."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.storage.note_reading import read_notes
from wiki_activity_tests.explorer.api.asking import get, write_headers
from wiki_activity_tests.explorer.stored import SHARED, annotate

NOTES = "/api/v1/notes"
HINDI = {"kind": "wiki", "key": "hi.wikipedia.org"}
NOTE: dict[str, Any] = {
    "scope": HINDI, "first": "2025-03-03", "last": "2025-03-16", "label": "Women in Red", "note": "In 12 cities.",
    "link": "https://meta.wikimedia.org/wiki/WiR", "kind": "contest",
}  # fmt: skip


def post(client: TestClient, address: str, body: dict[str, Any]) -> Any:
    """Send a new note, or what is to be done with one."""
    return client.post(address, json=body, headers=write_headers(client))


def put(client: TestClient, address: str, body: dict[str, Any]) -> Any:
    """Send a change."""
    return client.put(address, json=body, headers=write_headers(client))


def write(client: TestClient, **changes: Any) -> dict[str, Any]:
    """Write a note."""
    answer = post(client, NOTES, NOTE | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_note_is_written_found_and_changed_and_the_peak_of_its_month_has_it(client: TestClient) -> None:
    note = write(client)
    assert get(client, f"{NOTES}/{note['id']}") == note
    assert get(client, NOTES, project="hi.wikipedia.org", q="WOMEN", kind="contest")["items"] == [note]
    assert get(client, NOTES, project="bn.wikipedia.org")["items"] == []
    assert get(client, NOTES, to="2025-03-02")["items"] == get(client, NOTES, **{"from": "2025-03-17"})["items"] == []
    series = get(client, "/api/v1/projects/hi.wikipedia.org/series")
    [peak] = [one for one in series["peaks"] if one["month"] == "2025-03"]
    assert peak["annotation"]["id"] == note["id"]
    answer = put(client, f"{NOTES}/{note['id']}", NOTE | {"last": "2025-03-31", "version": 1})
    assert (answer.status_code, answer.json()["last"], answer.json()["version"]) == (200, "2025-03-31", 2)
    history = get(client, f"{NOTES}/{note['id']}/history")["items"]
    assert [one["last"] for one in history] == ["2025-03-16", "2025-03-31"]
    assert put(client, f"{NOTES}/{note['id']}", NOTE | {"version": 1}).status_code == 409


def test_a_note_on_a_language_is_on_each_of_its_wikis_and_one_on_all_is_no_note_of_a_peak(client: TestClient) -> None:
    wide = write(client, scope={"kind": "language", "key": "hi"})
    write(client, scope={"kind": "all", "key": ""}, label="On all wikis", first="2024-06-01", last="2024-06-30")
    assert get(client, NOTES, project="hi.wikipedia.org")["items"][0]["id"] == wide["id"]
    series = get(client, "/api/v1/projects/hi.wikipedia.org/series")
    noted = {one["month"]: one["annotation"] and one["annotation"]["label"] for one in series["peaks"]}
    assert (noted["2025-03"], noted["2024-06"]) == ("Women in Red", None)
    assert "On all wikis" in {one["annotation"]["label"] for one in series["notes"]}
    explained = get(client, "/api/v1/peaks", month="2025-03", explained="true")["items"]
    assert {one["language"] for one in explained} == {"hi"}


def test_a_list_of_wikis_is_kept_in_one_order(client: TestClient) -> None:
    note = write(client, scope={"kind": "list", "key": "hi.wikipedia.org bn.wikipedia.org hi.wikipedia.org"})
    assert note["scope"]["key"] == "bn.wikipedia.org hi.wikipedia.org"


@pytest.mark.parametrize(
    "written",
    [
        "Bengali, hi, ta.wikipedia.org",
        "bnwiki; हिन्दी\nTamil",
        "https://bn.m.wikipedia.org/wiki/X hi.wikipedia.org tawiki",
    ],
)
def test_a_list_takes_names_codes_and_addresses(client: TestClient, written: str) -> None:
    note = write(client, scope={"kind": "list", "key": written})
    assert note["scope"]["key"] == "bn.wikipedia.org hi.wikipedia.org ta.wikipedia.org"
    page = client.get(f"/notes/{note['id']}").text
    assert "Bangla Wikipedia, Hindi Wikipedia and Tamil Wikipedia, 3 March 2025 to 16 March 2025" in page


@pytest.mark.parametrize(
    ("written", "said"),
    [("hi, wikipedia", "'wikipedia'"), ("hi, nonesuch", "'nonesuch'"), (" , ", "with commas between them"),
     (",".join(f"x{at}" for at in range(51)), "at most 50 wikis")],
)  # fmt: skip
def test_a_list_names_no_wiki_that_is_not_one(client: TestClient, engine: Engine, written: str, said: str) -> None:
    answer = post(client, NOTES, NOTE | {"scope": {"kind": "list", "key": written}})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"].startswith("scope")
    assert said in error["message"]
    assert read_notes(engine) == []


@pytest.mark.parametrize("address", ["/api/v1/notes", "/api/v1/notes.csv"])
def test_a_range_that_is_backwards_is_refused_and_not_empty(client: TestClient, address: str) -> None:
    answer = client.get(f"{address}?from=2026-05-02&to=2026-05-01")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "to")
    assert client.get(f"{address}?from=2026-05-01&to=2026-05-01").status_code == 200


def test_pages_of_the_list_hold_every_note_once(client: TestClient) -> None:
    wanted = [write(client, label=f"Note {at}")["id"] for at in range(5)]
    found: list[int] = []
    query: dict[str, Any] = {"limit": 2}
    while query:
        page = get(client, NOTES, **query)
        found += [one["id"] for one in page["items"]]
        query = query | {"cursor": page["next"]} if page["next"] else {}
    assert found == wanted[::-1]


def test_the_table_holds_no_formula(client: TestClient) -> None:
    write(client, label="=HYPERLINK(1)")
    lines = client.get(f"{NOTES}.csv").content.decode("utf-8-sig").splitlines()
    assert lines[0] == '"id","scope","wikis","first","last","metric","kind","label","note","link","author","at"'
    assert '"\'=HYPERLINK(1)"' in lines[1]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first": "2025-03-16", "last": "2025-03-03"}, "last"),
        ({"last": "2030-01-01"}, "last"),
        ({"first": "9999-12-01", "last": "9999-12-31"}, "last"),
        ({"first": "1999-01-01"}, "first"),
        ({"first": "2001-01-01", "last": "2025-01-01"}, "last"),
        ({"note": "x" * 10_000}, "note"),
        ({"label": "Turned \u202eround"}, "label"),
        ({"scope": {"kind": "wiki", "key": "nonesuch.wikipedia.org"}}, "scope"),
        ({"scope": {"kind": "language", "key": "<b>"}}, "scope"),
        ({"scope": {"kind": "family", "key": ""}}, "scope"),
        ({"scope": {"kind": "all", "key": "hi.wikipedia.org"}}, "scope"),
        ({"scope": {"kind": "list", "key": "hi.wikipedia.org " * 60}}, None),
        ({"kind": "party"}, "kind"),
        ({"unknown": 1}, "unknown"),
    ],
    ids=[f"{at}" for at in range(14)],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_stored(
    client: TestClient, engine: Engine, changes: dict[str, Any], field: str | None
) -> None:
    answer = post(client, NOTES, NOTE | changes)
    if field is None:
        # The same wiki many times is that wiki once.
        assert answer.status_code == 201
        return
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert read_notes(engine) == []


@pytest.mark.parametrize("address", ["/notes?to=9999-12", "/notes/new?project=hi.wikipedia.org&from=9999-12"])
def test_the_last_month_that_there_can_be_is_read(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 200


def test_whoever_is_not_logged_in_writes_nothing(plain_reader: TestClient, engine: Engine) -> None:
    assert plain_reader.post(NOTES, json=NOTE).status_code == 401
    assert read_notes(engine) == []


def test_the_first_address_of_a_note_goes_on_working(client: TestClient, engine: Engine) -> None:
    note = annotate(engine, "hi.wikipedia.org", SHARED, "Feminism and Folklore")
    old = get(client, f"/api/v1/projects/hi.wikipedia.org/peaks/{SHARED:%Y-%m}")["annotation"]
    assert old == get(client, f"{NOTES}/{note.id}")
