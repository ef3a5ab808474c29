import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize("path", ["/", "/about", "/healthz", "/api/v1/projects", "/p/nowhere.example.org"])
def test_head_has_the_status_and_headers_of_get_without_its_body(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)

    assert got.content
    assert head.content == b""
    assert head.status_code == got.status_code
    assert head.headers["content-type"] == got.headers["content-type"]


def test_head_of_a_stream_ends_with_its_headers(client: TestClient) -> None:
    head = client.head("/api/v1/live/stream")

    assert head.status_code == 200
    assert head.headers["content-type"].startswith("text/event-stream")
    assert head.content == b""
