"""The simulated Action API: the site matrix in both format versions, and accounts of all wikis."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wiki_activity.simulator.faults import FaultPlan, find_moves
from wiki_activity.simulator.wiki_catalogue import Catalogue, SimulatedWiki

_ACCOUNTS = 1_000_000


class SiteMatrixApi:
    """Answers `action=sitematrix` from two texts that are made once, and anew when wikis have moved or are gone.

    Parameters
    ----------
    catalogue
        All of its wikis are listed, open or not.
    plan
        Names those that have moved and those that are gone.
    """

    def __init__(self, catalogue: Catalogue, plan: FaultPlan) -> None:
        self._catalogue = catalogue
        self._plan = plan
        self._made_of: tuple[tuple[str, ...], ...] | None = None
        self._bodies: dict[str, str] = {}

    def _make(self) -> None:
        faults = self._plan.faults
        if self._made_of == (faults.gone_wikis, faults.moved_wikis):
            return
        self._made_of = (faults.gone_wikis, faults.moved_wikis)
        moves = find_moves(faults)

        def place(wikis: Iterable[SimulatedWiki]) -> tuple[SimulatedWiki, ...]:
            return tuple(
                replace(wiki, host=moves.get(wiki.host, wiki.host))
                for wiki in wikis
                if wiki.host not in faults.gone_wikis
            )

        catalogue = replace(
            self._catalogue,
            open_wikis=place(self._catalogue.open_wikis),
            shut_wikis=place(self._catalogue.shut_wikis),
        )
        self._bodies = {
            version: json.dumps({"sitematrix": _make_matrix(catalogue, flag)}, ensure_ascii=version == "1")
            for version, flag in (("1", ""), ("2", True))
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the site matrix, or an error of the Action API, which has status 200."""
        await self._answer(Request(scope).query_params)(scope, receive, send)

    def _answer(self, asked: QueryParams) -> Response:
        self._make()
        version = asked.get("formatversion", "1")
        if asked.get("action") == "query" and asked.get("meta") == "globaluserinfo":
            return _tell_account(asked.get("guiid", ""))
        if asked.get("action") != "sitematrix":
            return _refuse("action", asked.get("action", ""))
        if asked.get("format") != "json":
            return _refuse("format", asked.get("format", ""))
        if version not in self._bodies:
            return _refuse("formatversion", version)
        return Response(self._bodies[version], media_type="application/json")


def _make_matrix(catalogue: Catalogue, flag: str | bool) -> dict[str, Any]:  # noqa: FBT001 - it is a value, not a switch
    wikis = [*catalogue.open_wikis, *catalogue.shut_wikis]
    by_language: dict[str, list[SimulatedWiki]] = {}
    for wiki in wikis:
        if wiki.family != "special":
            by_language.setdefault(wiki.language, []).append(wiki)
    matrix: dict[str, Any] = {"count": len(wikis)}
    for place, language in enumerate(sorted(catalogue.languages, key=lambda language: language.matrix_code)):
        matrix[str(place)] = {
            "code": language.matrix_code,
            "name": language.autonym,
            "site": [_describe(wiki, flag) for wiki in by_language.get(language.matrix_code, [])],
            "dir": language.direction,
            "localname": language.name,
        }
    specials = sorted((wiki for wiki in wikis if wiki.family == "special"), key=lambda wiki: wiki.host)
    matrix["specials"] = [_describe(wiki, flag, lang=wiki.language) for wiki in specials]
    return matrix


def _describe(wiki: SimulatedWiki, flag: str | bool, **more: str) -> dict[str, Any]:  # noqa: FBT001 - as above
    plain = {"url": f"https://{wiki.host}", "dbname": wiki.dbname, "code": wiki.code, **more, "sitename": wiki.sitename}
    return plain | dict.fromkeys(sorted(wiki.flags), flag)


def _tell_account(account_id: str) -> Response:
    """Tell of an account by its central id: the simulator knows those under a million."""
    known = account_id.isdecimal() and 0 < int(account_id) < _ACCOUNTS
    account = {"id": int(account_id), "name": f"Simulated account {account_id}"} if known else {"missing": True}
    return Response(json.dumps({"query": {"globaluserinfo": account}}), media_type="application/json")


def _refuse(parameter: str, value: str) -> Response:
    info = f'Unrecognized value for parameter "{parameter}": {value}. Only the site matrix in JSON is simulated.'
    body = {"error": {"code": "badvalue", "info": info}}
    headers = {"MediaWiki-API-Error": "badvalue"}
    return Response(json.dumps(body), media_type="application/json", headers=headers)
