"""The simulated Slack: an incoming webhook, and a page that shows what it was sent."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from wiki_activity.simulator.faults import FaultPlan
from wiki_activity.simulator.gateway import hang
from wiki_activity.simulator.mrkdwn import render_mrkdwn
from wiki_activity.simulator.pages import render_page

KEPT_MESSAGES: Final = 1000
MOST_BLOCKS: Final = 50
LONGEST_TEXT: Final = 40_000
LONGEST_SECTION: Final = 3000
BLOCK_TYPES: Final = frozenset({"section", "context", "header", "divider", "actions", "image", "rich_text"})


class PayloadError(ValueError):
    """A message that Slack would not take; the text is Slack's own word for it."""


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """One message that the webhook took.

    Parameters
    ----------
    received_at
        Epoch seconds.
    token
        Last part of the webhook's address.
    payload
        As it was sent.
    """

    received_at: float
    token: str
    payload: dict[str, Any]


class Slack:
    """Takes messages and shows them.

    Parameters
    ----------
    plan
        Says what goes wrong.
    clock
        Epoch seconds.
    """

    def __init__(self, plan: FaultPlan, clock: Callable[[], float]) -> None:
        self._plan = plan
        self._clock = clock
        self.messages: deque[SlackMessage] = deque(maxlen=KEPT_MESSAGES)

    async def take_message(self, request: Request) -> Response:
        """Answer `POST /slack/{token}` as an incoming webhook does."""
        faults = self._plan.faults
        if faults.slack == "rate_limited":
            headers = {"Retry-After": str(faults.slack_retry_after)}
            return PlainTextResponse("rate_limited", HTTPStatus.TOO_MANY_REQUESTS, headers)
        if faults.slack == "error":
            return PlainTextResponse("rollup_error", HTTPStatus.INTERNAL_SERVER_ERROR)
        if faults.slack == "gone":
            return PlainTextResponse("no_service", HTTPStatus.NOT_FOUND)
        if faults.slack == "hang":
            return _HungResponse(faults.hang_seconds)
        try:
            payload = read_payload(await request.body())
        except PayloadError as error:
            return PlainTextResponse(str(error), HTTPStatus.BAD_REQUEST)
        self.messages.append(SlackMessage(self._clock(), request.path_params["token"], payload))
        return PlainTextResponse("ok")

    async def list_messages(self, _request: Request) -> Response:
        """Answer `GET /slack.json`: the messages, oldest first."""
        return JSONResponse(
            [
                {"received_at": message.received_at, "token": message.token, **message.payload}
                for message in self.messages
            ]
        )

    async def show_messages(self, _request: Request) -> Response:
        """Answer `GET /slack`: the channel as a page, newest first."""
        shown = [
            {
                "token": message.token,
                "received": datetime.fromtimestamp(message.received_at, UTC),
                "parts": list(_render_parts(message.payload)),
            }
            for message in reversed(self.messages)
        ]
        return render_page("slack.html", messages=shown)


def read_payload(body: bytes) -> dict[str, Any]:
    """Read a webhook's body.

    Raises
    ------
    PayloadError
        `invalid_payload` where it is no JSON object or a field has the wrong type, `no_text` where it says nothing,
        `msg_too_long`, and `invalid_blocks` where Slack could not show a block.
    """
    try:
        payload = json.loads(body)
    except ValueError as error:
        raise PayloadError("invalid_payload") from error
    if not isinstance(payload, dict):
        raise PayloadError("invalid_payload")
    text, blocks = payload.get("text", ""), payload.get("blocks", [])
    if not isinstance(text, str) or not isinstance(blocks, list):
        raise PayloadError("invalid_payload")
    if not text and not blocks:
        raise PayloadError("no_text")
    if len(text) > LONGEST_TEXT:
        raise PayloadError("msg_too_long")
    if len(blocks) > MOST_BLOCKS or not all(_is_block(block) for block in blocks):
        raise PayloadError("invalid_blocks")
    return payload


def _is_block(block: object) -> bool:
    if not isinstance(block, dict) or block.get("type") not in BLOCK_TYPES:
        return False
    if not all(isinstance(block.get(name, []), list) for name in ("fields", "elements")):
        return False
    texts = _list_texts(block)
    return all(_is_text(text) for text in texts) and (bool(texts) or block["type"] not in {"section", "header"})


def _list_texts(block: dict[str, Any]) -> list[Any]:
    texts = [block["text"]] if "text" in block else []
    if block["type"] in {"section", "context"}:
        texts += [*block.get("fields", []), *block.get("elements", [])]
    return [text for text in texts if not (isinstance(text, dict) and text.get("type") == "image")]


def _is_text(text: object) -> bool:
    return (
        isinstance(text, dict)
        and text.get("type") in {"mrkdwn", "plain_text"}
        and isinstance(text.get("text"), str)
        and 0 < len(text["text"]) <= LONGEST_SECTION
    )


def _render_parts(payload: dict[str, Any]) -> Iterator[tuple[str, Markup]]:
    """Give each part of a message as its block's type and its HTML; without blocks the text stands in."""
    if not payload.get("blocks"):
        yield "section", render_mrkdwn(payload["text"])
        return
    for block in payload["blocks"]:
        for text in _list_texts(block):
            shown = render_mrkdwn(text["text"]) if text["type"] == "mrkdwn" else Markup("{}").format(text["text"])
            yield block["type"], shown
        if block["type"] == "divider":
            yield "divider", Markup()


class _HungResponse(Response):
    """An answer that does not come."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await hang(receive, self._seconds)
        await super().__call__(scope, receive, send)
