"""Asking the API as scripts do."""

from typing import Any

import httpx2
from fastapi.testclient import TestClient

SERIES = "/api/v1/projects/hi.wikipedia.org/series"
MONTH = "/api/v1/projects/hi.wikipedia.org/peaks/2025-03"
NOTE = f"{MONTH}/annotation"
BODY = {
    "label": "Feminism and Folklore",
    "note": "A contest.",
    "link": "https://meta.wikimedia.org/wiki/F",
    "kind": "contest",
    "version": 0,
}


def write_headers(client: TestClient) -> dict[str, str]:
    """The header that a change needs, for the client's session."""
    answer = client.get("/api/v1/session")
    token = answer.json().get("csrf_token") if answer.status_code == 200 else None
    return {"X-CSRF-Token": token} if token else {}


def put(client: TestClient, address: str = NOTE, **changes: Any) -> httpx2.Response:
    """Save an annotation."""
    return client.put(address, json={**BODY, **changes}, headers=write_headers(client))


def post(client: TestClient, step: str, address: str = NOTE, **body: Any) -> httpx2.Response:
    """Revert, hide or unhide it."""
    return client.post(f"{address}/{step}", json=body, headers=write_headers(client))


def get(client: TestClient, address: str, **query: Any) -> Any:
    """Get JSON that is there."""
    answer = client.get(address, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()
