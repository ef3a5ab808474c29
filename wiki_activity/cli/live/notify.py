"""`wiki-activity notify`: which messages there are and what became of them, and test messages."""

from collections.abc import Sequence

import click
from sqlalchemy import Engine

from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.setup import now, open_database, settings_from_environment
from wiki_activity.settings import Settings
from wiki_activity.slack.client import SlackError, SlackWebhook
from wiki_activity.slack.message import Message
from wiki_activity.slack.samples import make_samples
from wiki_activity.storage.notices import Notice, read_notices
from wiki_activity.storage.patience import Patience

_SHOWN = 20


@click.command("notify")
@click.option("--test", "tests", is_flag=True, help="Send a begin, an end and a digest, marked as tests.")
def command(*, tests: bool) -> int:
    """Show the newest messages and what became of them; with --test, send three that are marked as tests.

    Without WIKI_ACTIVITY_SLACK_WEBHOOK_URL the test messages are shown instead of sent. Ends with 1 when Slack did not
    take one.
    """
    settings = settings_from_environment()
    if tests:
        return _send_samples(settings, make_samples(now(), settings.explorer_url))
    with open_database(settings, Patience.WATCHER) as engine:
        _show_notices(engine)
    return DONE


def _send_samples(settings: Settings, samples: Sequence[Message]) -> int:
    for message in samples:
        click.echo(f"{message.text}\n")
    if settings.slack_webhook_url is None:
        click.echo("no webhook: WIKI_ACTIVITY_SLACK_WEBHOOK_URL is not set, so nothing was sent")
        return DONE
    webhook = SlackWebhook(settings.slack_webhook_url)
    try:
        for message in samples:
            webhook.post(message)
    except SlackError as error:
        click.secho(f"not sent: {error}", fg="red", err=True)
        return FAILED
    click.echo(f"sent {len(samples)} test messages")
    return DONE


def _show_notices(engine: Engine) -> None:
    notices = read_notices(engine, limit=_SHOWN)
    if not notices:
        click.echo("There are no messages yet; `wiki-activity notify --test` sends some that are marked as tests.")
    for notice in reversed(notices):
        click.echo(f"{notice.created_at:%Y-%m-%d %H:%M:%S} UTC  {notice.kind} {notice.phase}: {_tell_state(notice)}")
        click.echo(f"  {_read_text(notice)}\n")


def _tell_state(notice: Notice) -> str:
    if notice.sent_at is not None:
        together = "" if notice.sent_with is None else ", in one message with others"
        return f"sent {notice.sent_at:%Y-%m-%d %H:%M:%S} UTC{together}"
    if notice.next_attempt_at is None:
        return f"not sent: {notice.error}"
    tried = f"tried {notice.attempts} times; " if notice.attempts else ""
    why = f"{notice.error}; " if notice.error else ""
    return f"waiting: {tried}{why}next at {notice.next_attempt_at:%H:%M:%S} UTC"


def _read_text(notice: Notice) -> str:
    try:
        return Message.from_json(notice.body).text.replace("\n", "\n  ")
    except ValueError as error:
        return str(error)
