"""What a page says, as a reader without scripts gets it."""

import re
from html.parser import HTMLParser
from http import HTTPStatus

from fastapi.testclient import TestClient

_UNSEEN = frozenset({"script", "style", "head", "noscript", "option"})
_BLOCKS = frozenset({"p", "li", "tr", "h1", "h2", "h3", "section", "form", "dd", "dt", "div", "summary", "caption"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unseen += tag in _UNSEEN
        self.parts.append("\n" if tag in _BLOCKS else " " if tag in {"td", "th", "a", "b", "text"} else "")

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in _UNSEEN

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)


def read_text(html: str) -> str:
    """Return the text of a page, one line a block, blanks as one."""
    reader = _Reader()
    reader.feed(html)
    lines = (" ".join(line.split()) for line in "".join(reader.parts).replace("\n\n", "\n").split("\n"))
    return re.sub(r" ([,.:;])", r"\1", " ".join(line for line in lines if line))


def see(client: TestClient, address: str, status: int = HTTPStatus.OK) -> str:
    """Open a page and return its text."""
    answer = client.get(address)
    assert answer.status_code == status, f"{address}: {answer.status_code}"
    return read_text(answer.text)
