"""Wikis that belong to no language: Commons, Wikidata, chapters' wikis, committees' private wikis, old conferences."""

Special = tuple[str, str, str, str, float, str]

_WITH_EDITORS: tuple[Special, ...] = (
    # host, dbname, code in the site matrix, name, content edits in a usual month (0: no metrics), flags
    ("www.wikidata.org", "wikidatawiki", "wikidata", "Wikidata", 15_000_000.0, ""),
    ("commons.wikimedia.org", "commonswiki", "commons", "Wikimedia Commons", 8_000_000.0, ""),
    ("meta.wikimedia.org", "metawiki", "meta", "Meta-Wiki", 52_000.0, ""),
    ("species.wikimedia.org", "specieswiki", "species", "Wikispecies", 46_000.0, ""),
    ("incubator.wikimedia.org", "incubatorwiki", "incubator", "Wikimedia Incubator", 38_000.0, ""),
    ("www.mediawiki.org", "mediawikiwiki", "mediawiki", "MediaWiki", 31_000.0, ""),
    ("wikisource.org", "sourceswiki", "sources", "Multilingual Wikisource", 9_000.0, ""),
    ("www.wikifunctions.org", "wikifunctionswiki", "wikifunctions", "Wikifunctions", 24_000.0, ""),
    ("outreach.wikimedia.org", "outreachwiki", "outreach", "Outreach Wiki", 1_900.0, ""),
    ("beta.wikiversity.org", "betawikiversity", "betawikiversity", "Wikiversity Beta", 700.0, ""),
    ("wikimania.wikimedia.org", "wikimaniawiki", "wikimania", "Wikimania", 1_300.0, ""),
    ("test.wikipedia.org", "testwiki", "test", "Test Wikipedia", 2_600.0, "nonglobal"),
    ("test2.wikipedia.org", "test2wiki", "test2", "Test2 Wikipedia", 260.0, "nonglobal"),
    ("test.wikidata.org", "testwikidatawiki", "testwikidata", "Test Wikidata", 900.0, "nonglobal"),
    ("test-commons.wikimedia.org", "testcommonswiki", "testcommons", "Test Commons", 40.0, "nonglobal"),
    ("foundation.wikimedia.org", "foundationwiki", "foundation", "Governance Wiki", 240.0, ""),
)
_WITHOUT_METRICS: tuple[Special, ...] = (
    ("api.wikimedia.org", "apiportalwiki", "apiportal", "API Portal", 0.0, ""),
    ("login.wikimedia.org", "loginwiki", "login", "Login Wiki", 0.0, "nonglobal"),
    ("vote.wikimedia.org", "votewiki", "vote", "Vote Wiki", 0.0, "fishbowl nonglobal"),
    ("donate.wikimedia.org", "donatewiki", "donate", "Donate", 0.0, "fishbowl"),
    ("thankyou.wikipedia.org", "thankyouwiki", "thankyou", "Thank You", 0.0, "fishbowl"),
    ("quality.wikimedia.org", "qualitywiki", "quality", "Quality", 0.0, ""),
    ("nostalgia.wikipedia.org", "nostalgiawiki", "nostalgia", "Nostalgia Wikipedia", 0.0, "fishbowl"),
    ("techconduct.wikimedia.org", "techconductwiki", "techconduct", "Technical Conduct", 0.0, "private"),
)
_CHAPTERS = (
    # host prefix, name, content edits in a usual month, flags
    ("am", "Wikimedia Armenia", 0.0, "fishbowl"),
    ("ar", "Wikimedia Argentina", 26.0, ""),
    ("bd", "Wikimedia Bangladesh", 90.0, ""),
    ("be", "Wikimedia Belgium", 31.0, ""),
    ("br", "Wiki Movimento Brasil", 80.0, ""),
    ("ca", "Wikimedia Canada", 44.0, ""),
    ("co", "Wikimedia Colombia", 20.0, ""),
    ("dk", "Wikimedia Danmark", 28.0, ""),
    ("ec", "Wikimedistas de Ecuador", 0.0, "fishbowl"),
    ("ee", "Wikimedia Eesti", 33.0, ""),
    ("fi", "Wikimedia Suomi", 24.0, ""),
    ("ge", "Wikimedia Georgia", 19.0, ""),
    ("gr", "Wikimedia Greece", 0.0, "fishbowl"),
    ("hi", "Hindi Wikimedians", 17.0, ""),
    ("id", "Wikimedia Indonesia", 70.0, ""),
    ("mai", "Maithili Wikimedians", 16.0, ""),
    ("mk", "Wikimedia Macedonia", 27.0, ""),
    ("mx", "Wikimedia México", 21.0, ""),
    ("ng", "Wikimedia Nigeria", 29.0, ""),
    ("nl", "Wikimedia Nederland", 95.0, ""),
    ("no", "Wikimedia Norge", 64.0, ""),
    ("nyc", "Wikimedia New York City", 18.0, ""),
    ("nz", "Wikimedia New Zealand", 15.0, ""),
    ("pa-us", "Wikimedia Pennsylvania", 12.0, ""),
    ("pl", "Wikimedia Polska", 150.0, "fishbowl"),
    ("pt", "Wikimedia Portugal", 14.0, ""),
    ("punjabi", "Punjabi Wikimedians", 34.0, ""),
    ("romd", "Wikimedia Romania and Moldova", 0.0, "fishbowl"),
    ("rs", "Wikimedia Serbia", 120.0, "fishbowl"),
    ("ru", "Wikimedia Russia", 110.0, ""),
    ("se", "Wikimedia Sverige", 210.0, ""),
    ("tr", "Wikimedia Türkiye", 22.0, ""),
    ("ua", "Wikimedia Ukraine", 180.0, ""),
    ("uk", "Wikimedia UK", 36.0, ""),
    ("vn", "Wikimedia Vietnam", 11.0, ""),
    ("wb", "West Bengal Wikimedians", 13.0, ""),
    ("yue", "Cantonese Wikimedians", 10.0, ""),
)
_COMMITTEES = (
    "arbcom-cs", "arbcom-de", "arbcom-en", "arbcom-fi", "arbcom-nl", "board", "chair", "checkuser", "collab",
    "electcom", "exec", "grants", "internal", "legalteam", "office", "ombudsmen", "spcom", "steward", "sysop-fr", "vrt",
)  # fmt: skip
_CLOSED = ("advisory", "strategy", "usability", "ten", "readercom", "flaggedrevs", "cn", "nz-old")
_CONFERENCES = range(2005, 2019)


def list_specials() -> list[Special]:
    """List the special wikis: host, dbname, matrix code, name, monthly content edits, flags with spaces between."""
    chapters = [
        (f"{prefix}.wikimedia.org", f"{prefix.replace('-', '_')}wikimedia", f"{prefix}wikimedia", name, size, flags)
        for prefix, name, size, flags in _CHAPTERS
    ]
    committees = [_make_shut(prefix, prefix.capitalize(), "private") for prefix in _COMMITTEES]
    closed = [_make_shut(prefix, prefix.capitalize(), "closed") for prefix in _CLOSED]
    conferences = [_make_shut(f"wikimania{year}", f"Wikimania {year}", "closed") for year in _CONFERENCES]
    return [*_WITH_EDITORS, *_WITHOUT_METRICS, *chapters, *committees, *closed, *conferences]


def _make_shut(prefix: str, name: str, flag: str) -> Special:
    domain = "wikipedia" if prefix.startswith("arbcom") else "wikimedia"
    return (f"{prefix}.{domain}.org", f"{prefix.replace('-', '_')}wiki", prefix, name, 0.0, flag)
