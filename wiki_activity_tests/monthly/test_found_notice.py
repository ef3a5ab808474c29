"""What was found behind a month's peaks is told once, after the digest, when all of them were asked about."""

import json

from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation
from wiki_activity.domain.findings import Finding, FindingKind, Source
from wiki_activity.domain.notices import NoticeKind
from wiki_activity.domain.peaks import Detector
from wiki_activity.monthly.found_notice import tell_found
from wiki_activity.slack.message import Message
from wiki_activity.storage.calendar_table import SourceState, store_annotations
from wiki_activity.storage.evidence_table import StoredAnswer, store_evidence
from wiki_activity.storage.notices import NO_WEBHOOK, claim_next, mark_sent, read_notices
from wiki_activity_tests.monthly.test_digest import APRIL, BENGALI, ENGLISH, HINDI, MAY, NOW, make, store, text

HASHTAG = Finding(
    FindingKind.HASHTAG, "WPWP", Metric.PEOPLE_EDITS, 0.41, 0.06, {}, "https://x.example", Source.REVISIONS, NOW
)
TOOL = Finding(FindingKind.TOOL, "AWB", Metric.PEOPLE_EDITS, 0.6, 0.05, {}, None, Source.REVISIONS, NOW)
REVERTED = Finding(
    FindingKind.REVERTED, "", Metric.PEOPLE_EDITS, None, None, {"part": 0.4, "usual": 0.1}, None, Source.REVISIONS, NOW
)


def explain(engine: Engine, project: str, *found: Finding) -> None:
    answers = {source: StoredAnswer({}, None, NOW) for source in (Source.DAYS, Source.REVISIONS)}
    store_evidence(engine, project, MAY, answers=answers, found=found, now=NOW, names=0)


def tell(engine: Engine, *, sendable: bool = True) -> bool:
    return tell_found(engine, detector=Detector.SEASONAL, explorer_url="http://x", sendable=sendable, now=NOW)


def publish(engine: Engine, *watchlist: str) -> None:
    store(engine, APRIL)
    make(engine, *watchlist)
    store(engine, MAY, hi=9000, bn=8000, en=7000)
    make(engine, *watchlist)


def send(engine: Engine) -> None:
    mark_sent(engine, [one.id for one in claim_next(engine, tuple(NoticeKind), NOW)], NOW)


def test_it_waits_until_all_were_asked_about_and_is_told_once(engine: Engine) -> None:
    publish(engine)
    explain(engine, HINDI, HASHTAG)
    explain(engine, BENGALI, TOOL)
    assert not tell(engine)
    explain(engine, ENGLISH)

    assert [tell(engine), tell(engine)] == [True, False]
    assert text(engine) == (
        "What we found behind the peaks of May 2024:\n"
        "• Hindi Wikipedia: About 41 % (± 6) of the extra edits without bots carried #WPWP.\n"
        "• Bangla Wikipedia: About 60 % (± 5) of the extra edits without bots were made with AWB.\n"
        "• Nothing that we can see explains English Wikipedia. Do you know?\n"
        "Shares are estimated from samples. Evidence, not a cause."
    )


def test_what_could_not_be_read_is_not_told_as_nothing(engine: Engine) -> None:
    publish(engine)
    explain(engine, HINDI, HASHTAG)
    unread = {source: StoredAnswer(None, "503", NOW) for source in Source}
    store_evidence(engine, BENGALI, MAY, answers=unread, found=(), now=NOW, names=0)
    settled = {Source.DAYS: StoredAnswer({}, None, NOW)}
    store_evidence(engine, ENGLISH, MAY, answers=settled, found=(), now=NOW, names=0)
    tell(engine)

    assert text(engine).splitlines()[2:-1] == ["• Could not be read in full: Bangla Wikipedia."]


def test_of_counts_that_turn_out_faulty_after_the_digest_nothing_is_told(engine: Engine) -> None:
    publish(engine)
    for project in (HINDI, BENGALI, ENGLISH):
        explain(engine, project, HASHTAG)
    assert tell(engine)
    outage = DataAnnotation(AnnotatedMetric.EDITS, MAY, "Outage", "Edits of three days are missing.")
    store_annotations(engine, {AnnotatedMetric.EDITS: [outage]}, SourceState(NOW, NOW, None), NOW)

    assert not tell(engine)
    assert [one.phase for one in read_notices(engine)] == ["digest", "digest"]


def test_peaks_of_one_cause_are_told_together(engine: Engine) -> None:
    publish(engine)
    for project, subject in ((HINDI, "WPWP"), (BENGALI, "wpwp")):
        explain(engine, project, Finding(**{**_fields(HASHTAG), "subject": subject}))
    explain(engine, ENGLISH, TOOL)
    tell(engine)

    lines = text(engine).splitlines()
    assert lines[1].casefold() == "• #wpwp: 2 wikis, bangla wikipedia, hindi wikipedia"
    assert lines[2].startswith("• English Wikipedia: About 60 %")


def test_nothing_that_speaks_is_no_message(engine: Engine) -> None:
    publish(engine)
    for project in (HINDI, BENGALI, ENGLISH):
        explain(engine, project, REVERTED)

    assert not tell(engine)
    assert len(read_notices(engine)) == 2


def test_only_wikis_of_the_watchlist_are_named(engine: Engine) -> None:
    publish(engine, HINDI)
    explain(engine, BENGALI, TOOL)
    explain(engine, HINDI, HASHTAG)

    assert tell(engine)
    assert "Bangla" not in text(engine)


def test_whoever_was_not_told_of_a_month_is_not_told_what_was_behind_it(engine: Engine) -> None:
    store(engine, MAY, hi=9000)
    make(engine)
    explain(engine, HINDI, HASHTAG)
    assert not tell(engine), "a first load"


def test_without_a_webhook_it_is_kept_and_never_sent(engine: Engine) -> None:
    publish(engine)
    for project in (HINDI, BENGALI, ENGLISH):
        explain(engine, project, HASHTAG)

    assert tell(engine, sendable=False)
    newest = read_notices(engine)[0]
    assert (newest.phase, newest.error, newest.next_attempt_at) == ("found", NO_WEBHOOK, None)


def test_what_waits_is_told_as_it_is_known_now_and_what_was_sent_stays(engine: Engine) -> None:
    publish(engine)
    send(engine)
    for project in (HINDI, BENGALI, ENGLISH):
        explain(engine, project)
    explain(engine, HINDI, HASHTAG)
    tell(engine)
    explain(engine, HINDI, TOOL)
    assert not tell(engine)
    assert "AWB" in text(engine)
    assert "WPWP" not in text(engine)

    send(engine)
    explain(engine, HINDI, HASHTAG)
    assert not tell(engine)
    assert "AWB" in text(engine)


def test_what_waits_is_withdrawn_where_nothing_is_to_be_told_any_more(engine: Engine) -> None:
    publish(engine)
    for project in (HINDI, BENGALI, ENGLISH):
        explain(engine, project)
    explain(engine, HINDI, HASHTAG)
    tell(engine)
    explain(engine, HINDI)

    assert not tell(engine)
    assert [one.phase for one in read_notices(engine)] == ["digest", "digest"]


def test_names_of_things_cannot_steer_the_message(engine: Engine) -> None:
    publish(engine)
    evil = Finding(**{**_fields(HASHTAG), "subject": "<!channel>\u202e|x"})
    explain(engine, HINDI, evil)
    explain(engine, BENGALI, evil)
    explain(engine, ENGLISH)
    tell(engine)

    payload = Message.from_json(read_notices(engine)[0].body).to_payload()
    assert "<!channel>" not in json.dumps(payload)
    assert "\u202e" not in json.dumps(payload, ensure_ascii=False)


def _fields(finding: Finding) -> dict[str, object]:
    return {name: getattr(finding, name) for name in Finding.__slots__}


def test_a_peak_that_is_none_any_more_is_not_waited_for(engine: Engine) -> None:
    publish(engine)
    explain(engine, HINDI, HASHTAG)
    explain(engine, BENGALI)
    store(engine, MAY, hi=9000, bn=8000)

    assert tell(engine)
    assert "English" not in text(engine)
