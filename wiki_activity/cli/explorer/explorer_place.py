"""Where the explorer listens, and where links to it point."""

import logging
import sys
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from wiki_activity.cli.logs import tell
from wiki_activity.cli.up.ports import choose_port
from wiki_activity.cli.up.supervisor import Program
from wiki_activity.explorer.accounts.secret_key import read_secret_key, say_link
from wiki_activity.explorer.accounts.signing import Signatures
from wiki_activity.explorer.configuration import Auth, ExplorerSettings, read_explorer_settings
from wiki_activity.settings import PREFIX, Settings


def place_explorer(
    settings: Settings, environment: Mapping[str, str], port: int | None
) -> tuple[Settings, ExplorerSettings]:
    """Choose the explorer's port, and let links point there unless `EXPLORER_URL` says where they should.

    Parameters
    ----------
    settings, environment
        What is set.
    port
        As asked for: 0 means any free one, None that of `EXPLORER_BIND`; where that is not set, the next free one.
    """
    own = read_explorer_settings(environment)
    if port is not None:
        own = replace(own, port=port or choose_port(0))
    elif not environment.get(f"{PREFIX}EXPLORER_BIND"):
        own = replace(own, port=choose_port(own.port))
    if own.auth is Auth.LOCAL and not own.secret_keys:
        own = replace(own, secret_keys=(read_secret_key(settings.state_dir),))
    if not environment.get(f"{PREFIX}EXPLORER_URL"):
        settings = replace(settings, explorer_url=f"http://localhost:{own.port}")
    return settings, own


def tell_place(settings: Settings, own: ExplorerSettings) -> None:
    """Say where the explorer is, and who may write there."""
    tell(f"Explorer: {settings.explorer_url}", err=False)
    if own.auth is Auth.LOCAL:
        tell(say_link(settings.explorer_url, Signatures(own.secret_keys).link_token), err=False)
        return
    proxies = ", ".join(str(one) for one in own.trusted_proxies)
    name = urlsplit(settings.explorer_url).netloc
    tell(
        f"On {own.host}:{own.port} it answers to the name {name} alone; people log in with Wikimedia's accounts.",
        err=False,
    )
    if proxies:
        tell(f"Who asks it believes of X-Forwarded-For, if that comes from {proxies}.", err=False)
    else:
        tell(
            f"{PREFIX}TRUSTED_PROXIES is not set: all that comes through a proxy counts as one reader.",
            colour="yellow",
            level=logging.WARNING,
            err=False,
        )


def explorer_program(port: int) -> Program:
    """Return the program that serves the explorer; what it prints goes into a log, where the link is not to be."""
    return Program("explorer", [sys.executable, "-m", "wiki_activity", "explore", "--port", str(port), "--quiet"])
