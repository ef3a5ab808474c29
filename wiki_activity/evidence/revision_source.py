"""Revisions of a month, and of times when nothing happened: what they have in common, counted."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from wiki_activity.domain.findings import LEAST_SHARE, FindingKind
from wiki_activity.domain.imports import label_imports, may_be_imports, part_of_few
from wiki_activity.domain.logged_out import is_logged_out
from wiki_activity.domain.revision_blocks import BLOCK, Blocks, count_blocks, place_blocks
from wiki_activity.domain.revision_labels import IMPORT, TEMPLATE, TOOL, Account, Revision
from wiki_activity.domain.talk_templates import (
    count_edits_per_tag,
    count_tags,
    find_taggers,
    label_taggers,
    list_template_labels,
)
from wiki_activity.evidence.asking import GapError, Requests, Wiki
from wiki_activity.evidence.measuring import find_kind, is_explained, list_told, needs_usual, read_days
from wiki_activity.evidence.questions import Question
from wiki_activity.wikimedia.answer_errors import WikimediaError

_BLOCKS: Final = 3
_NAMES: Final = 50
_NEWEST: Final = 15
_TAGGERS: Final = 12
_USUAL: Final = (timedelta(weeks=52), timedelta(weeks=13))
"""So long before, on the same day of the week: what comes each year, and what is done since a while, are usual both."""
_SECOND: Final = timedelta(seconds=1)


@dataclass(slots=True)
class RevisionSource:
    """Asks a wiki about the revisions of one month.

    Parameters
    ----------
    question
        The month.
    wiki
        Client.
    content
        Numbers of the wiki's namespaces of content.
    requests
        Sent so far.
    """

    question: Question
    wiki: Wiki
    content: Collection[int]
    requests: Requests

    def ask(self, days: Mapping[str, int]) -> dict[str, Any]:
        """Ask; returns what was counted of blocks of the month and of usual ones, and what tags are called.

        Parameters
        ----------
        days
            Edits of each day, by its ISO date, by which revisions are chosen.

        Raises
        ------
        GapError
            When there is nothing that could be counted.
        WikimediaError
            When it could not be read.
        """
        one = self.question
        by_day = read_days(one, days)
        blocks, whole = self._read_month(by_day, one.expected / one.length)
        accounts = self._ask_accounts([revision for block in blocks for revision in block])
        taggers = find_taggers(blocks, self.content, accounts)
        blocks = [label_taggers(block, taggers) for block in blocks]
        peak = self._count_month(blocks, accounts, whole=whole)
        if not peak.blocks:
            msg = "no edits of content pages were among the revisions of the month"
            raise GapError(msg)
        usual = Blocks(())
        for before in _USUAL:
            if needs_usual(one, peak, usual, by_day) or (taggers and not usual.blocks):
                begin = max(blocks, key=len)[0].at - before
                some = (begin, begin + timedelta(days=31))
                self.requests.count()
                revisions = self.wiki.get_revisions(one.project, *some).revisions
                labelled = label_taggers(revisions, taggers)
                counted = count_blocks([labelled], self.content, accounts, some, common=peak.accounts)
                usual = Blocks((*usual.blocks, *counted.blocks))
                # A template that is put on new pages all the time names nothing that happened.
                habits = list_template_labels(revisions, self.content)
                taggers = {label: people for label, people in taggers.items() if label not in habits}
                peak = peak.without(habits)
        if taggers:
            peak, usual = self._measure_template(peak, usual, blocks, taggers)
        told = list_told(one, peak, usual, by_day)
        if not is_explained(told) and may_be_imports(by_day, one.expected / one.length, blocks, self.content):
            peak = peak.add(IMPORT, self._count_month(self._find_imports(blocks), accounts, whole=whole))
        quoted = {label for label in peak.accounts if label.startswith(TEMPLATE)} - self._list_existing(told)
        peak, usual = peak.without(quoted), usual.without(quoted)
        return {"peak": peak.save(), "usual": usual.save(), "tags": self._name_tags(told)}

    def _measure_template(
        self,
        peak: Blocks,
        usual: Blocks,
        blocks: Sequence[Sequence[Revision]],
        taggers: Mapping[str, Collection[str]],
    ) -> tuple[Blocks, Blocks]:
        """Measure what those do who put the most frequent template on new pages of talk, seen doing so or not.

        Most of them are not seen among some revisions: each page on which it was put stands for so many edits of theirs
        as some of them make for each of theirs.
        """
        one = self.question
        everybody = [revision for block in blocks for revision in block]
        tags = {name: count_tags(everybody, name, self.content, people) for name, people in taggers.items()}
        label = max(taggers, key=lambda name: (tags[name], name))
        people, others = taggers[label], taggers.keys() - {label}
        met = list(dict.fromkeys(one.user for one in everybody if one.user in people and one.user))[:_TAGGERS]
        self.requests.count()
        contributions = self.wiki.get_contributions(one.project, met, one.first, one.until - _SECOND)
        each = count_edits_per_tag(contributions, label, self.content)
        if each is None:
            return peak.without(taggers), usual.without(taggers)
        by_block = [
            round(each * count_tags(part, label, self.content, people))
            for part in ([one for one in everybody if block.first <= one.at <= block.last] for block in peak.blocks)
        ]
        seen = sum(block.by_label.get(label, (0, 0))[0] for block in peak.blocks)
        # Of what they do usually as large a part is seen as of what they did now.
        times = each * tags[label] / seen if seen else 1.0
        peak = peak.without(others).set_people(label, by_block, len(people))
        return peak, usual.without(others).multiply(label, times)

    def _count_month(
        self, blocks: Sequence[Sequence[Revision]], accounts: Mapping[str, Account], *, whole: bool
    ) -> Blocks:
        one = self.question
        return count_blocks(blocks, self.content, accounts, (one.first, one.until), whole=whole)

    def _read_month(self, days: Mapping[date, int], usual_day: float) -> tuple[list[Sequence[Revision]], bool]:
        """Read the whole month where that is as few requests as blocks of it."""
        one = self.question
        if sum(days.values()) <= _BLOCKS * BLOCK * 2 // 3:
            found: list[Revision] = []
            goes_on: str | None = None
            for _ in range(_BLOCKS):
                self.requests.count()
                part = self.wiki.get_revisions(one.project, one.first, one.until - _SECOND, goes_on)
                found += part.revisions
                goes_on = part.goes_on
                if goes_on is None:
                    return [found], True
                if not part.revisions or part.revisions[-1].at < one.first + (one.until - one.first) / _BLOCKS / 2:
                    break
            # More than the days say, on other pages: what was read is the beginning of the month.
        begins = place_blocks(days, usual_day, _BLOCKS, f"{one.project} {one.month}")
        if not begins:
            msg = "no day of the month was busier than a usual one"
            raise GapError(msg)
        blocks: list[Sequence[Revision]] = []
        for begin in begins:
            self.requests.count()
            blocks.append(self.wiki.get_revisions(one.project, begin, one.until - _SECOND).revisions)
        return blocks, False

    def _ask_accounts(self, revisions: Sequence[Revision]) -> dict[str, Account]:
        edits = Counter(
            one.user
            for one in revisions
            if one.user is not None and one.namespace in self.content and not is_logged_out(one.user)
        )
        # A name with a bar in it cannot be, and would be taken for two.
        known = [name for name, _ in edits.most_common() if "|" not in name]
        # Besides the busiest those with the highest numbers: where the new ones begin among them tells of all others.
        whose, numbers = set(known), dict[str, int]()
        for one in revisions:
            if one.user in whose and one.account_id:
                numbers[one.user] = one.account_id
        newest = sorted(numbers, key=lambda name: -numbers[name])[:: max(1, len(numbers) // (2 * _NEWEST))][:_NEWEST]
        names = list(dict.fromkeys([*known[: _NAMES - _NEWEST], *newest, *known]))[:_NAMES]
        if not names:
            return {}
        self.requests.count()
        return self.wiki.get_accounts(self.question.project, names)

    def _find_imports(self, blocks: Sequence[Sequence[Revision]]) -> list[Sequence[Revision]]:
        """Label what was imported, by the wiki's log; where one has hardly any, no other is asked about."""
        labelled = list(blocks)
        # Those first of which few people made most.
        for place in sorted(range(len(blocks)), key=lambda place: -part_of_few(blocks[place], self.content)):
            block = blocks[place]
            if not block or not self.requests.are_left:
                continue
            self.requests.count()
            imports = self.wiki.list_imports(self.question.project, block[0].at - _SECOND, block[-1].at + _SECOND)
            labelled[place] = label_imports(block, imports)
            if len([one for one in labelled[place] if IMPORT in one.labels]) < LEAST_SHARE * len(block):
                break
        return labelled

    def _list_existing(self, told: Collection[str]) -> set[str]:
        """List the labels of templates that exist: what was quoted may have been anything, and is kept only then."""
        titles = {f"Template:{label.removeprefix(TEMPLATE)}": label for label in told if label.startswith(TEMPLATE)}
        if not titles:
            return set()
        self.requests.count()
        existing = self.wiki.find_existing(self.question.project, list(titles))
        return {titles[title] for title in existing}

    def _name_tags(self, told: Collection[str]) -> dict[str, str]:
        tags = {label.removeprefix(TOOL) for label in told if find_kind(label) is FindingKind.TOOL}
        if not any(tag.startswith("OAuth CID") for tag in tags) or not self.requests.are_left:
            return {}
        self.requests.count()
        try:
            names = self.wiki.get_tag_names(self.question.project)
        except WikimediaError:
            # The tag itself says which tool it is, if less well.
            return {}
        return {tag: names[tag] for tag in sorted(tags) if tag in names}
