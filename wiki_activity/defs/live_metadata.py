"""What is observed of the live stream, as metadata worth plotting."""

import dagster as dg

from wiki_activity.domain.heartbeat import Heartbeat
from wiki_activity.redis_store.connection import LivePlace, connect
from wiki_activity.redis_store.reading import read_live
from wiki_activity.redis_store.store_errors import RedisStoreError

_SHOWN = 5


def describe_live(place: LivePlace, heartbeat: Heartbeat) -> dict[str, dg.MetadataValue]:
    """Describe the rates of the busiest judged wikis; nothing where they cannot be read now."""
    try:
        with connect(place.url) as client:
            live = read_live(client, place.keys)
    except RedisStoreError:
        return {}
    lag = heartbeat.lag_seconds
    metadata: dict[str, dg.MetadataValue] = {
        "edits counted": dg.MetadataValue.int(sum(total.edits for total in live.totals.values())),
        "late": dg.MetadataValue.int(sum(total.late for total in live.totals.values())),
        "seconds behind": dg.MetadataValue.float(round(lag, 1) if lag is not None else 0.0),
    }
    busiest = sorted(live.rates.items(), key=lambda item: item[1].window_edits, reverse=True)[:_SHOWN]
    for project, rate in busiest:
        if rate.rate is not None:
            metadata[f"{project}: edits a minute"] = dg.MetadataValue.float(round(60 * rate.rate, 2))
        if rate.usual is not None:
            metadata[f"{project}: usual edits a minute"] = dg.MetadataValue.float(round(60 * rate.usual, 2))
    return metadata
