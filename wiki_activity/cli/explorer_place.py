"""Where the explorer listens, and where links to it point."""

import sys
from collections.abc import Mapping
from dataclasses import replace

from wiki_activity.cli.ports import choose_port
from wiki_activity.cli.supervisor import Program
from wiki_activity.explorer.configuration import ExplorerSettings, read_explorer_settings
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
    if not environment.get(f"{PREFIX}EXPLORER_URL"):
        settings = replace(settings, explorer_url=f"http://localhost:{own.port}")
    return settings, own


def explorer_program(port: int) -> Program:
    """Return the program that serves the explorer."""
    return Program("explorer", [sys.executable, "-m", "wiki_activity", "explore", "--port", str(port)])
