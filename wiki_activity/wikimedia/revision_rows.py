"""Revisions and edits as rows of a wiki's own API; MalformedAnswerError where a row is none, or lacks something."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from wiki_activity.domain.hashtags import find_hashtags
from wiki_activity.domain.revision_labels import Revision
from wiki_activity.domain.talk_templates import find_templates
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError
from wiki_activity.wikimedia.http import expect_list, expect_mapping


def read_page(page: Mapping[str, Any], url: str) -> Iterator[Revision]:
    """Yield the revisions of a page of `allrevisions`; raises MalformedAnswerError where it is none."""
    namespace = read_namespace(page, url)
    for row in expect_list(page.get("revisions"), url, "revisions"):
        yield read_revision(expect_mapping(row, url, "a revision"), namespace, url)


def read_revision(one: Mapping[str, Any], namespace: int, url: str) -> Revision:
    """Read a revision, or an edit of `usercontribs`; what was hidden is None or empty, and the row says so."""
    user, comment, tags = one.get("user"), one.get("comment"), one.get("tags")
    number, summary = one.get("userid"), comment if isinstance(comment, str) else ""
    if not isinstance(tags, list):
        msg = f"{url}: a revision has no tags"
        raise MalformedAnswerError(msg)
    # Names and summaries that were removed are absent, which the row says then: else nobody knows what they were.
    for key, value, hidden in (("user", user, "userhidden"), ("comment", comment, "commenthidden")):
        if not isinstance(value, str) and not one.get(hidden):
            msg = f"{url}: a revision has no {key}, and does not say that it is hidden"
            raise MalformedAnswerError(msg)
    return Revision(
        at=read_moment(one.get("timestamp"), url),
        user=user if isinstance(user, str) else None,
        namespace=namespace,
        tags=tuple(tag for tag in tags if isinstance(tag, str)),
        hashtags=find_hashtags(summary),
        account_id=number if type(number) is int else 0,
        templates=find_templates(summary) if one.get("parentid") == 0 and namespace % 2 else frozenset(),
    )


def read_namespace(page: Mapping[str, Any], url: str) -> int:
    """Read the number of the namespace of a page or an edit."""
    namespace = page.get("ns")
    if type(namespace) is not int:
        msg = f"{url}: ns should be the number of a namespace, not {type(namespace).__name__}"
        raise MalformedAnswerError(msg)
    return namespace


def read_moment(text: object, url: str) -> datetime:
    """Read a moment, UTC."""
    try:
        moment = datetime.fromisoformat(text)  # type: ignore[arg-type]
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        msg = f"{url}: a moment should be like 2026-03-01T12:00:00Z"
        raise MalformedAnswerError(msg) from None
