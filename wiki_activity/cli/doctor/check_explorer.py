"""What `doctor` checks of the explorer: its settings, and whether charts and pictures can be drawn."""

from collections.abc import Iterator, Mapping

from wiki_activity.cli.doctor.findings import Finding, Level
from wiki_activity.explorer.assets import find_assets
from wiki_activity.explorer.configuration import Auth, read_explorer_settings
from wiki_activity.explorer.pictures.scripts import find_unpaintable
from wiki_activity.settings import SettingError


def check_explorer(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Check who may write, where it listens, and the library that draws, and the fonts of pictures."""
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
    yield _check_fonts()


def _check_fonts() -> Finding:
    missing = find_unpaintable()
    if not missing:
        return Finding("fonts", Level.OK, "pictures can be painted in every script of the wikis' names")
    names = f"{', '.join(missing[:-1])} and {missing[-1]}" if len(missing) > 1 else missing[0]
    return Finding(
        "fonts",
        Level.WARN,
        f"in PNGs boxes stand for the letters of {names}: no font here has them; SVGs and pages are as ever",
        "install Noto's fonts (Debian: apt-get install fonts-noto-core fonts-noto-cjk) and start the explorer anew",
    )
