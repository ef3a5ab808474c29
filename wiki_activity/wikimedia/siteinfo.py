"""What a wiki says of itself: which of its namespaces hold content."""

from collections.abc import Mapping
from typing import Final

from wiki_activity.bounded_http import AnswerLimits
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError
from wiki_activity.wikimedia.http import PoliteSession, expect_mapping

_LIMITS: Final = AnswerLimits(seconds=15, bytes=1 << 20)
"""About 5,000 bytes are usual."""
_PARAMETERS: Final = {
    "action": "query",
    "meta": "siteinfo",
    "siprop": "namespaces",
    "format": "json",
    "formatversion": "2",
}
_MOST: Final = 200


def get_content_namespaces(session: PoliteSession, url: str) -> tuple[int, ...]:
    """Get the numbers of the namespaces that a wiki calls content, in order; that of articles is always among them.

    Parameters
    ----------
    url
        The wiki's `api.php`.

    Raises
    ------
    MalformedAnswerError
        When it is no siteinfo, or names no content.
    WikimediaError
        When it could not be read.
    """
    document = session.get_json(url, _PARAMETERS, limits=_LIMITS)
    query = expect_mapping(expect_mapping(document, url, "the answer").get("query"), url, "query")
    namespaces = expect_mapping(query.get("namespaces"), url, "namespaces")
    found = {
        one["id"]
        for one in namespaces.values()
        if isinstance(one, Mapping) and one.get("content") is True and type(one.get("id")) is int and one["id"] >= 0
    }
    if 0 not in found or len(found) > _MOST:
        articles = "" if 0 in found else "not "
        msg = f"{url}: siteinfo names {len(found)} namespaces of content, articles {articles}among them"
        raise MalformedAnswerError(msg)
    return tuple(sorted(found))
