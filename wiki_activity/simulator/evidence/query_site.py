"""What a simulated wiki says of itself (`meta=siteinfo`), of its change tags and of its pages."""

from datetime import UTC, datetime
from typing import Any

from wiki_activity.simulator.evidence.causes import CauseKind
from wiki_activity.simulator.evidence.pages import Pages
from wiki_activity.simulator.evidence.parameters import Parameters
from wiki_activity.simulator.evidence.people import begin_month, format_time
from wiki_activity.simulator.evidence.revisions import TAGS
from wiki_activity.simulator.evidence.wiki_view import WikiView
from wiki_activity.simulator.publication import number_month

Part = tuple[dict[str, Any], dict[str, str]]
_TOOL_NAMES = {"OAuth CID: 1805": "QuickStatements [3.0]", "OAuth CID: 1352": "OpenRefine [1.2]"}


def describe_site(view: WikiView, asked: Parameters) -> dict[str, Any]:
    """Describe the wiki: general, namespaces, statistics, whichever are asked for."""
    told: dict[str, Any] = {}
    wiki, wanted = view.wiki, asked.words("siprop", "general")
    if "general" in wanted:
        told["general"] = {
            "mainpage": "Main Page",
            "base": f"https://{wiki.host}/wiki/Main_Page",
            "sitename": wiki.sitename,
            "generator": "MediaWiki 1.47.0-wmf.1",
            "case": "first-letter",
            "lang": wiki.language,
            "articlepath": "/wiki/$1",
            "server": f"//{wiki.host}",
            "servername": wiki.host,
            "wikiid": wiki.dbname,
            "timezone": "UTC",
            "time": format_time(view.now),
            "misermode": True,
        }
    if "namespaces" in wanted:
        told["namespaces"] = describe_namespaces(Pages(wiki), is_modern=asked.text("formatversion", "1") == "2")
    if "statistics" in wanted:
        size = round(wiki.size)
        told["statistics"] = {
            "pages": 20 * size,
            "articles": 8 * size,
            "edits": 150 * size,
            "images": 0,
            "users": 30 * size,
            "activeusers": size // 12,
            "admins": 3 + size // 20_000,
            "jobs": 0,
        }
    return told


def describe_namespaces(pages: Pages, *, is_modern: bool) -> dict[str, Any]:
    """Describe namespaces as siteinfo does, in format version 1 or 2."""
    described = {}
    for number, (canonical, name) in pages.namespaces.items():
        one: dict[str, Any] = {
            "id": number,
            "case": "first-letter",
            "subpages": number in {1, 2, 3, 4, 5},
            "nonincludable": False,
            ("name" if is_modern else "*"): name,
        }
        if number:
            one["canonical"] = canonical
        if is_modern:
            one["content"] = number in pages.content
        elif number in pages.content:
            one["content"] = ""
        described[str(number)] = one
    return described


def list_tags(view: WikiView, asked: Parameters) -> Part:
    """Answer `list=tags`: names, link texts and hits of the change tags that the wiki has."""
    properties = set(asked.words("tgprop"))
    own = {
        cause.name
        for month in range(max(0, number_month(datetime.fromtimestamp(view.now, UTC).date()) + 1))
        for cause in view.source.causes.list_month(view.wiki.host, begin_month(month))
        if cause.kind in {CauseKind.TOOLS, CauseKind.TRANSLATION, CauseKind.NEWCOMER_TASKS}
    }
    told = []
    for place, name in enumerate(sorted({*TAGS, *own})[: asked.limit("tglimit")]):
        one: dict[str, Any] = {"name": name}
        if "displayname" in properties:
            # What a wiki writes here is markup of its own.
            shown = _TOOL_NAMES.get(name, name)
            one["displayname"] = f'<a href="/wiki/Special:Tags" title="{name}">{shown}</a>' if place % 3 else shown
        if "description" in properties:
            one["description"] = f"Edit made with <b>{name}</b>"
        if "hitcount" in properties:
            one["hitcount"] = round(view.wiki.size * (1 + place))
        if "defined" in properties:
            one["defined"] = True
        if "source" in properties:
            one["source"] = ["extension"]
        if "active" in properties:
            one["active"] = place % 7 != 6
        told.append(one)
    return {"tags": told}, {}


def describe_pages(view: WikiView, asked: Parameters) -> dict[str, Any]:
    """Answer `titles=`: whether pages still exist, and with `prop=revisions` when they were created.

    Those that end in `(new)` are an hour old, all others two years.
    Of pages all of which titles follow from numbers, those are missing that were deleted by hand or in a wave that was
    reverted.
    """
    pages, normalized = [], []
    for title in asked.words("titles"):
        namespace, plain, rest = _normalize(Pages(view.wiki), title)
        if plain != title:
            normalized.append({"fromencoded": False, "from": title, "to": plain})
        if not view.exists(plain) or _was_attack(rest):
            pages.append({"ns": namespace, "title": plain, "missing": True})
        else:
            created = view.now - (3600 if plain.endswith("(new)") else 2 * 365 * 86_400)
            pages.append(
                {
                    "pageid": 1 + sum(plain.encode()) * 7919,
                    "ns": namespace,
                    "title": plain,
                    "contentmodel": "wikitext",
                    "touched": format_time(view.now - 3600),
                    "length": 4000,
                }
                | ({"revisions": [{"timestamp": format_time(created)}]} if "revisions" in asked.words("prop") else {})
            )
    return {"normalized": normalized, "pages": pages} if normalized else {"pages": pages}


def _normalize(pages: Pages, title: str) -> tuple[int, str, str]:
    """Return a title's namespace, the title as the wiki itself writes it, and what follows the namespace in it."""
    plain = title.replace("_", " ").strip()
    prefix, colon, rest = plain.partition(":")
    names = {name.lower(): number for number, both in pages.namespaces.items() for name in both if name}
    namespace = names.get(prefix.strip().lower(), 0) if colon else 0
    if not namespace:
        return 0, plain, plain
    return namespace, f"{pages.namespaces[namespace][1]}:{rest.strip()}", rest.strip()


def _was_attack(title: str) -> bool:
    words = title.split()
    return words[:3] == ["Zqx", "shame", "page"] and len(words) > 3 and words[3].isdecimal() and int(words[3]) % 2 == 1
