"""What the monthly assets and their checks are called, what they hold, and what they say of themselves."""

from collections.abc import Mapping
from datetime import timedelta

import dagster as dg

from wiki_activity.domain.counts import PEOPLE_SERIES, Series

GROUP = "monthly"
KINDS = {"sql", "wikimedia"}
WIKIS = dg.AssetKey("wikis")
EDIT_COUNTS = dg.AssetKey("edit_counts")
EDITOR_COUNTS = dg.AssetKey("editor_counts")
PEOPLE_COUNTS = dg.AssetKey("people_counts")
COMMUNITY_ALERTS = dg.AssetKey("community_alerts")
DAILY_HISTORY = dg.AssetKey("daily_history")
PEAK_EVIDENCE = dg.AssetKey("peak_evidence")
COMMUNITY_EVENTS = dg.AssetKey("community_events")
WHO_STAYED = dg.AssetKey("who_stayed")

OWNERS = ["team:wiki_activity"]
TAGS = {"source": "wikimedia", "published": "monthly"}
PUBLISHED_IN_TIME = dg.FreshnessPolicy.time_window(warn_window=timedelta(days=40), fail_window=timedelta(days=50))
"""A month comes five to ten days after its end; after forty days without one something is late."""
LISTED_IN_TIME = dg.FreshnessPolicy.time_window(warn_window=timedelta(days=8), fail_window=timedelta(days=15))
"""The repair of every Monday lists the wikis anew."""

COVERAGE = "coverage"
COMPLETENESS = "newest_month_is_complete"
RESTATEMENT = "restatement_is_ordinary"

SERIES_OF: Mapping[dg.AssetKey, tuple[Series, ...]] = {
    EDIT_COUNTS: (Series.EDITS, Series.USER_EDITS, Series.ANONYMOUS_EDITS),
    EDITOR_COUNTS: (Series.EDITORS,),
    PEOPLE_COUNTS: PEOPLE_SERIES,
}
"""What each asset of counts asks for: so many requests a wiki. The first one is what its months are told by."""


def _columns(**columns: tuple[str, str]) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name, kind, text) for name, (kind, text) in columns.items()])


_PROJECT = ("string", "Host name of the wiki, its key everywhere.")
_MONTH = ("datetime", "First day of the month, UTC.")

WIKI_COLUMNS = _columns(
    project=_PROJECT,
    dbname=("string", "Name of its database."),
    family=("string", "wikipedia, wiktionary, …; special for Commons, Wikidata and their like."),
    language=("string", "Language code."),
    name=("string", "English name."),
    autonym=("string", "The language's own name."),
    direction=("string", "Writing direction: ltr or rtl."),
    closed=("bool", "Whether it takes no more edits."),
    refreshed_at=("datetime", "When the site matrix last named it, UTC."),
)
EDIT_COLUMNS = _columns(
    project=_PROJECT,
    timestamp=_MONTH,
    edit_count=("int", "Edits to content pages by everybody, bots included."),
    user_edits=("int", "Of registered people; NULL where only the total is known."),
    anonymous_edits=("int", "Of logged-out people; NULL where only the total is known."),
)
EDITOR_COLUMNS = _columns(
    project=_PROJECT, timestamp=_MONTH, editor_count=("int", "Distinct editors of content pages, whatever they did.")
)
PEOPLE_COLUMNS = _columns(
    project=_PROJECT,
    timestamp=_MONTH,
    user_editors=("int", "Editors of content pages who are registered and no bots; NULL where not known, as below."),
    editors_5_24=("int", "Those of them with 5 to 24 edits in the month."),
    editors_25_99=("int", "Those with 25 to 99."),
    editors_100=("int", "Those with 100 and more. Active editors are the three levels together."),
    new_users=("int", "Accounts that people registered here; those made by logging in from another wiki do not count."),
    new_pages=("int", "Content pages that were created, by bots too."),
)
HISTORY_COLUMNS = _columns(
    project=_PROJECT,
    day=("date", "The day, UTC; within what was answered a day without a row had no edits."),
    edits=("int", "Edits to content pages by everybody, bots included."),
    user_edits=("int", "Of registered people."),
    logged_out_edits=("int", "Of logged-out people."),
)
FINDING_COLUMNS = _columns(
    project=_PROJECT,
    month=_MONTH,
    metric=("string", "The count whose rise it is of."),
    kind=("string", "hashtag, tool, few_people and so on."),
    subject=("string", "The hashtag, tool, page or bot; empty where there is none to name."),
    share=("float", "Of the rise, 0 to 1; NULL where it was not, or cannot be, measured."),
    margin=("float", "The share is right within this in 19 of 20 cases; NULL where it is the least that it may be."),
    parameters=("string", "A JSON object of what the sentence needs besides."),
    url=("string", "A page that shows it."),
    source=("string", "Who was asked."),
    asked_at=("datetime", "When, UTC."),
)
EVENT_COLUMNS = _columns(
    id=("int", "Its number in Event registration."),
    name=("string", "As its organisers wrote it."),
    page=("string", "Title of its page."),
    page_dbname=("string", "The wiki that has the page, by the name of its database."),
    dbnames=("string", "A JSON list of the wikis that it names; * alone for all."),
    starts_at=("datetime", "When it begins, UTC."),
    ends_at=("datetime", "When it ends, UTC."),
    first_day=("date", "Its first day, in its own time zone."),
    last_day=("date", "Its last day, in its own time zone."),
    types=("string", "A JSON list: contest, editing-event and so on."),
    dashboard_slug=("string", "Of its course on the Programs & Events Dashboard; NULL without one."),
    read_at=("datetime", "When it was read last, UTC."),
)
RETENTION_COLUMNS = _columns(
    project=_PROJECT,
    first=("date", "First day on which the accounts were made, UTC."),
    last=("date", "Last day."),
    days_after=("string", "The window of days after the last day: 7-30, 30-60 or 60-90."),
    accounts=("int", "Accounts made on the wiki in these days; NULL where not known yet."),
    estimated=("bool", "Whether that is an estimate, from parts of the log."),
    asked=("int", "How many of them were asked about; NULL where not known yet, or fewer than ten."),
    editing=("int", "How many of those made a content edit in the window."),
    active=("int", "How many made five or more."),
    usual_asked=("int", "The same of as many days, 13 weeks and more before, three times."),
    usual_editing=("int", "As editing."),
    usual_active=("int", "As active."),
    error=("string", "Why it could not be read."),
    usual_error=("string", "Why what is usual could not be read."),
    asked_at=("datetime", "When somebody was last asked, UTC."),
)
ALERT_COLUMNS = _columns(
    metric=("string", "edits, people_edits or editors."),
    project=_PROJECT,
    timestamp=_MONTH,
    detector=("string", "rolling_mean or seasonal."),
    value=("float", "The count of the month."),
    expected=("float", "What it was held against."),
    threshold=("float", "The value at which it became a peak."),
    percentage_difference=("float", "Percent over the expected value; NULL where that is zero."),
    score=("float", "How far it stands out, within one detector."),
    kind=("string", "bot_run, more_people, same_people or logged_out_wave; NULL where it cannot be told."),
    outcome=("string", "over or still_up a month later; NULL while that is not known."),
    shared=("bool", "Whether more wikis peaked that month than chance explains."),
    starts_episode=("bool", "Whether the month before was no peak."),
    found_at=("datetime", "When the peak was first found, UTC."),
)

MONTHLY_SPECS = (
    dg.AssetSpec(
        EDIT_COUNTS,
        deps=[WIKIS],
        group_name=GROUP,
        kinds=KINDS,
        skippable=True,
        owners=OWNERS,
        tags=TAGS,
        freshness_policy=PUBLISHED_IN_TIME,
        description="Edits to content pages of every wiki and month, and how many of them people made. "
        "One request for all months of a wiki, three for total, users and logged-out people.",
        metadata={"dagster/column_schema": EDIT_COLUMNS, "dagster/table_name": "edit_counts"},
    ),
    dg.AssetSpec(
        EDITOR_COUNTS,
        deps=[WIKIS],
        group_name=GROUP,
        kinds=KINDS,
        skippable=True,
        owners=OWNERS,
        tags=TAGS,
        freshness_policy=PUBLISHED_IN_TIME,
        description="Distinct editors of content pages of every wiki and month; one request a wiki.",
        metadata={"dagster/column_schema": EDITOR_COLUMNS, "dagster/table_name": "editor_counts"},
    ),
    dg.AssetSpec(
        PEOPLE_COUNTS,
        deps=[WIKIS],
        group_name=GROUP,
        kinds=KINDS,
        skippable=True,
        owners=OWNERS,
        tags=TAGS,
        freshness_policy=PUBLISHED_IN_TIME,
        description="Registered editors by activity, new accounts and new content pages; six requests a wiki, after "
        "the counts: at once for the wikis that somebody cares about, in the night for all others.",
        metadata={"dagster/column_schema": PEOPLE_COLUMNS, "dagster/table_name": "people_counts"},
    ),
    dg.AssetSpec(
        COMMUNITY_ALERTS,
        deps=[EDIT_COUNTS, EDITOR_COUNTS, PEOPLE_COUNTS],
        group_name=GROUP,
        kinds={"sql", "numpy"},
        skippable=True,
        owners=OWNERS,
        tags=TAGS,
        freshness_policy=PUBLISHED_IN_TIME,
        description="Months in which a wiki was far busier than its own past, by every detector, for all edits, "
        "edits without bots and editors. Computed anew over all stored months, since Wikimedia restates the past.",
        metadata={"dagster/column_schema": ALERT_COLUMNS, "dagster/table_name": "community_alerts"},
    ),
)

CHECK_SPECS = (
    *(
        dg.AssetCheckSpec(COVERAGE, asset=key, description="Every wiki that was asked for could be read.")
        for key in SERIES_OF
    ),
    dg.AssetCheckSpec(
        COMPLETENESS,
        asset=EDIT_COUNTS,
        description="The newest month asked for is published, and no wiki of the month before is missing from it.",
    ),
    dg.AssetCheckSpec(
        RESTATEMENT,
        asset=EDIT_COUNTS,
        description="What Wikimedia restated moved the counts by no more than it usually does.",
    ),
)
