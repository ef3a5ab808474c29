"""`list=allrevisions` and `list=usercontribs` of the simulated Action API."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from wiki_activity.simulator.evidence.parameters import ApiError, Parameters
from wiki_activity.simulator.evidence.people import find_account
from wiki_activity.simulator.evidence.revisions import Revision
from wiki_activity.simulator.evidence.wiki_view import WikiView

_MOST_DAYS: Final = 500
"""Of one question about contributions; a real server would run out of time as well."""
Part = tuple[dict[str, Any], dict[str, str]]


def list_revisions(view: WikiView, asked: Parameters) -> Part:
    """Answer `list=allrevisions`: revisions by time, those of a page together.

    As at Wikimedia, `arvnamespace` is looked at after the limit, so that a part may have fewer rows than are asked for.
    """
    newer = asked.is_newer("arvdir")
    start, end = _read_times(asked, "arv", newer=newer)
    users = _read_one_user(asked, "arvuser")
    excluded = _read_one_user(asked, "arvexcludeuser") or frozenset()
    wanted = asked.namespaces("arvnamespace")
    properties = set(asked.words("arvprop", "ids|timestamp|flags|comment|user"))
    start, number = _read_continue(asked.text("arvcontinue"), start)
    some = _leave_out(view.walk(start, end, newer=newer, users=users), number, newer=newer)
    rows, following = _take((row for row in some if row.user_number not in excluded), asked.limit("arvlimit"))
    pages: dict[int, dict[str, Any]] = {}
    for row in rows:
        if wanted is None or row.namespace in wanted:
            page = pages.setdefault(
                row.page, {"pageid": row.page, "revisions": [], "ns": row.namespace, "title": row.title}
            )
            page["revisions"].append(row.describe(properties))
    return {"allrevisions": list(pages.values())}, _continue("arvcontinue", following)


def list_contributions(view: WikiView, asked: Parameters) -> Part:
    """Answer `list=usercontribs`, for up to 50 names or ids; of accounts that there are not, nothing is told.

    As at Wikimedia those of several come by account, and by time within each of them.
    """
    newer = asked.is_newer("ucdir")
    start, end = _read_times(asked, "uc", newer=newer)
    users = _read_users(asked)
    wanted = asked.namespaces("ucnamespace")
    properties = set(asked.words("ucprop", "ids|title|timestamp|comment|size|flags"))
    tag = asked.text("uctag")
    if newer and start is None:
        start = max(view.now - _MOST_DAYS * 86_400, 0)
    if not newer and end is None:
        end = (view.now if start is None else start) - _MOST_DAYS * 86_400
    after = asked.text("uccontinue")
    some: Iterator[Revision]
    if len(users) > 1:
        by_account = sorted(view.walk(start, end, newer=newer, users=users), key=_place, reverse=not newer)
        begin = _read_account(after)
        some = (row for row in by_account if begin is None or (_place(row) >= begin if newer else _place(row) <= begin))
    else:
        start, number = _read_continue(after, start)
        some = _leave_out(view.walk(start, end, newer=newer, users=users), number, newer=newer)
    chosen = (
        row
        for row in some
        if (wanted is None or row.namespace in wanted) and (not tag or tag in row.tags) and row.user is not None
    )
    rows, following = _take(chosen, asked.limit("uclimit"))
    told = []
    for row in rows:
        one = row.describe_user({"user", "userid"})
        if "ids" in properties:
            one["pageid"] = row.page
        if "title" in properties:
            one |= {"ns": row.namespace, "title": row.title}
        one |= row.describe(properties - {"user", "userid"})
        if "flags" in properties:
            one |= {"new": row.parent == 0, "top": False}
        told.append(one)
    more = _continue("uccontinue", following)
    if following is not None and len(users) > 1:
        more = {"uccontinue": f"actor|{following.user_number}|{more['uccontinue']}"}
    return {"usercontribs": told}, more


def _place(row: Revision) -> tuple[int, float, int]:
    return row.user_number, row.time, row.number


def _read_account(text: str) -> tuple[int, float, int] | None:
    if not text:
        return None
    match = re.fullmatch(r"actor\|(\d+)\|(\d{14}\|\d+)", text)
    if match is None:
        raise ApiError("badcontinue", "Invalid continue param. You should pass the original value returned.")
    time, number = _read_continue(match[2], None)
    return int(match[1]), time or 0.0, number or 0


def _read_users(asked: Parameters) -> frozenset[int]:
    names, ids = asked.words("ucuser"), asked.words("ucuserids")
    if bool(names) == bool(ids):
        raise ApiError("missingparam", 'Exactly one of the parameters "ucuser" and "ucuserids" is required.')
    if names:
        return frozenset(number for name in names if (number := find_account(name)) is not None)
    if not all(one.isdecimal() for one in ids):
        raise ApiError("badinteger", "ucuserids takes whole numbers.")
    return frozenset(int(one) for one in ids)


def _read_one_user(asked: Parameters, name: str) -> frozenset[int] | None:
    text = asked.text(name)
    if not text:
        return None
    number = find_account(text)
    return frozenset() if number is None else frozenset({number})


def _read_times(asked: Parameters, prefix: str, *, newer: bool) -> tuple[float | None, float | None]:
    start, end = asked.time(f"{prefix}start"), asked.time(f"{prefix}end")
    if start is not None and end is not None and (start > end if newer else start < end):
        raise ApiError("badparams", f"{prefix}start and {prefix}end are in the wrong order for {prefix}dir.")
    return start, end


def _read_continue(text: str, start: float | None) -> tuple[float | None, int | None]:
    """Return where to go on: the time, and the number of the first revision that did not come before."""
    if not text:
        return start, None
    match = re.fullmatch(r"(\d{14})\|(\d+)", text)
    if match is None:
        raise ApiError("badcontinue", "Invalid continue param. You should pass the original value returned.")
    return datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp(), int(match[2])


def _leave_out(some: Iterator[Revision], number: int | None, *, newer: bool) -> Iterator[Revision]:
    """Leave out what came in the parts before, of the same second."""
    if number is None:
        return some
    return (row for row in some if (row.number >= number if newer else row.number <= number))


def _take(some: Iterator[Revision], limit: int) -> tuple[list[Revision], Revision | None]:
    rows: list[Revision] = []
    for row in some:
        if len(rows) == limit:
            return rows, row
        rows.append(row)
    return rows, None


def _continue(name: str, following: Revision | None) -> dict[str, str]:
    if following is None:
        return {}
    return {name: f"{datetime.fromtimestamp(following.time, UTC):%Y%m%d%H%M%S}|{following.number}"}
