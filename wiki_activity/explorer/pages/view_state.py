"""What a wiki's page shows, read from its address and written back into links: the address is the state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import MonthError, format_month, parse_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.pages.meant_wikis import MeantWikis
from wiki_activity.explorer.problems import quote_value

MOST_COMPARED = 3
_MUCH_BIGGER = 10
DEFAULT_METRIC = Metric.EDITS

KEYS = frozenset({"vs", "from", "to", "scale", "metric", "detector", "notes"})
"""Of addresses; any other leads to the same without it."""

Choice = TypeVar("Choice", bound=StrEnum)


class Scale(StrEnum):
    """How counts are laid out upwards."""

    LINEAR = "linear"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class ViewState:
    """What a wiki's page shows.

    Parameters
    ----------
    project
        The wiki.
    compared
        At most `MOST_COMPARED` others, in the order in which they were added.
    first, last
        Months, both included; None for the oldest and for the newest there is, so that shared links stay fresh.
    scale, metric, detector
        As chosen.
    unnoted
        Whether the table shows only peaks of which nobody has said what happened.
    spoken, fitting
        The detector that speaks, and the scale on which all lines can be read; addresses leave both out.
    """

    project: str
    compared: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    scale: Scale = Scale.LINEAR
    metric: Metric = DEFAULT_METRIC
    detector: Detector = Detector.SEASONAL
    unnoted: bool = False
    spoken: Detector = Detector.SEASONAL
    fitting: Scale = Scale.LINEAR

    def address(self, **changes: object) -> str:
        """Return the address of this state, or of one that differs in some fields; defaults are left out."""
        state = replace(self, **changes)  # type: ignore[arg-type]
        query = urlencode(state.query(), doseq=True)
        return f"/p/{quote(state.project)}" + (f"?{query}" if query else "")

    def query(self) -> dict[str, str | list[str]]:
        """Return what an address holds after its question mark, in one order."""
        parts: dict[str, str | list[str]] = {}
        if self.compared:
            parts["vs"] = list(self.compared)
        parts |= self._range()
        if self.scale is not self.fitting:
            parts["scale"] = self.scale.value
        if self.metric is not DEFAULT_METRIC:
            parts["metric"] = self.metric.value
        if self.detector is not self.spoken:
            parts["detector"] = self.detector.value
        if self.unnoted:
            parts["notes"] = "none"
        return parts

    def data_address(self, ending: str = "") -> str:
        """Return where the API answers the same months as JSON, or with the ending `.csv` as a table."""
        query = self._range() | {"metric": self.metric.value, "detector": self.detector.value}
        return f"/api/v1/projects/{quote(self.project)}/series{ending}?{urlencode(query)}"

    def picture_address(self, ending: str) -> str:
        """Return where the same is as a picture; the ending is `svg` or `png`."""
        path, _, query = self.address(unnoted=False).partition("?")
        return f"{path}/chart.{ending}" + (f"?{query}" if query else "")

    def without(self, project: str) -> str:
        """Return the address of this state with one wiki fewer."""
        return self.address(compared=tuple(one for one in self.compared if one != project))

    def _range(self) -> dict[str, str]:
        ends = {"from": self.first, "to": self.last}
        return {name: format_month(month) for name, month in ends.items() if month is not None}


@dataclass(frozen=True, slots=True)
class ReadState:
    """A state, and what of its address was not taken as written, in sentences for the reader."""

    state: ViewState
    notices: tuple[str, ...]


def read_view_state(query: QueryParams, project: str, catalogue: Catalogue, spoken: Detector) -> ReadState:
    """Read a state; what cannot be used gives way to its default with a notice, and unknown keys to nothing.

    Parameters
    ----------
    query
        What came after the question mark; of a key that is given twice the last value counts, `vs` excepted.
    project
        A wiki that is known.
    catalogue
        All wikis.
    spoken
        The detector that speaks.
    """
    notices: list[str] = []
    first, last = _read_range(query, notices)
    compared = _read_compared(query.getlist("vs"), project, catalogue, notices)
    fitting = _find_fitting([project, *compared], catalogue)
    state = ViewState(
        project=project,
        compared=compared,
        first=first,
        last=last,
        scale=_read_choice(query, "scale", fitting, {one.value: one for one in Scale}, notices),
        metric=_read_choice(query, "metric", DEFAULT_METRIC, {one.value: one for one in Metric}, notices),
        detector=_read_choice(query, "detector", spoken, {one.value: one for one in Detector}, notices),
        unnoted=query.get("notes") == "none",
        spoken=spoken,
        fitting=fitting,
    )
    return ReadState(state, tuple(notices))


def _find_fitting(projects: Sequence[str], catalogue: Catalogue) -> Scale:
    """Choose the logarithmic scale where the smallest wiki's line would lie on the floor of a linear one."""
    sizes = [size for project in projects if (size := catalogue.sizes.get(project, 0)) > 0]
    return Scale.LOG if sizes and max(sizes) > _MUCH_BIGGER * min(sizes) else Scale.LINEAR


def _read_choice(
    query: QueryParams, key: str, default: Choice, choices: Mapping[str, Choice], notices: list[str]
) -> Choice:
    text = query.get(key, "")
    if text and text not in choices:
        notices.append(
            f"There is no {key} {quote_value(text)}; it can be {' or '.join(choices)}. Shown is {default.value}."
        )
    return choices.get(text, default)


def _read_range(query: QueryParams, notices: list[str]) -> tuple[date | None, date | None]:
    first, last = (_read_month(query.get(key, ""), notices) for key in ("from", "to"))
    if first is not None and last is not None and last < first:
        notices.append(
            f"The range from {format_month(first)} to {format_month(last)} is reversed; all months are shown."
        )
        return None, None
    return first, last


def _read_month(text: str, notices: list[str]) -> date | None:
    if not text:
        return None
    try:
        return parse_month(text)
    except MonthError:
        notices.append(f"{quote_value(text)} is no month from 2001-01 on, written like 2024-05; it was left out.")
        return None


def _read_compared(texts: list[str], project: str, catalogue: Catalogue, notices: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    # Who has no script writes a name into the form.
    meant = MeantWikis(catalogue, notices)
    for text in filter(None, (text.strip() for text in texts[: 10 * MOST_COMPARED])):
        wiki = meant.find(text)
        if wiki is None:
            notices.append(f"There is no wiki {quote_value(text)} to compare with.")
            continue
        if text in catalogue.former:
            notices.append(f"{quote_value(text)} is now {wiki.project}.")
        if wiki.project != project:
            found[wiki.project] = None
    if len(found) > MOST_COMPARED:
        notices.append(f"At most {MOST_COMPARED} wikis can be compared at once; the first {MOST_COMPARED} are shown.")
    return tuple(found)[:MOST_COMPARED]
