"""The simulated Action API of each wiki: the namespaces of its siteinfo, and nothing else."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wiki_activity.simulator.wiki_catalogue import Catalogue, SimulatedWiki

_NAMES: Final = {-1: "Special", 0: "", 1: "Talk", 2: "User", 3: "User talk", 6: "File", 14: "Category"}
_MORE: Final[dict[str, dict[int, str]]] = {
    "wikisource": {102: "Author", 104: "Page", 106: "Index"},
    "wiktionary": {100: "Appendix"},
    "wikibooks": {102: "Cookbook"},
}
"""Namespaces of content that wikis of a family have besides articles."""
_ALWAYS: Final = {"case": "first-letter", "subpages": False, "nonincludable": False}


class SiteInfoApi:
    """Answers `action=query&meta=siteinfo&siprop=namespaces` of the wikis of a catalogue, in both format versions."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._wikis = {wiki.host: wiki for wiki in catalogue.open_wikis}

    async def answer(self, request: Request) -> Response:
        """Answer for the wiki in the path; another one's address has no such page."""
        wiki, asked = self._wikis.get(request.path_params["host"]), request.query_params
        if wiki is None:
            return Response("no such wiki", 404, media_type="text/plain")
        wanted = {"action": "query", "meta": "siteinfo", "siprop": "namespaces", "format": "json"}
        odd = next((name for name, value in wanted.items() if asked.get(name) != value), None)
        if odd is not None:
            info = f'Unrecognized value for parameter "{odd}": {asked.get(odd, "")}. Only namespaces are simulated.'
            return JSONResponse(
                {"error": {"code": "badvalue", "info": info}}, headers={"MediaWiki-API-Error": "badvalue"}
            )
        is_modern = asked.get("formatversion", "1") == "2"
        return JSONResponse({"batchcomplete": True, "query": {"namespaces": _describe(wiki, is_modern=is_modern)}})


def _describe(wiki: SimulatedWiki, *, is_modern: bool) -> dict[str, Any]:
    more = _MORE.get(wiki.family, {})
    content = {0, 6} if wiki.code == "commons" else {0, *more}
    described = {}
    for number, name in sorted((_NAMES | more).items()):
        one: dict[str, Any] = {"id": number, **_ALWAYS, ("name" if is_modern else "*"): name}
        if is_modern:
            one["content"] = number in content
        elif number in content:
            one["content"] = ""
        described[str(number)] = one
    return described
