"""What `doctor` checks of the explorer: its settings, and whether charts can be drawn."""

from collections.abc import Iterator, Mapping

from wiki_activity.cli.doctor.findings import Finding, Level
from wiki_activity.explorer.assets import find_assets
from wiki_activity.explorer.configuration import Auth, read_explorer_settings
from wiki_activity.settings import SettingError


def check_explorer(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Check who may write, where it listens, and the library that draws."""
    try:
        own = read_explorer_settings(environment)
    except SettingError as error:
        yield Finding("explorer", Level.FAIL, str(error), "correct it, or unset it")
    else:
        whoever = (
            "whoever has the link that is printed at its start"
            if own.auth is Auth.LOCAL
            else f"who logs in at {own.oauth_url}"
        )
        yield Finding("explorer", Level.OK, f"listens on {own.host}:{own.port}; {whoever} may write")
    problem = find_assets().problem
    if problem is None:
        yield Finding("charts", Level.OK, "uPlot is here")
    else:
        yield Finding("charts", Level.WARN, problem, "run `make setup` where the npm registry can be reached")
