"""Dagster's page answers to its own names, and to its own pages."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from wiki_activity.defs.page import OwnNames


async def greet(_: object) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


@pytest.fixture
def client() -> TestClient:
    page = Starlette(routes=[Route("/", greet), WebSocketRoute("/graphql", talk)])
    return TestClient(OwnNames(page, {"localhost", "127.0.0.1", "::1", "dagster.example.org"}))


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:3000", None, 200),
        ("127.0.0.1:3000", "http://127.0.0.1:3000", 200),
        ("[::1]:3000", None, 200),
        ("dagster.example.org", "https://dagster.example.org", 200),
        ("rebound.example.com:3000", None, 400),
        ("", None, 400),
        ("localhost.example.com", None, 400),
        ("localhost:3000", "https://example.com", 403),
        ("localhost:3000", "null", 403),
    ],
)
def test_a_strange_name_or_page_is_refused(client: TestClient, host: str, origin: str | None, status: int) -> None:
    headers = {"Host": host} | ({} if origin is None else {"Origin": origin})

    assert client.get("/", headers=headers).status_code == status


def test_so_is_a_conversation_that_a_strange_page_opens(client: TestClient) -> None:
    with client.websocket_connect("/graphql", headers={"Host": "localhost:3000", "Origin": "http://localhost:3000"}):
        pass
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/graphql", headers={"Host": "localhost:3000", "Origin": "https://example.com"}),
    ):
        pass
