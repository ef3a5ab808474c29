"""axe-core: what it finds on a page, in words; no rule is switched off."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from wiki_activity_tests.servers import give_up

_SCRIPT = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
# The one rule of WCAG 2.2 AA that axe leaves out unless asked: targets of at least 24 px.
_RUN = "axe.run({rules: {'target-size': {enabled: true}}}).then((found) => found.violations)"


def check_axe(page: Page) -> None:
    """Fail with a readable list of the violations on a page as it is now."""
    session = page.context.new_cdp_session(page)
    try:
        # Scripts that come by the debugging protocol are not bound by the page's policy, which stays in force.
        for script in (_read_axe(), _RUN):
            answer = session.send(
                "Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": script is _RUN}
            )
            assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    finally:
        session.detach()
    violations = answer["result"]["value"]
    assert not violations, f"{page.url}\n" + "\n".join(map(_describe, violations))


@cache
def _read_axe() -> str:
    try:
        return _SCRIPT.read_text(encoding="utf-8")
    except FileNotFoundError:
        give_up("axe-core is not here: 'make setup' fetches it")


def _describe(violation: dict[str, Any]) -> str:
    places = "\n".join(
        f"    {' '.join(map(str, node['target']))}\n      {node['html'][:160]}\n      {_first_words(node)}"
        for node in violation["nodes"]
    )
    return f"  {violation['id']} ({violation['impact']}): {violation['help']}\n{places}"


def _first_words(node: dict[str, Any]) -> str:
    checks = [check for group in ("any", "all", "none") for check in node[group]]
    return checks[0]["message"] if checks else ""
