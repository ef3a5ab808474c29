"""The explorer in a browser: bytes of the first load, when the chart is drawn, and how long another wiki takes."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.table import Row

_CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
              "--disable-component-update", "--disable-sync"]  # fmt: skip
_FIRST = "/p/hi.wikipedia.org"
_OTHERS = ("bn", "ta", "te", "mr", "ur", "pa", "he", "ar", "ml", "kn")
_TIMES = 10
_WANTED_KB, _WANTED_READY_MS, _WANTED_CHANGE_MS = 120, 1000, 100
# The chart is there when its canvas is, and on the screen a frame later.
_READY = """() => new Promise((resolve) => {
  const look = () => document.querySelector("#chart.drawn canvas")
    ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))) : requestAnimationFrame(look);
  look();
})"""
# As the search field tells of a choice. The page's head changes in the task that draws; a frame later it is shown.
_CHANGE = """([project]) => new Promise((resolve) => {
  const begin = performance.now();
  const drawn = () => document.querySelector("link[rel=canonical]").href.endsWith(`/p/${project}`);
  const look = () => drawn()
    ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begin))) : setTimeout(look, 1);
  document.body.dispatchEvent(new CustomEvent("wiki:choose", {
    bubbles: true, cancelable: true, detail: { project, compare: false },
  }));
  look();
})"""


def measure(url: str) -> list[Row]:
    """Measure against a running explorer; one row with the reason where there is no browser."""
    if not _CHROMIUM.exists():
        return [Row("explorer in a browser", f"not measured: no browser at {_CHROMIUM}")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        try:
            loads = [_load(browser, url) for _ in range(_TIMES)]
            changes = _change(browser, url)
        finally:
            browser.close()
    kilobytes = loads[0][1] / 1000
    ready = [one[0] for one in loads]
    return [
        Row(f"first load of {_FIRST}, all its files", f"{kilobytes:.1f} KB", "", f"< {_WANTED_KB} KB",
            kilobytes < _WANTED_KB),
        _tell("ready: from navigation to the chart drawn, nothing cached", ready, _WANTED_READY_MS),
        _tell("another wiki: from choosing to the chart drawn", changes, _WANTED_CHANGE_MS),
    ]  # fmt: skip


def _load(browser: Browser, url: str) -> tuple[float, int]:
    """Open the page in a new context, whose cache is empty; return when it is ready, and the bytes on the wire."""
    with browser.new_context() as context:
        page = context.new_page()
        received: list[int] = []
        session: CDPSession = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
        page.goto(url + _FIRST)
        ready = float(page.evaluate(_READY))
        page.wait_for_load_state("networkidle")
        return ready, sum(received)


def _change(browser: Browser, url: str) -> list[float]:
    with browser.new_context() as context:
        page: Page = context.new_page()
        page.goto(url + _FIRST)
        page.evaluate(_READY)
        return [float(page.evaluate(_CHANGE, [f"{code}.wikipedia.org"])) for code in _OTHERS]


def _tell(name: str, times: Sequence[float], wanted: float) -> Row:
    figure = f"{median(times):.0f} ms, {min(times):.0f} to {max(times):.0f}"
    return Row(name, figure, "", f"median < {wanted} ms", median(times) < wanted)
