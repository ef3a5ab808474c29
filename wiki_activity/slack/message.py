"""A message: Block Kit with plain text beside it, and its line in a message that carries several."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from wiki_activity.slack.lines import Line, escape, join

LONGEST_SECTION: Final = 3000
"""Slack refuses a text object that is longer."""
_LONGEST_TEXT: Final = 3500
_MOST_PARAGRAPHS: Final = 40


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted.

    Parameters
    ----------
    text
        Plain, not escaped: for notifications, readers without blocks, pages and terminals.
    paragraphs
        The same in mrkdwn, one section each.
    footer
        Links in mrkdwn, in small print; may be empty.
    line
        The gist of it, for a message that carries several.
    """

    text: str
    paragraphs: tuple[str, ...]
    footer: str
    line: Line

    def to_payload(self) -> dict[str, Any]:
        """Return what a webhook takes; nothing in it is unfurled or looked through for names."""
        blocks = [_section(part) for part in self.paragraphs[:_MOST_PARAGRAPHS]]
        if self.footer:
            blocks.append({"type": "context", "elements": [_text(self.footer)]})
        text = escape(_cut(self.text, _LONGEST_TEXT))
        return {"text": text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}

    def to_json(self) -> str:
        """Return it as the outbox keeps it."""
        kept = {
            "text": self.text,
            "paragraphs": self.paragraphs,
            "footer": self.footer,
            "line": {"mrkdwn": self.line.mrkdwn, "plain": self.line.plain},
        }
        return json.dumps(kept, ensure_ascii=False)

    @staticmethod
    def from_json(body: str) -> "Message":
        """Read what the outbox keeps.

        Raises
        ------
        ValueError
            If it is something else.
        """
        try:
            kept = json.loads(body)
            return Message(kept["text"], tuple(kept["paragraphs"]), kept["footer"], Line(**kept["line"]))
        except (KeyError, TypeError, ValueError) as error:
            msg = f"no message: {body[:80]!r}"
            raise ValueError(msg) from error


def compose(paragraphs: Sequence[Line], footer: Sequence[Line] = (), gist: Line | None = None) -> Message:
    """Make a message of its paragraphs.

    Parameters
    ----------
    paragraphs
        The first of them says it all in bold.
    footer
        Links, in small print.
    gist
        Its line in a message that carries several; by default the first paragraph.
    """
    told = [line for line in paragraphs if line]
    return Message(
        text="\n".join(line.plain for line in told),
        paragraphs=tuple(part for line in told for part in _split(line.mrkdwn)),
        footer=join(" · ", footer).mrkdwn,
        line=gist or told[0],
    )


def _split(mrkdwn: str) -> list[str]:
    """Split a paragraph of several rows into parts that Slack takes, between rows."""
    parts: list[str] = []
    for row in mrkdwn.split("\n"):
        if parts and len(parts[-1]) + 1 + len(row) <= LONGEST_SECTION:
            parts[-1] += f"\n{row}"
        else:
            parts.append(row)
    return parts


def _section(mrkdwn: str) -> dict[str, Any]:
    return {"type": "section", "text": _text(mrkdwn)}


def _text(mrkdwn: str) -> dict[str, Any]:
    # Verbatim: what looks like an address, a channel or a person in a page's title stays text.
    return {"type": "mrkdwn", "text": _cut(mrkdwn, LONGEST_SECTION), "verbatim": True}


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
