"""Wikimedia's metrics API: counts of one wiki, all its months in one request, or some of its days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from wiki_activity.domain.counts import DailyCounts, MonthlyCounts, Series
from wiki_activity.domain.months import EARLIEST_MONTH, shift_month
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError
from wiki_activity.wikimedia.http import PoliteSession, expect_list, expect_mapping

_MOST_RESULTS: Final = 2_000

_EDITS: Final = "edits/aggregate/{project}/{editor-type}/{page-type}/{granularity}"
_EDITORS: Final = "editors/aggregate/{project}/{editor-type}/{page-type}/{activity-level}/{granularity}"
_NEW_USERS: Final = "registered-users/new/{project}/{granularity}"
_NEW_PAGES: Final = "edited-pages/new/{project}/{editor-type}/{page-type}/{granularity}"
_DAILY: Final = "daily"
_CONTENT: Final = {"page-type": "content", "granularity": "monthly"}


class _Question(NamedTuple):
    """How a series is asked for: the address, the key of its counts, and what the answer says of itself."""

    path: str
    key: str
    identity: Mapping[str, str]


def _ask_editors(editor_type: str, level: str) -> _Question:
    return _Question(_EDITORS, "editors", {"editor-type": editor_type, **_CONTENT, "activity-level": level})


_QUESTIONS: Final[Mapping[Series, _Question]] = {
    Series.EDITS: _Question(_EDITS, "edits", {"editor-type": "all-editor-types", **_CONTENT}),
    Series.USER_EDITS: _Question(_EDITS, "edits", {"editor-type": "user", **_CONTENT}),
    Series.ANONYMOUS_EDITS: _Question(_EDITS, "edits", {"editor-type": "anonymous", **_CONTENT}),
    Series.EDITORS: _ask_editors("all-editor-types", "all-activity-levels"),
    Series.USER_EDITORS: _ask_editors("user", "all-activity-levels"),
    Series.EDITORS_5_24: _ask_editors("user", "5..24-edits"),
    Series.EDITORS_25_99: _ask_editors("user", "25..99-edits"),
    Series.EDITORS_100: _ask_editors("user", "100..-edits"),
    Series.NEW_USERS: _Question(_NEW_USERS, "new_registered_users", {"granularity": "monthly"}),
    Series.NEW_PAGES: _Question(_NEW_PAGES, "new_pages", {"editor-type": "all-editor-types", **_CONTENT}),
}


@dataclass(frozen=True, slots=True)
class MetricsClient:
    """Reads series of the metrics API.

    Parameters
    ----------
    session
        Polite HTTP.
    base_url
        Ends in `/metrics`.
    """

    session: PoliteSession
    base_url: str

    def get_series(self, project: str, series: Series, last: date) -> MonthlyCounts:
        """Get all months of a wiki up to `last`, included, from 2001-01.

        Months that are not published yet are absent; months before the wiki's first edit are zeros. An answer
        without any month is one, and empty: it is not that there is no data.

        Raises
        ------
        NotFoundError
            When Wikimedia has no data for this wiki.
        MalformedAnswerError
            When a count is negative or no number, the shape is not the promised one, or the answer is another wiki's or
            of other editors, pages or periods than asked for.
        WikimediaError
            When it could not be read.
        """
        path, key, identity = _QUESTIONS[series]
        address = path.format(project=quote(project, safe=""), **identity)
        # The end is exclusive, whatever the specification's text says.
        url = f"{self.base_url}/{address}/{EARLIEST_MONTH:%Y%m%d}/{shift_month(last, 1):%Y%m%d}"
        document = self.session.get_json(url)
        counts = parse_series(document, key, url, {"project": project, **identity})
        return {month: count for month, count in counts.items() if month <= last}

    def get_days(self, project: str, series: Series, first: date, last: date) -> DailyCounts:
        """Get the days of a wiki from `first` to `last`, both included; those without edits are zero or absent.

        Raises as :meth:`get_series` does.
        """
        path, key, identity = _QUESTIONS[series]
        asked = {**identity, "granularity": _DAILY}
        address = path.format(project=quote(project, safe=""), **asked)
        url = f"{self.base_url}/{address}/{first:%Y%m%d}/{last + timedelta(days=1):%Y%m%d}"
        counts = parse_series(self.session.get_json(url), key, url, {"project": project, **asked})
        return {day: count for day, count in counts.items() if first <= day <= last}


def parse_series(
    document: Any, key: str, url: str, identity: Mapping[str, str] = MappingProxyType({})
) -> MonthlyCounts:
    """Read the counts out of an answer of the metrics API.

    Parameters
    ----------
    document
        The answer.
    key
        Under which a count is.
    url
        For messages.
    identity
        What was asked for, by the names that the answer has for it: `project`, `editor-type` and so on.

    Raises
    ------
    MalformedAnswerError
        Naming the address and the value.
    """
    counts: dict[date, int] = {}
    daily = identity.get("granularity") == _DAILY
    for item in expect_list(expect_mapping(document, url, "the answer").get("items"), url, "items"):
        check_identity(expect_mapping(item, url, "an item"), identity, url)
        results = expect_list(item.get("results"), url, "results")
        if len(results) > _MOST_RESULTS:
            msg = f"{url}: {len(results):,} results are more months than there can be"
            raise MalformedAnswerError(msg)
        for result in results:
            day, count = _parse_result(expect_mapping(result, url, "a result"), key, url, daily=daily)
            if counts.setdefault(day, count) != count:
                msg = f"{url}: two counts for {_name(day, daily=daily)}: {counts[day]} and {count}"
                raise MalformedAnswerError(msg)
    return counts


def check_identity(item: Mapping[str, Any], identity: Mapping[str, str], url: str) -> None:
    """Raise MalformedAnswerError where an item is of another wiki, or of something else, than what was asked for."""
    for name, asked in identity.items():
        answered = item.get(name)
        if answered is None and name != "project":
            continue
        if not isinstance(answered, str) or _plain(answered) != _plain(asked):
            msg = f"{url}: the answer is of {name} {answered!r:.120}, and {asked!r} was asked for"
            raise MalformedAnswerError(msg)


def _plain(name: str) -> str:
    """Strip what the API leaves off a project's name, or not, as it likes."""
    return name.lower().removeprefix("www.").removesuffix(".org")


def _parse_result(result: Mapping[str, Any], key: str, url: str, *, daily: bool) -> tuple[date, int]:
    timestamp, count = result.get("timestamp"), result.get(key)
    try:
        day = datetime.fromisoformat(timestamp).date()  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        msg = f"{url}: a timestamp should be like 2024-01-01T00:00:00.000Z, not {timestamp!r}"
        raise MalformedAnswerError(msg) from error
    if day.day != 1 and not daily:
        msg = f"{url}: {timestamp!r} is not the first day of a month"
        raise MalformedAnswerError(msg)
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < 2**63:
        msg = f"{url}: {key} of {_name(day, daily=daily)} should be a count, not {count!r}"
        raise MalformedAnswerError(msg)
    return day, count


def _name(day: date, *, daily: bool) -> str:
    return f"{day}" if daily else f"{day:%Y-%m}"
