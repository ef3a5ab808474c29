"""The application: parts, routes and middleware put together, nothing else."""

from collections.abc import Callable
from datetime import datetime

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import Scope

from wiki_activity.explorer.accounts import login, session_api
from wiki_activity.explorer.accounts.wiring import install_accounts
from wiki_activity.explorer.answers import LEVEL, SMALLEST, create_answers
from wiki_activity.explorer.api import guide, health, request_metrics
from wiki_activity.explorer.api import routes as api_routes
from wiki_activity.explorer.api.documented import document_api
from wiki_activity.explorer.api.parameters import refuse_unknown
from wiki_activity.explorer.api.request_metrics import install_metrics
from wiki_activity.explorer.assets import STATIC, find_assets
from wiki_activity.explorer.cache import RenewedValue
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.day_book import DayBooks
from wiki_activity.explorer.error_pages import install_error_handlers
from wiki_activity.explorer.freshness import read_freshness
from wiki_activity.explorer.hardening import HardenedApp, install_hardening
from wiki_activity.explorer.head import HeadMiddleware
from wiki_activity.explorer.known_days import HistoryReader
from wiki_activity.explorer.live import api as live_api
from wiki_activity.explorer.live import episode_page, mute_api
from wiki_activity.explorer.live import hashtags as live_hashtags
from wiki_activity.explorer.live import pages as live_pages
from wiki_activity.explorer.live.feed import LiveFeed
from wiki_activity.explorer.outages import Outage
from wiki_activity.explorer.pages import (
    about,
    board,
    events_page,
    feeds,
    find,
    group_page,
    language,
    legacy_addresses,
    notes_pages,
    peak_page,
    peaks_page,
    report_page,
    week,
    wiki_page,
)
from wiki_activity.explorer.pictures import routes as picture_routes
from wiki_activity.explorer.rendering import create_environment
from wiki_activity.explorer.snapshots import Snapshots
from wiki_activity.settings import Settings
from wiki_activity.storage.completeness import read_completeness
from wiki_activity.storage.refusals import list_standing

_CATALOGUE_SECONDS = 60
"""What needs no more than names is served so long after the database has gone."""
_COMPLETENESS_SECONDS = 60
_FRESHNESS_SECONDS = 5
_YEAR = 365 * 24 * 3600
_PAGES = (
    picture_routes,
    legacy_addresses,
    feeds,
    board,
    wiki_page,
    about,
    find,
    login,
    live_pages,
    episode_page,
    events_page,
    language,
    group_page,
    peaks_page,
    peak_page,
    notes_pages,
    report_page,
    week,
    guide,
)
"""Modules with a `router`."""
_API = (
    session_api,
    live_api,
    live_hashtags,
    mute_api,
    api_routes,
)
_WATCHED = (health, request_metrics)
"""What monitors ask for, however they write it."""


def create_app(
    settings: Settings,
    own: ExplorerSettings,
    engine: Engine,
    clock: Callable[[], datetime],
    *,
    look_seconds: float = 0,
    list_seconds: float = 0,
) -> FastAPI:
    """Put the explorer together; nothing is read or opened before the first request.

    Parameters
    ----------
    settings, own
        What is set.
    engine
        A migrated database; whoever made it disposes of it.
    clock
        Tells the time, UTC.
    look_seconds
        So long counts, peaks and notes that others store may go unseen; by default none of it does.
    list_seconds
        So long the lists of all wikis and their peaks may be older than that.
    """
    app = HardenedApp(title="wiki_activity", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    snapshots = Snapshots(engine, settings.peak_percent, look_seconds, list_seconds)
    catalogues = RenewedValue(lambda: snapshots.read().catalogue, _CATALOGUE_SECONDS)
    books, histories = DayBooks(engine), HistoryReader(engine)
    app.state.explorer = Explorer(
        settings,
        own,
        engine,
        clock,
        catalogues=catalogues,
        freshnesses=RenewedValue(lambda: read_freshness(engine, clock()), _FRESHNESS_SECONDS),
        snapshots=snapshots,
        completeness=RenewedValue(lambda: read_completeness(engine), _COMPLETENESS_SECONDS),
        refusals=RenewedValue(lambda: list_standing(engine), list_seconds),
        live=LiveFeed(settings, engine, clock, catalogues),
        outage=Outage(engine),
        days=RenewedValue(lambda: books.read(clock()), list_seconds),
        histories=RenewedValue(histories.read, list_seconds),
    )
    assets = find_assets()
    app.state.templates = create_environment(assets, own.auth, own.simulated_speed)
    app.state.answers = create_answers()
    install_error_handlers(app)
    document_api(app)
    install_hardening(app, settings, own, install_accounts(app, settings, own, engine, clock).limits)
    for module in _PAGES:
        app.include_router(module.router)
    for module in _API:
        app.include_router(module.router, dependencies=[Depends(refuse_unknown)])
    for module in _WATCHED:
        app.include_router(module.router)
    app.mount(f"/static/{assets.release}", _ImmutableFiles(directory=STATIC), name="static")
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST, compresslevel=LEVEL)
    app.add_middleware(HeadMiddleware)
    install_metrics(app)
    return app


class _ImmutableFiles(StaticFiles):
    """Files whose address changes with their content, so that browsers need not ask again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return response
