"""What a wiki's own API tells: revisions, accounts that were made, whose edits they are, tags and pages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from wiki_activity.bounded_http import AnswerLimits, silence_addresses
from wiki_activity.domain.imports import Import
from wiki_activity.domain.revision_blocks import BLOCK
from wiki_activity.domain.revision_labels import Account, Revision
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError
from wiki_activity.wikimedia.http import PoliteSession, expect_list, expect_mapping
from wiki_activity.wikimedia.revision_rows import read_moment, read_namespace, read_page, read_revision

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
class Dated:
    """Numbers of accounts, each with a moment, in the order of the answer, and where they go on; None at the end.

    Parameters
    ----------
    rows
        What could be read; of who was hidden nothing is there.
    """

    rows: tuple[tuple[int, datetime], ...]
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
            for revision in read_page(expect_mapping(page, url, "a page"), url)
            if first <= revision.at <= until
        ]
        return Revisions(tuple(sorted(found, key=lambda one: one.at)), _read_place(document, "arvcontinue", url))

    def get_made_accounts(
        self, project: str, action: str, first: datetime, until: datetime, goes_on: str | None = None
    ) -> Dated:
        """Get when up to 500 accounts were made, the oldest first, each by its number; no name is asked for.

        Parameters
        ----------
        action
            How: `create` by oneself, `create2` and `byemail` by somebody else. Who came from another wiki is in none.
        first, until
            UTC, half-open.
        goes_on
            As the answer before told.

        Raises as :meth:`get_revisions` does.
        """
        more = {} if goes_on is None else {"lecontinue": goes_on}
        document, url = self._query(
            project,
            list="logevents",
            leaction=f"newusers/{action}",
            ledir="newer",
            lestart=_write_moment(first),
            leend=_write_moment(until - timedelta(seconds=1)),
            lelimit=str(BLOCK),
            leprop="ids|type|timestamp|userid|details",
            **more,
        )
        query = expect_mapping(document.get("query"), url, "query")
        rows = [expect_mapping(row, url, "a row") for row in expect_list(query.get("logevents"), url, "logevents")]
        # Suppressed names, and accounts that are no people's own, are nobody's to count.
        told = [one for one in rows if not (one.get("userhidden") or one.get("actionhidden") or one.get("temp"))]
        if any(one.get("action") != action for one in told):
            msg = f"{url}: a row is of another log than was asked for"
            raise MalformedAnswerError(msg)
        # The user of a row is who made the account, which may be somebody else.
        found = tuple(
            (
                _read_number(expect_mapping(one.get("params"), url, "params").get("userid"), url),
                read_moment(one.get("timestamp"), url),
            )
            for one in told
        )
        if any(not first <= at < until for _, at in found):
            msg = f"{url}: a row is of another time than was asked for"
            raise MalformedAnswerError(msg)
        # Rows are counted, and how close together they are says how many there are.
        if any(later < at for (_, at), (_, later) in pairwise(found)) or len({one for one, _ in found}) < len(found):
            msg = f"{url}: the log is not in the order of time, or tells of an account twice"
            raise MalformedAnswerError(msg)
        return Dated(found, _read_end(document, "lecontinue", url))

    def get_edits_of(
        self,
        project: str,
        accounts: Sequence[int],
        namespaces: Collection[int],
        first: datetime,
        until: datetime,
        *,
        goes_on: str | None = None,
    ) -> Dated:
        """Get whose up to 500 edits are, and when they were made, of up to 50 accounts by their numbers.

        They come an account after the other (MediaWiki sorts by the actor first). Accounts that are blocked, locked or
        renamed are told of as all others are.

        Parameters
        ----------
        namespaces
            Numbers of those whose pages count.
        first, until
            UTC, half-open.
        goes_on
            As the answer before told.

        Raises as :meth:`get_revisions` does.
        """
        more = {} if goes_on is None else {"uccontinue": goes_on}
        document, url = self._query(
            project,
            list="usercontribs",
            ucuserids="|".join(map(str, accounts)),
            ucdir="newer",
            ucstart=_write_moment(first),
            ucend=_write_moment(until - timedelta(seconds=1)),
            ucnamespace="|".join(map(str, sorted(namespaces))),
            uclimit=str(BLOCK),
            ucprop="title|timestamp",
            **more,
        )
        query = expect_mapping(document.get("query"), url, "query")
        rows = [expect_mapping(row, url, "an edit") for row in expect_list(query.get("usercontribs"), url, "edits")]
        told = [one for one in rows if read_namespace(one, url) in namespaces]
        found = tuple((_read_number(one.get("userid"), url), read_moment(one.get("timestamp"), url)) for one in told)
        asked = set(accounts)
        if any(number not in asked or not first <= at < until for number, at in found):
            msg = f"{url}: an edit is of another account or time than was asked for"
            raise MalformedAnswerError(msg)
        return Dated(found, _read_end(document, "uccontinue", url))

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
            revision = read_revision(one, read_namespace(one, url), url)
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
        asked = names[:_NAMES_AT_ONCE]
        document, url = self._query(project, list="users", ususers="|".join(asked), usprop="groups|registration")
        query = expect_mapping(document.get("query"), url, "query")
        rows = [expect_mapping(row, url, "a user") for row in expect_list(query.get("users"), url, "users")]
        if len(rows) < len(asked):
            # Of whom it knows nothing it says so; taken for people, bots would be among them.
            msg = f"{url}: {len(rows)} of {len(asked)} accounts are in the answer"
            raise MalformedAnswerError(msg)
        for user in rows:
            if user.get("missing") or user.get("invalid"):
                continue
            name, groups, registered = user.get("name"), user.get("groups"), user.get("registration")
            if not isinstance(name, str) or not isinstance(groups, list):
                msg = f"{url}: an account has no name, or no groups"
                raise MalformedAnswerError(msg)
            at = read_moment(registered, url) if isinstance(registered, str) else None
            found[name] = Account("bot" in groups, at)
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
                found.append(Import(read_moment(one.get("timestamp"), url), user, namespace))
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
        own = {str(row.get("from")): str(row.get("to")) for row in renamed}
        # A title that begins as a link to another wiki does is no page of this one.
        others = expect_list(query.get("interwiki", []), url, "interwiki")
        told = {str(expect_mapping(row, url, "a link").get("title")) for row in others}
        found = set()
        for row in expect_list(query.get("pages"), url, "pages"):
            page = expect_mapping(row, url, "a page")
            told.add(str(page.get("title")))
            if not page.get("missing") and not page.get("invalid") and read_namespace(page, url) not in _OF_PEOPLE:
                found.add(str(page.get("title")))
        if silent := [title for title in titles[:_NAMES_AT_ONCE] if own.get(title, title) not in told]:
            # Who is silent about a page has not said that it is gone.
            msg = f"{url}: {len(silent)} of {len(titles)} pages are not in the answer"
            raise MalformedAnswerError(msg)
        return {title for title in titles if own.get(title, title) in found}

    def find_creation(self, project: str, title: str) -> datetime | None:
        """Find when a page was created, UTC; None where it does not exist. Raises as :meth:`get_revisions` does."""
        document, url = self._query(
            project, titles=title, prop="revisions", rvdir="newer", rvlimit="1", rvprop="timestamp"
        )
        query = expect_mapping(document.get("query"), url, "query")
        for row in expect_list(query.get("pages"), url, "pages"):
            page = expect_mapping(row, url, "a page")
            if page.get("missing") or page.get("invalid"):
                return None
            for first in expect_list(page.get("revisions"), url, "revisions"):
                return read_moment(expect_mapping(first, url, "a revision").get("timestamp"), url)
        msg = f"{url}: there is no page in the answer"
        raise MalformedAnswerError(msg)

    def _query(self, project: str, **parameters: str) -> tuple[Mapping[str, Any], str]:
        url = self.address.format(project=project)
        document = self.session.get_json(url, {**_ALWAYS, **parameters}, limits=_LIMITS, private=True)
        return expect_mapping(document, url, "the answer"), url


def _read_place(document: Mapping[str, Any], name: str, url: str) -> str | None:
    after = document.get("continue")
    token = None if after is None else expect_mapping(after, url, "continue").get(name)
    if not (after is None or isinstance(token, str)):
        # Taken for the end, the beginning would pass for all of it.
        msg = f"{url}: it goes on, and does not say where"
        raise MalformedAnswerError(msg)
    return token


def _read_end(document: Mapping[str, Any], name: str, url: str) -> str | None:
    """Read where an answer goes on; one that does not must say that it is whole, since rows are counted."""
    place = _read_place(document, name, url)
    if place is None and document.get("batchcomplete") is not True:
        msg = f"{url}: it neither goes on nor is complete"
        raise MalformedAnswerError(msg)
    return place


def _read_number(number: object, url: str) -> int:
    if type(number) is not int or number <= 0:
        msg = f"{url}: an account should have a number above 0"
        raise MalformedAnswerError(msg)
    return number


def _write_moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
