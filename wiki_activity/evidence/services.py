"""The services that are asked about peaks, as real clients."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from wiki_activity.evidence.explaining import Services
from wiki_activity.evidence.retaining import Follower
from wiki_activity.settings import Settings
from wiki_activity.wikimedia.action_api import ActionClient
from wiki_activity.wikimedia.dashboard import DashboardClient
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.metrics import MetricsClient
from wiki_activity.wikimedia.siteinfo import get_content_namespaces
from wiki_activity.wikimedia.top_lists import TopListsClient


def make_services(settings: Settings, session: PoliteSession) -> Services:
    """Make them; the session is shared, and its requests are evidence's in the budget of the installation."""
    address = settings.siteinfo_url
    return Services(
        days=MetricsClient(session, settings.metrics_url),
        lists=TopListsClient(session, settings.metrics_url),
        wiki=ActionClient(session, address),
        programmes=DashboardClient(session, settings.dashboard_url),
        get_content=lambda project: get_content_namespaces(session, address.format(project=project)),
        limited=session.limited,
    )


def make_follower(
    settings: Settings, session: PoliteSession, engine: Engine, clock: Callable[[], datetime]
) -> Follower:
    """Make what finds who stayed; the session is shared, `clock` tells the time with its time zone."""
    services = make_services(settings, session)
    wiki = ActionClient(session, settings.siteinfo_url)
    return Follower(engine, wiki, services.get_content, clock, session.limited)
