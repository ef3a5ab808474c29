"""What goes wrong on purpose: refused, broken, late, dropped and hung answers, in an order that the seed fixes."""

import random
from dataclasses import dataclass
from typing import Final

OUTCOMES: Final = ("unavailable", "broken", "dropped", "hung")
BEHAVIOURS: Final = ("away", "hung", "slow", "limited", "redirect", "html", "empty", "list", "forbidden")
SLACK_FAULTS: Final = ("", "rate_limited", "error", "gone", "hang")


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong.

    Parameters
    ----------
    unavailable_share, broken_share, dropped_share, hung_share
        Shares of the requests for counts and for the site matrix that are answered 503, answered 200 with half of the
        JSON, cut off in the middle, or not answered for `hang_seconds`.
    latency_ms
        Wait before each of their answers.
    hang_seconds
        After this a hung request is cut off.
    missing_projects, empty_projects, failing_projects, late_projects
        Host names that answer 404, no results, always 503, or everything but the newest month.
    gone_wikis
        Host names that the site matrix no longer has.
    moved_wikis
        Wikis that have another address by now, as `old.wikipedia.org=new.wikipedia.org`: the site matrix has the new
        one, whose counts are the wiki's, and the old one answers zeros.
    newest_month_share
        So much of the newest month is loaded, of every wiki and of all together; 1 is all of it.
    lag_seconds
        So far are the wikis' databases behind, for those who ask with `maxlag`.
    service_faults
        What single services of evidence do, as `dashboard=away`. Services: `days`, `top_pages`, `top_editors`, `views`,
        `new_users`, `events`, `dashboard`, `throttle`, and of the wikis' Action API the list that is asked for
        (`allrevisions`, …), `siteinfo`, `titles`. They are one of :data:`BEHAVIOURS`, where `hung` and `slow` take
        `hang_seconds`, or leave out a field: `without:tags`.
    deleted_pages
        Pages that are deleted by now, as `hi.wikipedia.org|Title`.
    stream_refused
        The stream answers 502.
    stream_silent
        Open streams send nothing; what was held back follows when this ends.
    slack
        What the webhook does: `` (it works), `rate_limited`, `error`, `gone`, `hang`.
    slack_retry_after
        Seconds, in the webhook's 429.
    """

    unavailable_share: float = 0.0
    broken_share: float = 0.0
    dropped_share: float = 0.0
    hung_share: float = 0.0
    latency_ms: float = 0.0
    hang_seconds: float = 60.0
    missing_projects: tuple[str, ...] = ()
    empty_projects: tuple[str, ...] = ()
    failing_projects: tuple[str, ...] = ()
    late_projects: tuple[str, ...] = ()
    gone_wikis: tuple[str, ...] = ()
    moved_wikis: tuple[str, ...] = ()
    newest_month_share: float = 1.0
    lag_seconds: float = 0.0
    service_faults: tuple[str, ...] = ()
    deleted_pages: tuple[str, ...] = ()
    stream_refused: bool = False
    stream_silent: bool = False
    slack: str = ""
    slack_retry_after: int = 30

    def __post_init__(self) -> None:
        """Refuse shares and times that cannot be, and a behaviour of the webhook that does not exist."""
        shares = (self.unavailable_share, self.broken_share, self.dropped_share, self.hung_share)
        if min(shares) < 0 or sum(shares) > 1:
            msg = f"shares of faults lie between 0 and 1 and add up to at most 1, but are {shares}"
            raise ValueError(msg)
        if not (0 <= self.latency_ms < 3_600_000 and 0 <= self.hang_seconds < 3600 and self.slack_retry_after >= 0):
            msg = f"latency, hang and Retry-After must lie between nothing and an hour: {self}"
            raise ValueError(msg)
        if any(text.count("=") != 1 for text in self.moved_wikis):
            msg = f"a wiki that has moved is written as OLD=NEW: {self.moved_wikis}"
            raise ValueError(msg)
        if not 0 <= self.newest_month_share <= 1:
            msg = f"the share of the newest month lies between 0 and 1, but is {self.newest_month_share}"
            raise ValueError(msg)
        behaviours = [one.partition("=")[2] for one in self.service_faults]
        if not all(one in BEHAVIOURS or one.startswith("without:") for one in behaviours):
            msg = f"a service may be one of {', '.join(BEHAVIOURS)} or without:FIELD: {self.service_faults}"
            raise ValueError(msg)
        if self.slack not in SLACK_FAULTS:
            msg = f"slack must be one of {', '.join(map(repr, SLACK_FAULTS))}, not {self.slack!r}"
            raise ValueError(msg)


def find_moves(faults: Faults) -> dict[str, str]:
    """Find which wikis have moved: old host name, new host name."""
    return dict(one.split("=", 1) for one in faults.moved_wikis)


class FaultPlan:
    """Decides for one request after another what happens to it.

    Parameters
    ----------
    faults
        May be exchanged at any time by :meth:`change`.
    seed
        The n-th request after a change meets the same fate in every run with the same seed.
    """

    def __init__(self, faults: Faults, seed: int) -> None:
        self._seed = seed
        self.change(faults)

    def change(self, faults: Faults) -> None:
        """Go over to other faults and begin the sequence anew."""
        self.faults = faults
        self._random = random.Random(f"faults {self._seed}")  # noqa: S311 - must be repeatable

    def decide(self) -> str | None:
        """Return what happens to the next request: one of :data:`OUTCOMES`, or None where it is served."""
        faults = self.faults
        drawn = self._random.random()
        shares = (faults.unavailable_share, faults.broken_share, faults.dropped_share, faults.hung_share)
        for outcome, share in zip(OUTCOMES, shares, strict=True):
            if drawn < share:
                return outcome
            drawn -= share
        return None
