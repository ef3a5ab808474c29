"""Who edits: names, ids and dates of the simulated accounts, all of which follow from a number.

Numbers from 1 are accounts that have been there for long; a million times the month (from 2001-01, plus one) and more
are those made in it, the upper half of each million by coming from another wiki. Below zero is who is logged out.
"""

import re
from datetime import UTC, date, datetime
from typing import Any, Final

from wiki_activity.domain.months import EARLIEST_MONTH, shift_month
from wiki_activity.simulator.wiki_catalogue import SimulatedWiki

MONTH_OF_ACCOUNTS: Final = 1_000_000
VISITORS_FROM: Final = 500_000
UNFLAGGED_FROM: Final = 800_000
GROUP_BOTS_FROM: Final = 900_000
NAME_BOTS_FROM: Final = 950_000
_FIRST: Final = (
    "Quillon",
    "Zephra",
    "Tamsin",
    "Oduya",
    "Marlowe",
    "Ishani",
    "Kestrel",
    "Pelagio",
    "Verity",
    "Yaroslav",
)
_SECOND: Final = ("Harbour", "Beetle", "Orchid", "Comet", "Painter", "Castle", "Lake", "Opera", "Island", "Bridge")
_ODD: Final = ('"Zoë" & Co', "O'Brien *bold*", "Ωμέγα `x`", "محرر", "@here Mona", "Ada & Lovelace", "सम्पादक")
"""What a name begins with where it is none of the plain ones."""
_PILOTS: Final = frozenset({"ro", "no", "da", "sr", "hr", "is", "zh-yue"})
_LARGE: Final = frozenset({"fr", "de", "zh", "ja", "es", "it", "pl", "pt", "ru", "uk", "nl", "sv", "ar", "he"})


def name_account(number: int) -> str:
    """Return the name of an account; it ends in its number."""
    if GROUP_BOTS_FROM <= number < MONTH_OF_ACCOUNTS:
        return f"{_SECOND[number % 10]}Bot {number}"
    if UNFLAGGED_FROM <= number < GROUP_BOTS_FROM:
        return f"{_SECOND[number % 10]} Helper {number}"
    if number % 53 == 0:
        return f"{_ODD[number // 53 % len(_ODD)]} {number}"
    return f"{_FIRST[number % 10]} {_SECOND[number // 10 % 10]} {number}"


def find_account(name: str) -> int | None:
    """Return the number of an account; None where there is none of this name."""
    text = name.replace("_", " ").rpartition(" ")[2]
    if re.fullmatch(r"[1-9][0-9]{0,8}", text) is None:
        return find_temporary(name)
    # An underscore and a blank are the same to MediaWiki.
    is_known = name_account(int(text)).replace("_", " ") == name.replace("_", " ")
    return int(text) if is_known else None


def name_logged_out(number: int, temporary_since: int) -> str:
    """Return the address or the temporary account of who is logged out, by a number below zero.

    Parameters
    ----------
    number
        A million times the month (from 2001-01) and a place in it, negative.
    temporary_since
        The first month of temporary accounts on the wiki.
    """
    month, place = divmod(-number, MONTH_OF_ACCOUNTS)
    if month >= temporary_since:
        year = EARLIEST_MONTH.year + month // 12
        return f"~{year}-{month:05d}-{place:05d}"
    spread = place * 40_503 % 131_072
    if place % 5 == 4:
        return f"2001:DB8:{month:X}:{place:X}:0:0:0:1"
    return f"198.{18 + spread // 65_536}.{spread // 256 % 256}.{spread % 256}"


def find_temporary(name: str) -> int | None:
    """Return the number of a temporary account; None where the name is none."""
    match = re.fullmatch(r"~20\d\d-(\d{5})-(\d{5,6})", name)
    return -(int(match[1]) * MONTH_OF_ACCOUNTS + int(match[2])) if match else None


def find_temporary_since(wiki: SimulatedWiki) -> int:
    """Return the first month, from 2001-01, in which a wiki has temporary accounts instead of addresses."""
    if wiki.host == "en.wikipedia.org":
        return 298
    if wiki.family == "wikipedia" and wiki.language in _PILOTS:
        return 286
    return 293 if wiki.family == "wikipedia" and wiki.language in _LARGE else 297


def describe_account(number: int, registered: float | None) -> dict[str, Any]:
    """Describe an account as `list=users` does, with all that may be asked of it.

    Parameters
    ----------
    number
        An account's, or a temporary account's, which is below zero.
    registered
        Epoch seconds; None where MediaWiki does not know.
    """
    if number < 0:
        return {"groups": ["*", "temp"], "editcount": 1 + -number % 7, "id": 10**9 - number}
    groups = ["*", "user", "autoconfirmed"]
    if number >= MONTH_OF_ACCOUNTS:
        groups = ["*", "user"]
    elif GROUP_BOTS_FROM <= number < NAME_BOTS_FROM:
        groups = ["bot", *groups]
    elif number % 40 == 3:
        groups = ["sysop", *groups]
    return {
        "groups": groups,
        "editcount": 3 + 7919 * number % 40 if number >= MONTH_OF_ACCOUNTS else 200 + 7919 * number % 90_000,
        "registration": None if registered is None else format_time(registered),
        "id": number,
    }


def register_resident(number: int) -> float | None:
    """Return when an account registered that has been there for long; None where it was before that was noted."""
    return None if number % 17 == 0 else datetime(2005, 9, 7, tzinfo=UTC).timestamp() + 7919 * number % 60_000_000


def begin_month(month: int) -> date:
    """Return the first day of a month that is counted from 2001-01."""
    return shift_month(EARLIEST_MONTH, month)


def format_time(epoch: float) -> str:
    """Write epoch seconds as MediaWiki does, `2026-03-01T00:00:00Z`."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
