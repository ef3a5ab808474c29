"""What readers of the explorer ask for: a mix of addresses over all wikis, popular ones more often."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.explorer_database import Stored
from wiki_activity.domain.months import format_month

_SORTS: Final = ("month", "value", "excess", "times", "wiki")
_METRICS: Final = ("edits", "people_edits", "editors")
TRIVIAL: Final = "/healthz"
AGAIN: Final = "with its ETag, again"
_CONDITIONAL_SHARE = 0.1
_POPULAR_SHARE = 0.5
_OWN = 80


@dataclass(frozen=True, slots=True)
class Places:
    """What addresses are made of; the same as :class:`~benchmarks.explorer_database.Stored` in plain texts."""

    projects: Sequence[str]
    languages: Sequence[str]
    peaks: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, stored: Stored) -> "Places":
        """Take them from what is stored."""
        peaks = [(peak.project, format_month(peak.month)) for peak in stored.peaks]
        return cls(stored.projects, stored.languages, peaks)


class Mix:
    """Draws addresses.

    Parameters
    ----------
    places
        What there is.
    seed
        The same seed draws the same addresses.
    """

    def __init__(self, places: Places, seed: int) -> None:
        self._places = places
        self._random = random.Random(seed)
        self._weights = [1 / (at + 1) for at in range(len(places.projects))]
        self._kinds = list(KINDS)
        self._shares = [share for share, _ in KINDS.values()]

    def draw(self) -> tuple[str, str]:
        """Draw a kind of address and one of that kind."""
        kind = self._random.choices(self._kinds, self._shares)[0]
        return kind, self.make(kind)

    def make(self, kind: str) -> str:
        """Draw an address of a kind."""
        return KINDS[kind][1](self)

    def wants_again(self) -> bool:
        """Tell whether a reader who has an answer asks whether it still holds."""
        return self._random.random() < _CONDITIONAL_SHARE

    def choose(self, values: Sequence[Any]) -> Any:
        """Choose one, all of them alike."""
        return self._random.choice(values)

    def wiki(self) -> str:
        """Half of the readers want a wiki that many want, the others any."""
        if self._random.random() < _POPULAR_SHARE:
            return self._random.choices(self._places.projects, self._weights)[0]
        return str(self.choose(self._places.projects))

    def language(self) -> str:
        """Draw a language."""
        return str(self.choose(self._places.languages))

    def peak(self) -> tuple[str, str]:
        """Draw a wiki and a month in which it peaked."""
        project, month = self.choose(self._places.peaks)
        return project, month


def _compare(mix: Mix) -> str:
    return f"/p/{mix.wiki()}?vs={mix.wiki()}&vs={mix.wiki()}"


def _narrow(mix: Mix) -> str:
    return f"/p/{mix.wiki()}?from={mix.choose(range(2010, 2022))}-01&metric={mix.choose(_METRICS)}"


def _list_peaks(mix: Mix) -> str:
    chosen = mix.choose(("", f"&month={mix.peak()[1]}", "&notes=none", f"&language={mix.language()}"))
    return f"/peaks?sort={mix.choose(_SORTS)}{chosen}"


def _peaks_of_api(mix: Mix) -> str:
    chosen = mix.choose(
        ("", f"?month={mix.peak()[1]}", "?sort=ratio", "?explained=true", "?family=wikisource&limit=50")
    )
    return f"/api/v1/peaks{chosen}"


def _peak(mix: Mix) -> str:
    project, month = mix.peak()
    return f"/p/{project}/peaks/{month}"


def _series(mix: Mix) -> str:
    return f"/api/v1/projects/{mix.wiki()}/series?metric={mix.choose(_METRICS)}"


def _mine(mix: Mix) -> str:
    return "/mine?" + "&".join(f"wiki={mix.wiki()}" for _ in range(_OWN))


def _family(mix: Mix) -> str:
    return f"/g/wikipedia?from={mix.choose(range(2003, 2025))}-{mix.choose(range(1, 13)):02}"


KINDS: Final[Mapping[str, tuple[float, Callable[[Mix], str]]]] = {
    "page of a wiki": (28, lambda mix: f"/p/{mix.wiki()}"),
    "page of a wiki, a range": (8, _narrow),
    "page of a wiki, two beside it": (4, _compare),
    "page of a peak": (12, _peak),
    "page of all peaks": (8, _list_peaks),
    "page of a language": (5, lambda mix: f"/lang/{mix.language()}"),
    "board": (5, lambda _: "/"),
    "page of a family": (1.5, _family),
    "page of 80 wikis": (1.5, _mine),
    "API: series": (16, _series),
    "API: peaks of all": (8, _peaks_of_api),
    "API: one peak": (4, lambda mix: "/api/v1/projects/{}/peaks/{}".format(*mix.peak())),
    TRIVIAL: (4, lambda _: TRIVIAL),
}
"""By kind: how many of a hundred requests, and one address."""


def is_page(kind: str) -> bool:
    """Tell pages from answers of the API."""
    return not kind.startswith("API") and kind not in {TRIVIAL, AGAIN}
