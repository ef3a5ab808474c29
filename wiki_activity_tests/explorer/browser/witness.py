"""What goes wrong in a page, written down while a test looks at it: nothing may."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

_TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", ({effectiveDirective, blockedURI, sample}) =>
  console.error(`content security policy: ${effectiveDirective} ${blockedURI} ${sample}`));
"""


class Witness:
    """Console messages, errors, failed requests, and requests to any host but those that a test opened."""

    def __init__(self) -> None:
        self.hosts: set[str] = set()
        self.troubles: list[str] = []
        self._allowed: list[str] = []

    def follow(self, context: BrowserContext, host: str) -> None:
        """Write down what goes wrong in all pages of a context, which may ask one host, named with its port."""
        self.hosts.add(host)
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._hear)
        context.on("weberror", self._catch)
        context.on("request", self._see_request)
        context.on("requestfailed", self._see_failure)

    def allow(self, pattern: str) -> None:
        """Let a trouble that the test itself makes be; it has to happen."""
        self._allowed.append(pattern)

    def check(self) -> None:
        """Fail if anything went wrong that was not meant to, or if what was meant to go wrong did not."""
        unmet = [pattern for pattern in self._allowed if not any(re.search(pattern, one) for one in self.troubles)]
        others = [one for one in self.troubles if not any(re.search(pattern, one) for pattern in self._allowed)]
        assert not others, "went wrong in the page:\n" + "\n".join(others)
        assert not unmet, f"was allowed and did not happen: {unmet}; did happen: {self.troubles}"

    def _hear(self, message: ConsoleMessage) -> None:
        place = message.location
        self.troubles.append(f"console {message.type}: {message.text} ({place['url']}:{place['lineNumber']})")

    def _catch(self, error: WebError) -> None:
        self.troubles.append(f"error: {error.error}")

    def _see_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob", "about"} and parts.netloc not in self.hosts:
            self.troubles.append(f"request to another host: {request.url}")

    def _see_failure(self, request: Request) -> None:
        # What is still on its way when a page is left, or has no more use for it, the browser itself gives up.
        if request.failure == "net::ERR_ABORTED":
            return
        # Where scripts are switched off they are not loaded; what the page's policy refuses is heard on the console.
        if request.failure == "csp" and request.resource_type == "script":
            return
        self.troubles.append(f"request failed: {request.failure}: {request.url}")
