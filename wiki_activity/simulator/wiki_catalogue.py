"""The simulated catalogue: some 870 open wikis and, beside them, closed, private and fishbowl ones.

Languages lie in `languages.txt`, the biggest Wikipedias first. What happens on a wiki belongs to `activity`.
"""

from dataclasses import dataclass
from importlib import resources

from wiki_activity.simulator import specials

WIKIPEDIA_ONLY = frozenset(
    {"simple", "ceb", "arz", "azb", "war", "zh-yue", "als", "be-tarask", "sat", "bar", "ce", "zh-classical"}
)
"""Languages whose only wiki is a Wikipedia although their rank would give them more."""

FAMILIES = (
    # family, code in the site matrix, how many languages have it, how many powers of ten below the Wikipedia
    ("wikipedia", "wiki", 330, 0.0),
    ("wiktionary", "wiktionary", 178, 0.9),
    ("wikisource", "wikisource", 74, 1.1),
    ("wikivoyage", "wikivoyage", 25, 1.8),
    ("wikiquote", "wikiquote", 78, 1.9),
    ("wikinews", "wikinews", 30, 2.0),
    ("wikiversity", "wikiversity", 17, 2.0),
    ("wikibooks", "wikibooks", 80, 2.1),
)
CLOSED_PER_FAMILY = {"wikipedia": 8, "wiktionary": 22, "wikiquote": 20, "wikibooks": 40, "wikinews": 5, "wikisource": 2}
SMALLEST_SIZE = 8.0
ENGLISH_WIKIPEDIA_SIZE = 3_100_000.0


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the catalogue.

    Parameters
    ----------
    code
        As in host names, `be-tarask`.
    name
        In English.
    autonym
        In itself.
    direction
        `ltr` or `rtl`.
    matrix_code
        As in the site matrix and, with underscores, in the dbname: `be-x-old`.
    """

    code: str
    name: str
    autonym: str
    direction: str
    matrix_code: str


@dataclass(frozen=True, slots=True)
class SimulatedWiki:
    """One wiki of the simulated site matrix.

    Parameters
    ----------
    host
        `en.wikipedia.org`, `www.wikidata.org`.
    dbname
        `enwiki`.
    family
        `wikipedia`, …; `special` for those outside the languages.
    code
        The site matrix's `code`: `wiki`, `wiktionary`, …, `commons`.
    language
        Language code in the site matrix; for specials their `lang`.
    sitename
        As the site matrix gives it.
    size
        Content edits in a usual month, 0 where it takes none.
    flags
        Those of `closed`, `private`, `fishbowl`, `nonglobal` that hold.
    measured
        Whether the metrics service has any figures for it.
    """

    host: str
    dbname: str
    family: str
    code: str
    language: str
    sitename: str
    size: float
    flags: frozenset[str] = frozenset()
    measured: bool = True

    @property
    def is_open(self) -> bool:
        """Whether everybody may read it and somebody may edit it."""
        return self.flags.isdisjoint({"closed", "private"})

    @property
    def metrics_name(self) -> str:
        """The project as the metrics service writes it, `en.wikipedia`, `wikidata`."""
        return self.host.removeprefix("www.").removesuffix(".org")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All wikis of the simulated site matrix.

    Parameters
    ----------
    languages
        In order of their Wikipedias' size.
    open_wikis
        Biggest first.
    shut_wikis
        Closed and private ones, in no order that matters.
    """

    languages: tuple[Language, ...]
    open_wikis: tuple[SimulatedWiki, ...]
    shut_wikis: tuple[SimulatedWiki, ...]


def make_catalogue(wikis: int = 870) -> Catalogue:
    """Make the catalogue with the `wikis` biggest open wikis; closed and private ones are always there.

    Raises
    ------
    ValueError
        If fewer than one or more wikis are asked for than there are.
    """
    languages = read_languages()
    everything = [*_make_language_wikis(languages), *_make_specials()]
    open_wikis = sorted((wiki for wiki in everything if wiki.is_open), key=lambda wiki: (-wiki.size, wiki.host))
    if not 1 <= wikis <= len(open_wikis):
        msg = f"the catalogue has 1 to {len(open_wikis)} open wikis, not {wikis}"
        raise ValueError(msg)
    shut_wikis = tuple(wiki for wiki in everything if not wiki.is_open)
    return Catalogue(languages, tuple(open_wikis[:wikis]), shut_wikis)


def read_languages() -> tuple[Language, ...]:
    """Read the languages, the biggest Wikipedia first."""
    text = resources.files("wiki_activity.simulator").joinpath("languages.txt").read_text(encoding="utf-8")
    languages = []
    for line in text.splitlines():
        code, name, autonym, direction, matrix_code = [*line.split("|"), "", ""][:5]
        languages.append(Language(code, name, autonym, direction or "ltr", matrix_code or code))
    return tuple(languages)


def _make_language_wikis(languages: tuple[Language, ...]) -> list[SimulatedWiki]:
    wikis = []
    for family, code, count, below in FAMILIES:
        having = [
            rank for rank, language in enumerate(languages) if code == "wiki" or language.code not in WIKIPEDIA_ONLY
        ]
        closed = CLOSED_PER_FAMILY.get(family, 0)
        # The languages that come just after the family's open ones had a wiki once that was closed.
        wikis += [_make_wiki(languages[rank], rank, family, code, below, closed=False) for rank in having[:count]]
        shut = having[count : count + closed]
        wikis += [_make_wiki(languages[rank], rank, family, code, below, closed=True) for rank in shut]
    return wikis


def _make_wiki(language: Language, rank: int, family: str, code: str, below: float, *, closed: bool) -> SimulatedWiki:
    wikipedia_size = ENGLISH_WIKIPEDIA_SIZE if rank == 0 else 10 ** (5.65 - 4.65 * (rank / 325) ** 0.75)
    return SimulatedWiki(
        host=f"{language.code}.{family}.org",
        dbname=language.matrix_code.replace("-", "_") + code,
        family=family,
        code=code,
        language=language.matrix_code,
        sitename=family.capitalize(),
        size=0.0 if closed else max(SMALLEST_SIZE, wikipedia_size * 10**-below),
        flags=frozenset({"closed"}) if closed else frozenset(),
    )


def _make_specials() -> list[SimulatedWiki]:
    return [
        SimulatedWiki(
            host=host,
            dbname=dbname,
            family="special",
            code=code,
            language="en",
            sitename=name,
            size=size,
            flags=frozenset(flags.split()),
            measured=size > 0,
        )
        for host, dbname, code, name, size, flags in specials.list_specials()
    ]
