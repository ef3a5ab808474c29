"""What a simulated edit says of itself: user, page, summary, change tags and what was hidden of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from wiki_activity.simulator.activity import EDITOR_TYPES
from wiki_activity.simulator.evidence.causes import CauseKind, PlantedCause
from wiki_activity.simulator.evidence.edits import DayEdits, EditSource
from wiki_activity.simulator.evidence.pages import NAMESPACE, OF_CAUSES, Pages, find_cause_month
from wiki_activity.simulator.evidence.people import (
    begin_month,
    find_temporary_since,
    format_time,
    name_account,
    name_logged_out,
)

TAGS: Final = {
    # tag: share of the edits of people that have it usually, or nothing
    "mobile edit": 0.22,
    "mobile web edit": 0.18,
    "visualeditor": 0.2,
    "mw-reverted": 0.06,
    "mw-undo": 0.02,
    "mw-rollback": 0.01,
    "newcomer task": 0.02,
    "newcomer task add link": 0.008,
    "contenttranslation": 0.008,
    "contenttranslation-v2": 0.008,
    "android app edit": 0.02,
    "discussiontools": 0.03,
    "HotCat": 0.015,
    "AWB": 0.01,
    "OAuth CID: 1805": 0.004,
    "OAuth CID: 1352": 0.002,
    "mw-new-redirect": 0.01,
}
HIDDEN_USER_EVERY: Final = 701
_HIDDEN_COMMENT_EVERY: Final = 503
TOOL_TAGS: Final = ("OAuth CID: 1805", "OAuth CID: 1352", "AWB")
_TOGETHER: Final = {
    # what comes with another one, which has its draw
    "mobile web edit": "mobile edit",
    "newcomer task add link": "newcomer task",
    "contenttranslation-v2": "contenttranslation",
}
_DRAWS: Final = {tag: list(TAGS).index(leader) for tag, leader in _TOGETHER.items()}
_TOOL_SHARE: Final = 0.55
"""Share of the usual edits of people on Wikidata and Commons that tools make."""
_REVERTED_SINCE: Final = datetime(2020, 10, 1, tzinfo=UTC).timestamp()
_COMMENTS: Final = (
    "", "", "", "typo", "/* History */ more", "copyedit", "+image", "fix ref", "/* External links */ dead link",
    "per talk page", "[[WP:MOS|style]]", "See #3 of the list", "update #2026", "wikify",
)  # fmt: skip
_USUAL_HASHTAGS: Final = ("#suggestededit-add 1.0", "#1Lib1Ref", "#WikiLovesLibraries", "＃WPWP")
_ODD_COMMENTS: Final = (
    "#" + "a" * 200,
    "<script>alert(1)</script> #<b>WPWP</b>",
    "\u202e#evil\u202c reversed \u0000 and \x07 bell",
    "@channel <!channel> *bold* `code` #ok_tag",
    "#redirect [[Elsewhere]] #123 #a #ifexist",
    "'''quoted''' & 100 % #مسابقة #हिन्दी",
    '=HYPERLINK("https://example.org") #-',
)
_ON_TASKS: Final = "Suggested edit: add links"


@dataclass(frozen=True, slots=True)
class Revision:
    """One edit as it is read.

    Parameters
    ----------
    number, parent
        Ids; the parent of a page's first revision is 0.
    time
        Epoch seconds.
    user
        Name; None where it is hidden.
    user_number
        As in `people`.
    page
        As in `pages`.
    title
        With the wiki's own name of the namespace.
    comment
        None where it is hidden.
    tags
        In order.
    is_bot
        Whether it was marked as a bot's.
    noise
        From this follow size and the mark of a minor edit.
    """

    number: int
    parent: int
    time: int
    user: str | None
    user_number: int
    page: int
    title: str
    comment: str | None
    tags: tuple[str, ...]
    is_bot: bool
    noise: int

    @property
    def namespace(self) -> int:
        """The page's namespace."""
        return self.page // NAMESPACE

    def describe(self, properties: set[str]) -> dict[str, Any]:
        """Describe it as the Action API does, in format version 2, by the names of `arvprop` and `ucprop`."""
        told: dict[str, Any] = {}
        if "ids" in properties:
            told |= {"revid": self.number, "parentid": self.parent}
        if properties & {"user", "userid"}:
            told |= self.describe_user(properties)
        if "timestamp" in properties:
            told["timestamp"] = format_time(self.time)
        if "size" in properties:
            told["size"] = 300 + self.noise % 40_000
        if "sizediff" in properties:
            told["sizediff"] = self.noise % 900 - 200
        if "comment" in properties:
            told |= {"comment": self.comment} if self.comment is not None else {"commenthidden": True}
        if "tags" in properties:
            told["tags"] = list(self.tags)
        if "flags" in properties:
            told["minor"] = self.noise % 5 == 0
        return told

    def describe_user(self, properties: set[str]) -> dict[str, Any]:
        """Describe who made it: by name and id, and whether without an account."""
        if self.user is None:
            return {"userhidden": True}
        told: dict[str, Any] = {"user": self.user} if "user" in properties else {}
        if self.user_number < 0:
            if self.user.startswith("~"):
                return told | {"temp": True} | ({"userid": 10**9 - self.user_number} if "userid" in properties else {})
            return told | {"anon": True} | ({"userid": 0} if "userid" in properties else {})
        return told | ({"userid": self.user_number} if "userid" in properties else {})


class RevisionReader:
    """Reads the edits of one wiki as revisions.

    Parameters
    ----------
    source
        Makes them.
    column
        The wiki's.
    """

    def __init__(self, source: EditSource, column: int) -> None:
        self._source = source
        self._wiki = source.find_wiki(column)
        self._temporary_since = find_temporary_since(self._wiki)
        self.pages = Pages(self._wiki)

    def read(self, day: DayEdits, place: int) -> Revision:
        """Read one edit of a day."""
        noise, page, user = int(day.noise[place]), int(day.page[place]), int(day.user[place])
        time, kind = int(day.time[place]), EDITOR_TYPES[day.kind[place]]
        part = int(day.part[place])
        cause = day.plan.causes[part - 1] if part else None
        number = day.first_revision + place
        is_new = _is_new(page, noise, cause)
        return Revision(
            number=number,
            parent=0 if is_new else number - 1 - noise % 1_000_000,
            time=time,
            user=None if noise % HIDDEN_USER_EVERY == 0 else self.name_user(user),
            user_number=user,
            page=page,
            title=self.name_page(page, canonical=False),
            comment=None
            if noise % _HIDDEN_COMMENT_EVERY == 0
            else self._write_comment(cause, kind, page, noise, is_new=is_new),
            tags=() if kind.endswith("bot") else tuple(self._choose_tags(cause, time, noise)),
            is_bot=kind == "group-bot",
            noise=noise,
        )

    def name_user(self, user: int) -> str:
        """Return the name under which an edit was made."""
        return name_account(user) if user > 0 else name_logged_out(user, self._temporary_since)

    def name_page(self, page: int, *, canonical: bool) -> str:
        """Return a page's title with blanks."""
        month = find_cause_month(page)
        causes = () if month is None else self._source.causes.list_month(self._wiki.host, begin_month(month))
        return self.pages.name(page, causes, canonical=canonical)

    def _choose_tags(self, cause: PlantedCause | None, time: int, noise: int) -> Iterator[str]:
        by_cause = _tag_for_cause(cause)
        tools = self._wiki.code in {"wikidata", "commons"}
        if tools and cause is None and _draw(noise, 99) < _TOOL_SHARE:
            yield TOOL_TAGS[noise % 2]
            return
        for place, (tag, share) in enumerate(TAGS.items()):
            if tag == "mw-reverted" and time < _REVERTED_SINCE:
                continue
            drawn = _draw(noise, _DRAWS.get(tag, place))
            if tag in by_cause or (drawn < share and not (by_cause and cause and cause.kind is CauseKind.TOOLS)):
                yield tag
        yield from (tag for tag in by_cause if tag not in TAGS)

    def _write_comment(self, cause: PlantedCause | None, kind: str, page: int, noise: int, *, is_new: bool) -> str:
        if cause is not None and (text := _comment_for_cause(cause, page, noise, is_new=is_new)) is not None:
            return text
        drawn = _draw(noise, 50)
        if kind.endswith("bot"):
            return "Bot: maintenance" if drawn < 0.8 else "Bot: fixing redirects"
        if drawn < 0.003:
            return f"small fix {_USUAL_HASHTAGS[noise % len(_USUAL_HASHTAGS)]}"
        if drawn < 0.01:
            return _ODD_COMMENTS[noise % len(_ODD_COMMENTS)]
        if is_new:
            return f'Created page with "Stub {noise % 1000}"'
        return _COMMENTS[noise % len(_COMMENTS)]


def _tag_for_cause(cause: PlantedCause | None) -> tuple[str, ...]:
    if cause is None:
        return ()
    if cause.kind is CauseKind.TRANSLATION:
        return (cause.name, "contenttranslation-v2")
    if cause.kind is CauseKind.NEWCOMER_TASKS:
        return (cause.name, "newcomer task add link")
    return (cause.name,) if cause.kind in {CauseKind.TOOLS, CauseKind.REVERTS} else ()


def _comment_for_cause(cause: PlantedCause, page: int, noise: int, *, is_new: bool) -> str | None:  # noqa: PLR0911
    """Write the summary of an edit that carries a cause; None where it is one like all others."""
    topic = page % 1000
    match cause.kind:
        case CauseKind.CAMPAIGN_HASHTAG:
            # People write a hashtag as they like.
            tag = cause.name if noise % 4 else cause.name.lower()
            return f"{('added image', 'new article', 'citation added', '+ref')[noise % 4]} {tag}"
        case CauseKind.CAMPAIGN if page // NAMESPACE == 1 and is_new:
            name = cause.name
            return f'Created page with "{{{{{name} {cause.month.year}}}}}"'
        case CauseKind.BOT_TASK | CauseKind.FLAGGED_BOT_TASK:
            return cause.name
        case CauseKind.IMPORT:
            return f"{1 + noise % 40} revisions imported from [[:{cause.name}:Topic {topic}]]"
        case CauseKind.TRANSLATION:
            return f'Created by translating the page "[[:en:Special:Redirect/revision/{10**9 + noise}|Topic {topic}]]"'
        case CauseKind.NEWCOMER_TASKS:
            return _ON_TASKS
    return None


def _is_new(page: int, noise: int, cause: PlantedCause | None) -> bool:
    if cause is not None and page % NAMESPACE >= OF_CAUSES:
        # The first pages of a cause are its project page, or the one in the news: those were there.
        return page % 100_000 > 4 and cause.kind in {
            CauseKind.CAMPAIGN,
            CauseKind.TRANSLATION,
            CauseKind.REVERTS,
            CauseKind.CAMPAIGN_HASHTAG,
        }
    return page % NAMESPACE > 50 and _draw(noise, 51) < 0.06


def _draw(noise: int, which: int) -> float:
    """Return a number from 0 to under 1 that follows from an edit's noise; another one for each purpose."""
    mixed = (noise + (which + 1) * 0x9E3779B97F4A7C15) & (2**64 - 1)
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    return ((mixed ^ (mixed >> 27)) >> 11 & (2**32 - 1)) / 2**32
