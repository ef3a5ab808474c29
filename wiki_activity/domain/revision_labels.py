"""Revisions as they are read, and what they have in common: by their tags, their summaries, and who made them."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wiki_activity.domain.logged_out import is_logged_out

_TRANSLATION: Final = ("contenttranslation", "sectiontranslation")
_NEWCOMER_TASK: Final = "newcomer task"
_TOOLS: Final = (
    "OAuth CID",
    "AWB",
    "JWB",
    "HotCat",
    "Cat-a-lot",
    "OpenRefine",
    "openrefine",
    "quickstatements",
    "PAWS",
)
"""What tags of tools begin with. A wiki's own filters have tags too, and what they say is not for us to tell."""
REVERTED: Final = "reverted"
TRANSLATION: Final = "translation"
NEWCOMER: Final = "newcomer"
NEW_ACCOUNT: Final = "new account"
IMPORT: Final = "import"
TOOL: Final = "tool "
TEMPLATE: Final = "template "
"""What the labels of tools and templates begin with."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision, as long as it is needed.

    Parameters
    ----------
    at
        UTC.
    user
        Name of the account; None where it was removed. Never kept.
    namespace
        Number of the page's.
    tags
        Change tags.
    hashtags
        Of the summary.
    account_id
        Of an account on its wiki; 0 where there is none, or it is not known. Never kept.
    templates
        With which a new page of talk begins, by their names.
    labels
        What is known of it from elsewhere.
    """

    at: datetime
    user: str | None
    namespace: int
    tags: tuple[str, ...]
    hashtags: frozenset[str]
    account_id: int = 0
    templates: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Account:
    """What a wiki says of an account that is not logged out."""

    is_bot: bool
    registered_at: datetime | None


def points_at_people(label: str) -> bool:
    """Tell whether a label that only one or two accounts have may be their own: a hashtag, or a tool made for one."""
    return label.startswith(("#", TEMPLATE, f"{TOOL}OAuth CID"))


def is_bot(user: str | None, accounts: Mapping[str, Account]) -> bool:
    """Tell whether an account is marked as a bot; one of which nothing is known is taken for none."""
    return user is not None and user in accounts and accounts[user].is_bot


def find_first_new(
    revisions: Iterable[Revision], accounts: Mapping[str, Account], month: tuple[datetime, datetime]
) -> float:
    """Find the lowest number of an account that is known to be new; infinity where none is."""
    return min(
        (
            one.account_id
            for one in revisions
            if one.account_id
            and (account := accounts.get(one.user or "")) is not None
            and account.registered_at is not None
            and month[0] <= account.registered_at < month[1]
        ),
        default=math.inf,
    )


def list_labels(revision: Revision, accounts: Mapping[str, Account], first_new: float) -> set[str]:
    """List what a revision has in common with others; accounts from a number on are new."""
    found = {f"#{tag}" for tag in revision.hashtags} | revision.labels
    for tag in revision.tags:
        if tag.startswith(_TRANSLATION):
            found.add(TRANSLATION)
        elif tag.startswith(_NEWCOMER_TASK):
            found.add(NEWCOMER)
        elif tag == "mw-reverted":
            found.add(REVERTED)
        elif tag.startswith(_TOOLS):
            found.add(f"{TOOL}{tag}")
    if not is_bot(revision.user, accounts) and revision.account_id >= first_new and not is_logged_out(revision.user):
        found.add(NEW_ACCOUNT)
    return found
