"""The words that pages use for metrics, detectors, kinds and the like: for people who are no engineers."""

from collections.abc import Mapping
from typing import Final

from wiki_activity.domain.counts import Metric, PeopleMetric, Series
from wiki_activity.domain.note_text import NoteKind
from wiki_activity.domain.notes import NoteAction
from wiki_activity.domain.peaks import Detector, Kind, Outcome

METRICS: Final[Mapping[Metric, str]] = {
    Metric.EDITS: "All edits",
    Metric.PEOPLE_EDITS: "Edits without bots",
    Metric.EDITORS: "Editors",
}
UNITS: Final[Mapping[Metric, str]] = {
    Metric.EDITS: "edits",
    Metric.PEOPLE_EDITS: "edits without bots",
    Metric.EDITORS: "editors",
}
KINDS: Final[Mapping[Kind | None, str]] = {
    Kind.BOT_RUN: "Mostly bot edits",
    Kind.MORE_PEOPLE: "More people",
    Kind.SAME_PEOPLE: "The same people, many edits",
    Kind.LOGGED_OUT_WAVE: "Logged-out wave",
    None: "Cannot be told",
}
OUTCOMES: Final[Mapping[Outcome | None, str]] = {
    Outcome.OVER: "back to usual the month after",
    Outcome.STILL_UP: "still up the month after",
    None: "the month after it is not known yet",
}
SERIES: Final[Mapping[Series, str]] = {
    Series.EDITS: "all edits",
    Series.USER_EDITS: "edits by registered people",
    Series.ANONYMOUS_EDITS: "edits by logged-out people",
    Series.EDITORS: "editors",
    Series.USER_EDITORS: "editors with an account",
    Series.EDITORS_5_24: "editors of 5 to 24 edits",
    Series.EDITORS_25_99: "editors of 25 to 99 edits",
    Series.EDITORS_100: "editors of 100 and more edits",
    Series.NEW_USERS: "new accounts",
    Series.NEW_PAGES: "new content pages",
}
PEOPLE: Final[Mapping[PeopleMetric, str]] = {
    PeopleMetric.USER_EDITORS: "Registered editors, no bots",
    PeopleMetric.ACTIVE_EDITORS: "Active editors",
    PeopleMetric.NEW_USERS: "New accounts",
    PeopleMetric.NEW_PAGES: "New content pages",
}
NOTE_KINDS: Final[Mapping[NoteKind, str]] = {
    NoteKind.EVENT: "Event",
    NoteKind.CONTEST: "Contest",
    NoteKind.BOT: "Bot",
    NoteKind.IMPORT: "Import",
    NoteKind.VANDALISM: "Vandalism",
    NoteKind.OUTAGE: "Outage",
    NoteKind.DATA_ERROR: "Error in the data",
    NoteKind.DEFINITION_CHANGE: "Change of what is counted",
    NoteKind.UNKNOWN: "Not known",
}
ACTIONS: Final[Mapping[NoteAction, str]] = {
    NoteAction.CREATE: "wrote this",
    NoteAction.PROPOSE: "proposed this",
    NoteAction.PUBLISH: "published it",
    NoteAction.REJECT: "rejected it",
    NoteAction.EDIT: "changed it",
    NoteAction.REVERT: "went back to an earlier text",
    NoteAction.HIDE: "hid it",
    NoteAction.UNHIDE: "showed it again",
}
FAMILIES: Final[Mapping[str, str]] = {
    "wikipedia": "Wikipedia",
    "wiktionary": "Wiktionary",
    "wikisource": "Wikisource",
    "wikivoyage": "Wikivoyage",
    "wikiquote": "Wikiquote",
    "wikinews": "Wikinews",
    "wikiversity": "Wikiversity",
    "wikibooks": "Wikibooks",
    "special": "Commons, Wikidata and others",
}


def name_count(metric: Metric | None) -> str:
    """Name what is counted, in the plural; None is any of it."""
    return "edits or editors" if metric is None else UNITS[metric]


def name_detector(detector: Detector, percent: float) -> str:
    """Name a detector, or the text that stands for it, by what it looks for; `percent` is the rolling mean's."""
    if detector == Detector.SEASONAL:
        return "Unusual for this wiki and season"
    return f"{percent:g} % over its 3-year average (rolling mean)"
