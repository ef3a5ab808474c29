"""The explorer's part of the demo: whether its pages show what was loaded."""

from collections.abc import Iterator

import click
import requests

_PATIENCE_SECONDS = 30


def show_explorer(address: str, wikis: int) -> Iterator[str]:
    """Ask the explorer for what it shows, name a page worth a look, and yield what was not as it should be."""
    try:
        listed = _get(f"{address}/api/v1/projects?limit=1000")["items"]
        peaks = _get(f"{address}/api/v1/peaks?limit=1&sort=ratio")["items"]
        for page in ("/", "/peaks", "/live", "/about"):
            requests.get(f"{address}{page}", timeout=_PATIENCE_SECONDS).raise_for_status()
    except requests.RequestException as error:
        yield f"the explorer does not answer: {error}"
        return
    if len(listed) < wikis:
        yield f"the explorer lists {len(listed)} of {wikis} wikis"
    if not peaks:
        yield "the explorer lists no peak"
        return
    click.echo(
        f"Most times the expected count, of all months: {address}/p/{peaks[0]['project']}/peaks/{peaks[0]['month']}"
    )


def _get(url: str) -> dict[str, list[dict[str, str]]]:
    response = requests.get(url, timeout=_PATIENCE_SECONDS)
    response.raise_for_status()
    answer: dict[str, list[dict[str, str]]] = response.json()
    return answer
