"""The annotations of Wikistats on Meta-Wiki: what is known of faults and changes of its figures, as JSON in pages."""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from wiki_activity.bounded_http import AnswerLimits
from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError
from wiki_activity.wikimedia.http import PoliteSession, expect_list, expect_mapping

_LIMITS: Final = AnswerLimits(seconds=20, bytes=1 << 20)
_PREFIX: Final = "Config:Dashiki:Annotations/Wikistats/"
_TAGS: Final = re.compile(r"<[^<>]*>")
_DAY: Final = re.compile(r"20\d\d-\d\d-\d\d")
_LONGEST_TITLE: Final = 200
_LONGEST_NOTE: Final = 2_000


@dataclass(frozen=True, slots=True)
class AnnotationsClient:
    """Reads them.

    Parameters
    ----------
    session
        Polite HTTP.
    url
        Of Meta-Wiki's `api.php`.
    """

    session: PoliteSession
    url: str

    def get_annotations(self, metric: AnnotatedMetric) -> list[DataAnnotation]:
        """Get those of one figure, oldest first; those without a day or a title are left out.

        Raises
        ------
        MalformedAnswerError
            When it is no such page.
        WikimediaError
            When it could not be read.
        """
        asked = {"action": "query", "format": "json", "formatversion": "2", "maxlag": "5"}
        asked |= {"prop": "revisions", "rvprop": "content", "rvslots": "main", "titles": f"{_PREFIX}{metric.value}"}
        document = expect_mapping(self.session.get_json(self.url, asked, limits=_LIMITS), self.url, "the answer")
        query = expect_mapping(document.get("query"), self.url, "query")
        pages = expect_list(query.get("pages"), self.url, "pages")
        if len(pages) != 1:
            msg = f"{self.url}: {len(pages)} pages came instead of one"
            raise MalformedAnswerError(msg)
        page = expect_mapping(pages[0], self.url, "a page")
        if page.get("missing"):
            return []
        rows = expect_list(self._read_content(page).get("annotations"), self.url, "annotations")
        found = [one for row in rows if isinstance(row, dict) and (one := _read_annotation(metric, row)) is not None]
        return sorted(found, key=lambda one: one.day)

    def _read_content(self, page: Mapping[str, Any]) -> Mapping[str, Any]:
        revisions = expect_list(page.get("revisions"), self.url, "revisions")
        newest = expect_mapping(revisions[0] if revisions else None, self.url, "a revision")
        slots = expect_mapping(newest.get("slots"), self.url, "slots")
        content = expect_mapping(slots.get("main"), self.url, "the main slot").get("content")
        try:
            return expect_mapping(json.loads(content if isinstance(content, str) else ""), self.url, "the page")
        except ValueError as error:
            msg = f"{self.url}: the page of annotations is no JSON"
            raise MalformedAnswerError(msg) from error


def _read_annotation(metric: AnnotatedMetric, row: Mapping[str, Any]) -> DataAnnotation | None:
    day, title, note = row.get("date"), row.get("title"), row.get("note")
    if not isinstance(day, str) or not isinstance(title, str) or not _DAY.fullmatch(day[:10]):
        return None
    try:
        at = date.fromisoformat(day[:10])
    except ValueError:
        return None
    told = _read_plain(title, _LONGEST_TITLE)
    if not told:
        return None
    # Of one breakdown alone: the figure as a whole is not meant.
    partial = bool(row.get("relevantBreakdowns"))
    return DataAnnotation(
        metric, at, told, _read_plain(note, _LONGEST_NOTE) if isinstance(note, str) else "", partial=partial
    )


def _read_plain(text: str, longest: int) -> str:
    """Leave out marks of HTML, and characters that steer what comes after them."""
    plain = html.unescape(_TAGS.sub("", text))
    plain = "".join(one if one.isprintable() else " " for one in plain)
    return " ".join(plain.split())[:longest]
