"""The webhook takes what Slack would take, and shows it safely."""

from typing import Any

import pytest
import requests

from wiki_activity.simulator.mrkdwn import render_mrkdwn
from wiki_activity.simulator.server import SimulatorSettings
from wiki_activity.simulator.slack import PayloadError, read_payload
from wiki_activity_tests.simulator.conftest import NOW, Start


@pytest.fixture
def url(start: Start) -> str:
    return start(SimulatorSettings(wikis=5))


def test_a_message_is_taken_and_kept(url: str, session: requests.Session) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Busy*"}}]
    answer = session.post(f"{url}/slack/T1/B2/secret", json={"text": "Busy", "blocks": blocks})
    assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert session.get(f"{url}/slack.json").json() == [
        {"received_at": NOW.timestamp(), "token": "T1/B2/secret", "text": "Busy", "blocks": blocks}
    ]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "invalid_payload"),
        (b"{", "invalid_payload"),
        (b"[]", "invalid_payload"),
        (b"\xff", "invalid_payload"),
        (b'{"text": 5}', "invalid_payload"),
        (b'{"text": "a", "blocks": {}}', "invalid_payload"),
        (b"{}", "no_text"),
        (b'{"text": ""}', "no_text"),
        (b'{"blocks": [{"type": "poem"}]}', "invalid_blocks"),
        (b'{"blocks": [{"type": "section"}]}', "invalid_blocks"),
        (b'{"blocks": [{"type": "section", "text": "a"}]}', "invalid_blocks"),
        (b'{"blocks": [{"type": "section", "fields": 5}]}', "invalid_blocks"),
        (b'{"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]}', "invalid_blocks"),
        (b'{"text": "' + b"a" * 40_001 + b'"}', "msg_too_long"),
    ],
)
def test_wrong_content_is_refused_in_slacks_words(body: bytes, word: str) -> None:
    with pytest.raises(PayloadError, match=f"^{word}$"):
        read_payload(body)


def test_a_refusal_has_status_400_and_keeps_nothing(url: str, session: requests.Session) -> None:
    answer = session.post(f"{url}/slack/T", data="text=hello")
    assert (answer.status_code, answer.text) == (400, "invalid_payload")
    assert session.get(f"{url}/slack.json").json() == []


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [("rate_limited", 429, "rate_limited"), ("error", 500, "rollup_error"), ("gone", 404, "no_service")],
)
def test_the_webhook_fails_when_told(url: str, session: requests.Session, fault: str, status: int, word: str) -> None:
    session.post(f"{url}/simulator/settings", json={"faults": {"slack": fault, "slack_retry_after": 7}})
    answer = session.post(f"{url}/slack/T", json={"text": "hello"})
    assert (answer.status_code, answer.text) == (status, word)
    assert answer.headers.get("Retry-After") == ("7" if fault == "rate_limited" else None)
    session.post(f"{url}/simulator/settings", json={"faults": {"slack": ""}})
    assert session.post(f"{url}/slack/T", json={"text": "hello"}).text == "ok"


def test_the_webhook_hangs_when_told(url: str, session: requests.Session) -> None:
    session.post(f"{url}/simulator/settings", json={"faults": {"slack": "hang"}})
    with pytest.raises(requests.exceptions.ReadTimeout):
        session.post(f"{url}/slack/T", json={"text": "hello"}, timeout=0.1)


def test_the_channel_shows_messages_newest_first_and_runs_nothing_in_them(url: str, session: requests.Session) -> None:
    payload: dict[str, Any] = {
        "text": "fallback",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "<script>alert(1)</script>"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "<script>alert(2)</script> & *bold*"}},
            {"type": "divider"},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "<javascript:alert(3)|click>"}]},
        ],
    }
    session.post(f"{url}/slack/T", json={"text": "the older one"})
    session.post(f"{url}/slack/<b>", json=payload)
    page = session.get(f"{url}/slack")
    assert "<script" not in page.text
    assert "javascript:alert(3)" in page.text
    assert 'href="javascript' not in page.text
    assert "<code>&lt;b&gt;</code>" in page.text
    assert "fallback" not in page.text
    assert page.text.index("<strong>bold</strong>") < page.text.index("the older one")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "http://" not in page.text
    assert "https://" not in page.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* _em_ ~gone~ `code`", "<strong>bold</strong> <em>em</em> <s>gone</s> <code>code</code>"),
        ("2 * 3 * 4, a_b_c", "2 * 3 * 4, a_b_c"),
        ("R&amp;B &lt;i&gt;", "R&amp;B &lt;i&gt;"),
        ("one\ntwo", "one<br>two"),
        ("<https://x.org/a_b_c?d&amp;e>", '<a href="https://x.org/a_b_c?d&amp;e" rel="noreferrer">https://x.org/a_b_c?d&amp;e</a>'),
        ('<https://x.org/"onclick="x|a>', '<a href="https://x.org/&#34;onclick=&#34;x" rel="noreferrer">a</a>'),
        ("*<https://x.org|busy>*", '<strong><a href="https://x.org" rel="noreferrer">busy</a></strong>'),
        (
            "<!date^1790000000^{date_short} at {time}|then>",
            '<time datetime="2026-09-21T14:13:20+00:00" title="then">Sep 21, 2026 at 14:13 UTC</time>',
        ),
        ("<!date^0^{time_secs}|x>", '<time datetime="1970-01-01T00:00:00+00:00" title="x">00:00:00 UTC</time>'),
        ("<!here> <@U1|ann>", '<span class="mention">here</span> <span class="mention">ann</span>'),
        ("\ue0000\ue000", "0"),
    ],
)  # fmt: skip
def test_message_text_is_shown_as_slack_would(text: str, shown: str) -> None:
    assert str(render_mrkdwn(text)) == shown
