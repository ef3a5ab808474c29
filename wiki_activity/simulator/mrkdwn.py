"""Slack's message text as HTML, as far as a reader of the simulated channel needs it."""

import html
import re
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup, escape

_MARK: Final = "\ue000"
_ANGLES: Final = re.compile(r"<([^<>\n]+)>")
_DATE: Final = re.compile(r"!date\^(-?\d{1,11})\^([^|^]*)(?:\^[^|]*)?\|?(.*)", re.DOTALL)
_STYLES: Final = tuple(
    (re.compile(rf"(?<![\w{mark}]){mark}([^\s{mark}]|[^\s{mark}][^{mark}\n]*[^\s{mark}]){mark}(?![\w{mark}])"), tag)
    for mark, tag in ((r"\*", "strong"), ("_", "em"), ("~", "s"), ("`", "code"))
)
_TOKENS: Final = {
    "{date_num}": "%Y-%m-%d",
    "{date}": "%B DAY, %Y",
    "{date_short}": "%b DAY, %Y",
    "{date_long}": "%A, %B DAY, %Y",
    "{date_pretty}": "%B DAY, %Y",
    "{date_short_pretty}": "%b DAY, %Y",
    "{date_long_pretty}": "%A, %B DAY, %Y",
    "{time}": "%H:%M",
    "{time_secs}": "%H:%M:%S",
    "{ago}": "%Y-%m-%d %H:%M",
}


def render_mrkdwn(text: str) -> Markup:
    """Render a message: bold, italics, code, links and dates (in UTC); whatever else it holds is shown as text."""
    angles: list[Markup] = []

    def set_aside(match: re.Match[str]) -> str:
        angles.append(_render_angle(match[1]))
        return f"{_MARK}{len(angles) - 1}{_MARK}"

    # Links are set aside while styles are sought, since addresses are full of underscores.
    markup = html.escape(html.unescape(_ANGLES.sub(set_aside, text.replace(_MARK, ""))))
    for pattern, tag in _STYLES:
        markup = pattern.sub(rf"<{tag}>\1</{tag}>", markup)
    markup = re.sub(f"{_MARK}(\\d+){_MARK}", lambda match: angles[int(match[1])], markup.replace("\n", "<br>"))
    return Markup(markup)  # noqa: S704 - every part was escaped


def _render_angle(inside: str) -> Markup:
    date = _DATE.fullmatch(inside)
    if date is not None:
        return _render_date(int(date[1]), date[2], date[3])
    target, _, label = inside.partition("|")
    target, label = html.unescape(target), html.unescape(label)
    if re.match(r"(https?://|mailto:)", target):
        return Markup('<a href="{}" rel="noreferrer">{}</a>').format(target, label or target)
    if target[:1] in {"!", "@", "#"}:
        return Markup('<span class="mention">{}</span>').format(label or target.lstrip("!").split("^")[0])
    return escape(f"<{inside}>")


def _render_date(seconds: int, form: str, fallback: str) -> Markup:
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError):
        return escape(fallback)
    shown = html.unescape(form)
    for token, pattern in _TOKENS.items():
        shown = shown.replace(token, moment.strftime(pattern).replace("DAY", str(moment.day)))
    return Markup('<time datetime="{}" title="{}">{} UTC</time>').format(
        moment.isoformat(), html.unescape(fallback), shown
    )
