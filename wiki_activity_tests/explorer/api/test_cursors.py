"""Cursors are opaque, and whatever is no cursor of a list is refused in words."""

import base64
import json

import pytest
from fastapi.testclient import TestClient

from wiki_activity_tests.explorer.api.asking import get

LISTS = ["/api/v1/projects", "/api/v1/peaks", "/api/v1/peaks.csv", "/api/v1/annotations", "/api/v1/episodes"]


def _encode(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


WEIRD = [
    "x",
    "-1",
    "AAAA",
    "é",
    "a" * 5000,
    "=== or 1=1",
    _encode(None),
    _encode([]),
    _encode({}),
    _encode(["wikis"]),
    _encode(["wikis", None]),
    _encode(["wikis", "no.such.wiki"]),
    _encode(["changes", "yesterday", 1, 1]),
    _encode(["changes", "2026-10-05T12:00:00", 1, 1]),
    _encode(["changes", "0001-01-01T00:00:00+14:00", 1, 1]),
    _encode(["changes", "2026-10-05T12:00:00+00:00", 10**30, 1]),
    _encode(["changes", "2026-10-05T12:00:00+00:00", 1, -(10**30)]),
    _encode(["changes", "2026-10-05T12:00:00+00:00", True, 1]),
    _encode(["wikis", "\ud800"]),
    _encode(["episodes", 1, "\ud800", 1]),
    _encode(["episodes", 1, "a\0b", 1]),
    _encode(["episodes", 1, "a" * 256, 1]),
    _encode(["month", "2025-03-01", 1e400, "x"]),
    _encode(["month", "2025-03-01", 1, "x"]),
    base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("=")[:1999],
    base64.urlsafe_b64encode(b"\xff\xfe").decode().rstrip("="),
]


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("cursor", WEIRD)
def test_a_weird_cursor_is_named_as_such(client: TestClient, address: str, cursor: str) -> None:
    answer = client.get(address, params={"cursor": cursor})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == ["cursor"]


def test_a_cursor_of_one_list_is_none_of_another(client: TestClient) -> None:
    cursor = get(client, "/api/v1/projects", limit=1)["next"]
    assert client.get("/api/v1/peaks", params={"cursor": cursor}).status_code == 422
    by_month = get(client, "/api/v1/peaks", limit=1)["next"]
    assert client.get("/api/v1/peaks", params={"cursor": by_month, "sort": "value"}).status_code == 422
