"""Delivery: the due notices of the outbox go to Slack in order, each marked as soon as Slack has taken it."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import stamina
from sqlalchemy import Engine

from wiki_activity.domain.notices import NoticeKind
from wiki_activity.domain.outbox import REFUSED_WAIT, find_wait
from wiki_activity.slack.client import Poster, RejectedError, RetryLaterError, UnreachableError
from wiki_activity.slack.live_messages import several_message
from wiki_activity.slack.message import Message
from wiki_activity.storage.notices import NO_WEBHOOK, Notice, claim_next, give_up_waiting, mark_failed, mark_sent
from wiki_activity.storage.storage_errors import DatabaseUnreachableError

logger = logging.getLogger(__name__)

LONGEST: Final = timedelta(seconds=40)
"""No new message is begun after so long: Dagster ends a run that delivers after a minute."""
_MARK_ATTEMPTS: Final = 10
_MARK_SECONDS: Final = 20


@dataclass(slots=True)
class DeliveryReport:
    """What came of one delivery.

    Parameters
    ----------
    messages
        How many Slack took.
    notices
        How many notices they carried.
    failed
        How many notices could not be posted; they are tried again.
    unsendable
        How many were given up, since there is no webhook.
    errors
        What went wrong, each once.
    """

    messages: int = 0
    notices: int = 0
    failed: int = 0
    unsendable: int = 0
    errors: list[str] = field(default_factory=list)


def deliver_due(
    engine: Engine,
    slack: Poster | None,
    ops_slack: Poster | None,
    clock: Callable[[], datetime],
    *,
    explorer_url: str,
    longest: timedelta = LONGEST,
    gives_up: bool = True,
) -> DeliveryReport:
    """Post all notices that are due; several may do so at once.

    A notice's attempts are raised before it is posted, and it is marked sent right after Slack's ok: killed at any
    point it arrives, and again only if death fell between the two.

    Parameters
    ----------
    slack
        Where messages for readers go; None where no webhook is set.
    ops_slack
        Where those go that are for who keeps this running; None sends them to the first.
    clock
        Wall clock, with its time zone.
    longest
        After so long no new message is begun.
    gives_up
        Whether what there is no webhook for is marked so, and never sent; else it is left alone: the environment of one
        of several deliverers may lack what the others' has.

    Raises
    ------
    StorageError
        If the database goes away.
    """
    report = DeliveryReport()
    until = clock() + longest
    for poster, kinds in _choose_lanes(slack, ops_slack):
        if poster is None:
            if not gives_up:
                continue
            report.unsendable += give_up_waiting(engine, kinds, NO_WEBHOOK)
            continue
        lane = _Lane(engine, poster, kinds, clock, explorer_url, report)
        while clock() < until and lane.post_next():
            pass
    if report.messages or report.failed or report.unsendable:
        logger.info(
            "delivered %d notices in %d messages, %d failed, %d without a webhook",
            report.notices, report.messages, report.failed, report.unsendable,
        )  # fmt: skip
    return report


@dataclass(frozen=True, slots=True)
class _Lane:
    """One webhook, and the kinds of notices that go there."""

    engine: Engine
    poster: Poster
    kinds: Collection[NoticeKind]
    clock: Callable[[], datetime]
    explorer_url: str
    report: DeliveryReport

    def post_next(self) -> bool:
        """Post the next message; returns whether there may be more to post now."""
        claimed = claim_next(self.engine, self.kinds, self.clock())
        if not claimed:
            return False
        try:
            self.poster.post(self._compose(claimed))
        except (RejectedError, ValueError) as error:
            self._fail(claimed, str(error), self.clock() + REFUSED_WAIT, refused=True)
            return True
        except RetryLaterError as error:
            self._fail(claimed, str(error), self.clock() + find_wait(claimed[0].attempts, error.after), refused=False)
            return False
        except UnreachableError as error:
            self._fail(claimed, str(error), self.clock() + find_wait(claimed[0].attempts), refused=False)
            return False
        self._mark_sent([notice.id for notice in claimed])
        self.report.messages += 1
        self.report.notices += len(claimed)
        return True

    def _compose(self, claimed: Sequence[Notice]) -> Message:
        messages = {notice.id: Message.from_json(notice.body) for notice in claimed}
        if len(claimed) == 1:
            return messages[claimed[0].id]
        lines = {notice.subject: messages[notice.id].line for notice in claimed}
        return several_message(lines, self.explorer_url)

    def _mark_sent(self, ids: Sequence[int]) -> None:
        # A database that is away for a moment must not make a message come twice.
        for attempt in stamina.retry_context(
            on=DatabaseUnreachableError, attempts=_MARK_ATTEMPTS, timeout=_MARK_SECONDS
        ):
            with attempt:
                mark_sent(self.engine, ids, self.clock())

    def _fail(self, claimed: Sequence[Notice], error: str, until: datetime, *, refused: bool) -> None:
        mark_failed(self.engine, [notice.id for notice in claimed], error, until, refused=refused)
        self.report.failed += len(claimed)
        if error not in self.report.errors:
            self.report.errors.append(error)
            logger.warning("%s; %d notices wait until %s", error, len(claimed), until)


def _choose_lanes(slack: Poster | None, ops_slack: Poster | None) -> list[tuple[Poster | None, tuple[NoticeKind, ...]]]:
    everything = tuple(NoticeKind)
    if ops_slack is None:
        return [(slack, everything)]
    readers = tuple(kind for kind in everything if not kind.for_ops)
    ops = tuple(kind for kind in everything if kind.for_ops)
    return [(slack, readers), (ops_slack, ops)]
