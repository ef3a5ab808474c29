"""One budget for all processes of an installation, kept in Redis; without Redis each goes on alone, and slowly."""

import json
import logging
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import redis

from wiki_activity.domain.request_budget import BudgetFigures, NoTurnError, RequestBudget, StoppedError, Turn
from wiki_activity.leases import is_gone, sign_lease
from wiki_activity.pacing import Pacer
from wiki_activity.redis_store.budget_script import KEPT_MS, SCRIPT, SHARES
from wiki_activity.redis_store.connection import connect, name_server, wrapped_errors
from wiki_activity.redis_store.embedded import find_embedded
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.settings import Settings

logger = logging.getLogger(__name__)

_SLICE_SECONDS: Final = 1.0
"""So often whoever goes on alone looks whether Redis is back."""
_REMEMBERED: Final = ("id", "count", "now", "opens", "pace", "refused")
"""What Redis is told again, in case it has lost it."""


@dataclass(frozen=True, slots=True)
class BudgetPatience:
    """How long is waited for what; tests are less patient.

    Parameters
    ----------
    pause_seconds
        Without Redis nothing is sent for so long.
    beat_seconds
        So often each process says that it lives, and looks whether Redis is back.
    missing_seconds
        Whoever says nothing for so long holds no connection any more, and is taken to be cut off, not dead.
    forgotten_seconds
        Whoever says nothing for so long is taken to be dead.
    lost_seconds
        When Redis has lost its state, nobody is served for so long: longer than a request takes.
    """

    pause_seconds: float = 60.0
    beat_seconds: float = 5.0
    missing_seconds: float = 15.0
    forgotten_seconds: float = 600.0
    lost_seconds: float = 35.0


class SharedBudget:
    """Asks Redis for each turn, in one line with all other processes that have the same key.

    Turns come evenly, by Redis's clock. Kinds of work that wait are served in turn, and in each kind its processes in
    turn. Connections are given back by whoever dies within `missing_seconds`. A 429 that one meets holds all back.

    When Redis cannot be asked, nothing is sent for a minute; in that time those who can ask leave this one's share
    alone. Then it goes on by itself with that share, an eighth of the pace, and one connection, until Redis is back.
    No call waits longer than the client's time-out. Several threads may use it.

    Parameters
    ----------
    find_url
        Tells where Redis is, whenever a connection is made; None where there is none.
    key
        Of the state; all who use the same share one budget.
    kind
        What the requests are for.
    per_minute, connections
        The pace, and the requests in flight, of all together.
    make_alone
        Makes a budget of that pace for this process alone.
    patience
        How long is waited.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        find_url: Callable[[], str | None],
        *,
        key: str,
        kind: str,
        per_minute: float,
        connections: int,
        make_alone: Callable[[float], RequestBudget],
        patience: BudgetPatience = BudgetPatience(),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.figures = BudgetFigures()
        self._find_url = find_url
        self._key = key
        self._kind = kind
        self._limit = self._per_minute = per_minute
        self._connections = connections
        self._make_alone = make_alone
        self._patience = patience
        self._clock = clock
        self._member = f"{sign_lease(kind)} {secrets.token_hex(4)}"
        self._line = threading.Lock()
        self._talking = threading.Lock()
        self._changed = threading.Condition()
        self._client: redis.Redis | None = None
        self._flight = 0
        self._untold_seconds = 0.0
        self._known: dict[str, Any] | None = None
        self._known_at = 0.0
        self._missing: Sequence[str] = ()
        self._members = 1
        self._cut_off_at: float | None = None
        self._alone: RequestBudget | None = None
        self._alone_free = threading.Semaphore(1)
        self._stopped = threading.Event()
        self._beats: threading.Thread | None = None

    @property
    def per_minute(self) -> float:
        """The pace of the moment, of all together; of this process where it is cut off."""
        return self._per_minute if self._alone is None else self._alone.per_minute

    @property
    def is_cut_off(self) -> bool:
        """Whether Redis cannot be asked."""
        return self._cut_off_at is not None

    def acquire(self, limit_seconds: float | None = None) -> Turn:
        """Wait for a turn; the threads of a process are served one by one."""
        asked_at = self._clock()
        until = None if limit_seconds is None else asked_at + limit_seconds
        self._start()
        if not self._line.acquire(timeout=-1 if limit_seconds is None else limit_seconds):
            raise NoTurnError
        try:
            turn = self._wait_for_turn(until)
        finally:
            self._line.release()
        with self._changed:
            self.figures.sent += 1
            waited = self._clock() - asked_at
            self.figures.waited_seconds += waited
            self._untold_seconds += waited
        return turn

    def release(self, turn: Turn, status: int = 0, retry_after_seconds: float | None = None) -> None:
        """Give a turn back, and tell the others of a 429."""
        with self._changed:
            self.figures.answers[status] += 1
        if turn.alone:
            alone = self._alone
            if alone is not None:
                alone.release(turn, status, retry_after_seconds)
            self._alone_free.release()
            with self._talking:
                self._flight -= 1
        else:
            retry_ms = None if retry_after_seconds is None else 1000 * retry_after_seconds
            with self._talking:
                self._flight -= 1
                with self._changed:
                    waited, self._untold_seconds = self._untold_seconds, 0.0
                self._ask("release", status=status, retry_ms=retry_ms, at=1000 * turn.at, waited_ms=1000 * waited)
        self._wake()

    def lower_to(self, per_minute: float) -> None:
        """Ask at most so often from now on; the others find out by themselves."""
        self._limit = min(self._limit, per_minute)
        self._per_minute = min(self._per_minute, per_minute)
        if self._alone is not None:
            self._alone.lower_to(self._limit / SHARES)

    def stop(self) -> None:
        """Let every waiting request end with `StoppedError`, and say goodbye."""
        self._stopped.set()
        if self._alone is not None:
            self._alone.stop()
        self._wake()
        with self._talking:
            self._ask("leave")
            if self._client is not None:
                self._client.close()

    def _wait_for_turn(self, until: float | None) -> Turn:
        busy_since: float | None = None
        while True:
            now = self._clock()
            if self._stopped.is_set():
                raise StoppedError
            if until is not None and now >= until:
                raise NoTurnError
            cut_off_at = self._cut_off_at
            if cut_off_at is None:
                busy_since = now if busy_since is None else busy_since
                answer, turn = self._ask_for_turn(1000 * (now - busy_since))
                if turn is not None:
                    return turn
                wait = answer["wait"] / 1000 if answer is not None else 0.0
            elif now < cut_off_at + self._patience.pause_seconds:
                wait = cut_off_at + self._patience.pause_seconds - now
            else:
                turn = self._take_alone()
                if turn is not None:
                    return turn
                wait = 0.0
            if until is not None:
                wait = min(wait, until - now)
            self._sleep(wait, cut_off_at)

    def _ask_for_turn(self, polled_ms: float) -> tuple[dict[str, Any] | None, Turn | None]:
        with self._talking:
            answer = self._ask("ask", polled_ms=polled_ms)
            if answer is None or answer["wait"] > 0:
                return answer, None
            self._flight += 1
        return answer, Turn(answer["now"] / 1000)

    def _take_alone(self) -> Turn | None:
        """Take a turn from what this process may send by itself; None if none came within a moment."""
        alone = self._alone
        if alone is None:
            alone = self._alone = self._make_own_budget()
        if not self._alone_free.acquire(timeout=_SLICE_SECONDS):
            return None
        try:
            turn = alone.acquire(_SLICE_SECONDS)
        except BaseException as error:
            self._alone_free.release()
            if isinstance(error, NoTurnError):
                return None
            raise
        with self._talking:
            self._flight += 1
        return Turn(turn.at, alone=True)

    def _make_own_budget(self) -> RequestBudget:
        # Where an embedded Valkey has ended for good, so have all others here, or they will find none either.
        share = 1 if self._find_url() is None else max(SHARES, self._members)
        logger.warning("without Redis for %.0f s: asking Wikimedia alone, at a share of 1/%d", self._pause, share)
        return self._make_alone(self._limit / share)

    @property
    def _pause(self) -> float:
        return self._patience.pause_seconds

    def _sleep(self, seconds: float, cut_off_at: float | None) -> None:
        """Wait, unless something has changed since that was seen."""
        with self._changed:
            if not self._stopped.is_set() and self._cut_off_at == cut_off_at and seconds > 0:
                self._changed.wait(seconds)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _start(self) -> None:
        with self._changed:
            if self._beats is None and not self._stopped.is_set():
                self._beats = threading.Thread(target=self._beat, name=f"budget of {self._kind}", daemon=True)
                self._beats.start()

    def _beat(self) -> None:
        while not self._stopped.wait(self._patience.beat_seconds):
            if self.is_cut_off:
                self._try_again()
            else:
                with self._talking:
                    self._ask("beat")

    def _ask(self, what: str, **more: Any) -> dict[str, Any] | None:
        """Ask Redis, which only the holder of `_talking` may; None where it cannot be asked, or after the goodbye."""
        if self.is_cut_off or (self._stopped.is_set() and what != "leave"):
            return None
        try:
            if self._client is None:
                self._client = self._connect()
            return self._call(self._client, what, more)
        except RedisStoreError as error:
            self._cut_off_at = self._clock()
            logger.warning("%s; nothing is asked of Wikimedia for %.0f s, unless it is back", error, self._pause)
            self._wake()
            return None

    def _connect(self) -> redis.Redis:
        url = self._find_url()
        if url is None:
            msg = "there is no Redis any more"
            raise RedisStoreError(msg)
        return connect(url)

    def _try_again(self) -> None:
        """Ask by a connection of its own, so that nobody waits for a server that hangs."""
        try:
            client = self._connect()
        except RedisStoreError:
            return
        try:
            self._call(client, "beat", {})
        except RedisStoreError:
            client.close()
            return
        with self._talking:
            former, self._client = self._client, client
            self._cut_off_at = self._alone = None
        if former is not None:
            former.close()
        if self._stopped.is_set():
            self.stop()
            return
        logger.warning("Redis is back: Wikimedia is asked in one line with the others again")
        self._wake()

    def _call(self, client: redis.Redis, what: str, more: Mapping[str, Any]) -> dict[str, Any]:
        patience = self._patience
        known_ms = 1000 * (self._clock() - self._known_at)
        asked = {
            "what": what,
            "member": self._member,
            "kind": self._kind,
            "flight": self._flight,
            "limit": self._limit,
            "connections": self._connections,
            "new_id": secrets.token_hex(8),
            "known": self._known if known_ms < KEPT_MS / 2 else None,
            "known_ms": known_ms,
            "dead": [name for name in self._missing if is_gone(name.rpartition(" ")[0])],
            "missing_ms": 1000 * patience.missing_seconds,
            "forgotten_ms": 1000 * patience.forgotten_seconds,
            "lost_ms": 1000 * patience.lost_seconds,
            **more,
        }
        # What is null is something, in Lua.
        text = json.dumps({name: value for name, value in asked.items() if value is not None})
        with wrapped_errors(client):
            given = client.register_script(SCRIPT)(keys=[self._key], args=[text])
        try:
            answer: dict[str, Any] = json.loads(given)
            self._missing, self._members = list(answer["missing"]), int(answer["members"])
            self._per_minute = float(answer["per_minute"])
            self._known = {name: answer[name] for name in _REMEMBERED if name in answer}
        except (ValueError, TypeError, KeyError) as error:
            msg = f"Redis at {name_server(client)} answers what is no budget"
            raise RedisStoreError(msg) from error
        self._known_at = self._clock()
        return answer


def name_budget(settings: Settings) -> str:
    """Return the key of the installation's budget."""
    return f"{settings.redis_prefix}budget"


def open_budget(settings: Settings, kind: str) -> SharedBudget | None:
    """Make the budget of the installation; None where there is no Redis, and each process keeps one of its own.

    Installations with the same prefix in the same Redis share one.

    Parameters
    ----------
    settings
        Where Redis is, and what Wikimedia grants.
    kind
        What the requests are for.
    """

    def find_url() -> str | None:
        return settings.redis_url or find_embedded(settings.state_dir)

    if find_url() is None:
        return None
    return SharedBudget(
        find_url,
        key=name_budget(settings),
        kind=kind,
        per_minute=settings.pace_per_minute,
        connections=settings.max_connections,
        make_alone=Pacer,
    )
