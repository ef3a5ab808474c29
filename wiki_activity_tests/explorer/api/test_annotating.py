"""Annotations over the API: saved, changed, reverted, hidden, and refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select

from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import note_revisions
from wiki_activity_tests.explorer.api.asking import BODY, MONTH, NOTE, SERIES, get, post, put, write_headers
from wiki_activity_tests.explorer.stored import SHARED, annotate, restate

BOTH = pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)


@BOTH
def test_an_annotation_is_saved_changed_and_read_back(client: TestClient) -> None:
    created = put(client)
    assert created.status_code == 201
    assert created.json() | BODY | {"version": 1} == created.json()
    assert (created.json()["author"], created.json()["hidden"]) == ("local", False)
    changed = put(client, label="Another label", link=None, version=1)
    assert (changed.status_code, changed.json()["version"], changed.json()["link"]) == (200, 2, None)
    assert get(client, MONTH)["annotation"] == changed.json()
    peaks = {peak["month"]: peak for peak in get(client, SERIES)["peaks"]}
    assert peaks["2025-03"]["annotation"] == changed.json()


@BOTH
def test_of_twenty_saves_at_once_one_wins_and_the_others_are_told_what_won(client: TestClient, engine: Engine) -> None:
    headers = write_headers(client)

    def save(number: int) -> Any:
        return client.put(NOTE, json=BODY | {"label": f"Label {number}"}, headers=headers)

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(save, range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    won = next(answer.json() for answer in answers if answer.status_code == 201)
    assert all(answer.json()["current"] == won for answer in answers if answer.status_code == 409)
    assert _count_revisions(engine) == 1


def test_a_conflict_carries_what_is_stored_by_now(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED, "Asha was first")
    answer = put(client, version=0)
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert answer.json()["current"]["label"] == "Asha was first"
    assert answer.json()["current"]["version"] == 1


@BOTH
def test_a_reviewer_reverts_hides_and_shows_again(client: TestClient) -> None:
    put(client)
    put(client, label="Worse", version=1)
    back = post(client, "revert", revision=1, version=2, reason="it was better")
    assert (back.status_code, back.json()["label"], back.json()["version"]) == (200, BODY["label"], 3)
    hidden = post(client, "hide", version=3, reason="names a person")
    assert (hidden.status_code, hidden.json()["hidden"]) == (200, True)
    shown = post(client, "unhide", version=4, reason="does not, after all")
    assert (shown.status_code, shown.json()["hidden"], shown.json()["label"]) == (200, False, BODY["label"])
    history = get(client, f"{NOTE}/history")["items"]
    assert [one["action"] for one in history] == ["create", "edit", "revert", "hide", "unhide"]
    assert [one["number"] for one in history] == [1, 2, 3, 4, 5]
    assert history[3]["reason"] == "names a person"


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    assert put(client, version=3).status_code == 404
    assert put(client, NOTE.replace("2025-03", "2025-05")).status_code == 404
    assert put(client, NOTE.replace("hi.", "xx.")).status_code == 404
    assert post(client, "hide", version=1, reason="because").status_code == 404
    put(client)
    assert post(client, "revert", revision=7, version=1, reason="because").status_code == 404


def test_a_month_that_is_no_peak_any_more_can_still_be_changed(client: TestClient, engine: Engine) -> None:
    put(client)
    restate(engine, "hi.wikipedia.org", {SHARED: 40_000})
    assert put(client, label="Counts were wrong", kind="data-error", version=1).status_code == 200


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"label": "x" * 10_000}, "label"),
    ({"label": "ab"}, "label"),
    ({"label": "   a   "}, "label"),
    ({"label": "safe\u202etxt.exe"}, "label"),
    ({"label": "zero\u200bwidth"}, "label"),
    ({"label": "two\nlines"}, "label"),
    ({"label": "nul\x00l"}, "label"),
    ({"label": None}, "label"),
    ({"label": 12345}, "label"),
    ({"note": "x" * 501}, "note"),
    ({"note": "\u2066isolated\u2069"}, "note"),
    ({"link": "javascript:alert(1)"}, "link"),
    ({"link": "http://example.org/"}, "link"),
    ({"link": "https://user:secret@example.org/"}, "link"),
    ({"link": "https://"}, "link"),
    ({"link": "https://example.org/\u202e"}, "link"),
    ({"link": "data:text/html,<script>"}, "link"),
    ({"link": "x" * 501}, "link"),
    ({"kind": "sausage"}, "kind"),
    ({"version": -1}, "version"),
    ({"version": 10**30}, "version"),
    ({"version": "0"}, "version"),
    ({"author": "somebody else"}, "author"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED)
def test_a_text_that_cannot_be_kept_names_its_field_and_stores_nothing(
    client: TestClient, engine: Engine, changes: dict[str, Any], field: str
) -> None:
    answer = put(client, **changes)
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert len(answer.content) < 2000
    assert _count_revisions(engine) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b"[" * 10_000])
def test_a_body_that_is_no_object_is_not_understood(client: TestClient, engine: Engine, body: bytes) -> None:
    headers = write_headers(client) | {"Content-Type": "application/json"}
    answer = client.put(NOTE, content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert _count_revisions(engine) == 0


def test_another_kind_of_body_is_refused(client: TestClient, engine: Engine) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = client.put(NOTE, content=b"{}", headers=write_headers(client) | {"Content-Type": kind})
        assert answer.status_code == 415
    assert _count_revisions(engine) == 0


def test_reading_a_note_changes_nothing(client: TestClient, engine: Engine) -> None:
    for method in ("GET", "POST", "DELETE", "PATCH"):
        answer = client.request(method, NOTE, headers=write_headers(client))
        assert answer.status_code == 405
        assert "PUT" in answer.headers["allow"]
    assert _count_revisions(engine) == 0


def _count_revisions(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(note_revisions)).scalar_one())
