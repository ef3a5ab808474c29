"""The simulator's own pages: templates that escape what they show, one small stylesheet, nothing from elsewhere."""

import functools
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

CONTENT_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def render_page(template: str, **values: Any) -> HTMLResponse:
    """Render one of the templates in this package."""
    headers = {
        "Content-Security-Policy": CONTENT_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(_load_templates().get_template(template).render(values), headers=headers)


async def answer_stylesheet(_request: Request) -> Response:
    """Answer `GET /simulator/style.css`."""
    text = resources.files("wiki_activity.simulator").joinpath("templates/style.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css")


@functools.cache
def _load_templates() -> Environment:
    loader = PackageLoader("wiki_activity.simulator", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
