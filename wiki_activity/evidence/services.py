"""The services that are asked about peaks, as real clients."""

from wiki_activity.evidence.explaining import Services
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
    )
