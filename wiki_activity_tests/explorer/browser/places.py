"""The addresses of the explorer's pages over the filled database, by what they show."""

PLACES = {
    "board": "/",
    "find": "/find?q=hindi",
    "find-nothing": "/find?q=xyzzy",
    "peaks": "/peaks",
    "peaks-of-a-month": "/peaks?month=2025-03",
    "language": "/lang/hi",
    "wiki": "/p/hi.wikipedia.org",
    "wiki-compared": "/p/hi.wikipedia.org?vs=bn.wikipedia.org&vs=ta.wikipedia.org&scale=log",
    "wiki-rolling-mean": "/p/hi.wikipedia.org?detector=rolling_mean&metric=people_edits&from=2021-01",
    "wiki-right-to-left": "/p/he.wikipedia.org",
    "wiki-missing-month": "/p/ta.wikipedia.org?from=2024-01",
    "wiki-young": "/p/mos.wikipedia.org",
    "wiki-closed": "/p/aa.wikipedia.org",
    "peak": "/p/hi.wikipedia.org/peaks/2025-03",
    "peak-without-note": "/p/hi.wikipedia.org/peaks/2024-06",
    "peak-right-to-left": "/p/he.wikipedia.org/peaks/2023-10",
    "week": "/week",
    "live-blind": "/live",
    "live-blind-wiki": "/live/en.wikipedia.org",
    "about": "/about",
    "api": "/api",
    "unknown-wiki": "/p/hy.wikipedia.org",
    "unknown-page": "/no-such-page",
}
NOT_FOUND = {"unknown-wiki", "unknown-page"}
