"""A process that asks a stand-in so many times, by the budget that its environment has: `… KIND TIMES URL`."""

import sys
from concurrent.futures import ThreadPoolExecutor

from wiki_activity.cli.setup import settings_from_environment
from wiki_activity.redis_store.shared_budget import open_budget
from wiki_activity.wikimedia.http import PoliteSession


def say(word: str) -> None:
    """Say a word to whoever started this."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    """Say `ready`, wait for a line, ask by as many threads as there are connections, and say how long turns took."""
    kind, times, url = sys.argv[1:]
    settings = settings_from_environment()
    budget = open_budget(settings, kind)
    assert budget is not None
    with (
        PoliteSession(
            contact=settings.contact,
            per_minute=settings.pace_per_minute,
            max_connections=settings.max_connections,
            budget=budget,
        ) as session,
        ThreadPoolExecutor(settings.max_connections) as pool,
    ):
        say("ready")
        sys.stdin.readline()
        for _ in pool.map(lambda _: session.get_json(f"{url}/{kind}"), range(int(times))):
            pass
    say(str(budget.figures.sent))


if __name__ == "__main__":
    main()
