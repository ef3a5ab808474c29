"""How whoever is at the machine itself comes to write: by the link that is printed at the start."""

from fastapi import FastAPI
from fastapi.testclient import TestClient


def link_of(app: FastAPI) -> str:
    """The path of the printed link."""
    return f"/login?token={app.state.accounts.signatures.link_token}"


def open_link(client: TestClient, app: FastAPI) -> TestClient:
    """Let a reader open it, once."""
    answer = client.get(link_of(app), follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return client
