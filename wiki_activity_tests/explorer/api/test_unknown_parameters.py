"""A parameter that an address of the API does not know is refused and named, never ignored in silence."""

from functools import reduce

import pytest
from fastapi.testclient import TestClient

from wiki_activity_tests.explorer.api.asking import get

PLACES = {"{project}": "hi.wikipedia.org", "{month}": "2025-03", "{episode_id}": "1", "{annotation_id}": "1"}


def _addresses(client: TestClient) -> list[str]:
    paths = get(client, "/openapi.json")["paths"]
    return [path for path, methods in paths.items() if path.startswith("/api/v1/") and "get" in methods]


def test_every_address_refuses_a_parameter_that_it_does_not_know(client: TestClient) -> None:
    addresses = _addresses(client)
    assert len(addresses) > 12
    for path in addresses:
        address = reduce(lambda written, place: written.replace(*place), PLACES.items(), path)
        answer = client.get(address, params={"projekt": "x"})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "projekt"), address
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_parameter_that_was_meant_is_named(client: TestClient) -> None:
    error = client.get("/api/v1/peaks", params={"mont": "2025-03"}).json()["errors"][0]
    assert "did you mean month?" in error["message"]
    other = client.get("/api/v1/projects/hi.wikipedia.org", params={"zzz": "1"}).json()["errors"][0]
    assert "there are none here" in other["message"]


def test_no_more_than_some_errors_are_told(client: TestClient) -> None:
    answer = client.get("/api/v1/peaks", params={f"x{number}": "1" for number in range(500)})
    assert len(answer.json()["errors"]) == 10


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_monitors_may_ask_as_they_like(client: TestClient, address: str) -> None:
    assert client.get(address, params={"x": "1"}).status_code == 200
