"""Sends a picture as its address asks: the SVG as it is written, or the PNG that is painted of it, each kept."""

from collections.abc import Callable, Hashable, Mapping

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from jinja2 import Environment

from wiki_activity.explorer.answers import Answers, Content, keep_and_send
from wiki_activity.explorer.context import explorer_of
from wiki_activity.explorer.pictures.sheet import COLOURS
from wiki_activity.explorer.pictures.text_runs import lay_text

SVG, PNG = "image/svg+xml", "image/png"


async def send_picture(
    request: Request,
    template: str,
    key: Hashable | None,
    name: str,
    make: Callable[[], Mapping[str, object]],
) -> Response:
    """Send the picture of an address that ends with `.svg` or `.png`.

    Parameters
    ----------
    request
        Asks for it.
    template
        File in `templates/pictures`.
    key
        Address and versions of what it shows, by which it is kept; None where it is not.
    name
        Of the file, without its ending; nothing but letters, digits, dots and dashes.
    make
        Makes the values for the template.
    """
    ending = request.url.path.rpartition(".")[2]
    environment: Environment = request.app.state.templates
    headers = {"Content-Disposition": f'inline; filename="{name}.{ending}"'}

    def write() -> bytes:
        return (
            environment.get_template(f"pictures/{template}")
            .render(colour=COLOURS, lay_text=lay_text, **make())
            .encode()
        )

    svg_key = None if key is None else (SVG, template, key)
    if ending == "svg":
        return await keep_and_send(request, write, svg_key, lasts=False, media_type=SVG, headers=headers)
    answers: Answers = request.app.state.answers
    png_key = None if key is None else (PNG, template, key)
    content = None if png_key is None else answers.find(png_key, lasts=False)
    if content is None:
        svg = await run_in_threadpool(write)
        content = Content.of(await explorer_of(request).painter.paint(svg), is_text=False)
        if png_key is not None:
            answers.put(png_key, content, lasts=False)
    return content.send(request, PNG, headers)
