"""What a wiki's own API tells of a time: its revisions, and what it knows of accounts, tags and pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from wiki_activity.bounded_http import AnswerLimits, silence_addresses
from wiki_activity.domain.hashtags import find_hashtags
from wiki_activity.domain.imports import Import
from wiki_activity.domain.revision_blocks import BLOCK
from wiki_activity.domain.revision_labels import Account, Revision
from wiki_activity.domain.talk_templates import find_templates
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError
from wiki_activity.wikimedia.http import PoliteSession, expect_list, expect_mapping

_LIMITS: Final = AnswerLimits(seconds=30, bytes=4 << 20)
"""500 revisions are about 200,000 bytes; summaries may have 500 letters each."""
_ALWAYS: Final = {"action": "query", "format": "json", "formatversion": "2", "maxlag": "5"}
_NAMES_AT_ONCE: Final = 50
_OF_PEOPLE: Final = (2, 3)
"""Pages of users and their talk, whatever a wiki calls them: their titles are names."""


@dataclass(frozen=True, slots=True)
class Revisions:
    """Revisions in the order of time, and where they go on; None where there are no more."""

    revisions: tuple[Revision, ...]
    goes_on: str | None


@dataclass(frozen=True, slots=True)
class ActionClient:
    """Asks wikis themselves.

    Parameters
    ----------
    session
        Polite HTTP.
    address
        Of each wiki's `api.php`, with `{project}` where its own goes.
    """

    session: PoliteSession
    address: str

    def __post_init__(self) -> None:
        """Keep the names that are asked for out of the log."""
        silence_addresses()

    def get_revisions(self, project: str, first: datetime, until: datetime, goes_on: str | None = None) -> Revisions:
        """Get up to 500 revisions of all pages from one moment on.

        Parameters
        ----------
        first, until
            UTC.
        goes_on
            As the answer before told.

        Raises
        ------
        MalformedAnswerError
            When it is no such list.
        WikimediaError
            When it could not be read.
        """
        more = {} if goes_on is None else {"arvcontinue": goes_on}
        document, url = self._query(
            project,
            list="allrevisions",
            arvdir="newer",
            arvstart=_write_moment(first),
            arvend=_write_moment(until),
            arvlimit=str(BLOCK),
            arvprop="ids|timestamp|user|userid|comment|tags",
            **more,
        )
        query = expect_mapping(document.get("query"), url, "query")
        found = [
            revision
            for page in expect_list(query.get("allrevisions"), url, "allrevisions")
            for revision in _read_page(expect_mapping(page, url, "a page"), url)
            if first <= revision.at <= until
        ]
        after = document.get("continue")
        token = None if after is None else expect_mapping(after, url, "continue").get("arvcontinue")
        if not (after is None or isinstance(token, str)):
            # Taken for the end, the beginning of a month would pass for all of it.
            msg = f"{url}: it goes on, and does not say where"
            raise MalformedAnswerError(msg)
        return Revisions(tuple(sorted(found, key=lambda one: one.at)), token)

    def get_contributions(
        self, project: str, names: Sequence[str], first: datetime, until: datetime
    ) -> dict[str, list[Revision]]:
        """Get all that some people did from one moment to another, UTC, by name, as far as 500 edits tell of it.

        Who comes last may have done more, and is left out then. Raises as :meth:`get_revisions` does.
        """
        document, url = self._query(
            project,
            list="usercontribs",
            ucuser="|".join(names[:_NAMES_AT_ONCE]),
            ucdir="newer",
            ucstart=_write_moment(first),
            ucend=_write_moment(until),
            uclimit=str(BLOCK),
            ucprop="ids|title|timestamp|comment|tags",
        )
        query = expect_mapping(document.get("query"), url, "query")
        found: dict[str, list[Revision]] = {}
        last = ""
        for row in expect_list(query.get("usercontribs"), url, "usercontribs"):
            one = expect_mapping(row, url, "an edit")
            revision = _read_revision(one, _read_namespace(one, url), url)
            if revision.user is not None:
                last = revision.user
                found.setdefault(last, []).append(revision)
        if document.get("continue") is not None:
            found.pop(last, None)
        return found

    def get_accounts(self, project: str, names: Sequence[str]) -> dict[str, Account]:
        """Get what a wiki knows of up to 50 accounts; names of which it knows none are left out.

        Raises as :meth:`get_revisions` does.
        """
        found: dict[str, Account] = {}
        asked = "|".join(names[:_NAMES_AT_ONCE])
        document, url = self._query(project, list="users", ususers=asked, usprop="groups|registration")
        query = expect_mapping(document.get("query"), url, "query")
        for row in expect_list(query.get("users"), url, "users"):
            user = expect_mapping(row, url, "a user")
            groups, registered = user.get("groups"), user.get("registration")
            if isinstance(user.get("name"), str) and isinstance(groups, list):
                at = _read_moment(registered, url) if isinstance(registered, str) else None
                found[user["name"]] = Account("bot" in groups, at)
        return found

    def list_imports(self, project: str, first: datetime, until: datetime) -> list[Import]:
        """List up to 500 pages that were imported, from one moment to another, UTC; those whose importer is hidden not.

        Raises as :meth:`get_revisions` does.
        """
        document, url = self._query(
            project,
            list="logevents",
            letype="import",
            ledir="newer",
            lestart=_write_moment(first),
            leend=_write_moment(until),
            lelimit=str(BLOCK),
            leprop="title|user|timestamp",
        )
        query = expect_mapping(document.get("query"), url, "query")
        found = []
        for row in expect_list(query.get("logevents"), url, "logevents"):
            one = expect_mapping(row, url, "an entry")
            user, namespace = one.get("user"), one.get("ns")
            # What was hidden of an entry is absent.
            if isinstance(user, str) and type(namespace) is int:
                found.append(Import(_read_moment(one.get("timestamp"), url), user, namespace))
        return found

    def get_tag_names(self, project: str) -> dict[str, str]:
        """Get what a wiki calls its change tags, in plain text; raises as :meth:`get_revisions` does."""
        document, url = self._query(project, list="tags", tgprop="displayname", tglimit="500")
        rows = expect_list(expect_mapping(document.get("query"), url, "query").get("tags"), url, "tags")
        return {
            one["name"]: one["displayname"]
            for one in rows
            if isinstance(one, Mapping) and isinstance(one.get("name"), str) and isinstance(one.get("displayname"), str)
        }

    def find_existing(self, project: str, titles: Sequence[str]) -> set[str]:
        """Find which of up to 50 pages exist and are nobody's own; titles with blanks.

        Raises as :meth:`get_revisions` does.
        """
        document, url = self._query(project, titles="|".join(titles[:_NAMES_AT_ONCE]), prop="info")
        query = expect_mapping(document.get("query"), url, "query")
        # Asked for by its canonical name, a page is told by its own, and that it is the same one.
        renamed = [
            expect_mapping(row, url, "a name") for row in expect_list(query.get("normalized", []), url, "normalized")
        ]
        same = {str(row.get("to")): row.get("from") for row in renamed}
        found = []
        for row in expect_list(query.get("pages"), url, "pages"):
            page = expect_mapping(row, url, "a page")
            if not page.get("missing") and not page.get("invalid") and _read_namespace(page, url) not in _OF_PEOPLE:
                found += [page.get("title"), same.get(str(page.get("title")))]
        return {title for title in titles if title in found}

    def _query(self, project: str, **parameters: str) -> tuple[Mapping[str, Any], str]:
        url = self.address.format(project=project)
        document = self.session.get_json(url, {**_ALWAYS, **parameters}, limits=_LIMITS, private=True)
        return expect_mapping(document, url, "the answer"), url


def _read_page(page: Mapping[str, Any], url: str) -> Iterator[Revision]:
    namespace = _read_namespace(page, url)
    for row in expect_list(page.get("revisions"), url, "revisions"):
        yield _read_revision(expect_mapping(row, url, "a revision"), namespace, url)


def _read_revision(one: Mapping[str, Any], namespace: int, url: str) -> Revision:
    user, comment, tags = one.get("user"), one.get("comment"), one.get("tags")
    number, summary = one.get("userid"), comment if isinstance(comment, str) else ""
    if not isinstance(tags, list):
        msg = f"{url}: a revision has no tags"
        raise MalformedAnswerError(msg)
    # Names and summaries that were removed are absent.
    return Revision(
        at=_read_moment(one.get("timestamp"), url),
        user=user if isinstance(user, str) else None,
        namespace=namespace,
        tags=tuple(tag for tag in tags if isinstance(tag, str)),
        hashtags=find_hashtags(summary),
        account_id=number if type(number) is int else 0,
        templates=find_templates(summary) if one.get("parentid") == 0 and namespace % 2 else frozenset(),
    )


def _read_namespace(page: Mapping[str, Any], url: str) -> int:
    namespace = page.get("ns")
    if type(namespace) is not int:
        msg = f"{url}: ns should be the number of a namespace, not {type(namespace).__name__}"
        raise MalformedAnswerError(msg)
    return namespace


def _write_moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _read_moment(text: object, url: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)  # type: ignore[arg-type]
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        msg = f"{url}: a moment should be like 2026-03-01T12:00:00Z"
        raise MalformedAnswerError(msg) from None
