"""What of all peaks is asked for: read from an address, a notice for each bad value, and written into addresses."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import MonthError, format_month, parse_month
from wiki_activity.domain.peaks import Detector, Kind
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.peak_board import BoardQuery, Found
from wiki_activity.explorer.peak_order import BoardSort
from wiki_activity.explorer.problems import quote_value

ALL_MONTHS: Final = "all"
ANY: Final = "any"
PAGE: Final = 50
_MOST_TIMES = 1e6

Choice = TypeVar("Choice")


class Size(StrEnum):
    """How big a wiki is, by the edits of its newest month."""

    SMALL = "small"
    MEDIUM = "medium"
    BIG = "big"


LIMITS: Final[Mapping[Size, tuple[int, float]]] = {
    Size.SMALL: (0, 1_000),
    Size.MEDIUM: (1_000, 100_000),
    Size.BIG: (100_000, math.inf),
}
"""From so many edits, below so many."""


@dataclass(frozen=True, slots=True)
class PeakFilter:
    """What is asked for; an address says only what differs from the defaults.

    Parameters
    ----------
    month
        None for all months.
    metric, detector
        What was counted, None for any of it, and which rule judges it.
    project
        The only wiki; empty for all.
    family, language
        Of the wikis; empty for all.
    size
        Of the wikis; None for all.
    kind
        What peaks were made of; None for all.
    found
        What was found behind them; None for anything or nothing.
    note
        Whether they have a note; None for both.
    times
        At least so many times the expected value.
    sort
        The order.
    cursor
        Where the page before ended.
    newest, spoken
        The defaults of month and detector.
    """

    month: date | None
    detector: Detector
    newest: date | None
    spoken: Detector
    metric: Metric | None = Metric.EDITS
    project: str = ""
    family: str = ""
    language: str = ""
    size: Size | None = None
    kind: Kind | None = None
    found: Found | None = None
    note: bool | None = None
    times: float | None = None
    sort: BoardSort = BoardSort.RATIO
    cursor: str = ""

    def parameters(self) -> dict[str, str]:
        """Return what an address has to say, in a fixed order."""
        said: dict[str, str] = {}
        if self.month != self.newest:
            said["month"] = ALL_MONTHS if self.month is None else format_month(self.month)
        if self.detector is not self.spoken:
            said["detector"] = self.detector
        for one in fields(self)[4:]:
            value = getattr(self, one.name)
            if value != one.default:
                said[one.name] = {True: "yes", False: "no"}[value] if one.name == "note" else _write(value)
        if self.metric is None:
            said["metric"] = ANY
        return said

    def address(self, **changes: Any) -> str:  # noqa: ANN401, RUF100
        """Return the address of the same page with some changes; any change begins at the first page."""
        parameters = replace(self, **{"cursor": "", **changes}).parameters()
        return f"/peaks?{urlencode(parameters)}" if parameters else "/peaks"

    def csv_address(self) -> str:
        """Return the address of the same peaks as CSV; it says its defaults, which may change."""
        least, below = LIMITS[self.size] if self.size else (0, math.inf)
        wanted = {
            "month": "" if self.month is None else format_month(self.month),
            "metric": ANY if self.metric is None else self.metric.value,
            "detector": self.detector.value,
            "project": self.project,
            "family": self.family,
            "language": self.language,
            "min_size": _write(least) if least else "",
            "max_size": "" if below == math.inf else str(below - 1),
            "kind": "" if self.kind is None else self.kind.value,
            "found": "" if self.found is None else self.found.value,
            "explained": {None: "", True: "true", False: "false"}[self.note],
            "min_times": "" if self.times is None or self.times < 1 else _write(self.times),
            "sort": self.sort.value,
        }
        return f"/api/v1/peaks.csv?{urlencode({name: value for name, value in wanted.items() if value})}"

    def query(self, catalogue: Catalogue) -> BoardQuery:
        """Return what to read."""
        return BoardQuery(
            metric=self.metric,
            detector=self.detector,
            month=self.month,
            projects=self._projects(catalogue),
            min_percent=None if self.times is None else (self.times - 1) * 100,
            explained=self.note,
            kind=self.kind,
            found=self.found,
            sort=self.sort,
            limit=PAGE,
            after=self.cursor or None,
        )

    def _projects(self, catalogue: Catalogue) -> list[str] | None:
        if not (self.project or self.family or self.language or self.size):
            return None
        at_least, below = LIMITS[self.size] if self.size else (0, math.inf)
        return [
            wiki.project
            for wiki in catalogue.wikis.values()
            if (not self.project or wiki.project == self.project)
            and (not self.family or wiki.family == self.family)
            and (not self.language or wiki.language == self.language)
            and (self.size is None or at_least <= catalogue.sizes.get(wiki.project, 0) < below)
        ]


KEYS: Final = frozenset(one.name for one in fields(PeakFilter)) - {"newest", "spoken"}
"""Of addresses; any other leads to the same without it."""


def read_filter(
    query: QueryParams, catalogue: Catalogue, newest: date | None, spoken: Detector
) -> tuple[PeakFilter, list[str]]:
    """Read what is asked for; what cannot be used gives way to its default, and a notice says so.

    Parameters
    ----------
    query
        What came after the question mark; unknown keys are let be.
    catalogue
        All wikis.
    newest
        The newest stored month.
    spoken
        The detector that speaks.
    """
    notices: list[str] = []

    def choose(key: str, choices: Mapping[str, Choice], default: Choice) -> Choice:
        text = query.get(key, "").strip()
        if text and text not in choices:
            notices.append(f"There is no {key} {quote_value(text)}; it was left out.")
        return choices.get(text, default)

    families = {wiki.family: wiki.family for wiki in catalogue.wikis.values()}
    languages = {wiki.language: wiki.language for wiki in catalogue.wikis.values()}
    return (
        PeakFilter(
            month=_read_month(query.get("month", "").strip(), newest, notices),
            detector=choose("detector", {one.value: one for one in Detector}, spoken),
            newest=newest,
            spoken=spoken,
            metric=choose("metric", {ANY: None, **{one.value: one for one in Metric}}, Metric.EDITS),
            project=_read_project(query.get("project", "").strip(), catalogue, notices),
            family=choose("family", families, ""),
            language=choose("language", languages, ""),
            size=choose("size", {one.value: one for one in Size}, None),
            kind=choose("kind", {one.value: one for one in Kind}, None),
            found=choose("found", {one.value: one for one in Found}, None),
            note=choose("note", {"yes": True, "no": False}, None),
            times=_read_times(query.get("times", "").strip(), notices),
            sort=choose("sort", {one.value: one for one in BoardSort}, BoardSort.RATIO),
            cursor=query.get("cursor", ""),
        ),
        notices,
    )


def _read_project(text: str, catalogue: Catalogue, notices: list[str]) -> str:
    if not text:
        return ""
    wiki = catalogue.wikis.get(text) or catalogue.resolve(text) or catalogue.resolve_code(text)
    if wiki is None:
        notices.append(f"There is no wiki {quote_value(text)}; it was left out.")
        return ""
    return wiki.project


def _read_month(text: str, newest: date | None, notices: list[str]) -> date | None:
    if not text:
        return newest
    if text == ALL_MONTHS:
        return None
    try:
        return parse_month(text)
    except MonthError:
        notices.append(
            f"{quote_value(text)} is no month from 2001-01 on, written like 2024-05; shown is the newest month."
        )
        return newest


def _read_times(text: str, notices: list[str]) -> float | None:
    if not text:
        return None
    try:
        times = float(text.removesuffix("×").replace(",", "."))
    except ValueError:
        times = -1.0
    # The comparison is False for NaN too.
    if not 0 <= times <= _MOST_TIMES:
        notices.append(
            f"{quote_value(text)} is no number of times the expected value, for example 2.5; it was left out."
        )
        return None
    return times


def _write(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
