"""`list=users` and `list=logevents` of the simulated Action API: accounts, and what the logs say of them."""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from wiki_activity.domain.months import shift_month
from wiki_activity.simulator.activity import HORIZON
from wiki_activity.simulator.evidence.causes import CauseKind
from wiki_activity.simulator.evidence.cohorts import Cohort
from wiki_activity.simulator.evidence.parameters import ApiError, Parameters
from wiki_activity.simulator.evidence.people import (
    MONTH_OF_ACCOUNTS,
    VISITORS_FROM,
    begin_month,
    describe_account,
    find_account,
    format_time,
    name_account,
    register_resident,
)
from wiki_activity.simulator.evidence.revisions import RevisionReader
from wiki_activity.simulator.evidence.wiki_view import WikiView
from wiki_activity.simulator.publication import number_month

_LOG_IDS_OF_MONTH: Final = 2_000_000
_USER_PROPERTIES: Final = ("groups", "editcount", "registration")
_HIDDEN_EVERY: Final = 997
_BY_EMAIL_EVERY: Final = 61
_BY_OTHERS_EVERY: Final = 23
"""So many accounts of a month are one that an organiser made for somebody else, with or without a mail."""
_ORGANISERS: Final = 20
_KNOWN: Final = ("newusers", "import")
Part = tuple[dict[str, Any], dict[str, str]]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One row of a log; `made` is the account that it made, which may be another one than its user."""

    number: int
    time: int
    type: str
    action: str
    user: str
    user_number: int
    title: str
    namespace: int
    made: int = 0

    @property
    def is_hidden(self) -> bool:
        """Whether its user and what it did were suppressed."""
        return self.number % _HIDDEN_EVERY == 0

    def describe(self, properties: set[str]) -> dict[str, Any]:
        """Describe it as the Action API does, by the names of `leprop`."""
        if self.is_hidden:
            return {"logid": self.number, "actionhidden": True, "type": self.type, "action": self.action} | (
                {"userhidden": True, "timestamp": format_time(self.time)}
            )
        told: dict[str, Any] = {"logid": self.number} if "ids" in properties else {}
        if "title" in properties:
            told |= {"ns": self.namespace, "title": self.title}
        if "type" in properties:
            told |= {"type": self.type, "action": self.action}
        if "details" in properties:
            told["params"] = {"userid": self.made} if self.type == "newusers" else {"count": 3}
        if "user" in properties:
            told["user"] = self.user
        if "userid" in properties:
            told["userid"] = self.user_number
        if "timestamp" in properties:
            told["timestamp"] = format_time(self.time)
        if "comment" in properties:
            told["comment"] = ""
        if "tags" in properties:
            told["tags"] = []
        return told


def list_users(view: WikiView, asked: Parameters) -> Part:
    """Answer `list=users` for up to 50 names or ids."""
    names, ids = asked.words("ususers"), asked.words("ususerids")
    if not names and ids:
        names = [name_account(int(one)) for one in ids if one.isdecimal()]
    properties = set(asked.words("usprop"))
    return {"users": [_describe_user(view, name, properties) for name in names]}, {}


def _describe_user(view: WikiView, name: str, properties: set[str]) -> dict[str, Any]:
    if name.count(".") == 3 or name.count(":") > 2:
        return {"name": name, "invalid": True}
    number = find_account(name)
    if number is None or view.column is None:
        return {"name": name, "missing": True}
    registered = find_registration(view, number)
    if registered is not None and registered > view.now:
        return {"name": name, "missing": True}
    described = describe_account(number, registered)
    told: dict[str, Any] = {"userid": described["id"], "name": name.replace("_", " ")}
    told |= {key: described[key] for key in _USER_PROPERTIES if key in properties and key in described}
    if "centralids" in properties:
        told |= {"centralids": {"CentralAuth": described["id"] + 7}, "attachedlocal": {"CentralAuth": True}}
    return told


def find_registration(view: WikiView, number: int) -> float | None:
    """Find when an account was made on a wiki, epoch seconds; None where MediaWiki does not know, or there is none."""
    if number < MONTH_OF_ACCOUNTS:
        return register_resident(number) if number > 0 else None
    month, place = divmod(number, MONTH_OF_ACCOUNTS)
    if view.column is None or month > HORIZON:
        return None
    cohort = view.source.find_cohort(view.column, month - 1)
    times, place = (cohort.arrived, place - VISITORS_FROM) if place >= VISITORS_FROM else (cohort.registered, place)
    return float(times[place]) if place < len(times) else float("inf")


def list_log_events(view: WikiView, asked: Parameters) -> Part:
    """Answer `list=logevents` for accounts made and for imports; all other logs are empty."""
    newer = asked.is_newer("ledir")
    start, end = asked.time("lestart"), asked.time("leend")
    if start is not None and end is not None and (start > end if newer else start < end):
        raise ApiError("badparams", "lestart and leend are in the wrong order for ledir.")
    log, _, action = (asked.text("leaction") or asked.text("letype")).partition("/")
    properties = set(asked.words("leprop", "ids|title|type|user|timestamp|comment|details"))
    oldest, newest = (start, end) if newer else (end, start)
    last = view.now if newest is None else min(newest, view.now)
    limit = asked.limit("lelimit")
    after = asked.text("lecontinue").rpartition("|")[2]
    rows: list[LogEntry] = []
    for entry in _walk_log(view, log, action, (oldest or 0.0, last), newer=newer):
        if after and (entry.number < int(after) if newer else entry.number > int(after)):
            continue
        if len(rows) == limit:
            moment = f"{datetime.fromtimestamp(entry.time, UTC):%Y%m%d%H%M%S}"
            more = {"lecontinue": f"{moment}|{entry.number}"}
            return {"logevents": [row.describe(properties) for row in rows]}, more
        rows.append(entry)
    return {"logevents": [row.describe(properties) for row in rows]}, {}


def _walk_log(view: WikiView, log: str, action: str, times: tuple[float, float], *, newer: bool) -> Iterator[LogEntry]:
    first, last = times
    if log not in _KNOWN or view.column is None or first > last:
        return
    months = range(max(0, _find_month(first)), min(HORIZON - 1, _find_month(last)) + 1)
    for month in months if newer else reversed(months):
        if log == "newusers":
            cohort = view.source.find_cohort(view.column, month)
            entries = _list_accounts(cohort, month, action)
        else:
            entries = _list_imports(view, month)
        chosen = entries[
            bisect.bisect_left(entries, first, key=lambda one: one.time) : bisect.bisect_right(
                entries, last, key=lambda one: one.time
            )
        ]
        yield from chosen if newer else reversed(chosen)


def _list_accounts(cohort: Cohort, month: int, action: str) -> list[LogEntry]:
    rows = [
        (int(time), int(one), _name_action(int(one)))
        for time, one in zip(cohort.registered, cohort.accounts, strict=True)
    ]
    rows += [(int(time), int(one), "autocreate") for time, one in zip(cohort.arrived, cohort.visitors, strict=True)]
    rows.sort()
    first = (month + 1) * _LOG_IDS_OF_MONTH
    # Numbered before they are chosen: an entry is the same one, and hidden or not, whichever log it is asked for in.
    return [
        LogEntry(first + place, time, "newusers", kind, name_account(by), by, f"User:{name_account(one)}", 2, made=one)
        for place, (time, one, kind) in enumerate(rows)
        if action in {"", kind}
        for by in [one if kind in {"create", "autocreate"} else 1 + one % _ORGANISERS]
    ]


def _name_action(account: int) -> str:
    if account % _BY_EMAIL_EVERY == 0:
        return "byemail"
    return "create2" if account % _BY_OTHERS_EVERY == 0 else "create"


def list_made(cohort: Cohort, month: int) -> list[LogEntry]:
    """List the entries of a month, counted from 2001-01, that made accounts on the wiki and are not hidden."""
    return [one for one in _list_accounts(cohort, month, "") if one.action != "autocreate" and not one.is_hidden]


def _list_imports(view: WikiView, month: int) -> list[LogEntry]:
    """List the imports of a month: one for each edit that says so in its summary."""
    causes = view.source.causes.list_month(view.wiki.host, begin_month(month))
    column = view.column
    parts = [place + 1 for place, cause in enumerate(causes) if cause.kind is CauseKind.IMPORT]
    if not parts or column is None:
        return []
    reader = RevisionReader(view.source, column)
    begin, end = (datetime.combine(shift_month(begin_month(month), more), datetime.min.time(), UTC) for more in (0, 1))
    entries = []
    for day in view.source.walk_days(column, begin.timestamp(), end.timestamp() - 1):
        for place in (place for place in range(len(day.time)) if day.part[place] in parts):
            row = reader.read(day, place)
            name = name_account(row.user_number)
            entries.append(
                LogEntry(row.number, row.time, "import", "interwiki", name, row.user_number, row.title, row.namespace)
            )
    return entries


def _find_month(time: float) -> int:
    return number_month(datetime.fromtimestamp(time, UTC).date()) if time > 0 else 0
