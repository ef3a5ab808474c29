"""Templates on new pages of talk: contests that are counted by them have no hashtag, and name themselves there."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from wiki_activity.domain.findings import LEAST_ACCOUNTS
from wiki_activity.domain.logged_out import is_logged_out
from wiki_activity.domain.revision_labels import TEMPLATE, Account, Revision, is_bot

_TEMPLATE: Final = re.compile(r"\{\{\s*([^{}|\[\]<>#:/\n]{2,80}?)\s*(?:\||\}\})")
"""MediaWiki writes what a new page begins with into its summary, on one line, whatever language it does that in."""
_MOST: Final = 5
_LEAST_PAGES: Final = 10
"""So many among all blocks would hardly be missing from those of a usual time, if they were made all year."""


def find_templates(summary: str) -> frozenset[str]:
    """Return the names of the first templates that a summary quotes whole, as MediaWiki would write them."""
    names = (" ".join(name.replace("_", " ").split()) for name in _TEMPLATE.findall(summary)[:_MOST])
    return frozenset(name[:1].upper() + name[1:] for name in names if name)


def find_taggers(
    blocks: Iterable[Sequence[Revision]], content: Collection[int], accounts: Mapping[str, Account]
) -> dict[str, frozenset[str]]:
    """Find who put which template on ten new pages of talk and more, of those that three people and more did.

    Returns
    -------
    dict[str, frozenset[str]]
        Names of accounts by label, never to be kept.
    """
    pages: Counter[str] = Counter()
    people: dict[str, set[str]] = defaultdict(set)
    for revision in (one for block in blocks for one in block):
        user = revision.user
        if user is None or is_logged_out(user) or is_bot(user, accounts):
            continue
        for label in list_template_labels([revision], content):
            pages[label] += 1
            people[label].add(user)
    return {
        label: frozenset(names)
        for label, names in people.items()
        if len(names) >= LEAST_ACCOUNTS and pages[label] >= _LEAST_PAGES
    }


def count_tags(revisions: Iterable[Revision], label: str, content: Collection[int], people: Collection[str]) -> int:
    """Count the new pages of talk on which some people put a template."""
    return sum(one.user in people and label in list_template_labels([one], content) for one in revisions)


def count_edits_per_tag(
    contributions: Mapping[str, Sequence[Revision]], label: str, content: Collection[int]
) -> float | None:
    """Return how many edits of content come with each page of talk on which somebody put a template.

    Whoever put it on many pages is met among some edits so many times more often, so the mean over the people that were
    met is that of all pages (Hansen and Hurwitz, 1943).

    Parameters
    ----------
    contributions
        All that these people did in the month, by their names.

    Returns
    -------
    float | None
        None where nobody put it anywhere.
    """
    found = [
        sum(one.namespace in content for one in edits) / tags
        for user, edits in contributions.items()
        if (tags := count_tags(edits, label, content, {user}))
    ]
    return sum(found) / len(found) if found else None


def list_template_labels(revisions: Iterable[Revision], content: Collection[int]) -> set[str]:
    """List the labels of the templates with which new pages of talk about content begin."""
    return {
        f"{TEMPLATE}{name}"
        for one in revisions
        # A namespace's pages of talk have the next odd number.
        if one.templates and one.namespace % 2 == 1 and one.namespace - 1 in content
        for name in one.templates
    }


def label_taggers(revisions: Iterable[Revision], taggers: Mapping[str, Collection[str]]) -> list[Revision]:
    """Label the edits of those who put a template on new pages of talk: what they write is in the pages themselves."""
    if not taggers:
        return list(revisions)
    return [
        replace(one, labels=one.labels | {label for label, people in taggers.items() if one.user in people})
        for one in revisions
    ]
