"""Wikimedia's metrics API: monthly counts of one wiki, all its months in one request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from wiki_activity.domain.counts import MonthlyCounts, Series
from wiki_activity.domain.months import EARLIEST_MONTH, shift_month
from wiki_activity.wikimedia.errors import MalformedAnswerError
from wiki_activity.wikimedia.http import PoliteSession, expect_list, expect_mapping

_PATHS = {
    Series.EDITS: "edits/aggregate/{project}/all-editor-types/content/monthly",
    Series.USER_EDITS: "edits/aggregate/{project}/user/content/monthly",
    Series.ANONYMOUS_EDITS: "edits/aggregate/{project}/anonymous/content/monthly",
    Series.EDITORS: "editors/aggregate/{project}/all-editor-types/content/all-activity-levels/monthly",
}
_KEYS = {
    Series.EDITS: "edits",
    Series.USER_EDITS: "edits",
    Series.ANONYMOUS_EDITS: "edits",
    Series.EDITORS: "editors",
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

        Months that are not published yet are absent; months before the wiki's first edit are zeros.

        Raises
        ------
        NotFoundError
            When Wikimedia has no data for this wiki.
        MalformedAnswerError
            When a count is negative or no number, or the shape is not the promised one.
        WikimediaError
            When it could not be read.
        """
        path = _PATHS[series].format(project=quote(project, safe=""))
        # The end is exclusive, whatever the specification's text says.
        url = f"{self.base_url}/{path}/{EARLIEST_MONTH:%Y%m%d}/{shift_month(last, 1):%Y%m%d}"
        return parse_series(self.session.get_json(url), _KEYS[series], url)


def parse_series(document: Any, key: str, url: str) -> MonthlyCounts:
    """Read the counts out of an answer of the metrics API.

    Raises
    ------
    MalformedAnswerError
        Naming the address and the value.
    """
    counts: dict[date, int] = {}
    for item in expect_list(expect_mapping(document, url, "the answer").get("items"), url, "items"):
        results = expect_list(expect_mapping(item, url, "an item").get("results"), url, "results")
        for result in results:
            month, count = _parse_result(expect_mapping(result, url, "a result"), key, url)
            if counts.setdefault(month, count) != count:
                msg = f"{url}: two counts for {month:%Y-%m}: {counts[month]} and {count}"
                raise MalformedAnswerError(msg)
    return counts


def _parse_result(result: Mapping[str, Any], key: str, url: str) -> tuple[date, int]:
    timestamp, count = result.get("timestamp"), result.get(key)
    try:
        month = datetime.fromisoformat(timestamp).date()  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        msg = f"{url}: a timestamp should be like 2024-01-01T00:00:00.000Z, not {timestamp!r}"
        raise MalformedAnswerError(msg) from error
    if month.day != 1:
        msg = f"{url}: {timestamp!r} is not the first day of a month"
        raise MalformedAnswerError(msg)
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < 2**63:
        msg = f"{url}: {key} of {month:%Y-%m} should be a count, not {count!r}"
        raise MalformedAnswerError(msg)
    return month, count
