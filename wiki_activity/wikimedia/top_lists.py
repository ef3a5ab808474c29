"""Wikimedia's lists of what was edited, and viewed, most in a month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from wiki_activity.domain.logged_out import is_logged_out
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError
from wiki_activity.wikimedia.http import PoliteSession, expect_list, expect_mapping
from wiki_activity.wikimedia.metrics import check_identity

_MOST: Final = 1_000
_TOO_MANY: Final = 10**12
_UNKNOWN: Final = {"UNKNOWN_PAGE_TITLE", "UNKNOWN_USER_TEXT"}


@dataclass(frozen=True, slots=True)
class TopPage:
    """A page by its title, with blanks and the canonical name of its namespace, and its edits or views."""

    title: str
    count: int


@dataclass(frozen=True, slots=True)
class TopListsClient:
    """Reads the lists.

    Parameters
    ----------
    session
        Polite HTTP.
    base_url
        Ends in `/metrics`.
    """

    session: PoliteSession
    base_url: str

    def get_top_editors(self, project: str, month: date) -> list[int]:
        """Get the edits of content pages of up to a hundred registered accounts without a bot's mark, most first.

        What the accounts are called is not returned.

        Raises
        ------
        NotFoundError
            When there is nothing of the month.
        MalformedAnswerError
            When it is no such list.
        WikimediaError
            When it could not be read.
        """
        rows, url = self._get("editors", project, ("user", "content"), month)
        return sorted(
            (_read_count(one, "edits", url) for one in rows if _is_account(one.get("user_text"))), reverse=True
        )

    def get_top_bots(self, project: str, month: date) -> dict[str, int]:
        """Get the edits of content pages of up to a hundred accounts that are marked as bots; raises likewise."""
        rows, url = self._get("editors", project, ("group-bot", "content"), month)
        return {one["user_text"]: _read_count(one, "edits", url) for one in rows if _is_account(one.get("user_text"))}

    def get_top_pages(self, project: str, month: date) -> list[TopPage]:
        """Get up to a hundred pages of all kinds that were edited most, by whomever; raises likewise."""
        rows, url = self._get("edited-pages", project, ("all-editor-types", "all-page-types"), month)
        return _read_pages(rows, "page_title", "edits", url)

    def get_most_viewed(self, project: str, month: date) -> list[TopPage]:
        """Get up to a thousand pages that were viewed most; raises likewise."""
        path = f"pageviews/top/{_plain(project)}/all-access/{month:%Y/%m}/all-days"
        items, url = self._ask(path, {"project": project, "year": f"{month:%Y}", "month": f"{month:%m}"})
        rows = [
            expect_mapping(row, url, "an article")
            for item in items
            for row in expect_list(item.get("articles"), url, "articles")
        ]
        return _read_pages(rows[:_MOST], "article", "views", url)

    def _get(self, what: str, project: str, kinds: tuple[str, str], month: date) -> tuple[list[Mapping[str, Any]], str]:
        path = f"{what}/top-by-edits/{_plain(project)}/{'/'.join(kinds)}/{month:%Y/%m}/all-days"
        asked = {"project": project, "editor-type": kinds[0], "page-type": kinds[1], "granularity": "monthly"}
        items, url = self._ask(path, asked)
        results = [
            expect_mapping(result, url, "a result")
            for item in items
            for result in expect_list(item.get("results"), url, "results")
        ]
        for result in results:
            if not str(result.get("timestamp")).startswith(f"{month:%Y-%m}"):
                msg = f"{url}: the list is of {result.get('timestamp')!r:.40}, and {month:%Y-%m} was asked for"
                raise MalformedAnswerError(msg)
        rows = [
            expect_mapping(row, url, "a row")
            for result in results
            for row in expect_list(result.get("top"), url, "top")
        ]
        if not rows:
            # Where there is nothing, it says 404.
            msg = f"{url}: the list is empty"
            raise MalformedAnswerError(msg)
        return rows[:_MOST], url

    def _ask(self, path: str, asked: Mapping[str, str]) -> tuple[list[Mapping[str, Any]], str]:
        url = f"{self.base_url}/{path}"
        document = expect_mapping(self.session.get_json(url, private=True), url, "the answer")
        items = [expect_mapping(item, url, "an item") for item in expect_list(document.get("items"), url, "items")]
        for item in items:
            check_identity(item, asked, url)
        return items, url


def _is_account(name: object) -> bool:
    return isinstance(name, str) and bool(name) and name not in _UNKNOWN and not is_logged_out(name)


def _plain(project: str) -> str:
    return quote(project, safe="")


def _read_pages(rows: list[Mapping[str, Any]], title_key: str, count_key: str, url: str) -> list[TopPage]:
    found = []
    for row in rows:
        title = row.get(title_key)
        if isinstance(title, str) and title and title not in _UNKNOWN:
            found.append(TopPage(title.replace("_", " "), _read_count(row, count_key, url)))
    return found


def _read_count(row: Mapping[str, Any], key: str, url: str) -> int:
    count = row.get(key)
    if type(count) is not int or not 0 <= count < _TOO_MANY:
        msg = f"{url}: {key} should be a count of a month"
        raise MalformedAnswerError(msg)
    return count
