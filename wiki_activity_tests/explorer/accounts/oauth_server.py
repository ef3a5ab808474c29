"""An OAuth 2 server that keeps to the rules: exact redirect addresses, one-time codes, PKCE; with faults on demand."""

import base64
import hashlib
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

CLIENT_ID = "explorer-under-test"
CLIENT_SECRET = "a-client-secret-that-must-not-be-told"
PROFILE: dict[str, Any] = {
    "sub": 4711,
    "username": "Asha",
    "editcount": 5000,
    "confirmed_email": True,
    "blocked": False,
    "email": "asha@example.org",
    "realname": "Asha A.",
}


def _write_for_ever() -> Iterator[bytes]:
    while True:
        yield b" " * 65_536


def _drip(released: threading.Event) -> Iterator[bytes]:
    while not released.wait(0.05):
        yield b" "


@dataclass(slots=True)
class OAuthServer:
    """What the server knows, and how it is to misbehave.

    Parameters
    ----------
    redirect_uri
        The only one that is registered.
    profile
        Of whoever logs in.
    account, global_blocks
        What all wikis together know of them, besides what the profile says.
    names
        What is known of other accounts, by their names.
    looked_up
        Ids and names that were asked for.
    faults
        By endpoint (`authorize`, `access_token`, `profile`, `api`): `500`, `slow`, `list`, `redirect`, `denied`, …
    """

    redirect_uri: str = ""
    profile: Any = field(default_factory=lambda: dict(PROFILE))
    account: dict[str, Any] = field(default_factory=dict)
    global_blocks: list[dict[str, Any]] = field(default_factory=list)
    names: dict[str, dict[str, Any]] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    given: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/oauth2/authorize", self.authorize),
                Route("/oauth2/access_token", self.access_token, methods=["POST"]),
                Route("/oauth2/resource/profile", self.resource_profile),
                Route("/w/api.php", self.api),
            ]
        )

    def authorize(self, request: Request) -> Response:
        query = request.query_params
        self.asked.append("authorize")
        if query.get("redirect_uri") != self.redirect_uri or query.get("client_id") != CLIENT_ID:
            return PlainTextResponse("unknown client or redirect_uri", 400)
        answer = {"state": query.get("state", "")}
        pkce = query.get("code_challenge_method") == "S256" and len(query.get("code_challenge", "")) == 43
        fault = self.faults.get("authorize")
        if fault == "denied":
            answer["error"] = "access_denied"
        elif fault:
            answer["error"] = fault
        elif query.get("response_type") != "code" or not pkce or not answer["state"]:
            answer["error"] = "invalid_request"
        else:
            code = self.remember(secrets.token_urlsafe(24))
            self.codes[code] = query["code_challenge"]
            answer["code"] = code
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(answer)}", 302)

    async def access_token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        return await self.waiting("access_token", request) or self.exchange(form)

    def exchange(self, form: dict[str, str]) -> Response:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        challenge = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != self.redirect_uri
            or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge
        ):
            return JSONResponse({"error": "invalid_grant", "error_description": "no such code"}, 400)
        token = self.remember(secrets.token_urlsafe(24))
        self.tokens.add(token)
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 14400})

    async def resource_profile(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        fault = await self.waiting("profile", request)
        if fault is not None:
            return fault
        if scheme != "Bearer" or token not in self.tokens:
            return JSONResponse({"message": "not logged in"}, 401)
        return JSONResponse(self.profile)

    async def api(self, request: Request) -> Response:
        query = request.query_params
        assert (query["action"], query["meta"], query["format"]) == ("query", "globaluserinfo", "json")
        self.looked_up.append(query.get("guiid") or query["guiuser"])
        fault = await self.waiting("api", request)
        if fault is not None:
            return fault
        if "guiid" in query:
            found = self.known_account() | self.account
        else:
            found = self.names.get(query["guiuser"], {"missing": True})
            if query["guiuser"] == self.profile.get("username"):
                found = self.known_account() | self.account
        return JSONResponse({"query": {"globaluserinfo": found, "globalblocks": self.global_blocks}})

    def known_account(self) -> dict[str, Any]:
        return {
            "home": "enwiki",
            "id": int(self.profile["sub"]),
            "registration": "2012-05-01T12:00:00Z",
            "name": self.profile.get("username", ""),
            "editcount": self.profile.get("editcount", 0),
            "merged": [{"wiki": "enwiki", "url": "https://en.wikipedia.org", "id": 7, "editcount": 40}],
        }

    async def waiting(self, endpoint: str, request: Request) -> Response | None:
        """The answer that a fault makes; None where all is well."""
        self.asked.append(endpoint)
        self.agents.add(request.headers["user-agent"])
        if self.faults.get(endpoint) == "slow":
            await run_in_threadpool(self.released.wait, 30)
        answers: dict[str, Response] = {
            "500": PlainTextResponse("<b>Internal</b>", 500),
            "429": PlainTextResponse("slow down", 429),
            "broken": Response('{"access_token": ', media_type="application/json"),
            "html": Response("<html>maintenance</html>", media_type="text/html"),
            "list": JSONResponse(["no", "object"]),
            "error": JSONResponse({"error": {"code": "ratelimited", "info": "You have exceeded your rate limit."}}),
            "endless": StreamingResponse(_write_for_ever(), media_type="application/json"),
            "drip": StreamingResponse(_drip(self.released), media_type="application/json"),
            "empty": JSONResponse({}),
            "odd expiry": JSONResponse({"access_token": "x", "token_type": "Bearer", "expires_in": ["soon"]}),
            "odd type": JSONResponse({"access_token": "x", "token_type": "smoke"}),
            "invalid_client": JSONResponse({"error": "invalid_client", "error_description": CLIENT_SECRET}, 401),
            # As the library that MediaWiki uses says it.
            "used code": JSONResponse({"error": "invalid_request", "hint": "Authorization code has been revoked"}, 400),
            "redirect": RedirectResponse("/elsewhere", 307),
        }
        return answers.get(self.faults.get(endpoint, ""))

    def remember(self, secret: str) -> str:
        """Note what must never be seen in a log."""
        self.given.append(secret)
        return secret
