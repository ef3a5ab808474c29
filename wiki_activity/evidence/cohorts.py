"""Who is asked about the accounts that were made in some days, with a limit of requests, and what comes of it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final, Protocol

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.retention import ACTIVE_EDITS, SAMPLE, USUAL_SAMPLE, Stayed, Window, start_of_day
from wiki_activity.evidence.asking import GapError
from wiki_activity.wikimedia.action_api import Dated

MOST_REQUESTS: Final = 40
"""For one cohort at one time; what would take more is left as a gap."""
_BY_ONESELF: Final = "create"
_BY_OTHERS: Final = ("create2", "byemail")
_PAGES: Final = 4
"""Of the log of accounts that were made by oneself."""
_PAGES_OF_OTHERS: Final = 2
_AT_ONCE: Final = 50
_LEAST_SAMPLE: Final = 100
"""Where requests run out, the accounts that were asked about until then are a sample, if they are as many."""
Span = tuple[datetime, datetime]


class Wiki(Protocol):
    """What answers for a wiki itself."""

    def get_made_accounts(
        self, project: str, action: str, first: datetime, until: datetime, goes_on: str | None = None
    ) -> Dated:
        """Get when up to 500 accounts were made, the oldest first."""

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
        """Get whose up to 500 edits are, of up to 50 accounts."""


class LimitError(GapError):
    """So many requests were sent that no more are."""


@dataclass(frozen=True, slots=True)
class Made:
    """Accounts that were made in some days.

    Parameters
    ----------
    chosen
        The numbers of those to ask about.
    count
        How many were made.
    estimated
        Whether that is an estimate, by how close together they are where the log was read.
    """

    chosen: tuple[int, ...]
    count: int
    estimated: bool = False


@dataclass(slots=True)
class Asking:
    """Asks one wiki about accounts.

    Parameters
    ----------
    wiki
        The client.
    project, content
        The wiki, and the numbers of its namespaces of content.
    requests
        Sent so far.
    is_unanswered
        Whether there was no answer to be read.
    """

    wiki: Wiki
    project: str
    content: Collection[int] = (0,)
    requests: int = 0
    is_unanswered: bool = False

    def find_made(self, days: DayRange) -> Made:
        """Find the accounts that were made on the wiki in some days, and choose whom to ask about.

        Where there are up to 2,000 all are read, else parts of the log that are spread over the days.

        Raises
        ------
        GapError
            When it would take too many requests.
        WikimediaError
            When it could not be read.
        """
        span = (start_of_day(days.first), start_of_day(days.last + timedelta(days=1)))
        rng = Random(f"{self.project} {days.first} {days.last}")  # noqa: S311 - the same days choose the same accounts
        others = [row[0] for action in _BY_OTHERS for row in self._read_whole(action, span)]
        parts = [_Part(others, len(others)), *self._read_own(span, rng)]
        total, read = sum(part.count for part in parts), sum(len(part.numbers) for part in parts)
        # Of each part as many as its share of all accounts is: where many were made many are chosen.
        wanted = [part.count if total <= SAMPLE else SAMPLE * part.count // total for part in parts]
        chosen = [
            one
            for part, most in zip(parts, wanted, strict=True)
            for one in rng.sample(sorted(part.numbers), min(len(part.numbers), most))
        ]
        return Made(tuple(sorted(chosen)), total, estimated=total > read)

    def count_usual(self, days: DayRange, *, many: bool) -> list[Stayed]:
        """Count in all windows who stayed of a sample of the accounts that people made for themselves in some days.

        Parameters
        ----------
        many
            Whether there are more than one page of the log holds: it is opened in the middle of the days then.

        Raises as :meth:`find_made` does.
        """
        first, until = start_of_day(days.first), start_of_day(days.last + timedelta(days=1))
        begin = first + (until - first) / 2 if many else first
        made = sorted(row[0] for row in self._read_log(_BY_ONESELF, (begin.replace(microsecond=0), until)).rows)
        rng = Random(f"{self.project} {days.first} {days.last} usual")  # noqa: S311
        return self.count(rng.sample(made, min(len(made), USUAL_SAMPLE)), days, list(Window))

    def count(self, accounts: Sequence[int], days: DayRange, windows: Sequence[Window]) -> list[Stayed]:
        """Count who of some accounts stayed, in each of some windows after the days in which they were made.

        Those who edit very much take many requests. When no more may be sent, those who were asked about, if they are a
        hundred, are a sample, as that is done in no order.

        Raises as :meth:`find_made` does.
        """
        spans = [window.between(days.last) for window in windows]
        edits: Counter[tuple[Span, int]] = Counter()
        rng = Random(f"{self.project} {days.first} {days.last} order")  # noqa: S311 - the same days, the same order
        mixed, asked = rng.sample(sorted(accounts), len(accounts)), 0
        while asked < len(mixed):
            some = mixed[asked : asked + _AT_ONCE]
            try:
                edits += self._count_edits(some, spans)
            except LimitError:
                if asked < _LEAST_SAMPLE:
                    raise
                break
            asked += len(some)
        of_each = [[count for (one, _), count in edits.items() if one == span] for span in spans]
        return [Stayed(asked, len(counts), sum(count >= ACTIVE_EDITS for count in counts)) for counts in of_each]

    def _count_edits(self, accounts: Sequence[int], spans: Sequence[Span]) -> Counter[tuple[Span, int]]:
        """Count edits of up to 50 accounts, at least up to those that make one active."""
        left, goes_on = list(accounts), None
        settled: Counter[tuple[Span, int]] = Counter()
        edits: Counter[tuple[Span, int]] = Counter()
        while left:
            self._count()
            part = self.wiki.get_edits_of(self.project, left, self.content, spans[0][0], spans[-1][1], goes_on=goes_on)
            edits.update((span, one) for one, at in part.rows for span in spans if span[0] <= at < span[1])
            goes_on = part.goes_on
            if goes_on is None:
                break
            if len(spans) > 1:
                return sum((self._count_edits(accounts, [span]) for span in spans), Counter())
            # Who made thousands would take all requests: who is known to be active is not asked about any more.
            if active := {one for (_, one), count in edits.items() if count >= ACTIVE_EDITS}:
                settled.update({key: count for key, count in edits.items() if key[1] in active})
                left, goes_on = [one for one in left if one not in active], None
                edits.clear()
        return settled + edits

    def _read_own(self, span: Span, rng: Random) -> list["_Part"]:
        """Read the log of accounts made by oneself: all of it, or parts that stand for as long a time each."""
        first, until = span
        part = self._read_log(_BY_ONESELF, span)
        length = (until - first) / _PAGES
        if part.goes_on is None or not part.rows or part.rows[-1][1] >= first + length:
            return [_stand_for(self._go_on(_BY_ONESELF, span, part, _PAGES), span, until - first)]
        parts = [_stand_for(part, span, length)]
        for place in range(1, _PAGES):
            # Begun at no set hour: at each hour of the day other people make accounts.
            begin = (first + (place + rng.random() / 2) * length).replace(microsecond=0)
            some = (begin, (first + (place + 1) * length).replace(microsecond=0))
            parts.append(_stand_for(self._read_log(_BY_ONESELF, some), some, length))
        return parts

    def _read_whole(self, action: str, span: Span) -> tuple[tuple[int, datetime], ...]:
        part = self._go_on(action, span, self._read_log(action, span), _PAGES_OF_OTHERS)
        if part.goes_on is not None:
            msg = f"more accounts were made by {action} than {_PAGES_OF_OTHERS} pages of the log hold"
            raise GapError(msg)
        return part.rows

    def _go_on(self, action: str, span: Span, part: Dated, pages: int) -> Dated:
        for _ in range(1, pages):
            if part.goes_on is None:
                break
            following = self._read_log(action, span, part.goes_on)
            if not {number for number, _ in part.rows}.isdisjoint(number for number, _ in following.rows):
                # One that leads back to where it came from would count accounts twice.
                msg = "the log of new accounts tells of some of them twice"
                raise GapError(msg)
            part = Dated((*part.rows, *following.rows), following.goes_on)
        return part

    def _read_log(self, action: str, span: Span, goes_on: str | None = None) -> Dated:
        self._count()
        return self.wiki.get_made_accounts(self.project, action, *span, goes_on)

    def _count(self) -> None:
        if self.requests >= MOST_REQUESTS:
            msg = f"{MOST_REQUESTS} requests were sent for these accounts; no more are"
            raise LimitError(msg)
        self.requests += 1


@dataclass(frozen=True, slots=True)
class _Part:
    """Accounts that were read in the log, and how many they stand for."""

    numbers: Sequence[int]
    count: int


def _stand_for(part: Dated, span: Span, length: timedelta) -> _Part:
    """Let accounts that were read in a span, to its end or not, stand for all that were made in so long a time."""
    begin, end = span
    if part.goes_on is not None and part.rows:
        end = max(part.rows[-1][1], begin + timedelta(seconds=1))
    numbers = [number for number, _ in part.rows]
    return _Part(numbers, round(len(numbers) * (length / (end - begin))))
