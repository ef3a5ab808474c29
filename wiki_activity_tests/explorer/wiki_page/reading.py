"""A page as its reader sees it: words, links, and the data for scripts."""

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

_SCRIPT = re.compile(r"<script[^>]*>.*?</script>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Page:
    """An answer."""

    status: int
    source: str

    @property
    def words(self) -> str:
        """What is read, with single spaces."""
        return plain(self.source)

    def part(self, name: str) -> str:
        """The words of one part."""
        return plain(self.source_of(name))

    def source_of(self, name: str) -> str:
        """The source from where a part begins to where the next one does."""
        begin = self.source.index(f'data-part="{name}"')
        end = self.source.find('data-part="', begin + 1)
        return self.source[begin : end if end > 0 else None]

    def data(self, name: str) -> Any:
        """The data for scripts."""
        found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', self.source, re.DOTALL)
        assert found is not None
        return json.loads(found[1])

    def link(self, name: str) -> str:
        """Where the link with an id leads."""
        found = re.search(rf'<a [^>]*id="{name}"[^>]*href="([^"]*)"', self.source)
        assert found is not None, f"no link {name}"
        return html.unescape(found[1])

    def chosen(self) -> set[str]:
        """The ids of the choices that are shown as chosen."""
        return set(re.findall(r'<a class="button" id="([^"]+)"[^>]*aria-current="true"', self.source))


def plain(source: str) -> str:
    """The words of a piece of HTML."""
    return _SPACE.sub(" ", html.unescape(_TAG.sub(" ", _SCRIPT.sub(" ", source)))).strip()


def read_page(client: TestClient, address: str) -> Page:
    """Ask for a page."""
    answer = client.get(address)
    return Page(answer.status_code, answer.text)
