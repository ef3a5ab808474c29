"""`wiki-activity simulate`."""

import click

from wiki_activity.domain.months import parse_month
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, serve
from wiki_activity.simulator.stream import StreamSettings


@click.command("simulate")
@click.option("--port", default=0, show_default="a free one", help="Where to listen, on 127.0.0.1.")
@click.option("--wikis", default=870, show_default=True, help="How many open wikis, the biggest first.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same counts, peaks and events.")
@click.option("--newest-month", metavar="YYYY-MM", help="Newest published month  [default: the newest ended month]")
@click.option("--requests-per-minute", default=200, show_default=True, help="Limit for those who name a contact.")
@click.option("--connections", default=3, show_default=True, help="Requests in flight at once.")
@click.option("--speed", default=1.0, show_default=True, help="How many times as fast as the clock the stream runs.")
@click.option("--events-per-second", type=float, help="In the stream, on average  [default: by the wikis' sizes, 33]")
def command(
    *,
    port: int,
    wikis: int,
    seed: int,
    newest_month: str | None,
    requests_per_minute: int,
    connections: int,
    speed: float,
    events_per_second: float | None,
) -> None:
    """Serve a simulated Wikimedia and Slack on loopback, until Ctrl-C.

    Site matrix, metrics API, APIs of the wikis, event registration, dashboard and event stream with Wikimedia's
    semantics, limits and, on demand, faults; activity with planted peaks whose causes are known; a Slack webhook that
    shows what it received.
    """
    settings = SimulatorSettings(
        seed=seed,
        wikis=wikis,
        newest_month=parse_month(newest_month) if newest_month else None,
        stream=StreamSettings(speed=speed, events_per_second=events_per_second),
        limits=Limits(requests_per_minute=requests_per_minute, in_flight=connections),
    )
    serve(settings, port=port, announce=_announce)


def _announce(base: str) -> None:
    click.echo(f"""simulated Wikimedia and Slack at {base}/simulator

export WIKI_ACTIVITY_METRICS_URL={base}/api/rest_v1/metrics
export WIKI_ACTIVITY_SITEMATRIX_URL={base}/w/api.php
export WIKI_ACTIVITY_STREAM_URL={base}/v2/stream/recentchange
export WIKI_ACTIVITY_SLACK_WEBHOOK_URL={base}/slack/demo
export WIKI_ACTIVITY_CONTACT=demo@example.org""")
